"""What was foretold at past dates, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.outlook.validation.verdict import CEILING, SEGMENTS
from custseg.report.charts.axes import (
    COLOUR,
    COUNT,
    along,
    layered,
    names_axis,
    of_rows,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering
from custseg.report.summary.measure import Measure
from custseg.words.colours import BLUE, GREY

if TYPE_CHECKING:
    from custseg.report.summary.studies import ForecastTest, PredictivePower
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_OWN: Final = BLUE
_ERRORS: Final = 2
"""Standard errors to each side of an estimate."""
_WHOLE_FROM: Final = 10
"""The largest figure of an axis from which on whole numbers tell its ticks apart."""


def predictive_power(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw how much of what came each way of grouping foretold at the latest past date."""
    if not summary.validation:
        return None
    date = max(own.date for own in summary.validation)
    found = [own for own in summary.validation if own.date == date]
    ours = next((own for own in found if own.method == SEGMENTS), None)
    if ours is None:
        return None
    ceiling = next((own for own in found if own.method == CEILING), None)
    say = Lettering.of("predictive_power", summary, wording)
    rows = [
        {
            "name": _grouping(own, say.wording),
            "r2": round(own.r2, 4),
            "low": round(own.r2 - _ERRORS * own.r2_se, 4),
            "high": round(own.r2 + _ERRORS * own.r2_se, 4),
            "figure": say.percent(own.r2),
            "auc": round(own.auc, 3),
            "colour": _OWN if own.method == SEGMENTS else GREY,
        }
        for own in sorted(found, key=lambda own: (-own.r2, own.method))
    ]
    when = {"date": date, "days": summary.method.validation_days}
    return Drawing(
        name="predictive-power",
        title=say(
            "finding",
            **when,
            ours=_explained(ours, say),
            ceiling=_explained(ceiling, say) if ceiling else "",
        ),
        caption=say("caption", **when, customers=ours.customers),
        alt_text=say("alt", each=say.listed([f"{row['name']} {row['figure']}" for row in rows])),
        section="trust",
        chart=_power(rows, say),
    )


def _grouping(own: PredictivePower, wording: Wording) -> str:
    """A way of grouping, with the number of groups; boosted trees make none."""
    called = wording.called("methods.grouping", own.method)
    return called if own.method == CEILING else f"{called} ({own.segments})"


def _explained(own: PredictivePower, say: Lettering) -> str:
    return say.percent(own.r2) if own.r2 > 0 else say("nothing")


def _power(rows: list[dict[str, Any]], say: Lettering) -> alt.LayerChart:
    low, high = min(0.0, *(row["low"] for row in rows)), max(row["high"] for row in rows)
    y = names_axis("name", [row["name"] for row in rows])
    x = along(
        alt.X,
        {"domain": [round(low, 3), round(low + (high - low) * 1.1, 3)]},
        title=say("axis"),
        axis=alt.Axis(format="~%", tickCount=6, labelExpr=say.percent_axis),
    )
    base = of_rows(
        rows,
        y=y,
        color=COLOUR,
        tooltip=tips(say.titles(), auc=".3f"),
    )
    return layered(
        base.mark_rule(strokeWidth=3).encode(x=x("low"), x2="high"),
        base.mark_point(filled=True, size=120, opacity=1).encode(x=x("r2")),
        of_rows(rows)
        .mark_text(align="left", dx=8, fontSize=13, fontWeight=600, tooltip=None)
        .encode(y=y, x=x("high"), text="figure:N"),
        height=alt.Step(36),
    )


def forecast_test(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw expected beside actual spend of a past date's forecast, by tenth of customers.

    Where no amounts are known, expected beside actual orders.
    """
    everyone = next((own for own in summary.forecast_test if own.decile == 0), None)
    tenths = sorted(
        (own for own in summary.forecast_test if own.decile), key=lambda own: own.decile
    )
    if everyone is None or not tenths:
        return None
    measure, say = Measure.of(summary), Lettering.of("forecast_test", summary, wording)
    total, actual = measure.tested(everyone)
    share = measure.tested(tenths[0])[1] / actual if actual > 0 else None
    each = [
        say("each", tenth=own.decile, expected=ahead, came=then)
        for own in tenths
        for ahead, then in (_each(own, measure, say),)
    ]
    return Drawing(
        name="forecast-test",
        title=say(
            "finding",
            date=everyone.cut_off,
            days=summary.method.horizon_days,
            expected=say.money(total) if measure.money else round(total),
            came=say.money(actual) if measure.money else say.whole(actual),
            share="" if share is None else say.percent(share),
        ),
        caption=say("caption", date=everyone.cut_off),
        alt_text=say("alt", each=say.listed(each)),
        section="trust",
        chart=_tenths(tenths, summary, say),
    )


def _each(own: ForecastTest, measure: Measure, say: Lettering) -> tuple[str, str]:
    """What was expected of a customer, and what came."""
    expected, came = (amount / own.customers for amount in measure.tested(own))
    if measure.money:
        return say.money(expected), say.money(came)
    return say.rounded(expected, 2), say.rounded(came, 2)


def _tenths(tenths: list[ForecastTest], summary: Summary, say: Lettering) -> alt.LayerChart:
    measure = Measure.of(summary)
    both = [say("expected"), say("came")]
    spans: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    for own in tenths:
        expected, came = (amount / own.customers for amount in measure.tested(own))
        off = say.signed_percent(came / expected - 1) if expected > 0 else ""
        ahead, then = _each(own, measure, say)
        told = {
            "tenth": own.decile,
            "customers": own.customers,
            "off": off,
            "expected_spend": ahead,
            "actual_spend": then,
        }
        ends = {"low": round(min(expected, came), 2), "high": round(max(expected, came), 2)}
        spans.append(told | ends)
        points += [
            told | {"spend": round(expected, 2), "what": both[0]},
            told | {"spend": round(came, 2), "what": both[1]},
        ]
    title = say("axis", days=summary.method.horizon_days, currency=summary.currency)
    low, most = min(0.0, *(row["low"] for row in spans)), max(row["high"] for row in spans)
    places = COUNT if most >= _WHOLE_FROM else ",.2~f"
    x = along(
        alt.X,
        {"type": "sqrt", "domain": [low, round(1.25 * most, 2) or 1]},
        title=title,
        axis=alt.Axis(format=places, values=_ticks(most)),
    )
    y = alt.Y("tenth:O", title=say("axis_up")).axis(ticks=False, domain=False, labelPadding=8)
    titles = say.titles()
    tooltip = tips({"tenth:O": titles.pop("tenth")} | titles, customers=COUNT)
    base = of_rows(spans, y=y)
    dots = of_rows(
        points,
        y=y,
        x=x("spend"),
        color=alt.Color("what:N")
        .scale(domain=both, range=["#9aa3ad", _OWN])
        .legend(orient="top", title=None, symbolSize=110),
        shape=alt.Shape("what:N").scale(domain=both, range=["diamond", "circle"]),
        tooltip=tooltip,
    ).mark_point(filled=True, size=110, opacity=1)
    return layered(
        base.mark_rule(color=GREY, strokeWidth=2, tooltip=None).encode(x=x("low"), x2="high"),
        dots,
        base.mark_text(align="left", dx=12, tooltip=None).encode(x=x("high"), text="off:N"),
        height=alt.Step(30),
    )


def _ticks(most: float) -> list[float]:
    """0 and round figures that a square root spreads evenly."""
    steps = [factor * 10.0**power for power in range(-2, 12) for factor in (1, 2.5, 5)]
    within = [step for step in steps if 0.01 * most <= step <= 1.2 * most]
    return [0.0, *within]
