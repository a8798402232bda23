"""Amounts as marketplaces and foreign shops write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.errors import DataError
from custseg.sources.raw import read_orders
from tests.conftest import rows
from tests.sources.test_numbers import prices


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("US $12.00", "12"),
        ("AU $1,234.50", "1234.5"),
        ("C $12.00", "12"),
        ("CA$12.00", "12"),
        ("HK$12.00", "12"),
        ("$12.00 USD", "12"),
        ("USD $12.00", "12"),
        ("-US $12.00", "-12"),
        ("3000円", "3000"),
        ("3,000.00 円", "3000"),
        ("¥3,000.00", "3000"),
        ("￥3,000.00", "3000"),
        ("د.إ 12.00", "12"),
        ("د.إ.\u200f 1,234.50", "1234.5"),
        ("12.00 ر.س", "12"),
        ("Rs. 1,200.00", "1200"),
        ("S/ 12.50", "12.5"),
        ("12.00 USD", "12"),
        ("12.-", "12"),
        ("\u200e$12.50", "12.5"),
        ("١٢٣٤٫٥٠", "1234.5"),
        ("۱۲٫۵", "12.5"),
        ("１２．５０", "12.5"),
    ],
)
def test_money_of_marketplaces_is_read(written, number):
    assert prices(written, "1.50")[0] == Decimal(number)


@pytest.mark.parametrize(
    ("written", "number"),
    [("12,50 zł", "12.5"), ("kr 12,50", "12.5"), ("12,-", "12"), ("kr. 12,--", "12")],
)
def test_money_with_a_decimal_comma_is_read(written, number):
    assert prices(written, "1,5")[0] == Decimal(number)


def read_amounts(tmp_path, *amounts):
    path = tmp_path / "orders.csv"
    lines = [f"{i};2024-01-31;{amount}" for i, amount in enumerate(amounts)]
    path.write_text("\n".join(["customer_id;ordered_at;amount", *lines]), encoding="utf-8")
    return [row["amount"] for row in rows(read_orders(path, tmp_path).raw.order_by("source_row"))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US $12.00", "AU $12.00"),
        ("$12.00 USD", "$12.00 CAD"),
        ("C $12.00", "$12.00"),
        ("12.00円", "12.00元"),
        ("د.إ 12.00", "ر.س 12.00"),
        ("Rs. 12.00", "$12.00"),
        ("12.00 zł", "12.00 Kč"),
    ],
)
def test_currencies_that_only_letters_tell_apart_are_refused(tmp_path, one, other):
    with pytest.raises(DataError, match="amounts are in several currencies"):
        read_amounts(tmp_path, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("€12.00", "12.00 EUR"), ("C $12.00", "CA$12.00"), ("12.00", "US $12.00"), ("12円", "JPY 12")],
)
def test_one_currency_written_in_two_ways_is_one(tmp_path, one, other):
    assert read_amounts(tmp_path, one, other) == [12, 12]
