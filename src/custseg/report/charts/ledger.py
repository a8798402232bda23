"""The cleaning ledger: what each rule took away, in rows and in money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
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
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import MINUS, Lettering
from custseg.words.colours import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import LedgerStep, Summary
    from custseg.words.language import Wording

_TOTAL: Final = GREY
_LESS: Final = VERMILION
_MORE: Final = BLUE
"""Okabe & Ito (2008); the signs of the figures say the same."""
_LABELS: Final = 0.05
"""Room beside the longest bar, as a share of it; its figure may reach beyond the plot."""


@dataclass(frozen=True)
class _Measure:
    """What a ledger is told in."""

    name: str
    labels: dict[str, Any]
    """How the axis's numbers are written."""
    left: Callable[[LedgerStep], Decimal]
    removed: Callable[[LedgerStep], Decimal]
    """Signed: a return that is removed leaves more."""
    written: Callable[[Decimal], str]
    say: Lettering

    def rule(self, step: LedgerStep) -> str:
        """What a rule removes."""
        return self.say.wording.called("rules", step.rule, step.meaning)


def ledger_rows(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Waterfall from the rows of the source to those kept; None where no rule removed one."""
    say = Lettering.of("ledger", summary, wording)
    rows = _Measure(
        "rows",
        {"labelExpr": "format(datum.value, ',')"},
        lambda step: Decimal(step.rows_left),
        lambda step: Decimal(step.rows_removed),
        say.whole,
        say,
    )
    return _waterfall(summary, rows)


def ledger_money(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Waterfall from the money of the source to revenue; None where no rule removed any."""
    say = Lettering.of("ledger", summary, wording)
    amounts = _Measure(
        "money",
        say.money_axis,
        lambda step: step.value_left,
        lambda step: step.value_removed,
        lambda value: say.money(value, exact=True),
        say,
    )
    return _waterfall(summary, amounts)


def _waterfall(summary: Summary, measure: _Measure) -> Drawing | None:
    steps = [step for step in summary.ledger[1:] if measure.removed(step)]
    if not steps:
        return None
    first, last = summary.ledger[0], summary.ledger[-1]
    raw, kept = measure.left(first), measure.left(last)
    say = measure.say
    bars = [_bar(0, measure.rule(first), Decimal(), raw, _TOTAL, measure.written(raw))]
    for place, step in enumerate(steps, 1):
        removed, left = measure.removed(step), measure.left(step)
        sign, colour = (MINUS, _LESS) if removed > 0 else ("+", _MORE)
        written = f"{sign}{measure.written(abs(removed))}"
        bars.append(_bar(place, measure.rule(step), left + removed, left, colour, written))
    bars.append(_bar(len(bars), say("kept"), Decimal(), kept, _TOTAL, measure.written(kept)))
    # From the end of a bar down to the next one, which starts or ends there.
    links = [
        {"key": upper["key"], "next": lower["key"], "at": upper["end"]}
        for upper, lower in pairwise(bars)
    ]
    highest = max(max(bar["start"], bar["end"]) for bar in bars)
    lowest = min(0.0, *(min(bar["start"], bar["end"]) for bar in bars))
    x = along(alt.X, {"domain": [lowest, highest + _LABELS * (highest - lowest)]})
    titles = say.titles("what", measure.name)
    title = titles["rows"] if measure.name == "rows" else say.in_currency(say("axis_of_money"))
    axis = alt.Axis(**measure.labels, tickCount=5, grid=False)
    links_drawn = of_rows(
        links, x=x("at").title(title).axis(axis), y=rows_axis(), y2="next:N"
    ).mark_rule(color=GREY, strokeWidth=1)
    tooltip = tips({"what": titles["what"], "written": titles[measure.name]})
    base = of_rows(bars, y=rows_axis(), tooltip=tooltip)
    drawn = base.mark_bar(height=16, strokeWidth=1.5).encode(
        x=x("start"), x2="end:Q", color=COLOUR, stroke=alt.Stroke("colour:N").scale(None)
    )
    texts = base.mark_text(align="left", dx=7).encode(x=x("right"), text="written:N")
    return Drawing(
        f"ledger-{measure.name}",
        _finding(measure, raw, kept, steps),
        say(
            "caption",
            rows=measure.name == "rows",
            gave_back=any(measure.removed(step) < 0 for step in steps),
        ),
        say("alt", each="; ".join(f"{bar['what']} {bar['written']}" for bar in bars)),
        "method",
        layered(links_drawn, drawn, texts, height=alt.Step(26), **say.currency),
    )


def _bar(
    place: int, what: str, start: Decimal, end: Decimal, colour: str, written: str
) -> dict[str, Any]:
    return {
        "key": key(place, what),
        "what": what,
        "start": float(start),
        "end": float(end),
        "right": float(max(start, end)),
        "colour": colour,
        "written": written,
    }


def _finding(measure: _Measure, raw: Decimal, kept: Decimal, steps: list[LedgerStep]) -> str:
    largest = max(steps, key=lambda step: abs(measure.removed(step)))
    sign = MINUS if measure.removed(largest) > 0 else "+"
    return measure.say(
        "finding",
        rows=measure.name == "rows",
        all=measure.written(raw),
        kept=measure.written(kept),
        share=measure.say.percent(float(kept / raw)) if 0 < kept <= raw else "",
        rule=measure.rule(largest),
        removed=f"{sign}{measure.written(abs(measure.removed(largest)))}",
    )
