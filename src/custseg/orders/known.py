"""The shop as it was known at a past date: cleaned and measured by nothing later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from custseg.engine.base import fetch_frame
from custseg.orders.cleaning import clean_before
from custseg.orders.customer_features import some_features

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.orders.judging import Judged
    from custseg.settings import FeatureSettings


@dataclass(frozen=True)
class Known:
    """What was known at a cut-off."""

    measured: ir.Table
    """Features of each customer."""
    transactions: ir.Table
    """What was bought and kept before it, as known then."""

    @cached_property
    def features(self) -> pd.DataFrame:
        """Features of each customer, sorted by customer_id."""
        return fetch_frame(self.measured.order_by("customer_id"))


def known_at(
    judged: Judged,
    cut_off: date,
    feature_settings: FeatureSettings | None = None,
    only: Collection[str] | None = None,
) -> Known:
    """Clean and measure as of a past date.

    Nothing on or after that midnight was known, returns included; the as-of date of the settings
    is not used. `only` are the features that are asked for; all by default.

    Raises
    ------
    DataError
        There is no order before the cut-off.
    """
    transactions, removed = clean_before(judged, cut_off)
    measured = some_features(transactions, removed, cut_off.isoformat(), feature_settings, only)
    return Known(measured.cache(), transactions)
