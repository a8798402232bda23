"""Labels that stay beside their points, and move up or down only: where none covers another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

from custseg.report.charts.lettering import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Align = Literal["left", "right"]

_SIZE: Final = 13
"""Of a label's letters, in pixels."""
_LINE: Final = 17.0
_CLEAR: Final = 9.0
"""Pixels from a point to the text beside it."""
_NARROWEST: Final = 480.0
"""Width of the plot on a small screen: what is clear there is clear on a larger one."""
_POINT: Final = 5.0
"""From the middle of a point to its edge."""
_MIDDLE: Final = 0.5
_STEP: Final = 6.0
_STEPS: Final = 60
"""Steps that a label is moved at most."""


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as possible until any two are at least a gap apart.

    Parameters
    ----------
    wanted
        Positions in any order; the order is kept, ties in that of the sequence.
    gap
        Narrowed where so many do not fit.
    low, high
        Ends within which positions stay.

    Returns
    -------
    list of float
        In the order of `wanted`; the least sum of squared moves (pool-adjacent-violators, Barlow
        et al. 1972).
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(gap, (high - low) / max(len(order) - 1, 1))
    pools: list[list[float]] = []
    for rank, i in enumerate(order):
        pools.append([wanted[i] - rank * gap])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    levels = chain.from_iterable([_mean(pool)] * len(pool) for pool in pools)
    highest = high - gap * (len(order) - 1)
    placed = [0.0] * len(order)
    for rank, (i, level) in enumerate(zip(order, levels, strict=True)):
        placed[i] = min(max(level, low), highest) + rank * gap
    return placed


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


@dataclass(frozen=True)
class Label:
    """Text beside a point of a plane."""

    text: str
    x: float
    """Share of the plot's width, from the left."""
    y: float
    """Pixels from the top."""


@dataclass(frozen=True)
class Placed:
    """Where a label's text stands, in the label's units."""

    y: float
    align: Align


@dataclass(frozen=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def meets_any(self, others: Iterable[_Box]) -> bool:
        return any(self.meets(other) for other in others)


def beside(labels: Sequence[Label], height: float) -> list[Placed]:
    """Place labels near their points, moving them up or down until nothing is covered.

    They stand to the right of points in the left half and to the left of others, so that the edge
    of the plot cuts none; a straight line joins a label that moved to its point. Neither covers
    another label or its point. Widths are estimated, for a narrow plot.

    Returns
    -------
    list of Placed
        In the order of `labels`. Where there is no such place, at least no text covers another's;
        where there is not even that, the label stays beside its point.
    """
    points = [
        _Box(at - _POINT, at + _POINT, label.y - _POINT, label.y + _POINT)
        for label in labels
        for at in (label.x * _NARROWEST,)
    ]
    texts: list[_Box] = []
    lines: list[_Box] = []
    found: dict[int, Placed] = {}
    # From the middle outwards, so that the lines of later labels pass beside earlier texts.
    for i in sorted(range(len(labels)), key=lambda i: abs(labels[i].x - _MIDDLE)):
        # A point on the label's own can't be kept clear of it.
        others = [point for point in points if not point.meets(points[i])]
        align: Align = "left" if labels[i].x < _MIDDLE else "right"
        tries = [
            _boxes(labels[i], align, side * step * _STEP)
            for step in range(_STEPS)
            for side in (-1, 1)
        ]
        within = [pair for pair in tries if pair[0].top >= 0 and pair[0].bottom <= height]
        free = (pair for pair in within if not pair[0].meets_any(texts))
        clear = (
            (text, line)
            for text, line in within
            if not text.meets_any([*texts, *lines, *others])
            and not line.meets_any([*texts, *others])
        )
        text, line = next(clear, None) or next(free, tries[0])
        texts.append(text)
        lines.append(line)
        found[i] = Placed((text.top + text.bottom) / 2, align)
    return [found[i] for i in range(len(labels))]


def _boxes(label: Label, align: Align, moved: float) -> tuple[_Box, _Box]:
    """What a label's text and the line to its point cover."""
    at, y = label.x * _NARROWEST, label.y + moved
    width = _CLEAR + text_width(label.text, _SIZE)
    left, right = (at, at + width) if align == "left" else (at - width, at)
    text = _Box(left, right, y - _LINE / 2, y + _LINE / 2)
    return text, _Box(at - 1, at + 1, min(y, label.y), max(y, label.y))
