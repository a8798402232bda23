"""Where customers stand: how recently and how often they order, and who slips away."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import (
    COLOUR,
    Rows,
    along,
    boxes,
    key,
    layered,
    of_rows,
    rows_axis,
    ticks_at,
    tips,
    zero_line,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering, name
from custseg.report.charts.placing import PointLabel, place_beside
from custseg.report.summary.measure import Measure
from custseg.words.colours import INK, WHITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.segment import SegmentSummary, Slipping
    from custseg.report.summary.whole import Cell, Summary
    from custseg.words.language import Wording

_HEIGHT: Final = 440
_DAYS: Final = (0, 1, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1460, 3650)
_ORDERS: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_PALEST: Final = 0.35
_LABELS: Final = 0.65
"""Room for the figures beside the longest bar, as a share of it."""


def recency_frequency(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Map of all customers by days since the last order and number of orders."""
    known = [
        segment
        for segment in summary.segments
        if segment.recency_days is not None and segment.frequency is not None
    ]
    if not summary.recency_frequency or not known:
        return None
    say = Lettering.of("recency_frequency", summary, wording)
    cells = _cells(summary, say)
    last_day, most_orders = (max(cell[end] for cell in cells) for end in ("x1", "y1"))
    symlog: dict[str, Any] = {"type": "symlog", "constant": 1}
    x = along(alt.X, symlog | {"domain": [0.0, last_day]})
    y = along(alt.Y, symlog | {"domain": [1.0, most_orders]})
    most = max(cell["customers"] for cell in cells)
    titles = say.titles()
    tiles = boxes(
        cells,
        lambda field: x(field).title(titles["days"]).axis(_whole_ticks(_DAYS, last_day)),
        lambda field: y(field).title(titles["orders"]).axis(_whole_ticks(_ORDERS, most_orders)),
        color=COLOUR,
        opacity=alt.Opacity("customers:Q")
        .scale(type="log", domain=[1, max(most, 2)], range=[_PALEST, 1])
        .legend(None),
        tooltip=tips(titles, customers=","),
    ).mark_rect()
    base = of_rows(_labels(known, last_day, most_orders), x=x("x"))
    leaders = base.mark_rule(color=INK, strokeWidth=1).encode(y=y("y"), y2="label:Q")
    medians = base.mark_circle(size=70, opacity=1, stroke=WHITE, strokeWidth=2).encode(
        y=y("y"), color=alt.value(INK)
    )
    texts = []
    for align, away in (("left", 9), ("right", -9)):
        own = base.transform_filter(f"datum.align == '{align}'").encode(y=y("label"), text="name:N")
        style: dict[str, Any] = {"align": align, "dx": away, "fontSize": 13, "fontWeight": 600}
        style["baseline"] = "middle"
        halo = own.mark_text(**style, stroke=WHITE, strokeWidth=4, strokeJoin="round", color=WHITE)
        texts += [halo, own.mark_text(**style, color=INK)]
    return Drawing(
        "recency-frequency",
        _recency_finding(known, say),
        say("caption"),
        say(
            "alt",
            medians="; ".join(say("median", name=name(one), **_told(one, say)) for one in known),
        ),
        "customers",
        layered(tiles, leaders, medians, *texts, height=_HEIGHT),
    )


def _whole_ticks(numbers: Sequence[int], end: float) -> alt.Axis:
    """An axis of whole numbers, each of which is a place as wide as 1."""
    return ticks_at(
        [number + 0.5 for number in numbers if number < end],
        labelExpr="format(floor(datum.value), ',')",
        grid=False,
        labelOverlap=True,
    )


def _cells(summary: Summary, say: Lettering) -> Rows:
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
                "days": _range(x0, x1, say),
                "orders": _range(y0, y1, say),
                "customers": sum(cell.customers for cell in cells),
                "by_segment": "; ".join(
                    f"{segments[cell.segment].segment_name} {say.whole(cell.customers)}"
                    for cell in ranked
                ),
                "colour": segments[ranked[0].segment].colour,
            }
        )
    return found


def _range(start: float, end: float, say: Lettering) -> str:
    """Whole numbers from start to below end."""
    first, last = say.whole(start), say.whole(end - 1)
    return first if end - 1 <= start else say("range", low=first, high=last)


def _labels(segments: list[SegmentSummary], last_day: float, most_orders: float) -> Rows:
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


def _told(segment: SegmentSummary, say: Lettering) -> dict[str, str]:
    """The median customer's orders and days since the last one."""
    return {
        "orders": say.number(segment.frequency or 0),
        "days": say.number(segment.recency_days or 0),
    }


def _recency_finding(known: list[SegmentSummary], say: Lettering) -> str:
    often = min(known, key=lambda one: (-(one.frequency or 0), one.recency_days or 0))
    silent = max(known, key=lambda one: one.recency_days or 0)
    first, other = (say("ordered", **_told(one, say)) for one in (often, silent))
    return say(
        "finding",
        name=say.quoted(often),
        ordered=first,
        other=say.quoted(silent) if often is not silent else "",
        other_ordered=other,
    )


def slipping(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """What regular customers who slip spent, by segment; None where nobody slips.

    Where no amounts are known, how many they are.
    """
    everyone = summary.slipping
    if everyone.customers == 0:
        return None
    measure, say = Measure.of(summary), Lettering.of("slipping", summary, wording)
    told = [(segment, segment.slipping) for segment in summary.segments if segment.slipping]
    if not told:
        return None
    spent = [_slipping_size(own, measure) for _, own in told]
    largest, least = max(0.0, *spent), min(0.0, *spent)
    reach = (largest - least) or 1.0
    rows = [
        {
            "key": key(place, name(segment)),
            "segment": segment.segment_name,
            "spent": _slipping_size(own, measure),
            "end": max(0.0, _slipping_size(own, measure)),
            "spent_text": say.money(own.year_revenue),
            "slipping": say.whole(own.customers),
            "regulars": say.whole(own.regulars),
            "regulars_spent": say.money(own.regulars_year_revenue),
            "label": _slipping_label(own, say),
            "colour": segment.colour,
        }
        for place, (segment, own) in enumerate(told, 1)
    ]
    of_money = ("spent_text", "regulars_spent") if measure.money else ()
    titles = say.titles("segment", "regulars", "slipping", *of_money)
    base = of_rows(rows, y=rows_axis(), tooltip=tips(titles))
    x = along(alt.X, {"domain": [least, largest + _LABELS * reach]})
    title = measure.choose(say.in_currency(say("axis")), say("axis_of_customers"))
    bars = base.mark_bar(height=18).encode(
        x=x("spent").title(title).axis(**say.money_axis, tickCount=5, grid=False),
        color=COLOUR,
    )
    texts = base.mark_text(align="left", dx=6).encode(x=x("end"), text="label:N")
    return Drawing(
        "slipping",
        say(
            "finding",
            customers=everyone.customers,
            regulars=everyone.regulars,
            share=say.percent(everyone.customers / everyone.regulars),
            spent=say.money(everyone.year_revenue),
        ),
        say("caption", days=summary.method.regular_days, times=summary.method.slipping_after),
        say(
            "alt",
            each=" ".join(
                f"{name(segment)}: {_slipping_label(own, say)}." for segment, own in told
            ),
        ),
        "customers",
        layered(bars, zero_line(), texts, height=alt.Step(30), **say.currency),
    )


def _slipping_size(own: Slipping, measure: Measure) -> float:
    return float(own.year_revenue if measure.money else own.customers)


def _slipping_label(own: Slipping, say: Lettering) -> str:
    return say(
        "label",
        customers=own.customers,
        regulars=own.regulars,
        share=say.percent(own.customers / own.regulars) if own.regulars else "",
        spent=say.money(own.year_revenue),
    )
