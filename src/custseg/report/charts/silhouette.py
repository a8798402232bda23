"""How well each customer fits the segment it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.axes import BARE, COLOUR, Rows, along, layered, of_rows, tips
from custseg.report.charts.drawing import PICTURE_WIDTH, Drawing
from custseg.report.charts.lettering import Lettering, name, text_width
from custseg.report.charts.placing import spread
from custseg.words.colours import DEEP, GREY

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_BLADES: Final = 440
"""Height of all blades, in pixels."""
_GAP: Final = 0.025
"""Between blades, in all customers."""
_HEAD: Final = 0.06
"""Room above the blades, in all of them."""
_LINE: Final = 17
"""Pixels from one label to the next at least."""


def silhouette(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw every segment's silhouette widths, sorted: its blade."""
    shown = [own for own in summary.segments if own.silhouettes]
    if not shown:
        return None
    known = [own for own in shown if own.silhouette is not None]
    say = Lettering.of("silhouette", summary, wording)
    mean = say.rounded(summary.silhouette, 2)
    title = say("finding", mean=mean)
    if len(known) > 1:
        best = max(known, key=lambda own: own.silhouette or 0)
        worst = min(known, key=lambda own: own.silhouette or 0)
        title = say(
            "finding_of_several",
            mean=mean,
            best=best.segment_name,
            best_mean=say.rounded(best.silhouette, 2),
            worst=worst.segment_name,
            worst_mean=say.rounded(worst.silhouette, 2),
        )
    each = [f"{own.segment_name} {say.rounded(own.silhouette, 2)}" for own in shown]
    return Drawing(
        name="silhouette",
        title=title,
        caption=say("caption"),
        alt_text=say("alt", each=say.listed(each)),
        section="trust",
        chart=_blades(summary, say),
    )


def _blades(summary: Summary, say: Lettering) -> alt.LayerChart:
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
        text = f"{name(own)}: {say.rounded(own.silhouette, 2)}"
        labels.append({"at": start + own.customers / 2, "label": text})
        start += own.customers + gap
    total = start - gap
    line = total / _BLADES * _LINE
    wanted = [row["at"] for row in labels]
    for label, at in zip(labels, spread(wanted, line, line / 2, total - line / 2), strict=True):
        label["at"] = round(at, 2)
    head = total * _HEAD
    labels.append({"at": -head / 2, "label": say("head")})
    widest = max(row["width"] for row in rows)
    low = min(-0.1, *(row["width"] for row in rows)) - 0.02
    # Names are to the right of the longest blade.
    taken = min(0.45, (max(text_width(row["label"], 12) for row in labels) + 24) / PICTURE_WIDTH)
    high = low + (widest - low) / (1 - taken)
    ticks = [value / 5 for value in range(-5, 6) if low <= value / 5 <= widest + 0.1]
    x = along(
        alt.X,
        {"domain": [round(low, 3), round(high, 3)], "zero": False},
        title=say("axis"),
        axis=alt.Axis(values=ticks, format=".1f"),
    )
    y = along(
        alt.Y,
        {"domain": [round(-head, 2), round(total, 2)], "reverse": True},
        title=say("axis_up"),
        axis=BARE,
    )("at")
    blades = of_rows(
        rows,
        x=x("width"),
        x2=alt.datum(0),
        y=y,
        detail="segment:N",
        color=COLOUR,
        tooltip=tips(say.titles()),
    ).mark_area(orient="horizontal", opacity=0.9)
    zero = of_rows([{"width": 0}], x=x("width"))
    told = {"at": -head / 2, "label": say("mean", mean=say.rounded(summary.silhouette, 2))}
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
