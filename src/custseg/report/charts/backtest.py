"""Charts: drawn once, saved as a picture or as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.backtest.methods import ANY, BUY_AGAIN, NEW, NEW_FOR_YOU, RECENT
from custseg.errors import DataError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: Final = (".svg", ".png", ".html")
_WIDTH: Final = 520
_OWN: Final = "#0072b2"
_OTHERS: Final = "#8c8c8c"
"""Blue and grey differ in lightness too."""
_BAND: Final = 1.96
"""Standard errors to each side that 95 % of estimates lie within."""


def backtest_chart(rows: list[dict[str, Any]]) -> alt.VConcatChart:
    """Draw the hit rate of each method with its 95 % interval, a panel per task.

    Parameters
    ----------
    rows
        Those of `backtest`; over several dates each has its own mark.

    Raises
    ------
    DataError
        There are none.
    """
    panels = []
    for task, title in ((NEW, "Products new to the customer"), (ANY, "Any product")):
        drawn = [
            {
                "list": row["method"],
                "date": row["date"],
                "hit": row["hit_rate"],
                "low": max(0.0, row["hit_rate"] - _BAND * row["hit_rate_se"]),
                "high": min(1.0, row["hit_rate"] + _BAND * row["hit_rate_se"]),
                "own": row["method"] in {NEW_FOR_YOU, BUY_AGAIN},
            }
            for row in rows
            if row["task"] == task and row["segment"] == 0
        ]
        if drawn:
            panels.append(_panel(drawn, title))
    if not panels:
        raise DataError("Nothing to draw: the back-test is empty.", "custseg backtest says why.")
    heading = alt.TitleParams(_finding(rows), subtitle=_dates(rows), anchor="start")
    chart: alt.VConcatChart = alt.vconcat(*panels, title=heading).configure_view(stroke=None)
    return chart


def _panel(rows: list[dict[str, Any]], title: str) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("list:N", sort=alt.EncodingSortField("hit", op="mean", order="descending"))
        .title(None)
        .axis(labelLimit=200, ticks=False, domain=False),
        yOffset=alt.YOffset("date:O"),
        color=alt.condition("datum.own", alt.value(_OWN), alt.value(_OTHERS)),
        tooltip=["list:N", "date:N", alt.Tooltip("hit:Q", format=".1%")],
    )
    scale = alt.Scale(domain=[0, 1])
    bands = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale)
        .title("Customers who bought at least one product of their list, with 95 % interval")
        .axis(format="%", tickCount=5),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("hit:Q", scale=scale))
    heading = alt.TitleParams(title, anchor="start")
    layers: alt.LayerChart = bands + points
    return layers.properties(width=_WIDTH, height=alt.Step(20), title=heading)


def _finding(rows: list[dict[str, Any]]) -> list[str]:
    """What the chart shows, in two lines."""

    def mean(method: str) -> str:
        hits = [
            row["hit_rate"]
            for row in rows
            if row["segment"] == 0 and row["task"] == NEW and row["method"] == method
        ]
        return f"{sum(hits) / len(hits):.0%}".replace("%", " %") if hits else "none"

    return [
        f"Of customers who then bought something new to them, {mean(NEW_FOR_YOU)} bought some of",
        f"their own New for you list, {mean(RECENT)} some of the shop's recent best-sellers",
    ]


def _dates(rows: list[dict[str, Any]]) -> str:
    return f"Back-test: lists as of {', '.join(sorted({row['date'] for row in rows}))}"


def save(chart: alt.VConcatChart, path: Path) -> None:
    """Save a chart in the format that the file's name says; no host is asked for anything.

    Raises
    ------
    SettingsError
        The format is none of `FORMATS`, or the file cannot be written.
    """
    if path.suffix not in FORMATS:
        raise SettingsError(
            f"{path}: charts are saved as {', '.join(FORMATS)}.", f"Try {path.with_suffix('.svg')}."
        )
    try:
        if path.suffix == ".html":
            path.write_text(chart.to_html(inline=True), encoding="utf-8")
        else:
            chart.save(path, scale_factor=2)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}.") from None
