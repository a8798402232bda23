"""Segments where the model sees them: in the plane of the first two components."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import numpy as np

from custseg.report.charts.axes import (
    COLOUR,
    COUNT,
    OPACITY,
    along,
    boxes,
    layered,
    names_axis,
    of_rows,
    tips,
)
from custseg.report.charts.biplot import ARROWS, HEIGHT, Axes, Plane, labelled
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering
from custseg.words.colours import DEEP
from custseg.words.features import features
from custseg.words.figures import capital

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_STRIP: Final = 46
"""Height of a segment's strip where there is but one component."""
_ROOM: Final = 0.05
"""Of each axis, kept free around the points."""
_OUTLINE: Final = 40
"""Corners of an ellipse."""
_MAIN: Final = 0.6
"""Correlation from which on a component's title names a feature."""
_TURNS: Final = 29
"""In how many turns the points, which come segment by segment, are drawn."""
_GOLDEN: Final = 0.6180339887
"""Steps of this length around a circle never bunch: an even jitter without chance."""


def segments_plane(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw customers, centres of segments and features in the plane of the components."""
    if not summary.points or not summary.segmented:
        return None
    say = Lettering.of("segments_plane", summary, wording)
    flat = any(point.pc2 is None for point in summary.points)
    shares = [variance.share for variance in summary.variances]
    near = _ambiguous(summary)
    known = len({loading.feature for loading in summary.loadings if loading.component})
    title = say(
        "finding",
        segments=capital(say.in_words(len(summary.segments))),
        flat=flat,
        share=say.percent(shares[0] if flat else sum(shares[:2])),
        near="" if near is None else say.percent(near),
    )
    how = say(
        "caption_of_strip" if flat else "caption",
        least=summary.smallest_group if summary.smallest_group > 1 else 0,
        features=known,
        arrows=ARROWS if known > ARROWS else 0,
        outlook=say("outlook") if summary.outlook_arrow else "",
        sample=len(summary.points) if len(summary.points) < summary.customers else 0,
        density=bool(summary.density),
    )
    centres = say.listed(
        [
            say(
                "centre",
                name=segment.segment_name,
                customers=segment.customers,
                pc1=segment.pc1,
                pc2=segment.pc2,
            )
            for segment in summary.segments
        ]
    )
    return Drawing(
        name="segments-plane",
        title=title,
        caption=how,
        alt_text=say("alt", centres=centres),
        section="segments",
        chart=_strip(summary, say) if flat else _biplot(summary, say),
    )


def _ambiguous(summary: Summary) -> float | None:
    if any(segment.ambiguous_share is None for segment in summary.segments):
        return None
    customers = sum(segment.customers for segment in summary.segments)
    near = sum((own.ambiguous_share or 0.0) * own.customers for own in summary.segments)
    return near / customers


def _customers(
    summary: Summary,
    style: dict[str, Any],
    say: Lettering,
    *,
    flat: bool = False,
    **channels: Any,  # noqa: ANN401  (Altair's own)
) -> alt.Chart:
    """Points in an order that lets no segment hide another; names and colours are looked up."""
    rows = [
        {
            "segment": point.segment,
            "x": round(point.pc1, 3),
            "y": round(number * _GOLDEN % 1 if flat or point.pc2 is None else point.pc2, 3),
            "days": point.recency_days,
            "orders": point.frequency,
        }
        | ({"spend": round(point.monetary, 2)} if summary.money else {})
        for number, point in enumerate(summary.points)
    ]
    titles = say.titles("name", "days", "orders")
    if summary.money:
        titles["spend"] = say.in_currency(say("fields.spend"))
    tooltip = tips(titles, days=COUNT, orders=COUNT, spend=",.2f")
    turned = [row for start in range(_TURNS) for row in rows[start::_TURNS]]
    marks = of_rows(turned, color=COLOUR, tooltip=tooltip, **channels).mark_circle(**style)
    names = [
        {"segment": own.segment, "name": own.segment_name, "colour": own.colour}
        for own in summary.segments
    ]
    known = alt.LookupData(
        data=alt.InlineData(values=names), key="segment", fields=["name", "colour"]
    )
    customers: alt.Chart = marks.transform_lookup(lookup="segment", from_=known)
    return customers


def _axis_title(summary: Summary, component: int, say: Lettering, most: int = 2) -> str:
    """What a component explains, and which features (so many at most) it stands for."""
    share = next(own.share for own in summary.variances if own.component == component)
    strongest = sorted(
        (own for own in summary.loadings if own.component == component),
        key=lambda own: (-abs(own.loading), own.feature),
    )
    main = [own for own in strongest[:most] if abs(own.loading) >= _MAIN]
    called = features(say.wording)
    signs = ["more" if own.loading > 0 else "less" for own in main]
    told = [
        called[own.feature].label
        if signs[:place] == [sign]
        else say(sign, feature=called[own.feature].label)
        for place, (sign, own) in enumerate(zip(signs, main, strict=True))
    ]
    return say("axis", component=component, share=say.percent(share), features=say.listed(told))


def _biplot(summary: Summary, say: Lettering) -> alt.LayerChart:
    plane = _plane(summary)
    across: dict[str, Any] = {"domain": [plane.left, plane.right], "zero": False}
    up: dict[str, Any] = {"domain": [plane.bottom, plane.top], "zero": False}
    axis = alt.Axis(grid=False, tickCount=7)
    x = along(alt.X, across, title=_axis_title(summary, 1, say), axis=axis)
    y = along(alt.Y, up, title=_axis_title(summary, 2, say, most=1), axis=axis)
    axes = Axes(x, y)
    style = {"size": 14, "opacity": 0.45} if summary.density else {"size": 20, "opacity": 0.5}
    customers = _customers(summary, style, say, x=x("x"), y=y("y"))
    outlines = of_rows(
        _outlines(summary),
        x=x("x"),
        y=y("y"),
        order="corner:Q",
        detail="segment:N",
        color=COLOUR,
    ).mark_line(strokeWidth=2.5, interpolate="linear-closed")
    layers: list[alt.Chart | alt.LayerChart] = [customers, outlines]
    if summary.density:
        layers.insert(0, _cells(summary, axes))
    return layered(*layers, *labelled(summary, plane, axes, say), height=HEIGHT)


def _cells(summary: Summary, axes: Axes) -> alt.Chart:
    """All customers in rectangles, darker where there are more."""
    most = max(cell.customers for cell in summary.density)
    colours = {own.segment: own.colour for own in summary.segments}
    rows = [
        {
            "x0": cell.x0,
            "x1": cell.x1,
            "y0": cell.y0,
            "y1": cell.y1,
            "colour": colours[cell.segment],
            "opacity": round(0.12 + 0.68 * math.sqrt(cell.customers / most), 3),
        }
        for cell in summary.density
    ]
    cells = boxes(rows, axes.x, axes.y, color=COLOUR, opacity=OPACITY)
    rectangles: alt.Chart = cells.mark_rect(tooltip=None)
    return rectangles


def _plane(summary: Summary) -> Plane:
    across = [point.pc1 for point in summary.points]
    up = [point.pc2 or 0.0 for point in summary.points]
    for cell in summary.density:
        across += [cell.x0, cell.x1]
        up += [cell.y0, cell.y1]
    # The arrows start at 0.
    left, right, bottom, top = min(0, *across), max(0, *across), min(0, *up), max(0, *up)
    room_x, room_y = _ROOM * (right - left) or 1.0, _ROOM * (top - bottom) or 1.0
    return Plane(left - room_x, right + room_x, bottom - room_y, top + room_y)


def _outlines(summary: Summary) -> list[dict[str, Any]]:
    """Each segment's ellipse, by the covariance of its points, wide enough for half of them."""
    members: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for point in summary.points:
        members[point.segment].append((point.pc1, point.pc2 or 0.0))
    rows = []
    turns = np.linspace(0, 2 * math.pi, _OUTLINE, endpoint=False)
    for own in summary.segments:
        points = np.array(members[own.segment])
        if len(points) < 3 or (axes := _axes(points)) is None:  # noqa: PLR2004  (a triangle)
            continue
        around = points.mean(axis=0) + np.c_[np.cos(turns), np.sin(turns)] @ axes
        rows += [
            {"segment": own.segment, "corner": corner, "x": x, "y": y, "colour": own.colour}
            for corner, (x, y) in enumerate(around.round(3).tolist())
        ]
    return rows


def _axes(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The ellipse's half axes as rows; None where the points are on a line."""
    spread, directions = np.linalg.eigh(np.cov(points.T))
    if spread[0] <= 1e-9 * spread[1]:
        return None
    scores = (points - points.mean(axis=0)) @ directions / np.sqrt(spread)
    half = math.sqrt(float(np.median((scores**2).sum(axis=1))))
    axes: NDArray[np.float64] = half * (directions * np.sqrt(spread)).T
    return axes


def _strip(summary: Summary, say: Lettering) -> alt.LayerChart:
    """One component: a strip of points for each segment."""
    names = [own.segment_name for own in summary.segments]
    y = names_axis("name", names, limit=200)
    title = _axis_title(summary, 1, say)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=title).scale(zero=False).axis(tickCount=7)

    spread = alt.YOffset("y:Q").scale(domain=[-0.25, 1.25])
    style = {"size": 20, "opacity": 0.5}
    customers = _customers(summary, style, say, flat=True, x=x("x"), y=y, yOffset=spread)
    rows = []
    for own in summary.segments:
        members = [point.pc1 for point in summary.points if point.segment == own.segment]
        if members:
            low, high = np.quantile(members, [0.25, 0.75]).round(3).tolist()
            rows.append(
                {"name": own.segment_name, "low": low, "high": high, "x": round(own.pc1, 3)}
            )
    base = of_rows(rows, y=y)
    bars = base.mark_bar(height=7, color=DEEP, stroke="white", tooltip=None).encode(
        x=x("low"), x2="high"
    )
    means = base.mark_tick(thickness=3, height=13, color="white", stroke=DEEP).encode(x=x("x"))
    return layered(customers, bars, means, height=_STRIP * len(names))
