"""The back-test of lists: how often they named what customers bought next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.offers.backtest.methods import ANY, BUY_AGAIN, NEW, NEW_FOR_YOU, RECENT
from custseg.report.charts.axes import PERCENT_AXIS, Rows, along, layered, of_rows, tips
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import percent, whole
from custseg.words.colours import BLUE, GREY
from custseg.words.figures import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.summary.studies import ListTest
    from custseg.report.summary.whole import Summary

_TASKS: Final = {NEW: "Products new to the customer", ANY: "Any product"}
_BAND: Final = 1.96
"""Standard errors to each side that 95 % of estimates lie within."""


def list_test(summary: Summary) -> Drawing | None:
    """Draw how often lists of past dates named what customers bought next."""
    return draw_lists(summary.list_test)


def draw_lists(tests: Sequence[ListTest]) -> Drawing | None:
    """Draw the hit rate of each list with its 95 % interval; None without any.

    Parameters
    ----------
    tests
        Of everyone, by date; over several dates each date has its own mark.
    """
    marks, lines, told = [], [], []
    for task, heading in _TASKS.items():
        own = [test for test in tests if test.task == task]
        methods = _ranked(own)
        if not own:
            continue
        drawn = [_mark(test) for method in methods for test in own if test.method == method]
        marks += drawn
        lines += [f"{task}: {heading}", *(f"{task}: {method}" for method in methods)]
        rates = listed([f"{mark['list']} {mark['figure']}" for mark in drawn])
        told.append(f"{heading}: {rates}")
    if not marks:
        return None
    dates = sorted({test.date for test in tests})
    customers = {test.task: test.customers for test in tests if test.date == dates[-1]}
    who = listed([f"{whole(count)} who bought {task}" for task, count in customers.items()])
    return Drawing(
        name="list-test",
        title=_finding(tests),
        caption=(
            f"Lists as of {listed(dates)}, held against what customers bought after ({who}): share "
            "of them who bought at least one product of the list, with its 95 % interval. In blue, "
            "the lists that custseg makes for each customer."
        ),
        alt_text=f"Hit rates of lists. {'; '.join(told)}.",
        section="trust",
        chart=_panel(marks, lines),
    )


def _mark(test: ListTest) -> dict[str, Any]:
    """A list's hit rate at a date, with its interval."""
    return {
        "task": test.task,
        "list": test.method,
        "date": test.date,
        "hit": test.hit_rate,
        "low": max(0.0, test.hit_rate - _BAND * test.hit_rate_se),
        "high": min(1.0, test.hit_rate + _BAND * test.hit_rate_se),
        "figure": percent(test.hit_rate),
        "own": test.method in {NEW_FOR_YOU, BUY_AGAIN},
        "line": f"{test.task}: {test.method}",
    }


def _ranked(tests: Sequence[ListTest]) -> list[str]:
    """The lists by their mean hit rate over the dates, best first."""
    means = {
        test.method: _mean(own for own in tests if own.method == test.method) for test in tests
    }
    return sorted(means, key=lambda method: (-means[method], method))


def _mean(tests: Iterable[ListTest]) -> float:
    rates = [test.hit_rate for test in tests]
    return sum(rates) / len(rates)


def _panel(marks: Rows, lines: list[str]) -> alt.LayerChart:
    """Draw hit rates with their intervals.

    Parameters
    ----------
    marks
        Each with the `line` that it is on.
    lines
        From top to bottom. A line "task: list" is labelled with what follows the colon, and one
        without a mark is a heading.
    """
    used = {mark["line"] for mark in marks}
    headings = [line for line in lines if line not in used]
    base = of_rows(
        marks,
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
        tooltip=tips({"list": "List", "date": "As of", "figure": "Hit rate"}),
    )
    title = "Customers who bought at least one product of their list, with 95 % interval"
    x = along(alt.X, {"domain": [0, 1.06]}, title=title)
    coloured = base.encode(color=alt.condition("datum.own", alt.value(BLUE), alt.value(GREY)))
    layers = [
        coloured.mark_rule(strokeWidth=2).encode(
            x=x("low").axis(format="%", tickCount=5, labelExpr=PERCENT_AXIS), x2="high:Q"
        ),
        coloured.mark_point(filled=True, size=70, opacity=1).encode(x=x("hit")),
    ]
    if len({mark["date"] for mark in marks}) == 1:
        # Of several dates the figures would cover one another.
        figures = base.mark_text(align="left", dx=8, tooltip=None)
        layers.append(figures.encode(x=x("high"), text="figure:N"))
    return layered(*layers, height=alt.Step(20))


def _finding(tests: Sequence[ListTest]) -> str:
    """What the chart shows, in a sentence; over several dates, means."""

    def mean(task: str, method: str) -> str | None:
        own = [test for test in tests if (test.task, test.method) == (task, method)]
        return percent(_mean(own)) if own else None

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
