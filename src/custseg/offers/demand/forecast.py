"""Units that each segment is likely to need of its shelf's products in the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_frame
from custseg.engine.duckdb import register
from custseg.errors import DataError, ModelError
from custseg.offers.demand.backtest import RECENT, SEASON, Forecast, Trial, band, choose, written
from custseg.offers.demand.note import NOTHING, note
from custseg.offers.demand.rates import first_day, on_shelves, recent_rates, units_between
from custseg.offers.demand.season import season
from custseg.offers.recommendations.shelves import fill_shelves
from custseg.outlook.past import known_at
from custseg.segments.model.fit import fit
from custseg.settings import (
    CleanSettings,
    FeatureSettings,
    InventorySettings,
    ModelSettings,
    ShelfSettings,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SEGMENTS: Final = ["customer_id", "segment", "segment_name"]


@dataclass(frozen=True)
class Demand:
    """Units expected, how the same forecast fared at past dates, and a sentence on both."""

    inventory: pd.DataFrame
    inventory_backtest: pd.DataFrame
    inventory_note: str


def forecast_units(  # noqa: PLR0913, PLR0917  (what it reads, uses and is set by)
    raw: ir.Table,
    transactions: ir.Table,
    segments: ir.Table,
    product_groups: ir.Table,
    shelves: ir.Table,
    preset: str,
    as_of: str,
    k: int,
    settings: InventorySettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
    model_settings: ModelSettings | None = None,
    shelves_settings: ShelfSettings | None = None,
) -> Demand:
    """Forecast the units that segments need of their shelves, and say how wrong that was before.

    Parameters
    ----------
    raw
        Canonical order lines, for the shop as it was known at past dates.
    transactions, segments, product_groups, shelves
        What the stages of those names gave.
    preset, as_of, k
        Name of the code patterns; ISO date; number of segments.
    settings
        The `[inventory]` settings.
    clean_settings, features_settings, model_settings, shelves_settings
        The settings of the stages whose work is done again at past dates.

    Returns
    -------
    Demand
        A row per segment and distinct product of its best-sellers and over-buys. Bands are missing
        without a back-test of 20 rows; where shelves are empty, so are the tables.
    """
    settings = settings or InventorySettings()
    products = on_shelves(fetch_frame(shelves))
    if products.empty:
        return Demand(_nothing("inventory"), _nothing("inventory_backtest"), NOTHING)
    groups = fetch_frame(product_groups)
    end = date.fromisoformat(as_of)

    def forecast(known: ir.Table, members: pd.DataFrame, on: pd.DataFrame, day: date) -> Forecast:
        rates = recent_rates(known, members, on, day, settings)
        return Forecast(rates, season(known, groups, on, day, settings))

    def test(cut_off: date) -> Trial | None:
        try:
            past = known_at(raw, preset, cut_off, clean_settings, features_settings)
            members = fit(past.features, k, model_settings).segments[_SEGMENTS]
        except (DataError, ModelError):
            return None
        held = register(members, raw)
        shelf = fill_shelves(held, past.transactions, product_groups, shelves_settings)
        on = on_shelves(shelf)
        if on.empty:
            return None
        came = units_between(transactions, members, on, cut_off, settings.horizon_days)
        then = forecast(past.transactions, members, on, cut_off)
        return Trial(cut_off.isoformat(), then, came)

    tests = [found for day in _cut_offs(transactions, end, settings) if (found := test(day))]
    now = forecast(transactions, fetch_frame(segments), products, end)
    return _written(products, now, tests, settings)


def _nothing(artifact: str) -> pd.DataFrame:
    return pd.DataFrame(columns=ARTIFACTS[artifact].column_names())


def _cut_offs(transactions: ir.Table, end: date, settings: InventorySettings) -> list[date]:
    """The dates to test at: a horizon apart, the last one a horizon ago, with enough before."""
    first = first_day(transactions)
    days = [end - timedelta(days=settings.horizon_days * (i + 1)) for i in range(settings.tests)]
    return [day for day in days if (day - first).days >= settings.min_history_days]


def _written(
    products: pd.DataFrame, now: Forecast, tests: list[Trial], settings: InventorySettings
) -> Demand:
    """Set down the forecast by the method that was nearer at the dates tested."""
    season_known = now.factor is not None
    method = choose(tests) if season_known else RECENT
    expected, ends = now.expected(method), band(tests, method)
    low, high = ends.ends(expected, now.spread(method)) if ends else (np.nan, np.nan)
    inventory = products.assign(
        days=settings.horizon_days,
        units_recent=now.rates["units_recent"],
        season_factor=now.factor if method == SEASON else np.nan,
        units_expected=expected,
        units_low=low,
        units_high=high,
        basis=method,
    )
    tested = written(tests, method)
    return Demand(inventory, tested, note(inventory, tested, season_known=season_known))
