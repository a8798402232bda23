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
from custseg.report.charts.lettering import money, name, named, percent, whole
from custseg.report.summary.measure import Measure

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary

_LABELS: Final = 0.38
"""Room for the figures beside the longest bar, as a share of it."""
_BAR: Final = 18


def shares(summary: Summary) -> Drawing | None:
    """Paired bars: a segment's share of customers and of revenue (without amounts, of orders)."""
    if not summary.segments or not summary.segmented:
        return None
    measure = Measure.of(summary)
    of = measure.name
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
        for row in _rows(place, segment, told.get(segment.segment), measure)
    ]
    largest = max(row["share"] for row in rows)
    least = min(0.0, *(row["share"] for row in rows))
    reach = largest - least
    base = of_rows(
        rows,
        y=rows_axis(),
        yOffset=alt.YOffset("what:N").sort(["customers", of]),
        tooltip=tips(
            {
                "segment": "Segment",
                "customers": "Customers",
                "customer_share": "Share of customers",
                f"{of}": of.capitalize(),
                f"{of}_share": f"Share of {of}",
            }
        ),
    )
    room = _LABELS * reach
    x = along(alt.X, {"domain": [least - (room if least < 0 else 0), largest + room]})("share")
    axis = alt.Axis(labelExpr="format(100 * datum.value, ',.3~r') + ' %'", tickCount=6, grid=False)
    bars = base.mark_bar().encode(
        x=x.title(
            f"Share of all customers (outlined) and of {of} (filled)"
            if told
            else "Share of all customers"
        ).axis(axis),
        color=COLOUR,
        fillOpacity=alt.FillOpacity("fill:Q").scale(None).legend(None),
        stroke=alt.Stroke("colour:N").scale(None),
    )
    labels = base.encode(x=x, text="label:N")
    right = labels.transform_filter("datum.share >= 0").mark_text(align="left", dx=6, fontSize=11)
    left = labels.transform_filter("datum.share < 0").mark_text(align="right", dx=-6, fontSize=11)
    return Drawing(
        "shares",
        _finding(summary, told, measure),
        f"Outlined: the segment's share of all customers. Filled: its share of {of}. A filled bar "
        f"longer than the outlined one {measure.brings}s more than its number."
        if told
        else "The segment's share of all customers. Revenue as a whole is not above zero, so there "
        "are no shares of it.",
        f"Paired bars for {len(summary.segments)} segments. "
        + " ".join(
            f"{name(segment)}: {percent(segment.customer_share)} of customers"
            + (f", {percent(told[segment.segment])} of {of}." if told else ".")
            for segment in summary.segments
        ),
        "segments",
        layered(bars, zero_line(), right, left, height=alt.Step(_BAR, **{"for": "offset"})),
    )


def _rows(
    place: int, segment: SegmentSummary, share: float | None, measure: Measure
) -> list[dict[str, Any]]:
    of = measure.name
    common = {
        "key": key(place, name(segment)),
        "segment": segment.segment_name,
        "customers": whole(segment.customers),
        "customer_share": percent(segment.customer_share),
        of: measure.choose(money(segment.revenue, measure.currency), whole(segment.orders)),
        f"{of}_share": "none" if share is None else percent(share),
        "colour": segment.colour,
    }
    drawn = [("customers", segment.customer_share, 0.12)]
    if share is not None:
        drawn.append((of, share, 1.0))
    return [
        common | {"what": what, "share": own, "fill": fill, "label": f"{percent(own)} of {what}"}
        for what, own, fill in drawn
    ]


def _finding(summary: Summary, told: dict[int, float], measure: Measure) -> str:
    if not told:
        largest = max(summary.segments, key=lambda segment: segment.customers)
        return (
            f"The largest segment is {named(largest)}: {percent(largest.customer_share)} of "
            "customers"
        )
    best = max(summary.segments, key=lambda segment: told[segment.segment])
    return (
        f"{named(best)}, {percent(best.customer_share)} of customers, {measure.brings} "
        f"{percent(told[best.segment])} of {measure.name}"
    )
