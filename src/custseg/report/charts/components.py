"""What the principal components explain, and which the model keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import COLOUR, PERCENT_AXIS, along, layered, of_rows, tips
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import percent
from custseg.words.colours import BLUE, GREY, VERMILION, ink_on

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary

_KEPT, _LEFT_OUT = BLUE, "#b4bcc6"
_ACCENT: Final = VERMILION
_FEW_BARS: Final = 12
"""Components up to which each bar has its figure."""


def explained_variance(summary: Summary) -> Drawing | None:
    """Draw what each component explains, with the ones that the model keeps."""
    variances = summary.variances
    if not variances:
        return None
    rows = [
        {
            "component": own.component,
            "share": round(own.share, 4),
            "cumulative": round(own.cumulative_share, 4),
            "colour": _KEPT if own.kept else _LEFT_OUT,
            "kept": "kept" if own.kept else "left out",
            "own": percent(own.share),
            # Without the noise of the sum, or all would not be quite 100 %.
            "sum": percent(round(own.cumulative_share, 9)),
        }
        for own in variances
    ]
    threshold = summary.method.variance
    reached = [own.component for own in variances if own.cumulative_share >= threshold]
    # A fixed number of components may have been asked for instead.
    by_threshold = reached[:1] == [summary.components]
    hold = "holds" if summary.components == 1 else "hold"
    title = (
        f"{summary.components} of {len(variances)} components {hold} "
        f"{percent(summary.explained_variance)} of the variance"
    )
    title += f", the fewest to reach {100 * threshold:g} %." if by_threshold else "."
    return Drawing(
        name="explained-variance",
        title=title,
        caption=(
            "A bar is the share of variance of one component, the line their sum so far. The model "
            "sees the components in blue; those in grey are left out."
        ),
        alt_text="Bars by component: "
        + ", ".join(
            f"{own.component} holds {percent(own.share)}{' (kept)' if own.kept else ''}"
            for own in variances
        )
        + ".",
        section="method",
        chart=_scree(rows, threshold if by_threshold else None),
    )


def _scree(rows: list[dict[str, Any]], threshold: float | None) -> alt.LayerChart:
    x = alt.X("component:O", title="Component").axis(labelAngle=0, ticks=False)
    y = along(
        alt.Y,
        {"domain": [0, 1.06]},
        title="Share of variance",
        axis=alt.Axis(format="~%", values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT_AXIS),
    )
    few = len(rows) <= _FEW_BARS
    base = of_rows(rows, x=x)
    tooltip = tips({"component:O": "Component", "own": "Share", "sum": "So far", "kept": "Model"})
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
        line = of_rows([{"at": threshold, "label": f"asked for: {100 * threshold:g} %"}])
        layers += [
            line.mark_rule(color=_ACCENT, strokeDash=[5, 4], strokeWidth=1.5, tooltip=None).encode(
                y=y("at")
            ),
            line.mark_text(
                align="right", baseline="top", dy=5, dx=-4, color=_ACCENT, tooltip=None
            ).encode(y=y("at"), x=alt.value("width"), text="label:N"),
        ]
    return layered(*layers, height=320)
