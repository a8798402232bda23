"""How good lists of products were, with bootstrap standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from custseg.offers.recommendations.ranking import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

METRICS: Final = ("hit_rate", "precision", "recall", "ndcg")
RESAMPLES: Final = 1000
_COVERAGE_RESAMPLES: Final = 200
"""Enough for a standard error to within a twentieth; each counts the distinct products anew."""
_BLOCK: Final = 2_000_000


def scores(items: NDArray[np.int32], bought: sparse.csr_array) -> NDArray[np.float64]:
    """Score each customer's list by what they bought.

    Parameters
    ----------
    items
        Customers by places: columns of `bought`, best first; -1 for none.
    bought
        Customers by products: 1 for what they bought. Everyone bought something.

    Returns
    -------
    ndarray
        Customers by `METRICS`: whether any of the list was bought, the share of its places that
        were, the share of what was bought that was on it, and the normalised discounted cumulative
        gain (Järvelin & Kekäläinen 2002; log2, the ideal list has as many hits as it can hold).
    """
    size = items.shape[1]
    rows = np.repeat(np.arange(len(items)), size)
    hits = lookup(bought, rows, np.maximum(items, 0).ravel()).reshape(items.shape) > 0
    hits &= items >= 0
    relevant = np.diff(bought.indptr)
    discounts = 1 / np.log2(np.arange(2, size + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant, size) - 1]
    return np.column_stack(
        [
            hits.any(axis=1),
            hits.sum(axis=1) / size,
            hits.sum(axis=1) / relevant,
            (hits * discounts).sum(axis=1) / ideal,
        ]
    )


def standard_errors(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Bootstrap standard errors (Efron & Tibshirani 1993) of the means of columns."""
    with threadpool_limits(1):  # more threads round differently
        means = [share @ values for share in _resampled(len(values), RESAMPLES, seed)]
    return np.asarray(np.std(np.concatenate(means), axis=0, ddof=1))


def coverage(items: NDArray[np.int32], products: int, seed: int) -> tuple[float, float]:
    """Share of the catalogue that is on anybody's list, and its bootstrap standard error."""
    rows, places = np.nonzero(items >= 0)
    listed, columns = np.unique(items[rows, places], return_inverse=True)
    if not len(listed):
        return 0.0, 0.0
    ones = np.ones(len(rows))
    on_list = sparse.csr_array((ones, (rows, columns)), shape=(len(items), len(listed)))
    counts = [
        np.count_nonzero((share > 0) @ on_list, axis=1)
        for share in _resampled(len(items), _COVERAGE_RESAMPLES, seed)
    ]
    error = np.std(np.concatenate(counts), ddof=1) / products
    return len(listed) / products, float(error)


def _resampled(customers: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Each customer's share of resamples, a row each, in pieces that fit in memory."""
    draw = np.random.default_rng(seed)
    at_once = max(1, _BLOCK // customers)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn = draw.integers(customers, size=(count, customers))
        drawn += customers * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * customers)
        yield times.reshape(count, customers) / customers
