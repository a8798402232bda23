"""Forecasts of whole segments, with bands from the back-test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.orders.lines import SEGMENT
from custseg.outlook.lifetime.backtest import LEVEL_ERROR, Factors, deciles, ranked_by

if TYPE_CHECKING:
    from custseg.outlook.lifetime.backtest import Backtest

BAND: Final = 1.28
"""Standard errors within which four in five values of a normal distribution lie."""


def by_segment(
    forecast: pd.DataFrame,
    segments: pd.DataFrame,
    test: Backtest | None = None,
    left: Factors | None = None,
) -> pd.DataFrame:
    """Sum each segment's forecast.

    Parameters
    ----------
    forecast
        Each customer's, corrected, sorted by customer_id; all missing where none is made.
    segments
        The segment of each.
    test
        The back-test of the model used; None where there is none.
    left
        What came / what the back-test expected, corrected as the forecast is.

    Returns
    -------
    DataFrame
        `segment_value`. A band adds two errors: the total's, which all segments share, and the
        scatter of customers about their forecast, by decile of the back-test. What the back-test
        was off by lengthens it on that side: a forecast that was too low has more room above.
        Today's segments can't be judged by what today's members did: they are where they are
        because of it.
    """
    ranking = forecast[f"expected_{ranked_by(forecast)}"].to_numpy()
    members = forecast.assign(decile=deciles(ranking)).merge(
        segments[["customer_id", *SEGMENT]], on="customer_id"
    )
    groups = members.groupby(SEGMENT)
    table = groups.agg(
        customers=("customer_id", "size"),
        buying_probability=("buying_probability", "mean"),
        expected_orders=("expected_orders", "sum"),
        expected_spend=("expected_spend", "sum"),
    )
    total = table["expected_spend"].sum()
    table["spend_share"] = table["expected_spend"] / total if total > 0 else 0.0
    # A sum of nothing known is not zero.
    if ranked_by(forecast) == "orders":
        table[["expected_spend", "spend_share"]] = np.nan
    if forecast["expected_orders"].isna().all():
        table["expected_orders"] = np.nan
    for what in ("orders", "spend"):
        expected = table[f"expected_{what}"]
        below = above = pd.Series(np.nan, index=table.index)
        if test and left:
            variance = test.variances(what)[members["decile"].to_numpy() - 1]
            scatter = members.assign(variance=variance).groupby(SEGMENT)["variance"].sum()
            off = float(getattr(left, what)) - 1
            below, above = (
                ((BAND**2) * scatter + ((BAND * LEVEL_ERROR[what] + side) * expected) ** 2) ** 0.5
                for side in (max(-off, 0.0), max(off, 0.0))
            )
        table[f"{what}_low"] = (expected - below).clip(lower=0)
        table[f"{what}_high"] = expected + above
    return table.reset_index()


def total_band(segment_value: pd.DataFrame, what: str) -> tuple[float, float] | None:
    """Add up the segments' bands, whose main error they share; None without a back-test."""
    ends = segment_value[[f"{what}_low", f"{what}_high"]]
    if ends.isna().to_numpy().any():
        return None
    low, high = ends.sum()
    return float(low), float(high)
