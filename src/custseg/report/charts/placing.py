"""Labels that may go anywhere in a plot, each on a plate: where all have room, and the plates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.lettering import text_width
from custseg.words.colours import ink_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair.vegalite.v6.schema.channels import X, Y

_WIDEST: Final = 190
"""Of a label, in pixels: longer names are cut, their tooltip isn't."""
_MARGIN: Final = 3.0
_STEP, _STEPS, _TURNS = 7.0, 40, 24
_COVERED: Final = 60.0
"""Pixels that a label would rather move than cover a mark."""
_OVERLAP: Final = 1e6


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
        return min(text_width(self.text, self.size), _WIDEST) + 14

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
    taken: list[_Box] = []
    for label in labels:
        half = label.width / 2, label.height / 2
        boxes = [_Box(x, y, *half, away) for x, y, away in _around(label, width, height)]
        taken.append(min(boxes, key=lambda box: box.cost(taken, marks)))
    return [(box.x, box.y) for box in taken]


@dataclass(frozen=True)
class _Box:
    """A place for a label: its centre, half of its sides, and how far from where it should be."""

    x: float
    y: float
    half_width: float
    half_height: float
    away: float

    def cost(self, taken: Sequence[_Box], marks: Sequence[tuple[float, float]]) -> float:
        overlaps = sum(
            abs(self.x - other.x) < self.half_width + other.half_width + _MARGIN
            and abs(self.y - other.y) < self.half_height + other.half_height + _MARGIN
            for other in taken
        )
        covered = sum(
            abs(self.x - x) < self.half_width + _MARGIN
            and abs(self.y - y) < self.half_height + _MARGIN
            for x, y in marks
        )
        return self.away + _OVERLAP * overlaps + _COVERED * covered


def _around(label: Label, width: float, height: float) -> list[tuple[float, float, float]]:
    """Centres on rings around a label's own, each with its distance, moved into the plot."""
    found = [(label.x, label.y)]
    found += [
        (
            label.x + 1.4 * _STEP * ring * math.sin(2 * math.pi * turn / _TURNS),
            label.y - _STEP * ring * math.cos(2 * math.pi * turn / _TURNS),
        )
        for ring in range(1, _STEPS)
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


def plates(
    labels: Sequence[Label], at: Sequence[tuple[float, float]], x: X, y: Y, radius: float = 9
) -> alt.LayerChart:
    """Draw labels on plates of their colour, which keep their size however wide the plot is.

    Parameters
    ----------
    labels
        The texts.
    at
        Where their centres go, on the scales of x and y.
    x, y
        Encodings of the fields `x` and `y`.
    radius
        Of the plates' corners, in pixels.
    """
    rows = [
        {
            "x": round(x_at, 4),
            "y": round(y_at, 4),
            "label": label.text,
            "fill": label.fill,
            "ink": ink_on(label.fill),
            "plate": _plate(label.width, label.height, min(radius, label.height / 2)),
        }
        for label, (x_at, y_at) in zip(labels, at, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    # A symbol of size 4 is drawn in the units of its path: pixels.
    shapes = base.mark_point(filled=True, size=4, opacity=1, tooltip=None).encode(
        shape=alt.Shape("plate:N", scale=None), color=alt.Color("fill:N", scale=None)
    )
    texts = base.mark_text(
        fontSize=labels[0].size, fontWeight=600, limit=_WIDEST, baseline="middle", tooltip=None
    ).encode(text="label:N", color=alt.Color("ink:N", scale=None))
    return alt.LayerChart(layer=[shapes, texts])


def _plate(width: float, height: float, radius: float) -> str:
    """A rectangle with round corners around the origin, as an SVG path."""
    x, y, r = width / 2, height / 2, radius
    corner = f"A{r:.1f},{r:.1f},0,0,1,"
    return (
        f"M{r - x:.1f},{-y:.1f}L{x - r:.1f},{-y:.1f}{corner}{x:.1f},{r - y:.1f}"
        f"L{x:.1f},{y - r:.1f}{corner}{x - r:.1f},{y:.1f}"
        f"L{r - x:.1f},{y:.1f}{corner}{-x:.1f},{y - r:.1f}"
        f"L{-x:.1f},{r - y:.1f}{corner}{r - x:.1f},{-y:.1f}Z"
    )
