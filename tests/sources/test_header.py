from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.sources.header import Header, find_header, name_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("Order", "Customer", "Date", "Qty", "Price")
LINE = ("536365", "17850", "2010-12-01 08:26:00", "6", "2.55")


def found_in(rows: Sequence[Sequence[str | None]], wanted: bool | None = None) -> Header:  # noqa: FBT001
    """The header of a table whose rows are equally long, as those of a sheet are."""
    return find_header(rows, len(rows[0]) if rows else 0, wanted)


def header_row(rows: Sequence[Sequence[str | None]], wanted: bool | None = None) -> int | None:  # noqa: FBT001
    """The place of the row that holds the names."""
    header = found_in(rows, wanted)
    return header.first - 1 if header.found else None


def test_the_first_row_of_names_is_the_header():
    found = found_in([NAMES, LINE, LINE])
    assert (found.first, found.names) == (1, NAMES)


def test_titles_and_notes_stand_above_a_header():
    rows = [
        ("Sales of May", None, None, None, None),
        ("Report generated:", "2023-05-31", None, None, None),
        NAMES,
        LINE,
        LINE,
    ]
    assert header_row(rows) == 2


def test_a_wide_note_with_values_does_not_hide_the_header():
    rows = [("From", "2023-05-01", "to", "2023-05-31", None), NAMES, LINE]
    assert header_row(rows) == 1


def test_a_row_of_groups_above_the_names_is_no_header():
    rows = [("Order", None, None, "Money", None), NAMES, LINE]
    assert header_row(rows) == 1


def test_rows_of_values_have_no_header():
    found = found_in([LINE, LINE])
    assert (found.first, found.found) == (0, False)
    assert found.names == ("column 1", "column 2", "column 3", "column 4", "column 5")


@pytest.mark.parametrize(
    "value",
    [
        "12",
        "-1.5",
        "1,234.50",
        "1.234,50 €",
        "$ 5",
        "£5.00",
        "(12.50)",
        "12 EUR",
        "3e5",
        "50%",
        "2023-01-31",
        "31/01/2023 8:26",
        "11-Feb-13",
        "2023-01-31T08:26:00Z",
        "anna@example.org",
        "True",
    ],
)
def test_a_row_with_a_value_among_few_cells_is_no_header(value):
    assert header_row([("Anna", value, "Mug"), ("Ben", value, "Cup")]) is None


@pytest.mark.parametrize("name", ["Qty", "Address 1", "% off", "Price (£)", "1st order", "CP-1"])
def test_a_name_with_digits_or_signs_is_a_name(name):
    assert header_row([("Order", name), ("1", "2")]) == 0


def test_one_year_among_many_names_is_a_name():
    names = [f"Name {letter}" for letter in "ABCDEFGHI"]
    assert header_row([[*names, "2023"], ["x"] * 10]) == 0


def test_a_header_that_a_page_break_repeats_is_not_taken_for_the_first():
    assert header_row([LINE, LINE, NAMES, LINE]) is None


def test_a_header_is_looked_for_within_fifty_rows():
    note = ("Note", None, None, None, None)
    assert header_row([note] * 49 + [NAMES, LINE]) == 49
    assert header_row([note] * 50 + [NAMES, LINE]) is None


def test_a_setting_overrides_what_rows_look_like():
    assert header_row([NAMES, LINE], wanted=False) is None
    found = found_in([("Title", None), ("2022", "2023"), ("1", "2")], wanted=True)
    assert (found.first, found.names) == (2, ("2022", "2023"))


def test_no_rows_have_no_names():
    assert found_in([]).names == ()
    assert found_in([(None, " ")]).columns_in_use([(None, " ")]) == []


def test_names_lose_blanks_around_them_and_breaks_within():
    assert name_columns([" Order\nNumber ", "\u00a0Price"]) == ("Order Number", "Price")


def test_names_that_repeat_or_are_missing_are_told_apart():
    assert name_columns(["Name", "name", None, "Name", "", "Name (2)"]) == (
        "Name",
        "name (2)",
        "column 3",
        "Name (3)",
        "column 5",
        "Name (2) (2)",
    )


def test_the_row_numbers_name_is_taken():
    assert name_columns(["source_row"]) == ("source_row (2)",)


@given(st.lists(st.one_of(st.none(), st.text(max_size=4))))
def test_names_are_as_many_as_columns_and_differ(written):
    names = name_columns(written)
    assert len(names) == len(written) == len({name.casefold() for name in names})
    assert all(name.strip() == name != "" for name in names)


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=6), max_size=8))
def test_any_rows_have_a_header_or_none(rows):
    rows = [row for row in rows if any(cell and cell.strip() for cell in row)]
    header = find_header(rows, max(map(len, rows), default=0))
    assert 0 <= header.first <= len(rows)
    assert not header.found or any(header.cells)
