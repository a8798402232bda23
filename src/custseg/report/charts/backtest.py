"""Charts: drawn once, saved as a picture or as a page."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.errors import DataError, SettingsError
from custseg.offers.backtest.methods import ANY, BUY_AGAIN, NEW, NEW_FOR_YOU, RECENT
from custseg.report.charts.axes import PERCENT_AXIS, layered
from custseg.report.charts.lettering import percent
from custseg.words.colours import BLUE, GREY

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: Final = (".svg", ".png", ".html")
_WIDTH: Final = 520
_OWN: Final = BLUE
_OTHERS: Final = GREY
"""Blue and grey differ in lightness too."""
_TITLE_LETTERS: Final = 80
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
        if drawn := marks(rows, task):
            heading = alt.TitleParams(title, anchor="start")
            hits = panel([mark | {"line": mark["list"]} for mark in drawn], ranked(drawn))
            panels.append(hits.properties(width=_WIDTH, title=heading))
    if not panels:
        raise DataError("Nothing to draw: the back-test is empty.", "custseg backtest says why.")
    heading = alt.TitleParams(
        textwrap.wrap(finding(rows).removesuffix("."), _TITLE_LETTERS),
        subtitle=_dates(rows),
        anchor="start",
    )
    chart: alt.VConcatChart = alt.vconcat(*panels, title=heading).configure_view(stroke=None)
    return chart


def marks(rows: list[dict[str, Any]], task: str) -> list[dict[str, Any]]:
    """What is drawn of a task: each list's hit rate at each date with its interval, best first."""
    found = [
        {
            "task": task,
            "list": row["method"],
            "date": row["date"],
            "hit": row["hit_rate"],
            "low": max(0.0, row["hit_rate"] - _BAND * row["hit_rate_se"]),
            "high": min(1.0, row["hit_rate"] + _BAND * row["hit_rate_se"]),
            "figure": percent(row["hit_rate"]),
            "own": row["method"] in {NEW_FOR_YOU, BUY_AGAIN},
        }
        for row in rows
        if row["task"] == task and row["segment"] == 0
    ]
    order = {name: place for place, name in enumerate(ranked(found))}
    return sorted(found, key=lambda mark: (order[mark["list"]], mark["date"]))


def ranked(drawn: list[dict[str, Any]]) -> list[str]:
    """The lists by their mean hit rate over the dates, best first."""
    hits: dict[str, list[float]] = {}
    for mark in drawn:
        hits.setdefault(mark["list"], []).append(mark["hit"])
    return sorted(hits, key=lambda name: (-sum(hits[name]) / len(hits[name]), name))


def panel(drawn: list[dict[str, Any]], lines: list[str]) -> alt.LayerChart:
    """Draw hit rates with their intervals.

    Parameters
    ----------
    drawn
        Those of `marks`, each with the `line` that it is on.
    lines
        From top to bottom. A line "task: list" is labelled with what follows the colon, and one
        without a mark is a heading.
    """
    used = {mark["line"] for mark in drawn}
    headings = [line for line in lines if line not in used]
    base = alt.Chart(alt.InlineData(values=drawn)).encode(
        y=alt.Y("line:N", title=None)
        .scale(domain=lines)
        .axis(
            labelLimit=220,
            labelPadding=8,
            ticks=False,
            domain=False,
            labelExpr="slice(datum.label, indexof(datum.label, ': ') < 0 ? 0 : "
            "indexof(datum.label, ': ') + 2)",
            labelFontWeight=alt.condition(
                alt.FieldOneOfPredicate("value", headings), alt.value("bold"), alt.value("normal")
            ),
        ),
        yOffset=alt.YOffset("date:O"),
        tooltip=[
            alt.Tooltip("list:N", title="List"),
            alt.Tooltip("date:N", title="As of"),
            alt.Tooltip("figure:N", title="Hit rate"),
        ],
    )
    scale = alt.Scale(domain=[0, 1.06], nice=False)
    title = "Customers who bought at least one product of their list, with 95 % interval"
    coloured = base.encode(color=alt.condition("datum.own", alt.value(_OWN), alt.value(_OTHERS)))
    bands = coloured.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale, title=title).axis(
            format="%", tickCount=5, labelExpr=PERCENT_AXIS
        ),
        x2="high:Q",
    )
    points = coloured.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("hit:Q", scale=scale, title=title)
    )
    layers: list[alt.Chart | alt.LayerChart] = [bands, points]
    if len({mark["date"] for mark in drawn}) == 1:
        # Of several dates the figures would cover one another.
        figures = base.mark_text(align="left", dx=8, tooltip=None).encode(
            x=alt.X("high:Q", scale=scale, title=title), text="figure:N"
        )
        layers.append(figures)
    return layered(*layers, height=alt.Step(20))


def finding(rows: list[dict[str, Any]]) -> str:
    """What the chart shows, in a sentence; over several dates, means."""

    def mean(task: str, method: str) -> str | None:
        hits = [
            row["hit_rate"]
            for row in rows
            if row["segment"] == 0 and row["task"] == task and row["method"] == method
        ]
        return percent(sum(hits) / len(hits)) if hits else None

    new, recent = mean(NEW, NEW_FOR_YOU), mean(NEW, RECENT)
    if new and recent:
        return (
            f"Of customers who then bought something new to them, {new} bought some of their own "
            f"New for you list, {recent} some of the shop's recent best-sellers."
        )
    again, recent = mean(ANY, BUY_AGAIN), mean(ANY, RECENT)
    if again and recent:
        return (
            f"Of customers who then bought anything, {again} bought some of their own Buy again "
            f"list, {recent} some of the shop's recent best-sellers."
        )
    return "Lists of past dates are held against what customers bought after them."


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
