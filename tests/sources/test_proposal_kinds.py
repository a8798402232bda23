"""Columns that tell sales from what went back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from custseg.errors import DataError
from custseg.sources.columns.proposal.propose import propose
from custseg.sources.raw import read_orders
from tests.conftest import nightly, rows

if TYPE_CHECKING:
    from pathlib import Path

LINES = """\
Order,Customer,Date,{name},Item,Qty,Price
1,c1,2025-01-01,{sale},Mug,1,10.00
2,c2,2025-01-02,{sale},Mug,2,10.00
3,c1,2025-01-05,{back},Mug,1,10.00
"""
TOTALS = """\
Order,Customer,Date,{name},Total
1,c1,2025-01-01,{sale},10.00
2,c2,2025-01-02,{sale},20.00
3,c1,2025-01-05,{back},10.00
"""


def amounts(folder: Path, text: str) -> list[tuple[Decimal, Decimal]]:
    """Quantity and amount of each row."""
    path = folder / "orders.csv"
    path.write_text(text)
    found = sorted(rows(read_orders(path, folder).raw), key=lambda line: line["source_row"])
    return [(line["quantity"], line["amount"]) for line in found]


@pytest.mark.parametrize(
    ("name", "sale", "back"),
    [
        ("Type", "Sale", "Return"),
        ("Belegart", "Rechnung", "Gutschrift"),
        ("区分", "売上", "返品"),
        ("Status", "Sale", "Credit Note"),
        *nightly(
            [
                ("Transaction Type", "SALE", "REFUND"),
                ("Vorgang", "Verkauf", "Retoure"),
                ("Opération", "Vente", "Retour client"),
                ("Wort", "Продажа", "Возврат"),
            ]
        ),
    ],
)
def test_what_went_back_is_below_zero_though_its_numbers_are_not(tmp_path, name, sale, back):
    words = {"name": name, "sale": sale, "back": back}
    assert amounts(tmp_path, LINES.format(**words)) == [(1, 10), (2, 20), (-1, -10)]
    assert amounts(tmp_path, TOTALS.format(**words)) == [(1, 10), (1, 20), (-1, -10)]


def test_numbers_that_are_below_zero_already_need_no_kind(tmp_path):
    text = LINES.format(name="Type", sale="Sale", back="Return")
    signed = text.replace("Return,Mug,1", "Return,Mug,-1")
    assert amounts(tmp_path, signed)[-1] == (-1, -10)
    header, *lines = (line.split(",") for line in signed.splitlines())
    assert "kind" not in propose(header, lines, {}).mapping


def test_a_column_with_other_kinds_too_is_asked_about(tmp_path):
    text = LINES.format(name="Type", sale="Sale", back="Return") + (
        "4,c3,2025-01-06,Exchange,Mug,1,10.00\n"
    )
    with pytest.raises(DataError, match='kind: "Type"; some rows are sales'):
        amounts(tmp_path, text)


def test_a_type_of_sales_only_is_looked_at_below_the_sample(tmp_path):
    header, line, *_ = LINES.format(name="Type", sale="Sale", back="").splitlines()
    back = line.replace("Sale", "Return").replace("1,c1", "900,c1")
    assert amounts(tmp_path, "\n".join([header, *[line] * 300, back]))[-1] == (-1, -10)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Payment method", ["Cash", "Card", "Credit"]),
        ("Status", ["paid", "refunded", "paid"]),
        ("Reason", ["gift", "return", "gift"]),
    ],
)
def test_words_beside_no_sale_are_no_kind_of_row(name, values):
    header = ["Order", "Customer", "Date", name, "Total"]
    lines = [
        [str(i), f"c{i % 2}", f"2025-01-0{i + 1}", value, f"{i}0.50"]
        for i, value in enumerate(values)
    ]
    found = propose(header, lines, {})
    assert "kind" not in {*found.mapping, *(entry.field for entry in found.unclear)}
