"""Who brings the revenue: segments' shares of customers and of revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import key, layered, rows_axis
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import money, name, named, percent, whole
from custseg.report.colours import GREY

if TYPE_CHECKING:
    from custseg.summary.segment import SegmentSummary
    from custseg.summary.whole import Summary

_LABELS: Final = 0.38
"""Room for the figures beside the longest bar, as a share of it."""
_BAR: Final = 18


def shares(summary: Summary) -> Drawing | None:
    """Paired bars: a segment's share of customers and of revenue."""
    if not summary.segments:
        return None
    # Shares of less than nothing would turn signs round.
    told = {
        segment.segment: segment.revenue_share
        for segment in summary.segments
        if segment.revenue_share is not None and summary.revenue > 0
    }
    rows = [
        row
        for segment in summary.segments
        for row in _rows(segment, told.get(segment.segment), summary.currency)
    ]
    largest = max(row["share"] for row in rows)
    least = min(0.0, *(row["share"] for row in rows))
    reach = largest - least
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=rows_axis(),
        yOffset=alt.YOffset("what:N").sort(["customers", "revenue"]),
        tooltip=[
            alt.Tooltip("segment:N", title="Segment"),
            alt.Tooltip("customers:N", title="Customers"),
            alt.Tooltip("customer_share:N", title="Share of customers"),
            alt.Tooltip("revenue:N", title="Revenue"),
            alt.Tooltip("revenue_share:N", title="Share of revenue"),
        ],
    )
    x = alt.X("share:Q").scale(
        domain=[least - (_LABELS * reach if least < 0 else 0), largest + _LABELS * reach],
        nice=False,
    )
    axis = alt.Axis(labelExpr="format(100 * datum.value, ',.3~r') + ' %'", tickCount=6, grid=False)
    bars = base.mark_bar().encode(
        x=x.title(
            "Share of all customers (outlined) and of revenue (filled)"
            if told
            else "Share of all customers"
        ).axis(axis),
        color=alt.Color("colour:N").scale(None),
        fillOpacity=alt.FillOpacity("fill:Q").scale(None).legend(None),
        stroke=alt.Stroke("colour:N").scale(None),
    )
    labels = base.encode(x=x, text="label:N")
    right = labels.transform_filter("datum.share >= 0").mark_text(align="left", dx=6, fontSize=11)
    left = labels.transform_filter("datum.share < 0").mark_text(align="right", dx=-6, fontSize=11)
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=GREY).encode(x="zero:Q")
    return Drawing(
        "shares",
        _finding(summary, told),
        "Outlined: the segment's share of all customers. Filled: its share of revenue. A filled "
        "bar longer than the outlined one brings more than its number."
        if told
        else "The segment's share of all customers. Revenue as a whole is not above zero, so there "
        "are no shares of it.",
        f"Paired bars for {len(summary.segments)} segments. "
        + " ".join(
            f"{name(segment)}: {percent(segment.customer_share)} of customers"
            + (f", {percent(told[segment.segment])} of revenue." if told else ".")
            for segment in summary.segments
        ),
        "segments",
        layered(bars, zero, right, left, height=alt.Step(_BAR, **{"for": "offset"})),
    )


def _rows(
    segment: SegmentSummary, revenue_share: float | None, currency: str
) -> list[dict[str, Any]]:
    common = {
        "key": key(segment.segment, name(segment)),
        "segment": segment.segment_name,
        "customers": whole(segment.customers),
        "customer_share": percent(segment.customer_share),
        "revenue": money(segment.revenue, currency),
        "revenue_share": "none" if revenue_share is None else percent(revenue_share),
        "colour": segment.colour,
    }
    drawn = [("customers", segment.customer_share, 0.12)]
    if revenue_share is not None:
        drawn.append(("revenue", revenue_share, 1.0))
    return [
        common
        | {"what": what, "share": share, "fill": fill, "label": f"{percent(share)} of {what}"}
        for what, share, fill in drawn
    ]


def _finding(summary: Summary, told: dict[int, float]) -> str:
    if not told:
        largest = max(summary.segments, key=lambda segment: segment.customers)
        return (
            f"The largest segment is {named(largest)}: {percent(largest.customer_share)} of "
            "customers"
        )
    best = max(summary.segments, key=lambda segment: told[segment.segment])
    return (
        f"{named(best)}, {percent(best.customer_share)} of customers, bring "
        f"{percent(told[best.segment])} of revenue"
    )
