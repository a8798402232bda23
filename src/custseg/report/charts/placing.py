"""Where the labels of a plot go, so that none covers another.

Which of the three ways is right depends on what a label may do:

- `place`: go anywhere near its point, for it stands on a plate of its own colour;
- `place_beside`: stay beside its point and move up or down, joined to it by a line;
- `spread`: move along one axis, as the names at the ends of lines or bars.

The first two try boxes in turn and keep the first best; the last has an exact solution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

from custseg.report.charts.lettering import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Align = Literal["left", "right"]

WIDEST: Final = 190
"""Of a label on a plate, in pixels: longer names are cut, their tooltip isn't."""
_MARGIN: Final = 3.0
_RING, _RINGS, _TURNS = 7.0, 40, 24
_COVERED: Final = 60.0
"""Pixels that a label would rather move than cover a mark."""
_OVERLAP: Final = 1e6
_SIZE: Final = 13
"""Of the letters of a label beside its point, in pixels."""
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


@dataclass(frozen=True)
class _Box:
    """A rectangle by its centre and half of its sides."""

    x: float
    y: float
    half_width: float
    half_height: float

    def meets(self, other: _Box, margin: float = 0.0) -> bool:
        return (
            abs(self.x - other.x) < self.half_width + other.half_width + margin
            and abs(self.y - other.y) < self.half_height + other.half_height + margin
        )

    def meets_any(self, others: Iterable[_Box]) -> bool:
        return any(self.meets(other) for other in others)


@dataclass(frozen=True)
class Label:
    """A text where it should be: pixels from the left and top of the plot."""

    text: str
    x: float
    y: float
    fill: str
    size: int = 12

    @property
    def width(self) -> float:
        """About as wide as it is drawn, with its margins."""
        return min(text_width(self.text, self.size), WIDEST) + 14

    @property
    def height(self) -> float:
        """With its margins."""
        return self.size + 7.0


def place(
    labels: Sequence[Label],
    width: float,
    height: float,
    marks: Sequence[tuple[float, float]] = (),
) -> list[tuple[float, float]]:
    """Centre each label as near to where it should be as there is room.

    Parameters
    ----------
    labels
        In the order in which they choose their place.
    width, height
        Of the plot, in pixels: no label leaves it.
    marks
        Points that a label rather keeps clear of.

    Returns
    -------
    list
        The labels' centres. They don't overlap unless the plot is full.
    """
    points = [_Box(x, y, 0.0, 0.0) for x, y in marks]
    taken: list[_Box] = []

    def cost(box: _Box, away: float) -> float:
        overlaps = sum(box.meets(other, _MARGIN) for other in taken)
        covered = sum(box.meets(point, _MARGIN) for point in points)
        return away + _OVERLAP * overlaps + _COVERED * covered

    for label in labels:
        half = label.width / 2, label.height / 2
        tries = [(_Box(x, y, *half), away) for x, y, away in _around(label, width, height)]
        taken.append(min(tries, key=lambda tried: cost(*tried))[0])
    return [(box.x, box.y) for box in taken]


def _around(label: Label, width: float, height: float) -> list[tuple[float, float, float]]:
    """Centres on rings around a label's own, each with its distance, moved into the plot."""
    found = [(label.x, label.y)]
    found += [
        (
            label.x + 1.4 * _RING * ring * math.sin(2 * math.pi * turn / _TURNS),
            label.y - _RING * ring * math.cos(2 * math.pi * turn / _TURNS),
        )
        for ring in range(1, _RINGS)
        for turn in range(_TURNS)
    ]
    half_width, half_height = label.width / 2, label.height / 2
    inside = [
        (
            min(max(x, half_width), max(half_width, width - half_width)),
            min(max(y, half_height), max(half_height, height - half_height)),
        )
        for x, y in found
    ]
    return [(x, y, math.hypot(x - label.x, y - label.y)) for x, y in inside]


@dataclass(frozen=True)
class PointLabel:
    """Text beside a point of a plane."""

    text: str
    x: float
    """Share of the plot's width, from the left."""
    y: float
    """Pixels from the top."""


@dataclass(frozen=True)
class Beside:
    """Where the text of a `PointLabel` stands, in its units."""

    y: float
    align: Align


def place_beside(labels: Sequence[PointLabel], height: float) -> list[Beside]:
    """Place labels near their points, moving them up or down until nothing is covered.

    They stand to the right of points in the left half and to the left of others, so that the edge
    of the plot cuts none; a straight line joins a label that moved to its point. Neither covers
    another label or its point. Widths are estimated, for a narrow plot.

    Returns
    -------
    list of Beside
        In the order of `labels`. Where there is no such place, at least no text covers another's;
        where there is not even that, the label stays beside its point.
    """
    points = [_Box(label.x * _NARROWEST, label.y, _POINT, _POINT) for label in labels]
    texts: list[_Box] = []
    lines: list[_Box] = []
    found: dict[int, Beside] = {}
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
        within = [pair for pair in tries if _LINE / 2 <= pair[0].y <= height - _LINE / 2]
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
        found[i] = Beside(text.y, align)
    return [found[i] for i in range(len(labels))]


def _boxes(label: PointLabel, align: Align, moved: float) -> tuple[_Box, _Box]:
    """What a label's text and the line to its point cover."""
    at, y = label.x * _NARROWEST, label.y + moved
    half = (_CLEAR + text_width(label.text, _SIZE)) / 2
    text = _Box(at + half if align == "left" else at - half, y, half, _LINE / 2)
    return text, _Box(at, (y + label.y) / 2, 1.0, abs(moved) / 2)


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


def spread_names(wanted: Sequence[float], low: float, high: float, height: float) -> list[float]:
    """Spread names along an axis that goes from low to high within so many pixels."""
    pixel = (high - low) / height
    return spread(wanted, _LINE * pixel, low + 8 * pixel, high - 8 * pixel)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
