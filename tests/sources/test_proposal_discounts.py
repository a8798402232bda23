"""Discount rates and columns of zeros: taken, left out, or asked about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.columns.proposal.propose import propose
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from custseg.sources.columns.proposal.result import Proposal

HEADER = ("OrderID", "CustomerID", "OrderDate", "ProductID", "Quantity")
LISTED = (14.0, 9.8, 42.4, 16.8, 7.75)
RATES = (0, 0.15, 0.05, 0.2)


def proposed(
    names: tuple[str, ...], money: Callable[[int, float, float], tuple[object, ...]]
) -> Proposal:
    """A proposal for lines of 5 products at 4 rates: `money` of quantity, list price and rate."""
    sample = []
    for n in range(120):
        ids = (10248 + n // 2, f"C{n // 2 * 7 % 31}", f"1996-07-{1 + n // 2 % 28:02}", n % 5 + 11)
        units = 1 + n % 3
        line = (*ids, units, *money(units, LISTED[n % 5], RATES[n // 5 % 4]))
        sample.append([str(value) for value in line])
    return propose([*HEADER, *names], sample, {})


def why_unused(found: Proposal, name: str) -> str:
    return next(entry.reason for entry in found.unused if entry.column == name)


@pytest.mark.parametrize(("name", "factor"), [("Discount", 1), ("Discount %", 100)])
def test_a_rate_beside_a_price_that_is_the_same_at_any_is_taken_off(name, factor):
    found = proposed(("UnitPrice", name), lambda _q, p, r: (p, round(r * factor, 2)))
    assert found.mapping["discount_rate"] == name
    assert found.unambiguous


def test_a_rate_by_which_prices_fall_is_taken_off_already():
    found = proposed(("UnitPrice", "Discount"), lambda _q, p, r: (round(p * (1 - r), 4), r))
    assert "discount_rate" not in found.mapping
    assert why_unused(found, "Discount") == "taken off already: a product's price falls by it"
    assert found.unambiguous


def test_a_rate_by_which_sales_fall_is_taken_off_already():
    found = proposed(("Sales", "Discount"), lambda q, p, r: (round(q * p * (1 - r), 4), r))
    assert found.mapping["amount"] == "Sales"
    assert found.unambiguous
    assert "falls by it" in why_unused(found, "Discount")


def test_a_rate_that_nothing_tells_of_is_asked_about_and_never_offered_as_money():
    found = proposed(("Sales", "Discount"), lambda q, p, r: (round(q * p, 2), r))
    (doubt,) = found.unclear
    assert (doubt.field, doubt.columns) == ("discount_rate", ("Discount",))


def test_whole_numbers_under_discount_may_be_money_or_percent():
    found = proposed(("Price", "Discount"), lambda _q, p, r: (p, int(r * 100)))
    assert {entry.field for entry in found.unclear} == {"discount", "discount_rate"}


def test_whole_percents_that_a_sum_explains_are_taken_off_already():
    found = proposed(
        ("Price", "Discount", "Total"),
        lambda q, p, r: (p, int(r * 100), f"{q * p * (1 - int(r * 100) / 100):.2f}"),
    )
    assert found.mapping["amount"] == "Total"
    assert found.unambiguous


@pytest.mark.parametrize("name", ["Member Discount", "Discount Voucher", "Staff Rabatt"])
def test_a_discount_of_another_name_is_asked_about(name):
    found = proposed(("Price", name), lambda _q, p, r: (p, f"{r * p:.2f}"))
    assert [entry.columns for entry in found.unclear] == [(name,)]


def test_cents_off_cheap_goods_are_money_and_no_rate():
    found = proposed(("Price", "Discount", "Total"), lambda q, p, r: (p, r, f"{q * p - r:.2f}"))
    assert found.mapping["amount"] == "Total"
    assert '− "Discount"' in why_unused(found, "Discount")
    (doubt,) = proposed(("Price", "Discount Amount"), lambda _q, p, r: (p, r)).unclear
    assert doubt.field == "discount"


def test_columns_of_zeros_are_left_out_unasked():
    names = ("Price", "Discount", "Tax", "Shipping", "Discount %")
    found = proposed(names, lambda _q, p, _r: (p, "0.00", "0", "0,00", "0%"))
    assert found.unambiguous
    assert set(found.zero) == {"Discount", "Tax", "Shipping", "Discount %"}


# From a file to its lines' values


def read(folder: Path, header: str, *lines: str, **settings: Any) -> list[Decimal]:
    path = folder / "orders.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    found = read_orders(path, folder, SourceSettings(**settings)).raw.order_by("source_row")
    return [row["amount"] for row in rows(found)]


COLUMNS = {"discount_rate": "Off", "unit_price": "UnitPrice"}
NORTHWIND = "OrderID,CustomerID,OrderDate,ProductID,UnitPrice,Quantity,Off"


@pytest.mark.parametrize("written", [("0.15", "0.05", "0"), ("15", "5", "0"), ("15%", "5 %", "")])
def test_a_line_is_quantity_times_price_less_its_rate(tmp_path, written):
    first, second, third = written
    found = read(
        tmp_path,
        NORTHWIND,
        f"1,A,1996-07-08,51,42.4,35,{first}",
        f"1,A,1996-07-08,22,16.8,6,{second}",
        f"2,B,1996-07-09,42,9.8,10,{third}",
        columns=COLUMNS,
    )
    # 35 × 42.40 = 1,484 less 222.60; 6 × 16.80 = 100.80 less 5.04
    assert found == [Decimal("1261.4"), Decimal("95.76"), Decimal(98)]


def test_percent_below_one_are_percent_where_they_have_the_sign(tmp_path):
    columns = {"discount_rate": "Off", "amount": "Amount"}
    lines = ("1,A,1996-07-08,200.00,0.5%", "2,B,1996-07-08,10.00,1%")
    found = read(tmp_path, "OrderID,CustomerID,OrderDate,Amount,Off", *lines, columns=columns)
    assert found == [Decimal(199), Decimal("9.9")]


def test_a_rate_keeps_four_decimals_of_a_line(tmp_path):
    found = read(tmp_path, NORTHWIND, "1,A,1996-07-08,51,9.99,3,0.175", columns=COLUMNS)
    # 29.97 × 0.825 = 24.72525
    assert found == [Decimal("24.7253")]


def test_a_rate_above_all_is_refused(tmp_path):
    lines = ("1,A,1996-07-08,51,9.99,3,150", "2,A,1996-07-08,51,9.99,3,10")
    with pytest.raises(DataError, match="1 of 2 values are above 100 %"):
        read(tmp_path, NORTHWIND, *lines, columns=COLUMNS)


def test_a_column_of_zeros_that_holds_something_further_down_is_refused(tmp_path):
    lines = [f"{n},C{n % 9},2024-01-05,{n}.50,0.00" for n in range(1, 301)]
    header = "Order ID,Customer ID,Order Date,Amount,Tax"
    assert len(read(tmp_path, header, *lines)) == 300
    lines[250] = lines[250].replace("0.00", "1.90")
    with pytest.raises(DataError, match='column "Tax": 0 in the first rows, but not in 1 other'):
        read(tmp_path, header, *lines)
    assert len(read(tmp_path, header, *lines, columns={"tax": ""})) == 300
