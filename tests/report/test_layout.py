from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from custseg.report.tables.table import Column, whole
from custseg.report.terminal.layout import (
    Widths,
    arrange,
    fitting,
    measure,
    spread,
    total,
    with_pictures,
)

NAME = Column("name", "segment")
CUSTOMERS = Column("n", "all customers", whole)
COLUMNS = (NAME, CUSTOMERS, Column("spend", "spend", whole, optional=True))
LINES = [["segment", "all customers", "spend"], ["Big baskets, slipping", "12,345", "1,234,567"]]


def test_a_figure_is_never_broken_and_a_text_only_between_words():
    assert measure(NAME, "segment", "Big baskets, slipping") == Widths(8, 12, 21)
    assert measure(CUSTOMERS, "all customers", "12,345") == Widths(9, 9, 13)
    assert measure(CUSTOMERS, "n", "12,345") == Widths(6, 6, 6)


def test_a_long_text_is_content_with_20_cells():
    assert measure(NAME, "reason", "of words " * 20).fair == 20
    assert measure(NAME, "reason", "w" * 30) == Widths(30, 30, 30)


def test_a_picture_stands_beside_the_figures_under_the_same_header():
    assert measure(CUSTOMERS, "all customers", "12,345", picture=8) == Widths(15, 15, 15)


def test_wide_characters_take_two_cells_and_combining_ones_none():
    assert measure(NAME, "n", "常连 客户").natural == 9
    assert measure(NAME, "n", "e\N{COMBINING ACUTE ACCENT}").natural == 1


def test_optional_columns_are_left_out_from_the_right():
    columns = (NAME, CUSTOMERS, *(Column(key, key, optional=True) for key in "ab"))
    assert total([8, 9, 12, 10]) == 48
    assert fitting([8, 9, 12, 10], columns, 48) == [0, 1, 2, 3]
    assert fitting([8, 9, 12, 10], columns, 47) == [0, 1, 2]
    assert fitting([8, 9, 12, 10], columns, 35) == [0, 1]
    assert fitting([8, 9, 12, 10], columns, 5) == [0, 1]


def test_a_table_without_room_for_its_needed_columns_is_not_laid_out():
    assert arrange(COLUMNS, LINES, {}, 22) is not None
    assert arrange(COLUMNS, LINES, {}, 21) is None


def test_figures_come_before_pictures():
    pictures = {1: ["████████"]}
    wide, narrow = (arrange(COLUMNS, LINES, pictures, width) for width in (43, 42))
    assert wide is not None
    assert wide.widths == {0: 12, 1: 15, 2: 9}
    assert wide.pictured == {1}
    assert narrow is not None
    assert set(narrow.widths) == {0, 1, 2}
    assert narrow.pictured == set()


def test_pictures_on_the_right_come_first():
    plain = {i: Widths(5, 5, 5) for i in range(3)}
    drawn = {0: Widths(9, 9, 9), 2: Widths(10, 10, 10)}
    assert with_pictures(plain, drawn, 22 + 9) == {0, 2}
    assert with_pictures(plain, drawn, 22 + 8) == {2}
    assert with_pictures(plain, drawn, 22 + 4) == {0}


def test_a_picture_that_is_blank_takes_no_room():
    arranged = arrange(COLUMNS, LINES, {1: [""]}, 200)
    assert arranged is not None
    assert arranged.pictured == set()


def test_room_that_is_left_goes_to_the_texts_before_the_headers_of_figures():
    columns = {0: Widths(8, 12, 21), 1: Widths(9, 9, 13)}
    assert spread(columns, {0}, total([8, 9]) + 5) == {0: 13, 1: 9}
    assert spread(columns, {0}, total([8, 9]) + 15) == {0: 21, 1: 11}
    assert spread(columns, {0}, 200) == {0: 21, 1: 13}


WORDS = st.text(st.characters(categories=["L", "M", "Zs"]), max_size=30)


@given(
    st.lists(st.tuples(WORDS, st.integers(0, 10**9)), min_size=1, max_size=5), st.integers(10, 150)
)
def test_a_table_never_takes_more_than_the_terminal_has(rows, available):
    lines = [["segment", "all customers", "spend"]] + [
        [name, f"{n:,}", f"{n:,}"] for name, n in rows
    ]
    pictures = {1: ["████████"] * len(rows), 2: ["█"] * len(rows)}
    arranged = arrange(COLUMNS, lines, pictures, available)
    if arranged:
        assert total(arranged.widths.values()) <= available
        assert all(width >= 5 for width in arranged.widths.values())
