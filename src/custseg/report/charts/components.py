"""What the principal components explain, and which the model keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import COLOUR, along, layered, of_rows, tips
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering
from custseg.words.colours import BLUE, GREY, VERMILION, ink_on

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_KEPT, _LEFT_OUT = BLUE, "#b4bcc6"
_ACCENT: Final = VERMILION
_FEW_BARS: Final = 12
"""Components up to which each bar has its figure."""


def explained_variance(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw what each component explains, with the ones that the model keeps."""
    variances = summary.variances
    if not variances:
        return None
    say = Lettering.of("explained_variance", summary, wording)
    rows = [
        {
            "component": own.component,
            "share": round(own.share, 4),
            "cumulative": round(own.cumulative_share, 4),
            "colour": _KEPT if own.kept else _LEFT_OUT,
            "kept": say("kept" if own.kept else "left_out"),
            "own": say.percent(own.share),
            # Without the noise of the sum, or all would not be quite 100 %.
            "sum": say.percent(round(own.cumulative_share, 9)),
        }
        for own in variances
    ]
    threshold = summary.method.variance
    reached = [own.component for own in variances if own.cumulative_share >= threshold]
    # A fixed number of components may have been asked for instead.
    by_threshold = reached[:1] == [summary.components]
    each = [
        say("each", component=own.component, share=say.percent(own.share), kept=own.kept)
        for own in variances
    ]
    return Drawing(
        name="explained-variance",
        title=say(
            "finding",
            kept=summary.components,
            all=len(variances),
            share=say.percent(summary.explained_variance),
            threshold=threshold if by_threshold else None,
        ),
        caption=say("caption"),
        alt_text=say("alt", each=", ".join(each)),
        section="method",
        chart=_scree(rows, threshold if by_threshold else None, say),
    )


def _scree(rows: list[dict[str, Any]], threshold: float | None, say: Lettering) -> alt.LayerChart:
    x = alt.X("component:O", title=say("fields.component")).axis(labelAngle=0, ticks=False)
    y = along(
        alt.Y,
        {"domain": [0, 1.06]},
        title=say("axis"),
        axis=alt.Axis(format="~%", values=[0, 0.25, 0.5, 0.75, 1], labelExpr=say.percent_axis),
    )
    few = len(rows) <= _FEW_BARS
    base = of_rows(rows, x=x)
    titles = say.titles()
    tooltip = tips({"component:O": titles.pop("component")} | titles)
    layers = [
        base.mark_bar(width={"band": 0.6}).encode(y=y("share"), color=COLOUR, tooltip=tooltip),
        base.mark_line(color=GREY, strokeWidth=2, tooltip=None).encode(y=y("cumulative")),
        base.mark_point(filled=True, color=GREY, size=60, opacity=1).encode(
            y=y("cumulative"), tooltip=tooltip
        ),
    ]
    if few:
        # The line starts on the first bar, whose figure is therefore inside.
        first = of_rows(rows[:1], x=x, y=y("share"), text="own:N")
        others = of_rows(rows[1:], x=x)
        layers += [
            first.mark_text(dy=16, color=ink_on(rows[0]["colour"]), tooltip=None),
            others.mark_text(dy=-9, tooltip=None).encode(y=y("share"), text="own:N"),
            others.mark_text(
                dy=-11, dx=6, align="right", color=GREY, fontWeight=600, tooltip=None
            ).encode(y=y("cumulative"), text="sum:N"),
        ]
    if threshold is not None:
        line = of_rows([{"at": threshold, "label": say("asked", threshold=threshold)}])
        layers += [
            line.mark_rule(color=_ACCENT, strokeDash=[5, 4], strokeWidth=1.5, tooltip=None).encode(
                y=y("at")
            ),
            line.mark_text(
                align="right", baseline="top", dy=5, dx=-4, color=_ACCENT, tooltip=None
            ).encode(y=y("at"), x=alt.value("width"), text="label:N"),
        ]
    return layered(*layers, height=320)
