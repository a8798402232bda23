"""What each customer and segment is expected to order and spend in the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch_frame
from custseg.outlook.hindsight import each_date
from custseg.outlook.lifetime.backtest import Factors, candidates, ranked_by, written
from custseg.outlook.lifetime.forecast import fit, fit_suited, long_enough, no_forecast
from custseg.outlook.lifetime.note import note, too_young
from custseg.outlook.lifetime.season import Season, season
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
    value_season: bool
    """Whether the forecast follows last year's season."""
    value_off: float | None
    """By what share of the spend (without amounts, the orders) that came the forecast of one
    horizon ago was off, corrected as this one is; above zero: too high. None without a back-test,
    or where nothing came."""


@dataclass(frozen=True)
class _Looked:
    """What the past says of a forecast."""

    tests: list[Backtest]
    test: Backtest | None
    """That of the model that is used."""
    lacking: str
    """Why there is none; empty where there is."""
    season: Season | None


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
        The customers known one horizon before the as-of date and, where the orders go back far
        enough, a year before these two dates, as `prepare_past` gave them.
    features, segments
        What the stages of those names gave.
    settings
        The `[value]` settings.

    Returns
    -------
    Valued
        Without a past of two horizons there is no forecast: every figure is missing, and the note
        says what is lacking. Without 30 customers one horizon ago there is no back-test:
        `value_backtest` is empty, the bands are missing, and the note says why. Where the orders
        have no amounts only orders are forecast; everything about spend is missing.

    Notes
    -----
    Fader, Hardie & Lee (2005); Batislam, Denizel & Filiztekin (2007); Fader & Hardie (2013).

    Examples
    --------
    >>> valued = custseg.value(past_value, features, segments)
    >>> bool(valued.value["expected_orders"].notna().all())
    True
    """
    settings = settings or ValueSettings()
    days = settings.horizon_days
    customers = fetch_frame(features.order_by("customer_id"))
    members = fetch_frame(segments)
    if not long_enough(customers, days):
        nothing = no_forecast(customers)
        return Valued(
            nothing,
            by_segment(nothing, members),
            written([], None),
            too_young(customers, days),
            value_season=False,
            value_off=None,
        )
    forecaster = fit_suited(customers, settings.model)
    looked = _look_back(past_value, forecaster, settings)
    test = looked.test
    if test and test.model != forecaster.purchasing.model:
        forecaster = fit(customers, test.model)
    factors, left = Factors(), Factors()
    seasonal = looked.season is not None and looked.season.helps
    if looked.season and seasonal:
        factors, left = looked.season.now, looked.season.left
    elif test:
        factors = test.factors(settings.calibrate)
        left = test.ratios.over(factors)
    forecast = forecaster.forecast(customers, days)
    forecast["expected_orders"] *= factors.orders
    forecast["expected_spend"] *= factors.spend
    # Orders that come so many times as often find so many more customers with one at least.
    forecast["buying_probability"] = 1 - (1 - forecast["buying_probability"]) ** factors.orders
    segment_value = by_segment(forecast, members, test, left)
    return Valued(
        forecast,
        segment_value,
        written(looked.tests, test),
        note(
            segment_value,
            days,
            forecaster.purchasing.model,
            test or looked.lacking,
            factors,
            looked.season,
        ),
        value_season=seasonal,
        value_off=_off(left, forecast) if test else None,
    )


def _look_back(past_value: ir.Table, forecaster: Forecaster, settings: ValueSettings) -> _Looked:
    """Test the forecast one horizon ago, and look for a season."""
    days = settings.horizon_days
    pasts = {past.cut_off: past for past in each_date(past_value)}
    cut_off = max(pasts, default=None)
    known = len(pasts[cut_off].customers) if cut_off else 0
    if not cut_off or known < _MIN_CUSTOMERS:
        return _Looked([], None, f"there were only {known} customers {days} days ago", None)
    tests = candidates(pasts[cut_off], forecaster.purchasing.model, days)
    test = _choose(tests, forecaster, settings)
    if not test:
        return _Looked(tests, None, f"too few customers had come back by {days} days ago", None)
    found = season(pasts, test, cut_off, days) if settings.calibrate != "none" else None
    return _Looked(tests, test, "", found)


def _off(left: Factors, forecast: pd.DataFrame) -> float | None:
    """Expected / actual - 1, from actual / expected."""
    came = float(getattr(left, ranked_by(forecast)))
    return 1 / came - 1 if came > 0 else None


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
