"""Orders in several currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from custseg.errors import DataError
from custseg.sources.raw import read_orders
from custseg.sources.values.currencies import convert_to_one_currency
from tests.conftest import rows

if TYPE_CHECKING:
    from custseg.settings import CanonicalField

MAPPED: tuple[CanonicalField, ...] = ("amount", "unit_price", "quantity", "currency")


def amounts(*currencies: str | None, rates: dict[str, str] | None = None) -> list[Any]:
    """What 10 of each currency are worth."""
    money = pa.array([Decimal(10)] * len(currencies), pa.decimal128(18, 4))
    lines = ibis.memtable(
        pa.table(
            {
                "amount": money,
                "unit_price": money,
                "quantity": money,
                "currency": pa.array(currencies, pa.string()),
            }
        )
    )
    worth = {code: Decimal(rate) for code, rate in (rates or {}).items()}
    found = rows(convert_to_one_currency(lines, MAPPED, worth, "orders.csv")[0])
    assert all(row["quantity"] == 10 for row in found)
    assert all(row["unit_price"] == row["amount"] for row in found)
    return [row["amount"] for row in found]


def test_one_currency_needs_no_rate_however_it_is_written():
    assert amounts("EUR", " eur", None, "") == [10, 10, 10, 10]


def test_each_currency_is_worth_its_rate_to_four_places():
    found = amounts("EUR", "gbp", "JPY", rates={"eur": "1", "GBP": "1.17", "JPY": "0.00611"})
    assert found == [Decimal(10), Decimal("11.7"), Decimal("0.0611")]


def test_a_rate_counts_for_a_single_currency_too():
    assert amounts("GBP", rates={"GBP": "1.17"}) == [Decimal("11.7")]


def test_lines_that_name_none_are_in_the_currency_of_most():
    found = amounts("GBP", "GBP", "EUR", None, rates={"GBP": "2", "EUR": "1"})
    assert found == [20, 20, 10, 20]


def test_rates_where_no_line_names_a_currency_change_nothing():
    assert amounts(None, None, rates={"GBP": "2"}) == [10, 10]


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({}, "orders.csv: amounts are in 2 currencies: EUR (2 lines), GBP (1 line)."),
        (
            {"EUR": "1"},
            (
                "orders.csv: amounts are in 2 currencies: EUR (2 lines), GBP (1 line); no rate "
                "for GBP."
            ),
        ),
    ],
)
def test_several_currencies_need_a_rate_for_each(rates, message):
    with pytest.raises(DataError) as refusal:
        amounts("EUR", "GBP", "EUR", rates=rates)
    assert refusal.value.message == message
    assert refusal.value.hint.endswith("[source.rates] EUR = …, GBP = …")


@pytest.mark.parametrize(
    ("currencies", "rates", "code"),
    [
        (["EUR", " eur", None], {}, "EUR"),
        (["£", "GBP"], {"£": 1, "GBP": 1}, "GBP"),
        (["EUR", "GBP"], {"EUR": Decimal("0.86"), "GBP": 1}, "GBP"),
        (["EUR", "GBP"], {"EUR": 2, "GBP": 3}, ""),
        ([None], {}, ""),
        (["Vandersnatch"], {}, ""),
    ],
)
def test_the_currency_found_is_the_only_one_or_the_one_that_all_become(currencies, rates, code):
    lines = ibis.memtable(
        pa.table({"currency": pa.array(currencies, pa.string()), "amount": [1] * len(currencies)})
    )
    assert convert_to_one_currency(lines, ["currency", "amount"], rates, "x")[1] == code


@pytest.mark.parametrize(
    ("header", "rows", "code"),
    [
        ("amount", ["£10.00", "£2.55"], "GBP"),
        ("amount", ['"12,50 €"', '"7,00 €"'], "EUR"),
        ("amount", ["$5.00", "7.00"], "$"),
        ("amount,currency", ["10.00,CHF", "2.50,"], "CHF"),
        ("amount", ["10.00", "2.55"], ""),
    ],
)
def test_a_source_tells_its_currency(header, rows, code, tmp_path):
    path = tmp_path / "orders.csv"
    lines = [f"{n},2024-01-{n + 10},{row}" for n, row in enumerate(rows, 1)]
    path.write_text("\n".join([f"customer_id,ordered_at,{header}", *lines]) + "\n")
    assert read_orders(path, tmp_path).currency == code


def test_amounts_with_signs_of_several_currencies_are_refused(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,ordered_at,amount\n1,2024-01-31,£10.00\n2,2024-01-31,€20.00\n")
    with pytest.raises(DataError, match="amounts are in several currencies: £, €"):
        read_orders(path, tmp_path)
