"""What a line is worth, whatever columns say it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.artifacts import MONEY
from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.filling import fill_down
from custseg.sources.lines.shapes import order_lines, refuse_differing
from custseg.sources.values.typed import KINDS
from tests.conftest import examples

_KINDS: dict[str, str] = {str(name): str(kind) for name, kind in KINDS.items()}
_TYPES = {"number": pa.decimal128(18, 4), "date": pa.timestamp("us")}


def typed_lines(*rows: dict[str, Any]) -> Any:
    """Typed columns as values.py gives them, from rows of one order of one file."""
    names = list(rows[0])
    fields = [(name, _TYPES.get(_KINDS[name], pa.string())) for name in names]
    schema = pa.schema([*fields, ("source_file", pa.string()), ("source_row", pa.int64())])
    lines = []
    for number, row in enumerate(rows, 2):
        line = {
            name: Decimal(value) if value is not None and _KINDS[name] == "number" else value
            for name, value in row.items()
        }
        lines.append(line | {"source_file": "shop.csv", "source_row": number})
    return ibis.memtable(pa.Table.from_pylist(lines, schema=schema)), names


def made(*rows: dict[str, Any], column: str = "amount") -> list[Any]:
    lines, names = typed_lines(*rows)
    result = order_lines(lines, names).order_by("source_row")
    return [
        None
        if row[column] is None
        else str(row[column].normalize() + 0)
        if isinstance(row[column], Decimal)
        else row[column]
        for row in fetch(result)
    ]


def test_a_line_is_worth_quantity_times_price():
    assert made({"quantity": "3", "unit_price": "1.25"}) == ["3.75"]


def test_a_lines_total_needs_no_price_and_no_quantity():
    assert made({"amount": "9.5"}) == ["9.5"]
    assert made({"amount": "9.5"}, column="quantity") == ["1"]
    assert made({"amount": "9.5"}, column="unit_price") == [None]


def test_a_total_wins_over_quantity_times_price_and_these_stand_in_where_it_is_empty():
    rows = [
        {"quantity": "2", "unit_price": "5", "amount": "9"},
        {"quantity": "2", "unit_price": "5", "amount": None},
    ]
    assert made(*rows) == ["9", "10"]


def test_a_lines_discount_and_tax_are_taken_off_whatever_their_sign():
    row = {"quantity": "2", "unit_price": "10"}
    assert made(row | {"discount": "3", "tax": "1"}) == ["16"]
    assert made(row | {"discount": "-3", "tax": None}) == ["17"]


def test_a_discount_makes_a_return_smaller_too():
    assert made({"quantity": "-2", "unit_price": "10", "discount": "3"}) == ["-17"]


def test_a_negative_total_is_a_return_of_units():
    rows = [{"quantity": "2", "amount": "-8"}, {"quantity": "-1", "amount": "4"}]
    assert made(*rows) == ["-8", "-4"]
    assert made(*rows, column="quantity") == ["-2", "-1"]


def test_a_row_whose_status_is_refund_went_back():
    rows = [{"amount": "8", "status": "Refund"}, {"amount": "8", "status": "refunded"}]
    assert made(*rows) == ["-8", "8"]


def test_an_orders_total_is_shared_by_value_to_the_cent():
    rows = [
        {"order_id": "1", "quantity": "1", "unit_price": "10", "order_total": "20"},
        {"order_id": "1", "quantity": "1", "unit_price": "10", "order_total": None},
        {"order_id": "1", "quantity": "1", "unit_price": "10", "order_total": None},
    ]
    assert sorted(made(*rows)) == ["6.66", "6.67", "6.67"]


def test_an_orders_total_without_prices_is_shared_equally():
    rows = [{"order_id": "1", "order_total": "10"}, {"order_id": "1", "order_total": "10"}]
    assert made(*rows) == ["5", "5"]


def test_tax_and_shipping_of_the_order_are_no_goods():
    row = {"order_id": "1", "order_total": "130", "order_tax": "20", "order_shipping": "10"}
    assert made(row) == ["100"]


def test_an_orders_discount_is_taken_off_its_lines_by_value():
    rows = [
        {"order_id": "1", "quantity": "1", "unit_price": "75", "order_discount": "10"},
        {"order_id": "1", "quantity": "1", "unit_price": "25", "order_discount": "10"},
    ]
    assert made(*rows) == ["67.5", "22.5"]


def test_lines_without_an_order_are_orders_of_their_own():
    rows = [{"order_id": None, "order_total": "4"}, {"order_id": None, "order_total": "6"}]
    assert made(*rows) == ["4", "6"]


def test_an_order_with_a_total_below_zero_is_a_return():
    row = {"order_id": "1", "quantity": "2", "unit_price": "5", "order_total": "-10"}
    assert made(row) == ["-10"]
    assert made(row, column="quantity") == ["-2"]


def test_what_was_refunded_of_an_order_is_at_most_what_its_goods_cost():
    rows = [
        {"order_id": "1", "quantity": "1", "unit_price": "6", "order_refunded": "15"},
        {"order_id": "1", "quantity": "1", "unit_price": "4", "order_refunded": None},
    ]
    assert made(*rows, column="refunded") == ["6", "4"]
    assert made(*rows) == ["6", "4"]


def test_a_cancelled_order_says_so_whatever_its_status():
    rows = [
        {"amount": "1", "status": "paid", "cancelled_at": "2024-01-02"},
        {"amount": "1", "status": "paid", "cancelled_at": None},
    ]
    assert made(*rows, column="status") == ["cancelled", "paid"]


def test_without_money_there_is_no_amount():
    assert made({"quantity": "2"}) == [None]


def test_an_orders_first_line_speaks_for_the_others():
    lines, names = typed_lines(
        {"order_id": "1", "customer_id": "anna", "status": "paid", "quantity": "1"},
        {"order_id": "1", "customer_id": None, "status": None, "quantity": "2"},
        {"order_id": "2", "customer_id": None, "status": "paid", "quantity": "3"},
    )
    filled = fetch(fill_down(lines, names).order_by("source_row"))
    assert [row["customer_id"] for row in filled] == ["anna", "anna", None]
    assert [row["status"] for row in filled] == ["paid"] * 3


@examples(10)
@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=8),
    st.integers(-100_000, 100_000),
)
def test_shares_add_up_to_the_orders_total_exactly(cents, total):
    rows = [
        {
            "order_id": "1",
            "quantity": "1",
            "unit_price": str(Decimal(price) / 100),
            "order_total": str(Decimal(total) / 100),
        }
        for price in cents
    ]
    lines, names = typed_lines(*rows)
    amounts = [row["amount"] for row in fetch(order_lines(lines, names))]
    assert sum(amounts) == Decimal(total) / 100


@pytest.mark.parametrize("column", ["amount", "refunded", "quantity", "unit_price"])
def test_money_is_exact_decimal(column):
    lines, names = typed_lines({"quantity": "1", "unit_price": "2", "refunded": "1"})
    assert str(order_lines(lines, names)[column].type()) == MONEY.replace("(18,4)", "(18, 4)")


def test_a_moment_stays_as_it_is():
    moment = datetime(2024, 1, 2, 3, 4)  # noqa: DTZ001  (the shop's local time)
    assert made({"amount": "1", "ordered_at": moment}, column="ordered_at") == [moment]


def test_a_line_that_went_back_has_a_share_below_zero():
    rows = [
        {"order_id": "1", "quantity": "1", "unit_price": "100", "order_total": "80"},
        {"order_id": "1", "quantity": "-1", "unit_price": "20", "order_total": "80"},
    ]
    assert made(*rows) == ["100", "-20"]


def test_shipping_and_tax_of_a_refunded_order_make_it_smaller():
    row = {"order_id": "1", "order_total": "-30", "order_shipping": "-5", "order_tax": "-2"}
    assert made(row) == ["-23"]


def test_a_price_of_nothing_beside_an_amount_was_not_written():
    assert made({"amount": "10", "unit_price": "0"}, column="unit_price") == [None]
    assert made({"amount": "0", "unit_price": "0"}, column="unit_price") == ["0"]


@pytest.mark.parametrize("value", ["False", "0", "no", "-", "N/A", "0000-00-00 00:00:00", None])
def test_what_says_that_nothing_was_cancelled_cancels_nothing(value):
    assert made({"amount": "1", "cancelled_at": value}, column="status") == [None]


def test_totals_of_order_ids_that_come_again_are_refused():
    days = [datetime(2023, 1, 2), datetime(2024, 1, 2)]  # noqa: DTZ001
    lines, names = typed_lines(
        *({"order_id": "1", "order_total": "10", "ordered_at": day} for day in days)
    )
    with pytest.raises(DataError, match="1 order lie more than 60 days apart"):
        refuse_differing(lines, names, {name: name for name in names})


def test_an_order_with_two_totals_is_refused():
    rows = [{"order_id": "1", "order_total": "10"}, {"order_id": "1", "order_total": "12"}]
    lines, names = typed_lines(*({**row, "ordered_at": datetime(2024, 1, 2)} for row in rows))  # noqa: DTZ001
    with pytest.raises(DataError, match="1 order has several values"):
        refuse_differing(lines, names, {name: name for name in names})
