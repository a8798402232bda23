"""Rows that a spreadsheet program of another list separator wrapped in quotes whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.errors import DataError
from tests.sources.reading_csv import read_csv, revenue

HEADER = "order_id,customer_id,description,amount,ordered_at"


def names(lines):
    return [line["description"] for line in lines]


def test_rows_wrapped_whole_are_unwrapped(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        '"order_id,customer_id,description,amount,ordered_at"',
        '"1,17,""Tea, green"",10.50,2025-05-01"',
        '"2,18,""Pot 6"""" high"",20.00,2025-05-02"',
    )
    assert names(lines) == ["Tea, green", 'Pot 6" high']
    assert revenue(lines) == Decimal("30.50")
    assert [line["source_row"] for line in lines] == [2, 3]
    assert left_out == []


def test_rows_that_needed_no_quotes_stand_between(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        HEADER,
        "1,17,Cup,5.00,2025-05-01",
        '"2,18,""Tea, green"",10.50,2025-05-01"',
        "3,19,Cup,5.00,2025-05-03",
        '"4,18,""Tea, black"",10.50,2025-05-04"',
    )
    assert names(lines) == ["Cup", "Tea, green", "Cup", "Tea, black"]
    assert revenue(lines) == Decimal(31)
    assert left_out == []


def test_semicolons_within_and_empty_fields_behind_do_not_matter(tmp_path):
    lines, _ = read_csv(
        tmp_path,
        '"order_id;customer_id;description;amount;ordered_at",,',
        '"1;17;Tea;10,50;2025-05-01",,',
        '"2;18;Pot;20,00;2025-05-02",,',
    )
    assert revenue(lines) == Decimal("30.50")


def test_a_title_in_quotes_is_no_wrapped_row(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        '"Orders, spring, all shops"',
        HEADER,
        '"1","17","Tea, green","10.50","2025-05-01"',
        '"2","18","Pot","20.00","2025-05-02"',
    )
    assert names(lines) == ["Tea, green", "Pot"]
    assert left_out == []


def test_rows_far_below_are_unwrapped_wherever_the_text_is_cut(tmp_path):
    rows = [f'"{i},{i % 7},""Tea, no {i}"",1.25,2025-05-01"' for i in range(60_000)]
    lines, left_out = read_csv(tmp_path, HEADER, *rows)
    assert (len(lines), revenue(lines), left_out) == (60_000, Decimal(75_000), [])


def test_wrapped_rows_that_hold_no_table_are_named(tmp_path):
    with pytest.raises(DataError, match="each row is wrapped in quotes as one field"):
        read_csv(tmp_path, '"order~customer~amount"', '"1~17~10.50"', '"2~18~20.00"')
