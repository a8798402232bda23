"""What each customer and segment is expected to order and spend in the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch_frame
from custseg.outlook.hindsight import each_date
from custseg.outlook.lifetime.backtest import Factors, candidates, written
from custseg.outlook.lifetime.forecast import enough, fit
from custseg.outlook.lifetime.note import note
from custseg.outlook.lifetime.totals import by_segment
from custseg.settings import ValueSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from custseg.outlook.lifetime.backtest import Backtest
    from custseg.outlook.lifetime.forecast import Forecaster

_MIN_CUSTOMERS: Final = 30
_CLEARLY: Final = 0.98
"""The steady model's error has to be below this part of the fitted one's; nearer is chance."""


@dataclass(frozen=True)
class Valued:
    """The forecast per customer and segment, and how the same forecast fared one horizon ago."""

    value: pd.DataFrame
    segment_value: pd.DataFrame
    value_backtest: pd.DataFrame
    value_note: str


def value(
    past_value: ir.Table,
    features: ir.Table,
    segments: ir.Table,
    settings: ValueSettings | None = None,
) -> Valued:
    """Forecast orders and spend over the days ahead, and say how wrong that was before.

    Parameters
    ----------
    past_value
        The customers known one horizon before the as-of date, as `prepare_past` gave them.
    features, segments
        What the stages of those names gave.
    settings
        The `[value]` settings.

    Returns
    -------
    Valued
        Without a past of two horizons, or of 30 customers at the first one's end, there is no
        back-test: `value_backtest` is empty, the bands are missing, and the note says why. Where
        the orders have no amounts only orders are forecast; everything about spend is missing.

    Notes
    -----
    Fader, Hardie & Lee (2005); Batislam, Denizel & Filiztekin (2007); Fader & Hardie (2013).
    """
    settings = settings or ValueSettings()
    days = settings.horizon_days
    customers = fetch_frame(features.order_by("customer_id"))
    forecaster = _forecaster(customers, settings)
    tests: list[Backtest] = []
    lacking = _lacking(customers, days)
    if not lacking:
        past = next(each_date(past_value), None)
        known = len(past.customers) if past else 0
        if past and known >= _MIN_CUSTOMERS:
            tests = candidates(past, forecaster.purchasing.model, days)
        else:
            lacking = f"there were only {known} customers {days} days ago"
    test = _choose(tests, forecaster, settings)
    if tests and not test:
        lacking = f"too few customers had come back by {days} days ago"
    if test and test.model != forecaster.purchasing.model:
        forecaster = fit(customers, test.model)
    factors = test.factors(settings.calibrate) if test else Factors()
    forecast = forecaster.forecast(customers, days)
    forecast["expected_orders"] *= factors.orders
    forecast["expected_spend"] *= factors.spend
    return Valued(
        forecast,
        by_segment(forecast, fetch_frame(segments), test, factors),
        written(tests, test),
        note(forecast, days, forecaster.purchasing.model, test or lacking, factors),
    )


def _forecaster(customers: pd.DataFrame, settings: ValueSettings) -> Forecaster:
    """Fit the model asked for, or one that few customers suffice for."""
    if not enough(customers):
        return fit(customers, "steady")
    return fit(customers, None if settings.model == "auto" else settings.model)


def _lacking(customers: pd.DataFrame, days: int) -> str:
    """What a back-test lacks in history, in words; nothing where there is enough."""
    known = int(customers["tenure_days"].max())
    if known >= 2 * days:
        return ""
    return f"not enough history: {known} days, and looking back {days} takes {2 * days}"


def _choose(
    tests: list[Backtest], forecaster: Forecaster, settings: ValueSettings
) -> Backtest | None:
    """Pick the test of the model that is to be used; None where it was not tested."""
    fitted = next((test for test in tests if test.model == forecaster.purchasing.model), None)
    if settings.model != "auto" or not tests:
        return fitted
    nearest = min(tests, key=lambda test: test.error)
    if fitted and nearest.error > _CLEARLY * fitted.error:
        return fitted
    return nearest
