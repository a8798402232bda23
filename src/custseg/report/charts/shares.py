"""Who brings the revenue: segments' shares of customers and of revenue, or of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import (
    COLOUR,
    along,
    key,
    layered,
    of_rows,
    rows_axis,
    tips,
    zero_line,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering, name
from custseg.report.summary.measure import Measure

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_LABELS: Final = 0.38
"""Room for the figures beside the longest bar, as a share of it."""
_BAR: Final = 18


def shares(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Paired bars: a segment's share of customers and of revenue (without amounts, of orders)."""
    if not summary.segments or not summary.segmented:
        return None
    measure, say = Measure.of(summary), Lettering.of("shares", summary, wording)
    # Shares of less than nothing would turn signs round.
    told = {
        segment.segment: share
        for segment in summary.segments
        if (share := measure.share(segment)) is not None
        and (summary.revenue > 0 or not measure.money)
    }
    rows = [
        row
        for place, segment in enumerate(summary.segments, 1)
        for row in _rows(place, segment, told.get(segment.segment), say)
    ]
    largest = max(row["share"] for row in rows)
    least = min(0.0, *(row["share"] for row in rows))
    reach = largest - least
    base = of_rows(
        rows,
        y=rows_axis(),
        yOffset=alt.YOffset("what:N").sort(["customers", measure.name]),
        tooltip=tips(say.titles()),
    )
    room = _LABELS * reach
    x = along(alt.X, {"domain": [least - (room if least < 0 else 0), largest + room]})("share")
    percent = f"format(100 * datum.value, ',.3~r') + '{say.wording.style.percent_sign}'"
    axis = alt.Axis(labelExpr=percent, tickCount=6, grid=False)
    bars = base.mark_bar().encode(
        x=x.title(say("axis" if told else "axis_of_customers")).axis(axis),
        color=COLOUR,
        fillOpacity=alt.FillOpacity("fill:Q").scale(None).legend(None),
        stroke=alt.Stroke("colour:N").scale(None),
    )
    labels = base.encode(x=x, text="label:N")
    right = labels.transform_filter("datum.share >= 0").mark_text(align="left", dx=6, fontSize=11)
    left = labels.transform_filter("datum.share < 0").mark_text(align="right", dx=-6, fontSize=11)
    each = [
        say(
            "of_segment",
            name=name(segment),
            customers=say.percent(segment.customer_share),
            share=say.percent(told[segment.segment]) if told else "",
        )
        for segment in summary.segments
    ]
    return Drawing(
        "shares",
        _finding(summary, told, say),
        say("caption" if told else "caption_of_customers"),
        say("alt", segments=len(summary.segments), each=" ".join(each)),
        "segments",
        layered(bars, zero_line(), right, left, height=alt.Step(_BAR, **{"for": "offset"})),
    )


def _rows(
    place: int, segment: SegmentSummary, share: float | None, say: Lettering
) -> list[dict[str, Any]]:
    drawn = [("customers", segment.customer_share, 0.12)]
    if share is not None:
        drawn.append(("revenue" if say.has_money else "orders", share, 1.0))
    common = {
        "key": key(place, name(segment)),
        "segment": segment.segment_name,
        "customers": say.whole(segment.customers),
        "customer_share": say.percent(segment.customer_share),
        "amount": say.money(segment.revenue) if say.has_money else say.whole(segment.orders),
        "amount_share": say("none") if share is None else say.percent(share),
        "colour": segment.colour,
    }
    return [
        common
        | {
            "what": what,
            "share": own,
            "fill": fill,
            "label": say(f"label_of_{what}", share=say.percent(own)),
        }
        for what, own, fill in drawn
    ]


def _finding(summary: Summary, told: dict[int, float], say: Lettering) -> str:
    if told:
        best = max(summary.segments, key=lambda segment: told[segment.segment])
    else:
        best = max(summary.segments, key=lambda segment: segment.customers)
    return say(
        "finding" if told else "largest",
        name=say.quoted(best),
        customers=say.percent(best.customer_share),
        share=say.percent(told[best.segment]) if told else "",
    )
