"""Which figures can be published: tables that can be checked by hand, and any by a solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from custseg.privacy.disclosure import (
    boxes,
    is_dominated,
    is_shown,
    is_small,
    rounded,
    suppress,
    suppress_list,
    suppress_matrix,
)
from tests.conftest import examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 10


def width(figures: NDArray[np.float64], counts: NDArray[np.int64], hidden: int, shown: list[int]):
    """How far apart the ends of what a reader can find out of a figure are."""
    ends = [
        linprog(
            sign * figures[hidden],
            A_eq=figures[shown],
            b_eq=figures[shown] @ counts,
            bounds=(0, None),
        )
        for sign in (1, -1)
    ]
    assert all(end.status in {0, 3} for end in ends), "what is published contradicts itself"
    return float("inf") if 3 in {end.status for end in ends} else -ends[1].fun - ends[0].fun


def test_nobody_is_no_small_group():
    assert [is_small(count, 10) for count in (0, 1, 9, 10)] == [False, True, True, False]


def test_a_part_is_not_shown_where_the_rest_is_small():
    assert [is_shown(part, 100, 10) for part in (0, 5, 50, 95, 100)] == [
        True,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("least", [0, 1])
def test_nothing_is_suppressed_where_it_is_switched_off(least):
    assert not suppress_list([1, 2, 300], least).any()
    assert not suppress_matrix([[1, 2], [3, 4]], least).any()


def test_one_small_count_takes_the_next_smallest_with_it():
    assert suppress_list([3, 50, 20, 100], LEAST).tolist() == [True, False, True, False]


def test_two_small_counts_that_are_small_together_take_a_third():
    assert suppress_list([3, 4, 20, 100], LEAST).tolist() == [True, True, True, False]


def test_two_small_counts_that_are_enough_together_take_none():
    assert suppress_list([6, 7, 20, 100], LEAST).tolist() == [True, True, False, False]


def test_a_count_of_nobody_is_shown_and_hides_nothing():
    assert suppress_list([3, 0, 20, 30], LEAST).tolist() == [True, False, True, False]


def test_a_cell_of_a_matrix_is_hidden_by_three_others():
    hidden = suppress_matrix([[50, 3, 20], [40, 30, 12], [15, 60, 22]], LEAST)
    assert hidden[:3, :3].tolist() == [
        [False, True, True],
        [False, True, True],
        [False, False, False],
    ]
    assert not hidden[3].any()
    assert not hidden[:, 3].any()


def test_a_margin_that_is_small_itself_is_suppressed():
    hidden = suppress_matrix([[2, 3], [40, 30]], LEAST)
    assert hidden[0, 2]
    assert not hidden[2, 2]
    # The other row's total would give it away.
    assert hidden[1, 2]


def test_figures_that_are_tied_go_together():
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    hidden = suppress([3, 40, 50], rows, LEAST, tied=[0, 1, 0, 2], fixed=[0, 0, 0, 1])
    assert hidden.tolist() == [True, False, True, False]


def test_what_is_withheld_is_hidden_from_solvers_too():
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    hidden = suppress([30, 40, 50], rows, LEAST, withheld=[1, 0, 0, 0], fixed=[0, 0, 0, 1])
    assert hidden.tolist() == [True, True, False, False]


def test_a_difference_of_two_figures_is_found():
    """All of 100, and 96 of them: 4 are the others."""
    hidden = suppress([96, 4], [[1, 1], [1, 0], [0, 1]], LEAST, fixed=[1, 0, 0])
    assert hidden.tolist() == [False, True, True]


@examples(30)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=4),
    st.integers(2, 15),
)
def test_no_cell_of_a_random_matrix_can_be_worked_out(cells, least):
    counts = np.array(cells)
    height, across = counts.shape
    hidden = suppress_matrix(counts, least).ravel()
    places = np.arange(counts.size).reshape(counts.shape)
    rows = np.zeros((hidden.size, counts.size))
    for number in range(hidden.size):
        i, j = divmod(number, across + 1)
        held = places[slice(None) if i == height else i, slice(None) if j == across else j]
        rows[number, np.ravel(held)] = 1
    values = rows @ counts.ravel()
    assert not ((values > 0) & (values < least) & ~hidden).any()
    if counts.sum() < least:
        return
    shown = np.flatnonzero(~hidden).tolist()
    for number in np.flatnonzero(hidden & (values > 0)):
        assert width(rows, counts.ravel(), number, shown) >= least - 1e-6


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(2, 15))
def test_what_a_list_hides_is_enough_together(counts, least):
    hidden = suppress_list(counts, least)
    gone = np.array(counts)[hidden]
    assert all(not is_small(n, least) for n in np.array(counts)[~hidden])
    assert len(gone) == 0 or sum(counts) < least or (len(gone) > 1 and gone.sum() >= least)


def test_one_customer_with_more_than_four_fifths_dominates():
    assert not is_dominated([80.0, 20.0])
    assert is_dominated([81.0, 19.0])
    assert is_dominated([-90.0, 5.0])
    assert not is_dominated([0.0, 0.0])


def test_an_amount_is_rounded_to_its_first_digit():
    assert [rounded(17_432.5), rounded(-940.0), rounded(0.0), rounded(0.87)] == [
        20_000.0,
        -900.0,
        0.0,
        0.9,
    ]
    assert rounded(17_432.5, 2) == 17_000.0


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 2)),
        min_size=10,
        max_size=120,
    )
)
def test_boxes_hold_everybody_once_and_enough_of_a_group(people):
    x, y, group = (np.array(values) for values in zip(*people, strict=True))
    found = boxes(x, y, 5, group)
    held = np.sort(np.concatenate([box.members for box in found]))
    assert held.tolist() == list(range(len(people)))
    for box in found:
        assert (x[box.members] >= box.left).all()
        assert (x[box.members] <= box.right).all()
        assert (y[box.members] >= box.bottom).all()
        assert (y[box.members] <= box.top).all()
        if len(found) > 1:
            assert np.bincount(group[box.members]).max() >= 5


def test_boxes_are_halved_where_that_leaves_enough_on_both_sides():
    found = boxes([0] * 10 + [9] * 10, [0] * 20, 10, [0] * 20)
    assert [(box.left, box.right, len(box.members)) for box in found] == [(0, 0, 10), (9, 9, 10)]
    assert len(boxes([0] * 9 + [9] * 10, [0] * 19, 10, [0] * 19)) == 1
