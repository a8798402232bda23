"""Which centroid is nearest to customers, which is next, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custseg.segments.model.sampling import batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.segments.model.scoring import ScoringModel


@dataclass(frozen=True)
class Nearness:
    """The two nearest centroids of each customer."""

    own: NDArray[np.int64]
    """Segment of the nearest one; the lower number on a tie."""
    next: NDArray[np.int64]
    """Of the next nearest one; where there is only one segment, that one."""
    distance: NDArray[np.float64]
    """To the nearest one: Euclidean, in the space of the components."""
    next_distance: NDArray[np.float64]

    @property
    def margin(self) -> NDArray[np.float64]:
        """How much nearer one's own is than the next: 0 on the border, 1 on the centroid."""
        return margin(self.distance, self.next_distance)


def nearness(scoring: ScoringModel, points: NDArray[np.float64]) -> Nearness:
    """Find the two nearest centroids of points in the space of the components."""
    parts = [_nearness(scoring, points[part]) for part in batches(len(points))]
    return Nearness(
        np.concatenate([part.own for part in parts]),
        np.concatenate([part.next for part in parts]),
        np.concatenate([part.distance for part in parts]),
        np.concatenate([part.next_distance for part in parts]),
    )


def _nearness(scoring: ScoringModel, points: NDArray[np.float64]) -> Nearness:
    distances = scoring.distances(points)
    ids = np.array(scoring.segments)
    if len(ids) == 1:
        # No border is anywhere near.
        ids = np.repeat(ids, 2)
        distances = np.column_stack([distances, np.full(len(points), np.inf)])
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :2]
    own, other = np.take_along_axis(distances, nearest, axis=1).T
    return Nearness(ids[nearest[:, 0]], ids[nearest[:, 1]], own, other)


def margin(own: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - own / next, of distances; 0 where both are 0."""
    ratio: NDArray[np.float64] = np.divide(own, other, out=np.ones_like(own), where=other > 0)
    return 1 - ratio
