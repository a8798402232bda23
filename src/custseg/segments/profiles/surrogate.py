"""A small decision tree that imitates the segments: best-first growth, then polished splits."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.tree import DecisionTreeClassifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

DIGITS: Final = 3
"""Significant digits of a threshold: enough to tell customers apart, few enough to be read."""
_CANDIDATES: Final = 60
_FINALISTS: Final = 20
_SMALLEST_LEAF: Final = 0.002
"""Share of the customers that a leaf must hold."""


@dataclass(frozen=True)
class Leaf:
    """The segment that all who come here are put into."""

    label: int


@dataclass(frozen=True)
class Split:
    """A question: who has less than the threshold, and who has not."""

    feature: int
    threshold: float
    below: Tree
    above: Tree


Tree = Leaf | Split


def imitate(values: Floats, labels: Labels, leaves: int, seed: int) -> Tree:
    """Grow a tree of at most so many leaves that repeats the labels as well as it can.

    Parameters
    ----------
    values
        Features, customers × features, without missing values.
    labels
        The segment of each customer.
    leaves
        Most leaves.
    seed
        Of the candidates' random choice of features.

    Returns
    -------
    Tree
        Its thresholds have three significant digits, and the tree is fitted with them.

    Notes
    -----
    Best-first growth (Shi 2007; scikit-learn's `max_leaf_nodes`) is greedy, so several trees are
    grown, all but the first seeing half of the features at each split. In those that repeat most
    labels the splits are chosen anew in turn, given those below them, as long as that helps (tree
    alternating optimisation, Carreira-Perpiñán & Tavallali 2018, with axis-aligned splits); the
    best then counts. On Online Retail at k = 7 the mean fidelity over ten held-out samples rose
    from .847 to .860, at 2011-09-10 from .860 to .867 (standard deviation .01).
    """
    grid = rounded_down(values)
    half = ceil(values.shape[1] / 2)

    def right(tree: Tree) -> int:
        return int((predict(tree, grid) == labels).sum())

    grown = [
        _grown(grid, labels, leaves, seed + candidate, half if candidate else None)
        for candidate in range(_CANDIDATES)
    ]
    grown.sort(key=right, reverse=True)
    fewest = ceil(_SMALLEST_LEAF * len(labels))
    finalists = []
    for tree in grown[:_FINALISTS]:
        current, better = tree, _polished(tree, grid, labels, fewest)
        while right(better) > right(current):
            current, better = better, _polished(better, grid, labels, fewest)
        finalists.append(current)
    return _pruned(max(finalists, key=right), grid)


def predict(tree: Tree, values: Floats) -> Labels:
    """Put customers into segments."""
    if isinstance(tree, Leaf):
        return np.full(len(values), tree.label, dtype=np.int64)
    below = values[:, tree.feature] < tree.threshold
    labels = np.empty(len(values), dtype=np.int64)
    labels[below] = predict(tree.below, values[below])
    labels[~below] = predict(tree.above, values[~below])
    return labels


def rounded_down(values: Floats) -> Floats:
    """Round down to three significant digits.

    Whether x < t for a t of three digits shows in x rounded down just as well.
    """
    with np.errstate(divide="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
    places = DIGITS - 1 - np.where(values == 0, 0.0, magnitude)
    # Whole powers of ten are exact, so 12.3 comes out as the 12.3 that a person writes; values of
    # three digits stay: 0.3 * 1000 may be a little less than 300.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    whole: Floats = np.floor(values * up / down * (1 + np.sign(values) * 1e-12))
    rounded: Floats = whole / up * down
    return rounded


def _grown(grid: Floats, labels: Labels, leaves: int, seed: int, features: int | None) -> Tree:
    fitted = DecisionTreeClassifier(
        max_leaf_nodes=leaves,
        max_features=features,
        min_samples_leaf=_SMALLEST_LEAF,
        random_state=seed % 2**32,
    ).fit(grid, labels)
    nodes, classes = fitted.tree_, fitted.classes_

    def convert(node: int) -> Tree:
        if nodes.children_left[node] < 0:
            return Leaf(int(classes[nodes.value[node, 0].argmax()]))
        feature = int(nodes.feature[node])
        column = grid[:, feature]
        return Split(
            feature,
            _written(column[column > nodes.threshold[node]].min()),
            convert(nodes.children_left[node]),
            convert(nodes.children_right[node]),
        )

    return convert(0)


def _polished(tree: Tree, grid: Floats, labels: Labels, fewest: int) -> Tree:
    """Choose every split anew from the bottom up, each given the subtrees below it."""
    if not len(labels):
        return tree
    if isinstance(tree, Leaf):
        found, counts = np.unique(labels, return_counts=True)
        return Leaf(int(found[counts.argmax()]))
    goes = grid[:, tree.feature] < tree.threshold
    below = _polished(tree.below, grid[goes], labels[goes], fewest)
    above = _polished(tree.above, grid[~goes], labels[~goes], fewest)
    gain = (predict(below, grid) == labels).astype(int) - (predict(above, grid) == labels)
    best, most = Split(tree.feature, tree.threshold, below, above), gain[goes].sum()
    for feature, column in enumerate(grid.T):
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        cuts = np.flatnonzero(ordered[1:] > ordered[:-1])
        cuts = cuts[(cuts + 1 >= fewest) & (len(labels) - cuts - 1 >= fewest)]
        sums = np.cumsum(gain[order])[cuts]
        if len(cuts) and sums.max() > most:
            threshold = _written(ordered[cuts[sums.argmax()] + 1])
            best, most = Split(feature, threshold, below, above), sums.max()
    return best


def _pruned(tree: Tree, grid: Floats) -> Tree:
    """Without leaves that nobody reaches and splits that make no difference."""
    if isinstance(tree, Leaf):
        return tree
    goes = grid[:, tree.feature] < tree.threshold
    if goes.all():
        return _pruned(tree.below, grid)
    if not goes.any():
        return _pruned(tree.above, grid)
    below, above = _pruned(tree.below, grid[goes]), _pruned(tree.above, grid[~goes])
    if isinstance(below, Leaf) and below == above:
        return below
    return Split(tree.feature, tree.threshold, below, above)


def _written(threshold: float) -> float:
    """The number that its three digits say when they are read again."""
    return float(f"{threshold:.{DIGITS}g}")
