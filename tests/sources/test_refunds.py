"""What a refund of a whole order takes off its goods."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from custseg.orders.cleaning import clean
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Subtotal,Shipping,Taxes,Total,"
    "Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount\n"
)


def shopify(folder: Path, *orders: str) -> dict[str, Decimal]:
    """What each order is worth in the end."""
    path = folder / "orders_export.csv"
    path.write_text(SHOPIFY + "".join(order + "\n" for order in orders))
    read = read_orders(path, folder)
    worth: dict[str, Decimal] = {}
    for line in rows(clean(read.raw.cache(), read.preset).transactions):
        name = line["order_id"]
        worth[name] = worth.get(name, Decimal(0)) + line["amount"]
    return worth


def order(
    refund: str, shipping: str = "9.00", tax: str = "11.00", total: str = "120.00", name: str = "#1"
) -> str:
    """100.00 of goods."""
    return (
        f"{name},ann@example.org,partially_refunded,2025-03-01 10:00:00 -0500,USD,100.00,"
        f"{shipping},{tax},{total},1,Mug,100.00,{refund}"
    )


KEPT = order("0.00", name="#2")


def test_a_refund_counts_its_part_of_the_goods(tmp_path):
    left = {
        "60.00": "50.00",  # 60 × 100 / 120 = 50 of goods
        "12.00": "90.00",
        "9.00": "100.00",  # the shipping
        "9.91": "100.00",  # the shipping with its tax: 9 × 120 / 109
        "11.00": "100.00",  # the tax
        "20.00": "100.00",  # both
        "0.00": "100.00",
    }
    orders = (order(refund, name=refund) for refund in left)
    assert shopify(tmp_path, *orders) == {name: Decimal(value) for name, value in left.items()}


def test_a_refund_of_all_but_shipping_or_tax_is_of_all_goods(tmp_path):
    refunded = (order(refund, name=refund) for refund in ("120.00", "111.00", "109.00", "100.00"))
    assert shopify(tmp_path, *refunded, KEPT) == {"#2": Decimal("100.00")}


def test_where_nothing_comes_on_top_a_refund_is_of_goods(tmp_path):
    bare = order("9.00", "0.00", "0.00", "100.00")
    assert shopify(tmp_path, bare)["#1"] == Decimal("91.00")


def test_a_refund_is_shared_over_the_orders_lines(tmp_path):
    # 45 × 100 / 110 = 40.91: of 75 and 25, 30.68 and 10.23.
    first = (
        "#1,ann@example.org,partially_refunded,2025-03-01 10:00:00 -0500,USD,100.00,"
        "0.00,10.00,110.00,1,Lamp,75.00,45.00"
    )
    second = "#1,ann@example.org,,2025-03-01 10:00:00 -0500,,,,,,1,Mug,25.00,"
    assert shopify(tmp_path, first, second)["#1"] == Decimal("59.09")


def test_an_order_total_with_its_tax_and_shipping_tells_what_a_refund_is_part_of(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "id,who,day,total,vat,freight,back\n"
        "1,a1,2025-03-01,120.00,15.00,5.00,60.00\n"
        "2,a1,2025-03-02,120.00,15.00,5.00,5.00\n"
    )
    columns = {
        "order_id": "id",
        "customer_id": "who",
        "ordered_at": "day",
        "order_total": "total",
        "order_tax": "vat",
        "order_shipping": "freight",
        "order_refunded": "back",
    }
    read = read_orders(path, tmp_path, SourceSettings(columns=columns))
    amounts = {line["order_id"]: line["refunded"] for line in rows(read.raw)}
    assert amounts == {"1": Decimal("50.00"), "2": Decimal("0.00")}
