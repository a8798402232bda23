"""The highest values of each row of a matrix, without a loop over its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def top_per_row(matrix: sparse.csr_array, size: int) -> sparse.csr_array:
    """Keep the `size` highest stored values of each row; of equal ones those further left."""
    limits = _thresholds(matrix, size)
    if np.isneginf(limits).all() and matrix.has_sorted_indices:
        return matrix
    top = compress(matrix, matrix.data >= np.repeat(limits, np.diff(matrix.indptr)))
    top.sort_indices()
    counts = np.diff(top.indptr)
    if counts.max(initial=0) <= size:
        return top
    tied = top.data == np.repeat(limits, counts)
    before = np.concatenate([[0], np.cumsum(tied)])
    room = size - counts + before[top.indptr[1:]] - before[top.indptr[:-1]]
    last = np.repeat(before[top.indptr[:-1]] + room, counts)
    return compress(top, ~tied | (before[1:] <= last))


def compress(matrix: sparse.csr_array, kept: NDArray[np.bool_]) -> sparse.csr_array:
    """Keep some of the values that are stored."""
    before = np.zeros(len(kept) + 1, dtype=matrix.indptr.dtype)
    np.cumsum(kept, out=before[1:])
    parts = (matrix.data[kept], matrix.indices[kept], before[matrix.indptr])
    return sparse.csr_array(parts, shape=matrix.shape)


def _thresholds(matrix: sparse.csr_array, size: int) -> NDArray[np.float64]:
    """The value of each row that so many others reach; minus infinity where they are fewer."""
    counts = np.diff(matrix.indptr)
    limits = np.full(matrix.shape[0], -np.inf)
    many = np.flatnonzero(counts > size)
    if not len(many):
        return limits
    # Rows of about equal length side by side: their values then fill a rectangle.
    by_length = many[np.argsort(counts[many], kind="stable")]
    for some in np.array_split(by_length, max(1, len(by_length) // 256)):
        widths = counts[some]
        filled = np.arange(widths.max()) < widths[:, None]
        values = np.full(filled.shape, -np.inf)
        where = matrix.indptr[some][:, None] + np.arange(widths.max())
        values[filled] = matrix.data[where[filled]]
        limits[some] = np.partition(values, -size, axis=1)[:, -size]
    return limits


def lookup(
    matrix: sparse.csr_array, rows: NDArray[np.int64], columns: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Read single values of a matrix; rows and columns are of one length."""
    # Indexed so, sparse arrays of one scipy give an array and those of another a sparse one.
    parts = (matrix.data, matrix.indices, matrix.indptr)
    values = sparse.csr_matrix(parts, shape=matrix.shape, copy=False)[rows, columns]
    return np.asarray(values).ravel()


def sum_per_row(values: NDArray[np.int64], starts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Add up the values of each row; row i's are values[starts[i]:starts[i + 1]]."""
    total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.asarray(total[starts[1:]] - total[starts[:-1]])


def blocks(work: NDArray[np.int64], limit: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows that take about as much work each, and so as much memory."""
    total = np.cumsum(work)
    start = 0
    while start < len(work):
        before = int(total[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + limit, side="right")))
        yield start, end
        start = end


def rank_in_row(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place, from 0, of each entry among those of its row; rows come sorted."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    return np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))


def as_lists(top: sparse.csr_array, size: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Columns and values of each row, best first, as rectangles; -1 and 0 where there are fewer.

    The columns of each row come sorted, and are at most `size`.
    """
    rows = np.repeat(np.arange(top.shape[0]), np.diff(top.indptr))
    place = rank_in_row(rows)
    items = np.full((top.shape[0], size), -1, dtype=np.int32)
    values = np.full(items.shape, -np.inf)
    items[rows, place] = top.indices
    values[rows, place] = top.data
    # Stable: of equal values the one further left comes first.
    order = np.argsort(-values, axis=1, kind="stable")
    items, values = (np.take_along_axis(each, order, axis=1) for each in (items, values))
    values[items < 0] = 0
    return items, values


def first_unseen(order: NDArray[np.int64], seen: sparse.csr_array, size: int) -> NDArray[np.int32]:
    """Return for each row the first `size` columns, in the order given, that it does not hold.

    -1 where there are no more.
    """
    items = np.full((seen.shape[0], size), -1, dtype=np.int32)
    open_rows = np.arange(seen.shape[0])
    reach = 2 * size
    while len(open_rows):
        free = seen[open_rows][:, order[:reach]].toarray() == 0
        place = np.cumsum(free, axis=1) - 1
        enough = (place[:, -1] >= size - 1) if len(order) else np.ones(len(open_rows), dtype=bool)
        enough |= reach >= len(order)
        row, column = np.nonzero(free & (place < size) & enough[:, None])
        items[open_rows[row], place[row, column]] = order[column]
        open_rows = open_rows[~enough]
        reach *= 2
    return items
