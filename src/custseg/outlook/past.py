"""The shop as it was known at a past date, and what its customers did next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from custseg.engine.base import fetch, fetch_frame
from custseg.errors import DataError, SettingsError
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.orders.money import has_money
from custseg.settings import CleanSettings, FeatureSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from custseg.settings import PastDates


@dataclass(frozen=True)
class Known:
    """What was known at a cut-off."""

    cut_off: date
    features: pd.DataFrame
    """Features of each customer at the cut-off, sorted by customer_id."""
    transactions: ir.Table
    """What was bought and kept before it, as known then."""
    removed: ir.Table
    """What was removed then."""


@dataclass(frozen=True)
class Hindsight:
    """What was known at a cut-off, and what came after it."""

    cut_off: date
    features: pd.DataFrame
    """Features of each customer at the cut-off, sorted by customer_id."""
    transactions: ir.Table
    """What was bought and kept before it, as known then."""
    orders: pd.Series[int]
    """Orders of each of these customers in the days after it, in the same order."""
    spend: pd.Series[float]
    """Their net spend in those days; missing for everyone where the orders have no amounts."""


def cut_offs(raw: ir.Table, as_of: str, settings: PastDates, section: str) -> list[date]:
    """Choose the past dates to look back from.

    Parameters
    ----------
    raw
        Canonical order lines.
    as_of
        Nothing on or after this ISO date is known; the days after a cut-off end by then.
    settings
        Dates asked for; without, the one `horizon_days` before the end.
    section
        The section of the settings that these are, for messages.

    Raises
    ------
    SettingsError
        A date asked for has no order before it, or its days are not over.
    DataError
        None was asked for, and the shop is too young.
    """
    end = date.fromisoformat(as_of)
    known = raw.filter(raw.customer_id.notnull() & (raw.ordered_at < ibis.timestamp(as_of)))
    ends = fetch(known.aggregate(first=known.ordered_at.min(), last=known.ordered_at.max()))[0]
    first = end
    if ends["first"] is not None:
        first, end = ends["first"].date(), min(end, ends["last"].date() + timedelta(days=1))
    latest = end - timedelta(days=settings.horizon_days)
    if not settings.dates:
        history, needed = (end - first).days, settings.min_history_days
        needed = max(needed, 2 * settings.horizon_days)
        if history < needed:
            raise DataError(f"not enough history: {history:,} days, {needed:,} needed")
        return [latest]
    for cut_off in settings.dates:
        if cut_off <= first:
            raise SettingsError(
                f"{section}.dates: nothing was ordered before {cut_off}; the first order is on "
                f"{first}.",
                f"Choose a date after it, up to {latest}.",
            )
        if cut_off > latest:
            raise SettingsError(
                f"{section}.dates: the {settings.horizon_days} days after {cut_off} end on "
                f"{cut_off + timedelta(days=settings.horizon_days)}, but orders are known up to "
                f"{end} only.",
                f"Choose a date up to {latest}, or lower [{section}] horizon_days.",
            )
    return sorted(settings.dates)


def known_at(
    raw: ir.Table,
    preset: str,
    cut_off: date,
    clean_settings: CleanSettings | None = None,
    feature_settings: FeatureSettings | None = None,
) -> Known:
    """Clean and measure as of a past date.

    Parameters
    ----------
    raw
        Canonical order lines, later ones too.
    preset
        Name of the code patterns that fit the source.
    cut_off
        Nothing on or after this midnight was known, returns included.
    clean_settings, feature_settings
        The `[clean]` and `[features]` settings; the as-of date among them is not used.

    Raises
    ------
    DataError
        There is no order before the cut-off.
    """
    settings = clean_settings or CleanSettings()
    before = clean(raw, preset, settings=settings.model_copy(update={"as_of": cut_off}))
    measured = features(before.transactions, before.removed, before.as_of, feature_settings)
    known = fetch_frame(measured.order_by("customer_id"))
    return Known(cut_off, known, before.transactions, before.removed)


def look_back(
    raw: ir.Table,
    preset: str,
    cut_off: date,
    days: int,
    clean_settings: CleanSettings | None = None,
    feature_settings: FeatureSettings | None = None,
) -> Hindsight:
    """Clean and measure as of a past date, and see what the days after it brought.

    Parameters
    ----------
    raw
        Canonical order lines, later ones too.
    preset
        Name of the code patterns that fit the source.
    cut_off
        Nothing on or after this midnight was known, returns included.
    days
        Length of the time after it, in days.
    clean_settings, feature_settings
        The `[clean]` and `[features]` settings; the as-of date among them is not used.

    Returns
    -------
    Hindsight
        Spend and orders are what a clean run at the end of those days counts in them.

    Raises
    ------
    DataError
        There is no order before the cut-off.
    """
    known = known_at(raw, preset, cut_off, clean_settings, feature_settings)
    at_end = {"as_of": cut_off + timedelta(days=days)}
    settings = (clean_settings or CleanSettings()).model_copy(update=at_end)
    after = clean(raw, preset, settings=settings).transactions
    later = after.filter(after.ordered_at >= ibis.timestamp(cut_off.isoformat()))
    orders = later.order_id.nunique(where=later.quantity > 0)
    sums = later.group_by("customer_id").agg(orders=orders, spend=later.amount.sum())
    outcome = fetch_frame(sums).set_index("customer_id").reindex(known.features["customer_id"])
    money = has_money(known.features)
    return Hindsight(
        cut_off,
        known.features,
        known.transactions,
        outcome["orders"].fillna(0).astype("int64").reset_index(drop=True),
        outcome["spend"].fillna(0.0 if money else float("nan")).reset_index(drop=True),
    )
