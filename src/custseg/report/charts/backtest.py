"""The back-test of lists: how often they named what customers bought next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.offers.backtest.methods import ANY, BUY_AGAIN, NEW, NEW_FOR_YOU, RECENT
from custseg.report.charts.axes import Rows, along, layered, of_rows, tips
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering
from custseg.words.colours import BLUE, GREY
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.summary.studies import ListTest
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_TASKS: Final = {NEW: "new", ANY: "any"}
_BAND: Final = 1.96
"""Standard errors to each side that 95 % of estimates lie within."""


def list_test(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw how often lists of past dates named what customers bought next."""
    return draw_lists(summary.list_test, wording)


def draw_lists(tests: Sequence[ListTest], wording: Wording | None = None) -> Drawing | None:
    """Draw the hit rate of each list with its 95 % interval; None without any.

    Parameters
    ----------
    tests
        Of everyone, by date; over several dates each date has its own mark.
    wording
        The language; English by default.
    """
    say = Lettering(wording or english(), "charts.list_test")
    marks, lines, told = [], [], []
    for task, key in _TASKS.items():
        heading = say(f"heading_of_{key}")
        own = [test for test in tests if test.task == task]
        methods = _ranked(own)
        if not own:
            continue
        drawn = [_mark(test, say) for method in methods for test in own if test.method == method]
        marks += drawn
        lines += [f"{task}: {heading}", *(_line(task, method, say) for method in methods)]
        rates = say.listed([f"{mark['list']} {mark['figure']}" for mark in drawn])
        told.append(f"{heading}: {rates}")
    if not marks:
        return None
    dates = sorted({test.date for test in tests})
    customers = {test.task: test.customers for test in tests if test.date == dates[-1]}
    who = [
        say("who", customers=count, task=say.wording.called("methods.tasks", task))
        for task, count in customers.items()
    ]
    return Drawing(
        name="list-test",
        title=_finding(tests, say),
        caption=say(
            "caption", dates=say.listed([say.date(day) for day in dates]), who=say.listed(who)
        ),
        alt_text=say("alt", each="; ".join(told)),
        section="trust",
        chart=_panel(marks, lines, say),
    )


def _line(task: str, method: str, say: Lettering) -> str:
    return f"{task}: {say.wording.called('methods.lists', method)}"


def _mark(test: ListTest, say: Lettering) -> dict[str, Any]:
    """A list's hit rate at a date, with its interval."""
    return {
        "task": test.task,
        "list": say.wording.called("methods.lists", test.method),
        "date": say.date(test.date),
        "hit": test.hit_rate,
        "low": max(0.0, test.hit_rate - _BAND * test.hit_rate_se),
        "high": min(1.0, test.hit_rate + _BAND * test.hit_rate_se),
        "figure": say.percent(test.hit_rate),
        "own": test.method in {NEW_FOR_YOU, BUY_AGAIN},
        "line": _line(test.task, test.method, say),
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


def _panel(marks: Rows, lines: list[str], say: Lettering) -> alt.LayerChart:
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
        tooltip=tips(say.titles()),
    )
    x = along(alt.X, {"domain": [0, 1.06]}, title=say("axis"))
    coloured = base.encode(color=alt.condition("datum.own", alt.value(BLUE), alt.value(GREY)))
    layers = [
        coloured.mark_rule(strokeWidth=2).encode(
            x=x("low").axis(format="%", tickCount=5, labelExpr=say.percent_axis), x2="high:Q"
        ),
        coloured.mark_point(filled=True, size=70, opacity=1).encode(x=x("hit")),
    ]
    if len({mark["date"] for mark in marks}) == 1:
        # Of several dates the figures would cover one another.
        figures = base.mark_text(align="left", dx=8, tooltip=None)
        layers.append(figures.encode(x=x("high"), text="figure:N"))
    return layered(*layers, height=alt.Step(20))


def _finding(tests: Sequence[ListTest], say: Lettering) -> str:
    """What the chart shows, in a sentence; over several dates, means."""

    def mean(task: str, method: str) -> str | None:
        own = [test for test in tests if (test.task, test.method) == (task, method)]
        return say.percent(_mean(own)) if own else None

    new, recent = mean(NEW, NEW_FOR_YOU), mean(NEW, RECENT)
    if new and recent:
        return say("finding_of_new", own=new, recent=recent)
    again, recent = mean(ANY, BUY_AGAIN), mean(ANY, RECENT)
    if again and recent:
        return say("finding_of_any", own=again, recent=recent)
    return say("finding")
