"""Which figures of a table can be published, so that no small group is told or can be worked out.

Small counts are suppressed first; then others, until what is left leaves every suppressed figure
open. A reader is taken to know all that is published, how the figures add up, and that no count is
below zero. For such a reader a figure lies in an interval, which two linear programs find
(Fischetti & Salazar 2001, "Solving the cell suppression problem on tabular data with linear
constraints"). A figure is safe if its interval is at least as wide as the smallest group.

A count of 0 is published: nobody is in the group of whom it could tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.float64]

DOMINANT: Final = 0.8
"""Share of an amount above which it tells what the one who spent most of it spent."""
_CLOSE: Final = 1e-6
"""Error that linear programs may have."""


def is_small(count: int, least: int) -> bool:
    """Whether so many are a group too small to be told of; nobody is none."""
    return 0 < count < least


def is_shown(part: int, whole: int, least: int) -> bool:
    """Whether a part of a whole can be told: neither it nor the rest is small."""
    return not is_small(part, least) and not is_small(whole - part, least)


@dataclass
class _Published:
    """Counts of persons and the figures made of them, of which some are hidden."""

    counts: Numbers
    figures: Numbers
    """A row for each: how often it holds each of the counts."""
    hidden: Mask
    possible: list[Numbers] = field(default_factory=list)
    """Counts that a reader can't rule out, as the linear programs found them. They stay possible:
    to hide more rules out nothing."""

    def spread(self, figure: int) -> float:
        """How far known possible values of a figure lie apart: its interval is at least as wide."""
        values = np.array([self.counts, *self.possible]) @ self.figures[figure]
        return float(values.max() - values.min())

    def interval(self, figure: int, enough: float) -> tuple[float, Mask]:
        """How wide the interval of a hidden figure is, and which published ones narrow it.

        One that turns out to be wide enough is not followed to its ends.
        """
        from scipy.optimize import linprog

        shown = np.flatnonzero(~self.hidden)
        # Counts that are published themselves are no unknowns: that spares most of the work.
        alone = shown[(self.figures[shown] != 0).sum(axis=1) == 1]
        told = np.zeros(len(self.counts), dtype=bool)
        told[np.abs(self.figures[alone]).argmax(axis=1)] = True
        sums = shown[(self.figures[shown][:, ~told] != 0).any(axis=1)]
        known = self.figures[np.ix_(sums, ~told)]
        values = known @ self.counts[~told]
        aim = self.figures[figure]
        binding = np.zeros(len(self.figures), dtype=bool)
        ends = []
        # The most it can be comes first: it often tells enough.
        for sign in (-1.0, 1.0):
            weights, bound = np.zeros(len(sums)), 0.0
            if aim[~told].any():
                equal = {"A_eq": known, "b_eq": values} if len(sums) else {}
                found = linprog(sign * aim[~told], bounds=(0, None), method="highs", **equal)
                if found.status == 3:  # noqa: PLR2004  (scipy's own: unbounded)
                    return float("inf"), binding
                possible = self.counts.copy()
                possible[~told] = found.x
                self.possible.append(possible)
                if self.spread(figure) >= enough - _CLOSE:
                    return enough, binding
                weights = found.eqlin.marginals if len(sums) else weights
                bound = sign * found.fun
            ends.append(bound)
            binding[sums[np.abs(weights) > _CLOSE]] = True
            # A published count narrows the interval by every sum that does.
            moved = sign * aim - weights @ self.figures[sums]
            at = np.abs(self.figures[alone]).argmax(axis=1)
            binding[alone[np.abs(moved[at]) > _CLOSE]] = True
        return ends[0] - ends[1], binding


def suppress(
    counts: ArrayLike,
    figures: ArrayLike,
    least: int,
    *,
    fixed: ArrayLike | None = None,
    tied: Sequence[int] | None = None,
    withheld: ArrayLike | None = None,
) -> Mask:
    """Tell which figures to suppress.

    Parameters
    ----------
    counts
        Persons in groups of which none overlap, such as the inner cells of a table.
    figures
        Matrix: a row for each figure, which holds each count so often. A figure is sensitive if it
        adds counts up and is below `least`, but not 0.
    least
        Size of the smallest group that may be told of.
    fixed
        Figures that are published whatever becomes of others, unless they are sensitive.
    tied
        A label for each figure: those with the same are published or suppressed together.
    withheld
        Figures that are suppressed whatever they are.

    Returns
    -------
    array of bool
        True for suppressed figures. Each that isn't 0 is open by at least `least`, as far as others
        than the fixed ones decide it.
    """
    held = np.asarray(counts, dtype=np.float64)
    matrix = np.asarray(figures, dtype=np.float64).reshape(-1, len(held))
    values = matrix @ held
    labels = np.arange(len(matrix)) if tied is None else np.asarray(tied)
    kept = np.zeros(len(matrix), dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool)
    sensitive = (matrix >= 0).all(axis=1) & (values > 0) & (values < least)
    if withheld is not None:
        sensitive |= np.asarray(withheld, dtype=bool)
    hidden = sensitive | (np.isin(labels, labels[sensitive]) & ~kept)
    table = _Published(held, matrix, hidden)
    waiting = [int(place) for place in np.flatnonzero(hidden & (values != 0))]
    # To hide more never narrows an interval: what is safe once stays so.
    while waiting:
        if table.spread(waiting[0]) >= least - _CLOSE:
            del waiting[0]
            continue
        width, binding = table.interval(waiting[0], least)
        if width >= least - _CLOSE:
            del waiting[0]
            continue
        free = np.flatnonzero(binding & ~table.hidden & ~kept)
        if not len(free):
            del waiting[0]
            continue
        # The smallest figure is the least loss; one of 0 opens nothing by itself.
        chosen = min(free, key=lambda place: (values[place] == 0, abs(values[place]), place))
        new = (labels == labels[chosen]) & ~table.hidden & ~kept
        table.hidden |= new
        waiting += [int(place) for place in np.flatnonzero(new & (values != 0))]
    return table.hidden


def suppress_list(counts: ArrayLike, least: int) -> Mask:
    """Tell which counts to suppress of a list whose total is known.

    Suppressed are the small ones, and others from the smallest on until at least two are
    suppressed that have `least` persons together: that is all that a reader can find out of them.
    """
    numbers = np.asarray(counts, dtype=np.int64)
    hidden = (numbers > 0) & (numbers < least)
    if not hidden.any():
        return hidden
    for place in np.argsort(numbers, kind="stable"):
        if hidden.sum() > 1 and numbers[hidden].sum() >= least:
            break
        hidden[place] |= numbers[place] > 0
    return hidden


def suppress_matrix(counts: ArrayLike, least: int) -> Mask:
    """Tell which cells to suppress of a table with two margins and a total.

    Parameters
    ----------
    counts
        The inner cells.

    Returns
    -------
    array of bool
        A row and a column more than `counts`: the margins, with the total in the corner. Margins
        are published unless they are small themselves, or nothing else keeps a cell open.
    """
    cells = np.asarray(counts, dtype=np.int64)
    height, width = cells.shape
    places = np.arange(cells.size).reshape(cells.shape)
    rows = []
    for i in range(height + 1):
        for j in range(width + 1):
            held = places[slice(None) if i == height else i, slice(None) if j == width else j]
            row = np.zeros(cells.size)
            row[np.ravel(held)] = 1
            rows.append(row)
    fixed = np.zeros((height + 1, width + 1), dtype=bool)
    fixed[height, width] = True
    hidden = suppress(cells.ravel(), np.array(rows), least, fixed=fixed.ravel())
    return hidden.reshape(height + 1, width + 1)


def is_dominated(amounts: ArrayLike) -> bool:
    """Whether one person's amount is more than 80 % of all (sizes, where some are negative)."""
    sizes = np.abs(np.asarray(amounts, dtype=np.float64))
    total = float(sizes.sum())
    return total > 0 and float(sizes.max()) > DOMINANT * total


def rounded(amount: float, digits: int = 1) -> float:
    """Round an amount to its first digit, so that it tells nobody's own: 17,432 is 20,000."""
    if not amount or not np.isfinite(amount):
        return amount
    return float(round(amount, digits - 1 - int(np.floor(np.log10(abs(amount))))))


@dataclass(frozen=True)
class Box:
    """A rectangle of bins, both ends included, and who is in it."""

    left: int
    right: int
    bottom: int
    top: int
    members: NDArray[np.intp]


def boxes(across: ArrayLike, up: ArrayLike, least: int, groups: ArrayLike) -> list[Box]:
    """Merge bins into rectangles, as small as they can be with `least` persons of a group in each.

    Halved at the median, along the longer side where that is possible, until neither side can be
    halved (LeFevre, DeWitt & Ramakrishnan 2006, "Mondrian multidimensional k-anonymity").

    Parameters
    ----------
    across, up
        The bin of each person.
    groups
        The group of each.
    """
    x, y = np.asarray(across, dtype=np.int64), np.asarray(up, dtype=np.int64)
    group = np.unique(np.asarray(groups), return_inverse=True)[1]
    done: list[Box] = []
    waiting = [np.arange(len(x))] if len(x) else []
    while waiting:
        members = waiting.pop()
        halves = _halves(x, y, group, members, least)
        if halves is None:
            own_x, own_y = x[members], y[members]
            left, right, bottom, top = (
                int(end) for end in (own_x.min(), own_x.max(), own_y.min(), own_y.max())
            )
            done.append(Box(left, right, bottom, top, members))
        else:
            waiting += halves
    return sorted(done, key=lambda box: (box.left, box.bottom, box.right, box.top))


def _halves(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    group: NDArray[np.intp],
    members: NDArray[np.intp],
    least: int,
) -> list[NDArray[np.intp]] | None:
    """Both halves of a rectangle's persons, each with enough of a group; None if there are none."""
    sides = sorted((x[members], y[members]), key=lambda bins: int(bins.min() - bins.max()))
    for bins in sides:
        middle = int(np.median(bins))
        for cut in (middle, middle + 1):
            low = bins < cut
            parts = [members[low], members[~low]]
            if all(len(part) and int(np.bincount(group[part]).max()) >= least for part in parts):
                return parts
    return None
