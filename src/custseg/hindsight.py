"""The shop as it was known at a past date, and what its customers did next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from custseg.cleaning import clean
from custseg.customer_features import features
from custseg.engine import fetch_frame
from custseg.settings import CleanSettings, FeatureSettings

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd


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
    """Their net spend in those days."""


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
    before = clean(raw, preset, settings.model_copy(update={"as_of": cut_off}))
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
    after = clean(raw, preset, settings).transactions
    later = after.filter(after.ordered_at >= ibis.timestamp(cut_off.isoformat()))
    orders = later.order_id.nunique(where=later.quantity > 0)
    sums = later.group_by("customer_id").agg(orders=orders, spend=later.amount.sum())
    outcome = fetch_frame(sums).set_index("customer_id").reindex(known.features["customer_id"])
    return Hindsight(
        cut_off,
        known.features,
        known.transactions,
        outcome["orders"].fillna(0).astype("int64").reset_index(drop=True),
        outcome["spend"].fillna(0.0).reset_index(drop=True),
    )
