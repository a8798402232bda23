from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.orders.cleaning import clean
from custseg.settings import CleanSettings
from tests.conftest import raw_lines


def orders(customer: str, count: int, per_day: int, first: int = 0) -> list[dict[str, str]]:
    """A customer's orders of 2.00, so many on each day."""
    return [
        {
            "customer_id": customer,
            "order_id": f"{customer}-{first + n}",
            "ordered_at": f"2024-{1 + n // per_day // 28:02}-{1 + n // per_day % 28:02} 10:00",
            "unit_price": "2.00",
        }
        for n in range(count)
    ]


SHOP = [order for n in range(30) for order in orders(f"c{n}", 3, 1)]
"""30 customers with 3 orders each."""


def test_an_id_with_more_orders_than_a_person_places_is_nobody():
    cleaned = clean(raw_lines(*SHOP, *orders("9999", 120, 6)))
    ledger = cleaned.ledger.set_index("rule")
    assert ledger.loc["missing_customer", "rows_removed"] == 120
    assert ledger.loc["missing_customer", "value_removed"] == Decimal("240.00")
    assert ledger["value_left"].iloc[-1] == Decimal("180.00")
    assert ledger["customers_left"].iloc[-1] == 30
    (note,) = [note for note in cleaned.cleaning_notes if "One customer id" in note]
    assert "120 orders (240.00), 57.1 % of all" in note
    assert 'busiest_customer = "somebody"' in note
    assert "9999" not in note


def test_settings_say_that_it_is_a_customer():
    raw = raw_lines(*SHOP, *orders("9999", 120, 6))
    cleaned = clean(raw, settings=CleanSettings(busiest_customer="somebody"))
    assert cleaned.ledger["value_left"].iloc[-1] == Decimal("420.00")
    assert cleaned.cleaning_notes == ()


@pytest.mark.parametrize(
    ("busy", "told"),
    [
        (orders("firm", 60, 1), True),  # 40 % of all orders, one a day
        (orders("firm", 45, 5), False),  # a third, in nine days
        (orders("firm", 20, 10), False),
    ],
)
def test_a_customer_with_many_orders_is_one_and_is_told_of_where_it_stands_out(busy, told):
    cleaned = clean(raw_lines(*SHOP, *busy))
    assert cleaned.ledger["customers_left"].iloc[-1] == 31
    assert any("One customer id" in note for note in cleaned.cleaning_notes) is told


def test_settings_say_that_the_id_with_most_orders_is_nobody():
    raw = raw_lines(*SHOP, *orders("firm", 60, 1))
    cleaned = clean(raw, settings=CleanSettings(busiest_customer="nobody"))
    assert cleaned.ledger["value_left"].iloc[-1] == Decimal("180.00")


def test_a_firm_with_a_third_of_all_orders_is_a_customer():
    shop = [order for n in range(70) for order in orders(f"c{n}", 10, 1)]
    cleaned = clean(raw_lines(*shop, *orders("firm", 300, 3)))
    assert cleaned.ledger["customers_left"].iloc[-1] == 71


def test_the_only_customer_of_a_source_is_one():
    assert clean(raw_lines(*orders("one", 100, 10))).ledger["rows_left"].iloc[-1] == 100
