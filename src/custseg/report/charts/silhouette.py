"""How well each customer fits the segment it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.axes import BARE, COLOUR, Rows, along, layered, of_rows, tips
from custseg.report.charts.drawing import PICTURE_WIDTH, Drawing
from custseg.report.charts.lettering import name, text_width
from custseg.report.charts.placing import spread
from custseg.words.colours import DEEP, GREY
from custseg.words.figures import decimals, listed

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary

_BLADES: Final = 440
"""Height of all blades, in pixels."""
_GAP: Final = 0.025
"""Between blades, in all customers."""
_HEAD: Final = 0.06
"""Room above the blades, in all of them."""
_LINE: Final = 17
"""Pixels from one label to the next at least."""


def silhouette(summary: Summary) -> Drawing | None:
    """Draw every segment's silhouette widths, sorted: its blade."""
    shown = [own for own in summary.segments if own.silhouettes]
    if not shown:
        return None
    known = [own for own in shown if own.silhouette is not None]
    title = f"The mean silhouette of customers is {summary.silhouette:.2f}"
    if len(known) > 1:
        best = max(known, key=lambda own: own.silhouette or 0)
        worst = min(known, key=lambda own: own.silhouette or 0)
        title += (
            f": “{best.segment_name}” is the most compact segment ({best.silhouette:.2f}), "
            f"“{worst.segment_name}” the least ({worst.silhouette:.2f})"
        )
    figures = listed([f"{own.segment_name} {_mean(own.silhouette)}" for own in shown])
    return Drawing(
        name="silhouette",
        title=f"{title}.",
        caption=(
            "A blade is a segment, as thick as it has customers, who are sorted by silhouette "
            "width: near 1, far nearer to their own segment than to any other; 0, on the border; "
            "below 0, nearer to another. The dashed line is the mean."
        ),
        alt_text=f"Silhouette plot. Mean width by segment: {figures}.",
        section="trust",
        chart=_blades(summary),
    )


def _mean(width: float | None) -> str:
    return "unknown" if width is None else decimals(2)(width)


def _blades(summary: Summary) -> alt.LayerChart:
    shown = [own for own in summary.segments if own.silhouettes]
    gap = _GAP * sum(own.customers for own in shown)
    rows: Rows = []
    labels: Rows = []
    start = 0.0
    for own in shown:
        widths = own.silhouettes if len(own.silhouettes) > 1 else own.silhouettes * 2
        rows += [
            {
                "segment": own.segment,
                "at": round(start + own.customers * rank / (len(widths) - 1), 2),
                "width": width,
                "name": own.segment_name,
                "colour": own.colour,
            }
            for rank, width in enumerate(widths)
        ]
        text = f"{name(own)}: {_mean(own.silhouette)}"
        labels.append({"at": start + own.customers / 2, "label": text})
        start += own.customers + gap
    total = start - gap
    line = total / _BLADES * _LINE
    wanted = [row["at"] for row in labels]
    for label, at in zip(labels, spread(wanted, line, line / 2, total - line / 2), strict=True):
        label["at"] = round(at, 2)
    head = total * _HEAD
    labels.append({"at": -head / 2, "label": "Segment: its mean"})
    widest = max(row["width"] for row in rows)
    low = min(-0.1, *(row["width"] for row in rows)) - 0.02
    # Names are to the right of the longest blade.
    taken = min(0.45, (max(text_width(row["label"], 12) for row in labels) + 24) / PICTURE_WIDTH)
    high = low + (widest - low) / (1 - taken)
    ticks = [value / 5 for value in range(-5, 6) if low <= value / 5 <= widest + 0.1]
    x = along(
        alt.X,
        {"domain": [round(low, 3), round(high, 3)], "zero": False},
        title="Silhouette width",
        axis=alt.Axis(values=ticks, format=".1f"),
    )
    y = along(
        alt.Y,
        {"domain": [round(-head, 2), round(total, 2)], "reverse": True},
        title="Customers, segment by segment",
        axis=BARE,
    )("at")
    blades = of_rows(
        rows,
        x=x("width"),
        x2=alt.datum(0),
        y=y,
        detail="segment:N",
        color=COLOUR,
        tooltip=tips({"name": "Segment"}),
    ).mark_area(orient="horizontal", opacity=0.9)
    zero = of_rows([{"width": 0}], x=x("width"))
    told = {"at": -head / 2, "label": f"mean: {summary.silhouette:.2f}"}
    mean = of_rows([{"width": round(summary.silhouette, 4)} | told], x=x("width"))
    names = of_rows(labels).mark_text(
        align="right", fontSize=12, fontWeight=600, dx=-4, tooltip=None
    )
    return layered(
        blades,
        zero.mark_rule(color=GREY, strokeWidth=1, tooltip=None),
        mean.mark_rule(color=DEEP, strokeWidth=3, opacity=0.5, tooltip=None),
        mean.mark_rule(color="white", strokeWidth=1.5, strokeDash=[5, 4], tooltip=None),
        mean.mark_text(align="left", dx=6, fontWeight=600, tooltip=None).encode(
            y=y, text="label:N"
        ),
        names.encode(y=y, x=alt.value("width"), text="label:N"),
        height=_BLADES,
    )
