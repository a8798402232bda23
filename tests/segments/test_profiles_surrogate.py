from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.segments.profiles.surrogate import Leaf, Split, imitate, predict, rounded_down


def test_a_value_is_rounded_down_to_three_digits():
    values = np.array([0.0, 0.3, 0.012349, 1.0, 69.99, 410.5, 1239.9, 128_945.56, -12.34])
    expected = [0.0, 0.3, 0.0123, 1.0, 69.9, 410.0, 1230.0, 128_000.0, -12.4]
    assert rounded_down(values).tolist() == expected


@given(
    st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-6),
    st.integers(100, 999),
    st.integers(-6, 6),
)
def test_whether_a_value_is_below_a_threshold_shows_when_it_is_rounded_down(x, digits, exponent):
    threshold = float(f"{digits}e{exponent}")
    gap = abs(x - threshold)
    if gap > 1e-9 * threshold:  # closer than that, the two differ by a rounding error only
        assert (rounded_down(np.array([x]))[0] < threshold) == (x < threshold)


def test_two_groups_that_one_question_parts_get_that_question():
    values = np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 4.0], [40.0, 2.0], [50.0, 3.0]])
    labels = np.array([2, 2, 2, 1, 1])
    assert imitate(values, labels, leaves=24, seed=0) == Split(0, 40.0, Leaf(2), Leaf(1))


def test_one_group_needs_no_question():
    assert imitate(np.array([[1.0], [2.0]]), np.array([3, 3]), leaves=4, seed=0) == Leaf(3)


def test_features_that_tell_nothing_give_the_commonest_group():
    assert imitate(np.ones((3, 2)), np.array([1, 2, 2]), leaves=4, seed=0) == Leaf(2)


def test_greedy_growth_fails_a_chequerboard_that_polishing_solves():
    # No first split of an exclusive-or tells anything, so growth starts with an arbitrary one.
    draw = np.random.default_rng(0)
    values = np.floor(draw.random((400, 2)) * 100)
    labels = ((values[:, 0] < 50) ^ (values[:, 1] < 50)).astype(np.int64)
    tree = imitate(values, labels, leaves=5, seed=0)
    assert (predict(tree, values) == labels).mean() > 0.95


@pytest.mark.parametrize("leaves", [2, 3, 8])
def test_a_tree_has_no_more_leaves_than_asked(leaves):
    draw = np.random.default_rng(1)
    values, labels = draw.random((300, 3)), draw.integers(1, 5, 300)

    def count(tree):
        return 1 if isinstance(tree, Leaf) else count(tree.below) + count(tree.above)

    assert 2 <= count(imitate(values, labels, leaves, seed=0)) <= leaves
