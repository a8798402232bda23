"""Matching segments of a new fit with those before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.segments.model.identity import Match, match, number
from custseg.segments.model.scoring import ScoringModel
from custseg.settings import MonthlySettings

SETTINGS = MonthlySettings()


def plane(*centroids: tuple[float, float], segments: tuple[int, ...] | None = None) -> ScoringModel:
    """A model whose two features are its two components."""
    return ScoringModel(
        ("recency_days", "frequency"),
        (False, False),
        (0.0, 0.0),
        (1.0, 1.0),
        (1.0, 1.0),
        (0.0, 0.0),
        ((1.0, 0.0), (0.0, 1.0)),
        segments or tuple(range(1, len(centroids) + 1)),
        centroids,
    )


def test_clusters_in_another_order_are_the_same_segments():
    model = plane((0, 0), (10, 0), (0, 10), segments=(1, 4, 6))
    points = np.array([(0, 1), (0, 9), (9, 0), (0, -1), (0, 11), (11, 0)], dtype=float)
    clusters = np.array([2, 0, 1, 2, 0, 1])
    found = match(model, points, clusters, SETTINGS)
    assert [(m.cluster, m.segment, m.moved, m.shared, m.good) for m in found] == [
        (0, 6, 0.0, 1.0, True),
        (1, 4, 0.0, 1.0, True),
        (2, 1, 0.0, 1.0, True),
    ]


def test_what_moved_half_way_to_the_nearest_other_and_lost_its_customers_is_new():
    model = plane((0, 0), (10, 0))
    # The second segment's customers are shared out: two stay with the first, and one far away is
    # a cluster of its own.
    points = np.array([(0, 0), (6, 0), (7, 0), (40, 0)], dtype=float)
    found = match(model, points, np.array([0, 0, 0, 1]), SETTINGS)
    assert [(m.segment, m.good) for m in found] == [(1, True), (2, False)]
    assert found[0].moved == pytest.approx(13 / 3 / 10)
    assert found[1].moved == 3
    assert found[1].shared == pytest.approx(1 / 3)


def test_a_segment_that_moved_far_with_its_customers_is_the_same():
    model = plane((0, 0), (10, 0))
    points = np.array([(0, 0), (1, 0), (18, 0), (20, 0)], dtype=float)
    found = match(model, points, np.array([0, 0, 1, 1]), SETTINGS)
    assert [(m.segment, m.good) for m in found] == [(1, True), (2, True)]
    assert (found[1].moved, found[1].shared) == (0.9, 1.0)


def test_a_centroid_that_stayed_counts_more_than_customers_that_are_shared():
    # All are the second segment's; the lone one is near its centroid, the two are more of them.
    model = plane((0, 0), (10, 0))
    points = np.array([(14, 0), (21, 0), (16, 0)], dtype=float)
    found = match(model, points, np.array([0, 1, 1]), SETTINGS)
    assert [(m.cluster, m.segment, m.good) for m in found] == [(0, 2, True), (1, 1, False)]


def test_more_clusters_than_segments_leave_some_without():
    model = plane((0, 0), (10, 0))
    points = np.array([(0, 0), (10, 0), (5, 30)], dtype=float)
    found = match(model, points, np.array([0, 1, 2]), SETTINGS)
    assert [(m.cluster, m.segment, m.good) for m in found] == [(0, 1, True), (1, 2, True)]


def test_fewer_clusters_than_segments_leave_some_unmatched():
    model = plane((0, 0), (10, 0), (10, 1))
    points = np.array([(0, 0), (10, 0), (10, 1)], dtype=float)
    found = match(model, points, np.array([0, 1, 1]), SETTINGS)
    assert [m.cluster for m in found] == [0, 1]
    assert found[0].segment == 1


def test_new_segments_get_numbers_that_were_never_used():
    pairs = [Match(0, 4, 0.1, 0.9, good=True), Match(1, 2, 3.0, 0.1, good=False)]
    assert number(pairs, 3, 8) == {0: 4, 1: 8, 2: 9}


POINTS = st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=12, max_size=40).map(
    np.array
)


@given(POINTS, st.randoms(use_true_random=False))
def test_every_segment_whose_place_was_kept_keeps_its_number(points, draw):
    model = plane((-10, -10), (10, -10), (0, 10))
    clusters = np.array([draw.randrange(4) for _ in points])
    clusters = np.unique(clusters, return_inverse=True)[1]
    found = match(model, points, clusters, SETTINGS)
    kept = {m.segment for m in found if m.good}
    means = model.means(points, clusters)
    centroids = np.array(model.centroids)
    for row, own in enumerate(centroids):
        nearest_other = min(np.linalg.norm(own - o) for o in np.delete(centroids, row, axis=0))
        nearest_new = min(np.linalg.norm(own - mean) for mean in means.values())
        # On the very border rounding decides.
        if nearest_new < (SETTINGS.same_segment - 1e-9) * nearest_other:
            assert model.segments[row] in kept
    assert len({m.segment for m in found}) == len(found)


@given(POINTS, st.randoms(use_true_random=False), st.permutations(range(3)))
def test_the_clusters_numbers_do_not_matter(points, draw, order):
    model = plane((-10, -10), (10, -10), (0, 10))
    clusters = np.array([*range(3), *(draw.randrange(3) for _ in points[3:])])
    one = match(model, points, clusters, SETTINGS)
    other = match(model, points, np.array(order)[clusters], SETTINGS)
    good = {(order[m.cluster], m.segment) for m in one if m.good}
    assert good == {(m.cluster, m.segment) for m in other if m.good}
