"""Files that are joined to the order lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = (
    "customer_id,order_id,product_id,quantity,ordered_at,name",
    "1,A1,00042,2,2024-03-05,Anna",
    "1,A1,43.0,1,2024-03-05,Anna",
    "2,A2,,1,2024-03-06,Bob",
    "2,A2,99,1,2024-03-06,Bob",
)


def joined(folder: Path, other: str, on: dict[str, str], **settings: Any) -> list[dict[str, Any]]:
    (folder / "orders.csv").write_text("\n".join([*ORDERS, ""]))
    (folder / "products.csv").write_text(other)
    joins = {"file": str(folder / "products.csv"), "on": on}
    raw = read_orders(
        folder / "orders.csv",
        folder,
        SourceSettings(join=joins, **settings),
    ).raw
    return rows(raw.order_by("source_row"))


def test_each_line_gets_what_its_key_names_and_no_line_is_lost(tmp_path):
    found = joined(
        tmp_path,
        "sku,group\n00042,mugs\n43,cups\n,none\n42,other\n",
        {"product_id": "sku"},
        columns={"category": "group"},
    )
    assert [(row["source_row"], row["product_id"], row["category"]) for row in found] == [
        (2, "00042", "mugs"),
        (3, "43", "cups"),
        (4, None, None),
        (5, "99", None),
    ]


def test_columns_of_one_name_are_told_apart_by_the_files(tmp_path):
    found = joined(
        tmp_path,
        "sku,name\n00042,A mug\n43,A cup\n",
        {"product_id": "sku"},
        columns={"description": "products.csv.name"},
    )
    assert [row["description"] for row in found] == ["A mug", "A cup", None, None]


def test_a_key_may_be_several_columns(tmp_path):
    found = joined(
        tmp_path,
        "sku,day,price\n00042,2024-03-05,1.50\n00042,2024-03-06,9\n43,2024-03-05,2\n"
        "99,2024-03-06,3\n",
        {"product_id": "sku", "ordered_at": "day"},
        columns={"amount": "price"},
        on_bad_row="reject",
    )
    assert [(row["source_row"], row["amount"]) for row in found] == [
        (2, Decimal("1.5")),
        (3, Decimal(2)),
        (5, Decimal(3)),
    ]


def test_a_row_that_is_there_twice_alike_names_one_thing(tmp_path):
    found = joined(
        tmp_path,
        "sku,group,note\n00042,mugs,a\n00042,mugs,b\n",
        {"product_id": "sku"},
        columns={"category": "group"},
    )
    assert [row["category"] for row in found] == ["mugs", None, None, None]


@pytest.mark.parametrize(
    ("other", "on", "message"),
    [
        (
            "sku,group\n00042,mugs\n00042,cups\n",
            {"product_id": "sku"},
            (
                'products.csv: 1 values of "sku" name several different rows, so order lines would '
                "be doubled."
            ),
        ),
        (
            "sku,group\n00042,mugs\n",
            {"product_id": "code"},
            'products.csv: lacks "code", which [[source.join]] names. Found: "sku", "group".',
        ),
        (
            "sku,group\n00042,mugs\n",
            {"article": "sku"},
            (
                'orders.csv: lacks "article", which [[source.join]] names. Found: "customer_id", '
                '"order_id", "product_id", "quantity", "ordered_at", "name".'
            ),
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(other, on, message, tmp_path):
    with pytest.raises(DataError) as refusal:
        joined(tmp_path, other, on, columns={"category": "group"})
    assert refusal.value.message == message


def test_a_joined_file_that_is_not_there_is_named(tmp_path):
    (tmp_path / "orders.csv").write_text("\n".join([*ORDERS, ""]))
    joins = {"file": str(tmp_path / "prices.csv"), "on": {"product_id": "sku"}}
    settings = SourceSettings(join=joins)
    with pytest.raises(DataError, match=r"prices.csv: no such file"):
        read_orders(tmp_path / "orders.csv", tmp_path, settings)
