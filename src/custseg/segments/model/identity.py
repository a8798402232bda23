"""Which segments of a new fit are which of the model before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.segments.model.scoring import ScoringModel
    from custseg.settings import MonthlySettings

_FOUND: Final = 10.0
"""What a good pair counts more than any difference in quality, so that as many as can be are kept;
one whose centroid stayed in place counts twice as much as one that only shares its customers."""


@dataclass(frozen=True)
class Match:
    """A cluster of a new fit and the old segment nearest to it in the optimal assignment."""

    cluster: int
    segment: int
    moved: float
    """How far its centroid is from the old one, as a share of the way to the nearest other."""
    shared: float
    """Customers in both, as a share of those in either (Jaccard 1901)."""
    good: bool
    """Whether it is the same segment."""


def match(
    model: ScoringModel,
    points: NDArray[np.float64],
    clusters: NDArray[np.int64],
    settings: MonthlySettings,
) -> list[Match]:
    """Pair the clusters of a new fit with the segments of the model before.

    Both are compared in the old model's space and on the same customers, so that what customers
    did since plays no part.

    Parameters
    ----------
    model
        The model before.
    points
        The customers in its space.
    clusters
        The cluster of each under the new fit, 0 … without gaps.
    settings
        How near a pair has to be.

    Returns
    -------
    list of Match
        One for each cluster that got an old segment; by cluster.

    Notes
    -----
    Optimal assignment (Kuhn 1955, "The Hungarian method"; SciPy's is that of Crouse 2016) over the
    distance of centroids and the share of customers not in both. A centroid that moved less than
    half of the way to the nearest other is nearer to its own old place than to any other's.
    """
    old = np.array(model.centroids)
    new = np.array(list(model.means(points, clusters).values()))
    apart = cdist(old, old)
    np.fill_diagonal(apart, np.inf)
    moved = cdist(old, new) / np.maximum(apart.min(axis=1), np.finfo(float).tiny)[:, None]
    shared = _shared(model.labels(points), np.array(model.segments), clusters, len(new))
    stayed = moved < settings.same_segment
    good = stayed | (shared >= settings.same_customers)
    quality = 1 / (1 + moved) + shared
    # As numbers: the sum of two truths is a truth.
    found = good.astype(np.float64) + stayed
    rows, columns = linear_sum_assignment(quality + _FOUND * found, maximize=True)
    return sorted(
        (
            Match(
                int(cluster),
                model.segments[row],
                float(moved[row, cluster]),
                float(shared[row, cluster]),
                bool(good[row, cluster]),
            )
            for row, cluster in zip(rows, columns, strict=True)
        ),
        key=lambda pair: pair.cluster,
    )


def number(matches: list[Match], clusters: int, unused: int) -> dict[int, int]:
    """Give each cluster its segment's number: the old one, or one that was never used.

    Parameters
    ----------
    clusters
        How many there are; new ones are numbered in their order.
    unused
        The lowest number that was never used.
    """
    numbers = {pair.cluster: pair.segment for pair in matches if pair.good}
    fresh = [cluster for cluster in range(clusters) if cluster not in numbers]
    return numbers | {cluster: unused + i for i, cluster in enumerate(fresh)}


def _shared(
    labels: NDArray[np.int64],
    segments: NDArray[np.int64],
    clusters: NDArray[np.int64],
    of: int,
) -> NDArray[np.float64]:
    """Jaccard index of each old segment with each new cluster, shape (segments, clusters)."""
    rows = np.searchsorted(segments, labels)
    pairs = np.bincount(rows * of + clusters, minlength=len(segments) * of)
    both = pairs.reshape(len(segments), of).astype(np.float64)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    shared: NDArray[np.float64] = both / np.maximum(either, 1)
    return shared
