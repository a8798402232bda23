from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.sources.header import find_header, unique_names

NAMES = ("Order", "Customer", "Date", "Qty", "Price")
LINE = ("536365", "17850", "2010-12-01 08:26:00", "6", "2.55")
NONE = (None,) * 5


def test_the_first_row_of_names_is_the_header():
    found = find_header([NAMES, LINE, LINE])
    assert (found.row_index, found.names) == (0, NAMES)


def test_titles_notes_and_blank_rows_stand_above_a_header():
    rows = [
        ("Sales of May", None, None, None, None),
        NONE,
        ("Report generated:", "2023-05-31", None, None, None),
        NAMES,
        LINE,
        LINE,
    ]
    assert find_header(rows).row_index == 3


def test_a_wide_note_with_values_does_not_hide_the_header():
    rows = [("From", "2023-05-01", "to", "2023-05-31", None), NAMES, LINE]
    assert find_header(rows).row_index == 1


def test_a_row_of_groups_above_the_names_is_no_header():
    rows = [("Order", None, None, "Money", None), NAMES, LINE]
    assert find_header(rows).row_index == 1


def test_rows_of_values_have_no_header():
    found = find_header([LINE, LINE])
    assert found.row_index is None
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
    assert find_header([("Anna", value, "Mug"), ("Ben", value, "Cup")]).row_index is None


@pytest.mark.parametrize("name", ["Qty", "Address 1", "% off", "Price (£)", "1st order", "CP-1"])
def test_a_name_with_digits_or_signs_is_a_name(name):
    assert find_header([("Order", name), ("1", "2")]).row_index == 0


def test_one_year_among_many_names_is_a_name():
    names = [f"Name {letter}" for letter in "ABCDEFGHI"]
    assert find_header([[*names, "2023"], ["x"] * 10]).row_index == 0


def test_a_header_that_a_page_break_repeats_is_not_taken_for_the_first():
    assert find_header([LINE, LINE, NAMES, LINE]).row_index is None


def test_a_header_is_looked_for_within_fifty_rows():
    note = ("Note", None, None, None, None)
    assert find_header([note] * 49 + [NAMES, LINE]).row_index == 49
    assert find_header([note] * 50 + [NAMES, LINE]).row_index is None


def test_a_setting_overrides_what_rows_look_like():
    assert find_header([NAMES, LINE], forced=False).row_index is None
    found = find_header([("Title", None), ("2022", "2023"), ("1", "2")], forced=True)
    assert (found.row_index, found.names) == (1, ("2022", "2023"))


def test_no_rows_have_no_names():
    assert find_header([]).names == ()
    assert find_header([(None, " ")]).names == ()


def test_names_lose_blanks_around_them_and_breaks_within():
    assert unique_names([" Order\nNumber ", "\u00a0Price"]) == ("Order Number", "Price")


def test_names_that_repeat_or_are_missing_are_told_apart():
    assert unique_names(["Name", "name", None, "Name", "", "Name (2)"]) == (
        "Name",
        "name (2)",
        "column 3",
        "Name (3)",
        "column 5",
        "Name (2) (2)",
    )


def test_the_row_numbers_name_is_taken():
    assert unique_names(["source_row"]) == ("source_row (2)",)


@given(st.lists(st.one_of(st.none(), st.text(max_size=4))))
def test_names_are_as_many_as_columns_and_differ(written):
    names = unique_names(written)
    assert len(names) == len(written) == len({name.casefold() for name in names})
    assert all(name.strip() == name != "" for name in names)


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=6), max_size=8))
def test_any_rows_have_a_header_or_none(rows):
    found = find_header(rows)
    assert found.row_index is None or any(rows[found.row_index])
