from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import ibis
import pyarrow as pa
import pytest

from custseg.errors import DataError
from custseg.settings import CanonicalField, SourceSettings
from custseg.sources.values.faults import masked
from custseg.sources.values.typed import (
    KINDS,
    Typed,
    convert_types,
    refusal,
    select_good_lines,
    select_rejected_lines,
)
from tests.conftest import rows


@pytest.fixture(autouse=True)
def _scratch(tmp_path, monkeypatch):
    """The current folder is where rows are kept."""
    monkeypatch.chdir(tmp_path)


LINE = {
    "customer_id": "007",
    "order_id": "1",
    "quantity": "2",
    "unit_price": "2.50",
    "ordered_at": "2024-01-31",
}


def read(*lines: dict[str, Any], **settings: Any) -> Typed:
    """Lines that differ from LINE so."""
    names = [name for name in {**LINE, **lines[0]} if name != "source_file"]
    table = pa.Table.from_pylist(
        [
            {"source_file": "orders.csv", "source_row": number, **LINE, **line}
            for number, line in enumerate(lines, 2)
        ]
    ).select([*names, "source_file", "source_row"])
    chosen = SourceSettings(**settings)
    return convert_types(ibis.memtable(table), mapped(names), chosen, "orders.csv", Path())


def mapped(names: Any) -> dict[str, str]:
    return {name: name.title() for name in names}


def message(found: Typed) -> list[str]:
    error = refusal(found, mapped(KINDS), "orders.csv")
    return error.message.splitlines() if error else []


def lines_of(table: ibis.Table) -> list[dict[str, Any]]:
    return rows(table.order_by("source_file", "source_row"))


def test_every_canonical_column_has_a_kind():
    assert set(KINDS) == set(get_args(CanonicalField))


def test_only_columns_of_the_source_are_given_with_their_types():
    found = read({"tax": "(1.00)", "status": " paid ", "description": " A mug "})
    assert refusal(found, {}, "orders.csv") is None
    assert lines_of(select_good_lines(found)) == [
        {
            "customer_id": "007",
            "order_id": "1",
            "quantity": Decimal(2),
            "unit_price": Decimal("2.5"),
            "tax": Decimal(-1),
            "ordered_at": datetime(2024, 1, 31),  # noqa: DTZ001
            "description": " A mug ",
            "status": "paid",
            "source_file": "orders.csv",
            "source_row": 2,
        }
    ]


def test_settings_decide_where_values_cannot():
    found = read(
        {"unit_price": "1.250", "ordered_at": "1/2/2024 10:00"}, decimal=",", date_format="%d/%m/%Y"
    )
    (line,) = lines_of(select_good_lines(found))
    assert (line["unit_price"], line["ordered_at"].month) == (1250, 2)


def test_blank_rows_are_counted_and_no_fault():
    found = read({}, dict.fromkeys(LINE, " "), dict.fromkeys(LINE), dict.fromkeys(LINE, "NULL"))
    assert (found.count, found.blank_rows, found.faults) == (1, 3, ())
    assert [line["source_row"] for line in lines_of(select_good_lines(found))] == [2]


def test_a_source_of_blank_rows_holds_no_order_lines():
    with pytest.raises(DataError, match="holds no order lines"):
        read(dict.fromkeys(LINE, ""))


def test_faulty_rows_are_told_apart_with_reasons_but_no_values():
    found = read({}, {"quantity": "six", "ordered_at": ""}, {"customer_id": "1.23E+10"})
    assert lines_of(select_rejected_lines(found)) == [
        {
            "source_file": "orders.csv",
            "source_row": 3,
            "reason": "ordered_at is empty; quantity is not a number",
        },
        {
            "source_file": "orders.csv",
            "source_row": 4,
            "reason": "customer_id has lost digits (scientific notation)",
        },
    ]
    assert [line["source_row"] for line in lines_of(select_good_lines(found))] == [2]


def test_a_source_without_faults_rejects_nothing():
    assert lines_of(select_rejected_lines(read({}))) == []


def test_all_faults_are_one_error_with_first_rows():
    found = read({}, {"quantity": "six", "unit_price": ""}, {"order_id": "1.23E+10"})
    assert message(found) == [
        'orders.csv, column "Unit_Price": 1 of 3 values are empty (first: row 3).',
        (
            'orders.csv, column "Order_Id": 1 of 3 values have lost digits (scientific notation); '
            'export them as text (first: row 4 "9.99x+99").'
        ),
        'orders.csv, column "Quantity": 1 of 3 values are not numbers (first: row 3 "xxx").',
    ]


def test_rows_of_several_files_are_named_with_theirs():
    found = read(
        {"quantity": "six", "source_file": "may.csv"},
        {"quantity": "two", "source_file": "june.csv"},
    )
    assert '(first: june.csv row 3 "xxx", may.csv row 2 "xxx")' in message(found)[0]


def test_a_customer_may_be_unknown():
    assert read({"customer_id": ""}).faults == ()


@pytest.mark.parametrize("name", ["order_id", "quantity", "unit_price", "ordered_at"])
def test_what_every_line_needs_may_not_be_empty(name):
    assert message(read({}, {name: ""})) == [
        f'orders.csv, column "{name.title()}": 1 of 2 values are empty (first: row 3).'
    ]


def test_a_source_none_of_whose_lines_has_an_order_id_may_lack_it():
    assert read({"order_id": ""}, {"order_id": None}).faults == ()


def test_a_lines_own_amount_wins_over_its_units_and_price():
    found = read({"amount": "5.00"}, {"amount": "5.00", "quantity": "", "unit_price": ""})
    assert found.faults == ()
    assert message(read({"amount": "5.00"}, {"amount": ""})) == [
        'orders.csv, column "Amount": 1 of 2 values are empty (first: row 3).'
    ]


def test_other_amounts_may_be_empty_but_not_text():
    assert read({"discount": "1.00"}, {"discount": ""}).faults == ()
    assert "are not numbers" in message(read({"discount": "1.00"}, {"discount": "ten"}))[0]


def test_a_line_worth_too_much_is_a_fault():
    found = read({}, {"quantity": "999999999999", "unit_price": "99"})
    assert "values times the price are too large" in message(found)[0]


def test_a_number_that_cannot_be_summed_is_a_fault():
    assert "values are too large" in message(read({}, {"quantity": "99999999999999"}))[0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("n/a?", "x/x?"),
        ("#N/A", "#N/A"),
        ("Bo", "xx"),
        ("Anna Jørgensen", "xxxx xxxxx"),
        ("Zoe\u0301 \u00c5", "xxx x"),
        ("李雷", "xx"),
        ("anna@example.org", "an e-mail address"),
        ("Bo anna@example.org 7", "xx an e-mail address 9"),
        ("+4712345678901", "+999999999"),
        ("31/31/2024 10:00", "99/99/9999 99:99"),
        ("1, " * 30, ("9, " * 30)[:40]),
    ],
)
def test_a_value_in_a_message_is_masked_and_short(value, shown):
    assert masked(value) == shown
