from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from custseg.offers.recommendations.ranking import (
    as_lists,
    blocks,
    first_unseen,
    lookup,
    top_per_row,
)

MATRICES = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 4), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


def best(row: list[float], size: int) -> list[int]:
    """The columns of the highest values above zero; of equal ones those further left."""
    held = [column for column, value in enumerate(row) if value > 0]
    return sorted(held, key=lambda column: (-row[column], column))[:size]


@given(MATRICES, st.integers(1, 4))
def test_the_highest_values_of_each_row_are_kept_with_ties_to_the_left(rows, size):
    top = top_per_row(sparse.csr_array(np.array(rows, dtype=float)), size)
    items, values = as_lists(top, size)
    for row, listed, value in zip(rows, items.tolist(), values.tolist(), strict=True):
        expected = best(row, size)
        padding = size - len(expected)
        assert listed == expected + [-1] * padding
        assert value == [row[column] for column in expected] + [0] * padding


@given(MATRICES, st.integers(1, 8), st.randoms(use_true_random=False))
def test_the_first_columns_that_a_row_does_not_hold_come_in_the_order_given(rows, size, random):
    matrix = np.array(rows, dtype=float)
    order = list(range(matrix.shape[1]))
    random.shuffle(order)
    found = first_unseen(np.array(order), sparse.csr_array(matrix), size)
    for row, listed in zip(rows, found.tolist(), strict=True):
        expected = [column for column in order if not row[column]][:size]
        assert listed == expected + [-1] * (size - len(expected))


def test_rows_of_very_different_length_are_ranked_alike():
    dense = np.random.default_rng(1).random((400, 300))
    dense[np.arange(300) >= np.arange(400)[:, None]] = 0
    top = top_per_row(sparse.csr_array(dense), 10)
    assert (
        as_lists(top, 10)[0]
        == [best(row, 10) + [-1] * max(0, 10 - i) for i, row in enumerate(dense.tolist())]
    ).all()


def test_without_columns_or_rows_there_is_nothing_to_list():
    assert first_unseen(np.arange(0), sparse.csr_array((2, 0)), 2).tolist() == [[-1, -1]] * 2
    assert top_per_row(sparse.csr_array((0, 3)), 2).shape == (0, 3)
    assert list(blocks(np.arange(0), 10)) == []


def test_blocks_hold_as_much_work_as_fits_and_at_least_a_row():
    assert list(blocks(np.array([4, 5, 20, 1, 1, 9]), 10)) == [(0, 2), (2, 3), (3, 5), (5, 6)]


def test_single_values_are_looked_up():
    matrix = sparse.csr_array(np.array([[0.0, 2.0], [3.0, 0.0]]))
    assert lookup(matrix, np.array([0, 1, 1]), np.array([1, 1, 0])).tolist() == [2.0, 0.0, 3.0]
