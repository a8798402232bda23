"""Units that each segment is likely to need of its shelf's products in the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_frame, register
from custseg.offers.demand.backtest import RECENT, SEASON, Forecast, Trial, band, choose, written
from custseg.offers.demand.note import NOTHING, note, too_young
from custseg.offers.demand.rates import on_shelves, recent_rates, units_between
from custseg.offers.demand.season import season
from custseg.offers.recommendations.shelves import fill_shelves
from custseg.orders.lines import first_day
from custseg.outlook.hindsight import each_date, lines_before
from custseg.outlook.lifetime.forecast import history_needed
from custseg.settings import InventorySettings, ShelfSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from custseg.outlook.hindsight import Hindsight


@dataclass(frozen=True)
class Demand:
    """Units expected, how the same forecast fared at past dates, and a sentence on both."""

    inventory: pd.DataFrame
    inventory_backtest: pd.DataFrame
    inventory_note: str


def forecast_units(  # noqa: PLR0913, PLR0917  (what it reads, uses and is set by)
    past_inventory: ir.Table,
    past_inventory_lines: ir.Table,
    transactions: ir.Table,
    segments: ir.Table,
    product_groups: ir.Table,
    shelves: ir.Table,
    as_of: str,
    settings: InventorySettings | None = None,
    shelves_settings: ShelfSettings | None = None,
) -> Demand:
    """Forecast the units that segments need of their shelves, and say how wrong that was before.

    Parameters
    ----------
    past_inventory, past_inventory_lines
        The customers known at past dates in segments made then, and the lines that counted
        otherwise, as `prepare_past` gave them.
    transactions, segments, product_groups, shelves
        What the stages of those names gave.
    as_of
        ISO date at which the time ahead begins.
    settings
        The `[inventory]` settings.
    shelves_settings
        The `[shelves]` settings: shelves are filled at past dates too.

    Returns
    -------
    Demand
        A row per segment and distinct product of its best-sellers and over-buys. Bands are missing
        without a back-test of 20 rows; where shelves are empty, or orders don't go back two
        horizons, so are the tables.

    Examples
    --------
    >>> past = (past_inventory, past_inventory_lines)
    >>> now = (transactions, segments, product_groups, shelves)
    >>> custseg.forecast_units(*past, *now, as_of).inventory_note
    "The segments are likely to need 695 units of the products on their shelves ..."
    """
    settings = settings or InventorySettings()
    products = on_shelves(fetch_frame(shelves))
    end = date.fromisoformat(as_of)
    if products.empty:
        return _nothing(NOTHING)
    known = (end - first_day(transactions)).days
    if known < history_needed(settings.horizon_days):
        return _nothing(too_young(settings.horizon_days, known))
    groups = fetch_frame(product_groups)

    def forecast(known: ir.Table, members: pd.DataFrame, on: pd.DataFrame, day: date) -> Forecast:
        rates = recent_rates(known, members, on, day, settings)
        return Forecast(rates, season(known, groups, on, day, settings))

    def test(past: Hindsight) -> Trial | None:
        cut_off, members = past.cut_off, past.customers
        lines = lines_before(cut_off, transactions, past_inventory_lines)
        held = register(members, lines)
        on = on_shelves(fill_shelves(held, lines, product_groups, shelves_settings))
        if on.empty:
            return None
        came = units_between(transactions, members, on, cut_off, settings.horizon_days)
        return Trial(cut_off.isoformat(), forecast(lines, members, on, cut_off), came)

    pasts = reversed(list(each_date(past_inventory)))
    tests = [found for past in pasts if (found := test(past))]
    now = forecast(transactions, fetch_frame(segments), products, end)
    return _written(products, now, tests, settings)


def _nothing(reason: str) -> Demand:
    inventory, tested = ARTIFACTS["inventory"], ARTIFACTS["inventory_backtest"]
    return Demand(inventory.empty(), tested.empty(), reason)


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
