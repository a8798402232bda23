"""Where customers stand: how recently and how often they order, and who slips away."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import MONEY_LABEL, key, layered, rows_axis, ticks_at
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import in_currency, money, name, named, number, percent, whole
from custseg.report.charts.placing import PointLabel, place_beside
from custseg.report.summary.measure import Measure
from custseg.words.colours import GREY, INK, WHITE
from custseg.words.figures import counted

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Cell, Summary

_HEIGHT: Final = 440
_DAYS: Final = (0, 1, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1460, 3650)
_ORDERS: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_PALEST: Final = 0.35
_LABELS: Final = 0.65
"""Room for the figures beside the longest bar, as a share of it."""


def recency_frequency(summary: Summary) -> Drawing | None:
    """Map of all customers by days since the last order and number of orders."""
    known = [
        segment
        for segment in summary.segments
        if segment.recency_days is not None and segment.frequency is not None
    ]
    if not summary.recency_frequency or not known:
        return None
    cells = _cells(summary)
    x_domain = [0.0, max(cell["x1"] for cell in cells)]
    y_domain = [1.0, max(cell["y1"] for cell in cells)]
    x_scale = alt.Scale(type="symlog", constant=1, domain=x_domain, nice=False)
    y_scale = alt.Scale(type="symlog", constant=1, domain=y_domain, nice=False)
    axis: dict[str, Any] = {
        "labelExpr": "format(floor(datum.value), ',')",
        "grid": False,
        "labelOverlap": True,
    }
    most = max(cell["customers"] for cell in cells)
    tiles = (
        alt.Chart(alt.InlineData(values=cells))
        .mark_rect()
        .encode(
            x=alt.X("x0:Q")
            .scale(x_scale)
            .title("Days since the last order")
            .axis(ticks_at([day + 0.5 for day in _DAYS if day < x_domain[1]], **axis)),
            x2="x1:Q",
            y=alt.Y("y0:Q")
            .scale(y_scale)
            .title("Orders")
            .axis(ticks_at([count + 0.5 for count in _ORDERS if count < y_domain[1]], **axis)),
            y2="y1:Q",
            color=alt.Color("colour:N").scale(None),
            opacity=alt.Opacity("customers:Q")
            .scale(type="log", domain=[1, max(most, 2)], range=[_PALEST, 1])
            .legend(None),
            tooltip=[
                alt.Tooltip("days:N", title="Days since the last order"),
                alt.Tooltip("orders:N", title="Orders"),
                alt.Tooltip("customers:Q", title="Customers", format=","),
                alt.Tooltip("by_segment:N", title="Of these"),
            ],
        )
    )
    labels = _labels(known, x_domain[1], y_domain[1])
    base = alt.Chart(alt.InlineData(values=labels))
    x, y = alt.X("x:Q").scale(x_scale), alt.Y("y:Q").scale(y_scale)
    leaders = base.mark_rule(color=INK, strokeWidth=1).encode(x=x, y=y, y2=alt.Y2("label:Q"))
    medians = base.mark_circle(size=70, opacity=1, stroke=WHITE, strokeWidth=2).encode(
        x=x, y=y, color=alt.value(INK)
    )
    texts = []
    for align, away in (("left", 9), ("right", -9)):
        own = base.transform_filter(f"datum.align == '{align}'").encode(
            x=x, y=alt.Y("label:Q").scale(y_scale), text="name:N"
        )
        style: dict[str, Any] = {
            "align": align,
            "baseline": "middle",
            "dx": away,
            "fontSize": 13,
            "fontWeight": 600,
        }
        halo = own.mark_text(**style, stroke=WHITE, strokeWidth=4, strokeJoin="round", color=WHITE)
        texts += [halo, own.mark_text(**style, color=INK)]
    return Drawing(
        "recency-frequency",
        _recency_finding(known),
        "Each tile holds customers of about the same days since the last order and number of "
        "orders. Its colour is that of the segment most of them are in, the more solid the more "
        "customers. Names stand at the segments' medians (dark points). Both scales are "
        "logarithmic.",
        "Map of customers by days since the last order and number of orders. Medians: "
        + "; ".join(
            f"{name(segment)} {number(segment.recency_days or 0)} days, "
            f"{number(segment.frequency or 0)} {'order' if segment.frequency == 1 else 'orders'}"
            for segment in known
        )
        + ".",
        "customers",
        layered(tiles, leaders, medians, *texts, height=_HEIGHT),
    )


def _cells(summary: Summary) -> list[dict[str, Any]]:
    """Tiles with the customers of all segments in them, most common first."""
    segments = {segment.segment: segment for segment in summary.segments}
    places: defaultdict[tuple[float, float, float, float], list[Cell]] = defaultdict(list)
    for cell in summary.recency_frequency:
        places[cell.x0, cell.x1, cell.y0, cell.y1].append(cell)
    found = []
    for (x0, x1, y0, y1), cells in sorted(places.items()):
        ranked = sorted(cells, key=lambda cell: (-cell.customers, cell.segment))
        found.append(
            {
                "x0": x0,
                "x1": x1,
                "y0": y0,
                "y1": y1,
                "days": _range(x0, x1),
                "orders": _range(y0, y1),
                "customers": sum(cell.customers for cell in cells),
                "by_segment": "; ".join(
                    f"{segments[cell.segment].segment_name} {whole(cell.customers)}"
                    for cell in ranked
                ),
                "colour": segments[ranked[0].segment].colour,
            }
        )
    return found


def _range(start: float, end: float) -> str:
    """Whole numbers from start to below end."""
    last = end - 1
    return whole(start) if last <= start else f"{whole(start)} to {whole(last)}"


def _labels(
    segments: list[SegmentSummary], last_day: float, most_orders: float
) -> list[dict[str, Any]]:
    """Names near the medians, in the plane's units; medians lie mid in their whole number."""
    width = math.log1p(last_day)
    bottom, top = math.log1p(1), math.log1p(most_orders)
    points = [
        (segment, (segment.recency_days or 0) + 0.5, (segment.frequency or 0) + 0.5)
        for segment in segments
    ]
    placed = place_beside(
        [
            PointLabel(
                name(segment),
                math.log1p(x) / width,
                _HEIGHT * (top - math.log1p(y)) / (top - bottom),
            )
            for segment, x, y in points
        ],
        _HEIGHT,
    )
    return [
        {
            "name": name(segment),
            "x": x,
            "y": y,
            "label": math.expm1(top - (top - bottom) * place.y / _HEIGHT),
            "align": place.align,
        }
        for (segment, x, y), place in zip(points, placed, strict=True)
    ]


def _recency_finding(known: list[SegmentSummary]) -> str:
    def told(segment: SegmentSummary) -> str:
        orders, days = segment.frequency or 0, segment.recency_days or 0
        times = "once" if orders == 1 else f"{number(orders)} times"
        ago = "1 day" if number(days) == "1" else f"{number(days)} days"
        return f"{times}, most recently {ago} ago"

    often = min(known, key=lambda one: (-(one.frequency or 0), one.recency_days or 0))
    silent = max(known, key=lambda one: one.recency_days or 0)
    if often is silent:
        return f"The median customer of {named(often)} ordered {told(often)}"
    return (
        f"The median customer of {named(often)} ordered {told(often)}; of {named(silent)}, "
        f"{told(silent)}"
    )


def slipping(summary: Summary) -> Drawing | None:
    """What regular customers who slip spent, by segment; None where nobody slips.

    Where no amounts are known, how many they are.
    """
    everyone = summary.slipping
    if everyone.customers == 0:
        return None
    measure = Measure.of(summary)
    currency = measure.choose(summary.currency)
    spent = [_slipping_size(segment, measure) for segment in summary.segments]
    largest, least = max(0.0, *spent), min(0.0, *spent)
    reach = (largest - least) or 1.0
    rows = [
        {
            "key": key(place, name(segment)),
            "segment": segment.segment_name,
            "spent": _slipping_size(segment, measure),
            "end": max(0.0, _slipping_size(segment, measure)),
            "spent_text": money(segment.slipping.year_revenue, summary.currency),
            "slipping": whole(segment.slipping.customers),
            "regulars": whole(segment.slipping.regulars),
            "regulars_spent": money(segment.slipping.regulars_year_revenue, summary.currency),
            "label": _slipping_label(segment, measure),
            "colour": segment.colour,
        }
        for place, segment in enumerate(summary.segments, 1)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=rows_axis(),
        tooltip=[
            alt.Tooltip("segment:N", title="Segment"),
            alt.Tooltip("regulars:N", title="Regular customers"),
            alt.Tooltip("slipping:N", title="Slipping"),
            *[
                alt.Tooltip("spent_text:N", title="Spent by those slipping, 365 days"),
                alt.Tooltip("regulars_spent:N", title="Spent by all regulars, 365 days"),
            ]
            * measure.money,
        ],
    )
    scale = alt.Scale(domain=[least, largest + _LABELS * reach], nice=False)
    bars = base.mark_bar(height=18).encode(
        x=alt.X("spent:Q")
        .scale(scale)
        .title(
            measure.choose(
                in_currency("Spent in the last 365 days by regulars who slip", currency),
                "Regular customers who slip",
            )
        )
        .axis(labelExpr=MONEY_LABEL, tickCount=5, grid=False),
        color=alt.Color("colour:N").scale(None),
    )
    texts = base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q").scale(scale), text="label:N")
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=GREY).encode(x="zero:Q")
    return Drawing(
        "slipping",
        f"{whole(everyone.customers)} of {counted(everyone.regulars, 'regular', 'regulars')} "
        f"({percent(everyone.customers / everyone.regulars)}) slip away"
        + measure.choose(
            f"; they spent {money(everyone.year_revenue, currency)} in the last 365 days"
        ),
        f"Regular customers ordered on at least {summary.method.regular_days} days. They slip when "
        f"they have been silent for {number(summary.method.slipping_after)} times their usual gap "
        "or more. Bars: "
        + measure.choose(
            "what those who slip spent in the last 365 days; beside them, how many of the "
            "segment's regulars they are.",
            "how many slip, of the segment's regulars.",
        ),
        "Bars by segment. "
        + " ".join(
            f"{name(segment)}: {_slipping_label(segment, measure)}." for segment in summary.segments
        ),
        "customers",
        layered(bars, zero, texts, height=alt.Step(30), currency=currency),
    )


def _slipping_size(segment: SegmentSummary, measure: Measure) -> float:
    own = segment.slipping
    return float(own.year_revenue if measure.money else own.customers)


def _slipping_label(segment: SegmentSummary, measure: Measure) -> str:
    own = segment.slipping
    if own.regulars == 0:
        return "no regulars"
    if own.customers == 0:
        return f"none of {whole(own.regulars)}"
    spent = measure.choose(f"{money(own.year_revenue, measure.currency)}: ")
    return (
        f"{spent}{whole(own.customers)} of {whole(own.regulars)} "
        f"({percent(own.customers / own.regulars)})"
    )
