"""The shop as it was known at a past date: cleaned and measured by nothing later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from custseg.engine.base import fetch_frame
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.settings import CleanSettings

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.orders.cleaning import Cleaned
    from custseg.settings import FeatureSettings


@dataclass(frozen=True)
class Known:
    """What was known at a cut-off."""

    measured: ir.Table
    """Features of each customer."""
    transactions: ir.Table
    """What was bought and kept before it, as known then."""
    removed: ir.Table
    """What was removed then."""

    @cached_property
    def features(self) -> pd.DataFrame:
        """Features of each customer, sorted by customer_id."""
        return fetch_frame(self.measured.order_by("customer_id"))


def known_at(
    raw: ir.Table,
    preset: str,
    cut_off: date,
    clean_settings: CleanSettings | None = None,
    feature_settings: FeatureSettings | None = None,
) -> Known:
    """Clean and measure as of a past date.

    Nothing on or after that midnight was known, returns included; the as-of date of the settings
    is not used.

    Raises
    ------
    DataError
        There is no order before the cut-off.
    """
    then = clean_at(raw, preset, cut_off, clean_settings)
    measured = features(then.transactions, then.removed, then.as_of, feature_settings)
    return Known(measured.cache(), then.transactions, then.removed)


def clean_at(
    raw: ir.Table, preset: str, end: date, settings: CleanSettings | None = None
) -> Cleaned:
    """Clean as of a past date."""
    chosen = (settings or CleanSettings()).model_copy(update={"as_of": end})
    cleaned = clean(raw, preset, settings=chosen)
    # What is looked back on is asked for again and again.
    return replace(cleaned, lines=cleaned.lines.cache())
