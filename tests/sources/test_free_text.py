"""What tells of a person in a description is masked; codes of products are not."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from custseg.sources.raw import read_orders
from custseg.sources.values.free_text import mask_free_text, without_people
from tests.conftest import rows

PEOPLE = [
    ("Gift for anna.berg@example.co.uk, red", "Gift for [e-mail], red"),
    ("<Jürgen@käse.de>", "<[e-mail]>"),
    ("PAID 4111 1111 1111 1111 ok", "PAID [card] ok"),
    ("5500-0055-5555-5559", "[card]"),
    ("378282246310005", "[card]"),
    ("6011000990139424 and 4111111111111111", "[card] and [card]"),
    ("call +44 20 7183 8750 now", "call [phone] now"),
    ("MUG (+4712345678)", "MUG ([phone])"),
    ("engrave 020 7183 8750", "engrave [phone]"),
    ("ring 06 12 34 56 78", "ring [phone]"),
    ("(555) 123-4567", "[phone]"),
    ("555-123-4567 John", "[phone] John"),
    ("Tel.: 5551234567", "Tel.: [phone]"),
    ("mobile 07911123456!", "mobile [phone]!"),
]
CODES = [
    "",
    "MUG 12CM @ 2.50",
    "SET OF 3 BOXES 10 20 30",
    "EAN 4006381333931",
    "4012345678901 MUG",
    "5012345678900",
    "SKU 4111111111111112",
    "ART 07911123456",
    "AB-123-456-7890-X",
    "ISBN 978-0-306-40615-7",
    "2024-01-31 08:10:00",
    "10 x 20 x 30 cm, 1.234.567",
    "PHONE CASE 3310",
    "CALL CENTRE SET 12345",
    "12345678901234567890",
    "1+2+3+4+5+6+7+8+9",
    "0012345678",
]


def masked(texts: list[str]) -> list[str]:
    table = ibis.memtable(pa.table({"n": range(len(texts)), "text": texts}))
    found = table.mutate(text=without_people(table.text)).order_by("n")
    return [row["text"] for row in rows(found)]


def test_what_tells_of_a_person_is_masked():
    assert masked([text for text, _ in PEOPLE]) == [shown for _, shown in PEOPLE]


def test_codes_and_measures_stay():
    assert masked(CODES) == CODES


def test_lines_are_the_same_where_nothing_is_found_and_counted_where_something_is():
    lines = ibis.memtable(pa.table({"description": [*CODES, None], "category": ["a"] * 18}))
    assert mask_free_text(lines, ["description", "category"]) == (lines, 0)
    told = ibis.memtable(pa.table({"description": ["a@b.com", "x", "a@b.com", None]}))
    found, count = mask_free_text(told, ["description", "product_id"])
    assert count == 2
    assert found.description.to_pyarrow().to_pylist() == ["[e-mail]", "x", "[e-mail]", None]


@pytest.fixture
def orders() -> Path:
    path = Path("orders.csv")
    path.write_text(
        "customer_id,order_id,product_id,description,category,quantity,unit_price,ordered_at\n"
        "1,1,4111111111111111,Card for eva@example.org,Tel 5551234567,1,2.00,2024-01-10 12:00\n"
        "2,2,mug,MUG 4006381333931,Mugs,1,2.00,2024-01-11 12:00\n"
    )
    return path


def test_no_description_or_category_of_a_source_keeps_them_and_the_note_counts(orders, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    raw = read_orders(orders, scratch)
    first, second = sorted(rows(raw.raw), key=lambda row: row["source_row"])
    assert (first["description"], first["category"]) == ("Card for [e-mail]", "Tel [phone]")
    assert first["product_id"] == "4111111111111111"
    assert (second["description"], second["category"]) == ("MUG 4006381333931", "Mugs")
    assert raw.masked_texts == 2


def test_download_tells_how_many_were_masked(orders, custseg):
    result = custseg("download", orders, "-w", "shop")
    assert result.exit_code == 0, result.stderr
    assert "2 descriptions held an e-mail, a telephone or a card number: masked" in result.output
    assert b"eva@" not in Path("shop/raw.parquet").read_bytes()
