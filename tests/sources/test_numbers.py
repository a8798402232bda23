from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.errors import DataError
from custseg.sources.values.numbers import blank, number_parsers
from tests.conftest import examples, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

MAPPED = {"quantity": "Pieces", "unit_price": "Price"}


def read(decimal: Any = None, **columns: Sequence[Any]) -> dict[str, list[Decimal | None]]:
    table = ibis.memtable(pa.table({name: pa.array(values) for name, values in columns.items()}))
    parsers = number_parsers(table, list(columns), decimal, "orders.csv", MAPPED)
    found = rows(table.select(**{name: parsers[name](table[name]) for name in columns}))
    return {name: [row[name] for row in found] for name in columns}


def prices(*values: Any, decimal: Any = None) -> list[Decimal | None]:
    return read(decimal, unit_price=values)["unit_price"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,234.50", "1234.5"),
        ("1,23,456.50", "123456.5"),
        ("1'234.50", "1234.5"),
        ("1\u2019234.50", "1234.5"),
        ("1 234.50", "1234.5"),
        ("1\u00a0234.50", "1234.5"),
        ("1\u202f234.50", "1234.5"),
        ("£2.50", "2.5"),
        ("2.50 €", "2.5"),
        ("US$ 2.50", "2.5"),
        ("R$2.50", "2.5"),
        ("2.50 zł", "2.5"),
        ("kr 2.50", "2.5"),
        ("2.50 kr.", "2.5"),
        ("2.50 \u0440\u0443\u0431.", "2.5"),
        ("CHF 2.50", "2.5"),
        ("2.50usd", "2.5"),
        ("Rs.500", "500"),
        ("+2.50", "2.5"),
        ("-2.50", "-2.5"),
        ("\u22122.50", "-2.5"),
        ("2.50-", "-2.5"),
        ("(2.50)", "-2.5"),
        ("(£2.50)", "-2.5"),
        ("£(2.50)", "-2.5"),
        ("-£2.50", "-2.5"),
        ("£-2.50", "-2.5"),
        (" 2.50 ", "2.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E3", "1000"),
        ("1.5e-2", "0.015"),
        ("0.00005", "0.0001"),
    ],
)
def test_a_number_is_read_however_it_is_written(written, number):
    assert prices(written, "7.25") == [Decimal(number), Decimal("7.25")]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1.234,50", "1234.5"),
        ("1 234,50 €", "1234.5"),
        ("1'234,50", "1234.5"),
        ("-3,5", "-3.5"),
        ("1.234.567", "1234567"),
        ("1.250", "1250"),
    ],
)
def test_decimal_commas_are_read_where_the_column_has_them(written, number):
    assert prices(written, "7,25") == [Decimal(number), Decimal("7.25")]


@pytest.mark.parametrize(
    "written",
    [
        "six",
        "5%",
        "12,34",
        "12 pcs",
        "1_000",
        "1,23,4",
        "--5",
        "(5",
        "5 DR",
        "1e99",
        "9" * 15,
        "1 2",
    ],
)
def test_what_is_no_number_is_null(written):
    assert prices(written, "7.25", "8.25") == [None, Decimal("7.25"), Decimal("8.25")]


@pytest.mark.parametrize(("written", "other"), [("1.250", "1250"), ("1,250", "1250")])
def test_what_can_be_read_two_ways_is_asked_for_with_both(written, other):
    with pytest.raises(DataError) as failure:
        prices(written, "3")
    assert failure.value.message == (
        f'orders.csv, column "Price": numbers such as "{written}" can be read as 1.250 and as '
        f"{other}."
    )
    assert '[source] decimal = "." or decimal = ","' in failure.value.hint


@pytest.mark.parametrize(("decimal", "number"), [(".", "1.25"), (",", "1250")])
def test_the_decimal_mark_can_be_given(decimal, number):
    assert prices("1.250", "3", decimal=decimal) == [Decimal(number), Decimal(3)]


def test_one_column_tells_for_all():
    found = read(quantity=["1,234", "2"], unit_price=["2.55", "3"])
    assert found["quantity"] == [1234, 2]


def test_a_leading_zero_is_no_thousand():
    assert prices("0.250", "1.250") == [Decimal("0.25"), Decimal("1.25")]


def test_whole_numbers_need_no_mark():
    assert prices("1", "20") == [1, 20]
    assert prices("1 234", "20") == [1234, 20]


def test_most_rows_decide_and_the_others_are_no_numbers():
    assert prices("1.5", "1,5", "2,5") == [None, Decimal("1.5"), Decimal("2.5")]


def test_as_many_points_as_commas_are_asked_for():
    with pytest.raises(
        DataError, match=r"as many rows have a decimal comma as have a decimal point \(1 each\)"
    ):
        prices("1.5", "1,5")


def test_columns_that_are_numbers_stay_exact():
    assert prices(2.55, float("nan"), 1e-5, 0.1) == [
        Decimal("2.55"),
        None,
        Decimal(0),
        Decimal("0.1"),
    ]
    assert prices(7, None) == [7, None]
    assert prices(Decimal("1.2345"), None) == [Decimal("1.2345"), None]


def test_a_column_of_another_type_has_no_numbers():
    assert prices(True, False) == [None, None]


@pytest.mark.parametrize(
    "written", ["", " ", "NULL", "n/a", "NA", "-", "\u2014", "none", "NaN", "\\N", "#N/A", "\u00a0"]
)
def test_text_that_means_nothing_is_blank(written):
    table = ibis.memtable(pa.table({"value": [written, "0", "n"]}))
    assert [row["x"] for row in rows(table.select(x=blank(table.value)))] == [None, "0", "n"]


THOUSANDS = {".": (",", " ", "'", "\u00a0", ""), ",": (".", " ", "'", "\u202f", "")}


@examples(10)
@given(
    cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=20),
    decimal=st.sampled_from([".", ","]),
    sign=st.integers(0, 4),
    currency=st.sampled_from(["{}", "£{}", "{} EUR"]),
)
def test_numbers_written_in_one_way_are_read_back(cents, decimal, sign, currency):
    numbers = [Decimal(cent) / 100 for cent in cents]
    thousands = THOUSANDS[decimal][sign]
    written = [
        currency.format(
            f"{number:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
        )
        for number in numbers
    ]
    assert prices(*written) == numbers
