"""What was foretold at past dates, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.outlook.validation.verdict import CEILING, SEGMENTS
from custseg.report.charts.axes import (
    COLOUR,
    COUNT,
    PERCENT_AXIS,
    along,
    layered,
    names_axis,
    of_rows,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import money, percent, signed_percent, whole
from custseg.report.summary.measure import Measure
from custseg.words.colours import BLUE, GREY
from custseg.words.figures import capital, listed

if TYPE_CHECKING:
    from custseg.report.summary.studies import ForecastTest, PredictivePower
    from custseg.report.summary.whole import Summary

_OWN: Final = BLUE
_ERRORS: Final = 2
"""Standard errors to each side of an estimate."""
_METHODS: Final = {
    SEGMENTS: "Segments ({})",
    CEILING: "Boosted trees, every feature",
    "RFM rules": "RFM rules ({})",
    "RFM deciles": "RFM deciles ({})",
    "K-means on raw RFM": "K-means on raw RFM ({})",
}
"""Ways of grouping, with the number of groups."""
_WHOLE_FROM: Final = 10
"""The largest figure of an axis from which on whole numbers tell its ticks apart."""


def predictive_power(summary: Summary) -> Drawing | None:
    """Draw how much of what came each way of grouping foretold at the latest past date."""
    if not summary.validation:
        return None
    date = max(own.date for own in summary.validation)
    found = [own for own in summary.validation if own.date == date]
    ours = next((own for own in found if own.method == SEGMENTS), None)
    if ours is None:
        return None
    ceiling = next((own for own in found if own.method == CEILING), None)
    days = summary.method.validation_days
    measure = Measure.of(summary)
    of, did = measure.spend, measure.choose("what they spent", "how often they ordered")
    title = (
        f"Of the variance of log {of} in the {days} days after {date}, the segments explain "
        f"{_explained(ours)}"
    )
    title += f" and boosted trees on every feature {_explained(ceiling)}." if ceiling else "."
    rows = [
        {
            "name": _METHODS.get(own.method, own.method).format(own.segments),
            "r2": round(own.r2, 4),
            "low": round(own.r2 - _ERRORS * own.r2_se, 4),
            "high": round(own.r2 + _ERRORS * own.r2_se, 4),
            "figure": percent(own.r2),
            "auc": round(own.auc, 3),
            "colour": _OWN if own.method == SEGMENTS else GREY,
        }
        for own in sorted(found, key=lambda own: (-own.r2, own.method))
    ]
    figures = listed([f"{row['name']} {row['figure']}" for row in rows])
    return Drawing(
        name="predictive-power",
        title=title,
        caption=(
            f"{whole(ours.customers)} customers as they were known on {date}, grouped in each way "
            f"(number of groups), and held against {did} after. Lines are two standard "
            "errors to each side: where lines overlap widely, the difference may be chance. "
            "Boosted trees group nobody: they show how much there is to foretell."
        ),
        alt_text=f"Share of variance explained, with intervals: {figures}.",
        section="trust",
        chart=_power(rows, of),
    )


def _explained(own: PredictivePower) -> str:
    return percent(own.r2) if own.r2 > 0 else "nothing"


def _power(rows: list[dict[str, Any]], of: str) -> alt.LayerChart:
    low, high = min(0.0, *(row["low"] for row in rows)), max(row["high"] for row in rows)
    y = names_axis("name", [row["name"] for row in rows])
    x = along(
        alt.X,
        {"domain": [round(low, 3), round(low + (high - low) * 1.1, 3)]},
        title=f"Variance of log {of} explained (R²), ± 2 standard errors",
        axis=alt.Axis(format="~%", tickCount=6, labelExpr=PERCENT_AXIS),
    )
    base = of_rows(
        rows,
        y=y,
        color=COLOUR,
        tooltip=tips({"name": "Grouping", "figure": "R²", "auc": "AUC of buying"}, auc=".3f"),
    )
    return layered(
        base.mark_rule(strokeWidth=3).encode(x=x("low"), x2="high"),
        base.mark_point(filled=True, size=120, opacity=1).encode(x=x("r2")),
        of_rows(rows)
        .mark_text(align="left", dx=8, fontSize=13, fontWeight=600, tooltip=None)
        .encode(y=y, x=x("high"), text="figure:N"),
        height=alt.Step(36),
    )


def forecast_test(summary: Summary) -> Drawing | None:
    """Draw expected beside actual spend of a past date's forecast, by tenth of customers.

    Where no amounts are known, expected beside actual orders.
    """
    everyone = next((own for own in summary.forecast_test if own.decile == 0), None)
    tenths = sorted(
        (own for own in summary.forecast_test if own.decile), key=lambda own: own.decile
    )
    if everyone is None or not tenths:
        return None
    days = summary.method.horizon_days
    measure = Measure.of(summary)
    total, actual = measure.tested(everyone)
    if measure.money:
        expected, came = (money(value, summary.currency) for value in (total, actual))
        title = f"On {everyone.cut_off} a spend of {expected} was expected in {days} days; {came}"
    else:
        title = (
            f"On {everyone.cut_off} {measure.write(total)} were expected in {days} days; "
            f"{whole(actual)}"
        )
    title += " came"
    spend, spenders = ("spend", "spenders") if measure.money else ("order", "buyers")
    if actual > 0:
        share = measure.tested(tenths[0])[1] / actual
        title += (
            f", {percent(share)} of {measure.it} from the tenth of "
            f"customers expected to {spend} most"
        )
    told = ((own.decile, *_each(own, measure)) for own in tenths)
    figures = listed([f"{decile}: {ahead} and {then}" for decile, ahead, then in told])
    return Drawing(
        name="forecast-test",
        title=f"{title}.",
        caption=(
            f"Customers as they were known on {everyone.cut_off}, in tenths by what they were "
            f"expected to {spend}, most first. The percentage is how far what came was from what "
            f"was expected. The axis is a square-root scale, so that small {spenders} are seen too."
        ),
        alt_text=(f"Expected and actual {measure.spend} per customer by tenth: {figures}."),
        section="trust",
        chart=_tenths(tenths, summary),
    )


def _each(own: ForecastTest, measure: Measure) -> tuple[str, str]:
    """What was expected of a customer, and what came."""
    expected, came = (amount / own.customers for amount in measure.tested(own))
    if measure.money:
        return money(expected, measure.currency), money(came, measure.currency)
    return f"{expected:.2f}", f"{came:.2f}"


def _tenths(tenths: list[ForecastTest], summary: Summary) -> alt.LayerChart:
    measure = Measure.of(summary)
    spans: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    for own in tenths:
        expected, came = (amount / own.customers for amount in measure.tested(own))
        off = signed_percent(came / expected - 1) if expected > 0 else ""
        ahead, then = _each(own, measure)
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
            told | {"spend": round(expected, 2), "what": "expected"},
            told | {"spend": round(came, 2), "what": "came"},
        ]
    currency = measure.choose(f", {summary.currency}") if summary.currency else ""
    title = f"{capital(measure.spend)} per customer in {summary.method.horizon_days} days{currency}"
    low, most = min(0.0, *(row["low"] for row in spans)), max(row["high"] for row in spans)
    places = COUNT if most >= _WHOLE_FROM else ",.2~f"
    x = along(
        alt.X,
        {"type": "sqrt", "domain": [low, round(1.25 * most, 2) or 1]},
        title=title,
        axis=alt.Axis(format=places, values=_ticks(most)),
    )
    y = alt.Y("tenth:O", title="Tenth of customers (1: most expected)").axis(
        ticks=False, domain=False, labelPadding=8
    )
    tooltip = tips(
        {
            "tenth:O": "Tenth",
            "customers": "Customers",
            "expected_spend": "Expected per customer",
            "actual_spend": "Came per customer",
        },
        customers=COUNT,
    )
    base = of_rows(spans, y=y)
    both = ["expected", "came"]
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
