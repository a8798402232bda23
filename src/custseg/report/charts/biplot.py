"""The features as arrows over the plane of the components, and its labels."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.axes import COLOUR, COUNT, of_rows, tips
from custseg.report.charts.drawing import PICTURE_WIDTH
from custseg.report.charts.placing import Label, place
from custseg.report.charts.plates import plates
from custseg.words.colours import DEEP, PALE
from custseg.words.features import features

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.charts.lettering import Lettering
    from custseg.report.summary.whole import Summary

Point = tuple[float, float]

HEIGHT: Final = 480
ARROWS: Final = 8
"""Features drawn at most: the ones that the plane shows best."""
_REACH: Final = 0.8
"""How far towards the edge the arrow that reaches furthest goes."""


@dataclass(frozen=True)
class Axes:
    """Encodings of a field across and up, with the plane's scales."""

    x: Callable[[str], alt.X]
    y: Callable[[str], alt.Y]


@dataclass(frozen=True)
class Plane:
    """The rectangle of the components that is drawn."""

    left: float
    right: float
    bottom: float
    top: float

    def pixel(self, x: float, y: float) -> Point:
        """Where a point is drawn, from the left and top."""
        return (
            (x - self.left) / (self.right - self.left) * PICTURE_WIDTH,
            (self.top - y) / (self.top - self.bottom) * HEIGHT,
        )

    def point(self, x: float, y: float) -> Point:
        """Where a pixel lies: the other way round."""
        return (
            self.left + x / PICTURE_WIDTH * (self.right - self.left),
            self.top - y / HEIGHT * (self.top - self.bottom),
        )


def labelled(summary: Summary, plane: Plane, axes: Axes, say: Lettering) -> list[alt.LayerChart]:
    """Arrows, centres and the labels of both."""
    ends = _ends(summary, plane, say)
    centres = [(own.pc1, own.pc2 or 0.0) for own in summary.segments]
    pixels = [plane.pixel(*centre) for centre in centres]
    names = [
        Label(own.segment_name, x, y - 17, own.colour)
        for own, (x, y) in zip(summary.segments, pixels, strict=True)
    ]
    origin = plane.pixel(0, 0)
    tips_of = [_beyond(name, origin, plane.pixel(*end)) for name, end in ends]
    marks = pixels + [plane.pixel(*end) for _, end in ends]
    at = place([*names, *tips_of], PICTURE_WIDTH, HEIGHT, marks)
    points = [plane.point(*pixel) for pixel in at]
    of_names, of_features = points[: len(names)], points[len(names) :]
    x, y = axes.x("x"), axes.y("y")
    layers = []
    if ends:
        layers = [
            _arrows(ends, of_features, plane, axes),
            plates(tips_of, of_features, x, y, radius=3),
        ]
    return [*layers, _centres(summary, centres, of_names, axes, say), plates(names, of_names, x, y)]


def _ends(summary: Summary, plane: Plane, say: Lettering) -> list[tuple[str, Point]]:
    """Where arrows end: loadings, all stretched alike to fill the plane; the outlook axis last."""
    loadings: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for own in summary.loadings:
        if 1 <= own.component <= 2:  # noqa: PLR2004  (of the plane)
            loadings[own.feature][own.component - 1] = own.loading
    longest = sorted(loadings, key=lambda name: (-math.hypot(*loadings[name]), name))[:ARROWS]
    called = features(say.wording)
    arrows = [(called[name].label, loadings[name][0], loadings[name][1]) for name in longest]
    if summary.outlook_arrow:
        arrows.append((say("outlook"), *summary.outlook_arrow))
    # How much of the way to the edge each arrow takes at its own length.
    taken = []
    for _, across, up in arrows:
        taken += [across / (plane.right if across > 0 else plane.left)]
        taken += [up / (plane.top if up > 0 else plane.bottom)]
    stretch = _REACH / (max(taken, default=0.0) or 1.0)
    return [(label, (stretch * across, stretch * up)) for label, across, up in arrows]


def _beyond(name: str, origin: Point, tip: Point) -> Label:
    """A feature's label just beyond the tip of its arrow."""
    across, down = tip[0] - origin[0], tip[1] - origin[1]
    length = math.hypot(across, down) or 1.0
    label = Label(name, 0, 0, PALE, size=11)
    away_x = across / length * (label.width / 2 + 8)
    away_y = down / length * (label.height / 2 + 8)
    return Label(name, tip[0] + away_x, tip[1] + away_y, PALE, size=11)


def _arrows(
    ends: list[tuple[str, Point]], labels: list[Point], plane: Plane, axes: Axes
) -> alt.LayerChart:
    """Arrows dark on a white rim, which is seen on points and on any page; thin lines to labels."""
    start = plane.pixel(0, 0)
    rows = []
    for (name, tip), label in zip(ends, labels, strict=True):
        across, down = (a - b for a, b in zip(plane.pixel(*tip), start, strict=True))
        rows.append(
            {
                "feature": name,
                "x0": 0,
                "y0": 0,
                "x": round(tip[0], 4),
                "y": round(tip[1], 4),
                "label_x": round(label[0], 4),
                "label_y": round(label[1], 4),
                # Clockwise from upwards, as the picture is proportioned.
                "angle": round(math.degrees(math.atan2(across, -down)), 1),
            }
        )
    base = of_rows(rows)
    shafts = base.encode(x=axes.x("x0"), y=axes.y("y0"), x2="x", y2="y")
    heads = base.encode(x=axes.x("x"), y=axes.y("y"), angle=alt.Angle("angle:Q", scale=None))
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=1, color=PALE, opacity=0.8, tooltip=None).encode(
                x=axes.x("x"), y=axes.y("y"), x2="label_x", y2="label_y"
            ),
            shafts.mark_rule(strokeWidth=4.5, color="white", opacity=0.75, tooltip=None),
            shafts.mark_rule(strokeWidth=2, color=DEEP, tooltip=None),
            heads.mark_point(
                shape="triangle",
                size=90,
                filled=True,
                color=DEEP,
                opacity=1,
                stroke="white",
                strokeWidth=0.8,
                tooltip=None,
            ),
        ]
    )


def _centres(
    summary: Summary, centres: list[Point], labels: list[Point], axes: Axes, say: Lettering
) -> alt.LayerChart:
    rows = [
        {
            "x": round(centre[0], 4),
            "y": round(centre[1], 4),
            "label_x": round(label[0], 4),
            "label_y": round(label[1], 4),
            "colour": own.colour,
            "name": own.segment_name,
            "customers": own.customers,
        }
        for own, centre, label in zip(summary.segments, centres, labels, strict=True)
    ]
    titles = {"name": say("fields.centre"), "customers": say("fields.customers")}
    base = of_rows(rows, x=axes.x("x"), y=axes.y("y"))
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=2, tooltip=None).encode(
                x2="label_x", y2="label_y", color=COLOUR
            ),
            base.mark_point(
                filled=True, shape="circle", size=110, opacity=1, stroke="white", strokeWidth=1.5
            ).encode(
                fill=alt.Fill("colour:N", scale=None),
                tooltip=tips(titles, customers=COUNT),
            ),
        ]
    )
