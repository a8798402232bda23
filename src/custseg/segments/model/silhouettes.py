"""Mean silhouette widths of several labellings of the same points, in one pass over distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import pairwise_distances_chunked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WORKING_MEMORY_MIB: Final = 16
"""Small enough to be used again and again: touching fresh memory costs more than the arithmetic."""


def silhouettes(
    points: NDArray[np.float64], labellings: Sequence[NDArray[np.int32]]
) -> NDArray[np.float64]:
    """Silhouette width of every point under every labelling.

    Parameters
    ----------
    points
        n points, shape (n, d).
    labellings
        m arrays of n labels, 0 … k-1 each.

    Returns
    -------
    array of shape (m, n)
        Widths in [-1, 1]; 0 for a point alone in its cluster.

    Notes
    -----
    Rousseeuw (1987). The distances are the costly part and don't depend on the labels: each block
    of them is multiplied once with the membership columns of all labellings, so that scoring
    k = 2 … 12 takes as long as scoring one k. Memory is a block of distances, not n².
    """
    sizes = [np.bincount(labels) for labels in labellings]
    members = np.concatenate(
        [np.eye(len(size))[labels] for size, labels in zip(sizes, labellings, strict=True)], axis=1
    )
    ends = np.cumsum([len(size) for size in sizes])
    widths = np.empty((len(labellings), len(points)))
    start = 0
    for distances in pairwise_distances_chunked(points, working_memory=_WORKING_MEMORY_MIB):
        stop = start + len(distances)
        sums = np.split(distances @ members, ends[:-1], axis=1)
        for i, (labels, size) in enumerate(zip(labellings, sizes, strict=True)):
            widths[i, start:stop] = _widths(sums[i], labels[start:stop], size)
        start = stop
    return widths


def sample_of(customers: int, at_most: int, seed: int) -> NDArray[np.int64]:
    """Indices of a sample of customers, ascending: all of them where there are not too many."""
    if customers <= at_most:
        return np.arange(customers)
    return np.sort(np.random.default_rng(seed).choice(customers, at_most, replace=False))


def renumbered(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Labels renumbered 0 … without gaps: a sample may miss a small segment."""
    found: NDArray[np.int32] = np.unique(labels, return_inverse=True)[1].astype(np.int32)
    return found


def _widths(
    sums: NDArray[np.float64], labels: NDArray[np.int32], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Widths from each point's summed distances to every cluster's members."""
    rows = np.arange(len(labels))
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = sums / np.maximum(sizes, 1)
    means[:, sizes == 0] = np.inf
    means[rows, labels] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(own, nearest)
    width: NDArray[np.float64] = np.divide(
        nearest - own, widest, out=np.zeros_like(own), where=widest > 0
    )
    width[sizes[labels] == 1] = 0.0
    return width
