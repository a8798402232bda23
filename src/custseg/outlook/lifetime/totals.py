"""Forecasts of whole segments, with bands from the back-test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.orders.lines import SEGMENT
from custseg.outlook.lifetime.backtest import deciles, ranked_by

if TYPE_CHECKING:
    from custseg.outlook.lifetime.backtest import Backtest, Factors

BAND: Final = 1.28
"""Standard errors within which four in five values of a normal distribution lie."""


def by_segment(
    forecast: pd.DataFrame, segments: pd.DataFrame, test: Backtest | None, factors: Factors
) -> pd.DataFrame:
    """Sum each segment's forecast.

    Parameters
    ----------
    forecast
        Each customer's, calibrated, sorted by customer_id.
    segments
        The segment of each.
    test
        The back-test of the model used; None where there is none.
    factors
        That the forecast was multiplied with.

    Returns
    -------
    DataFrame
        `segment_value`. A band adds two errors: the total's, which all segments share, and the
        scatter of customers about their forecast, by decile of the back-test. Today's segments
        can't be judged by what today's members did: they are where they are because of it.
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
    if ranked_by(forecast) == "orders":
        # A sum of nothing known is not zero.
        table[["expected_spend", "spend_share"]] = np.nan
    for what in ("orders", "spend"):
        expected = table[f"expected_{what}"]
        half = pd.Series(np.nan, index=table.index)
        if test:
            variance = test.variances(what)[members["decile"].to_numpy() - 1]
            scatter = members.assign(variance=variance).groupby(SEGMENT)["variance"].sum()
            level = test.level_error(what, factors) * expected
            half = BAND * (scatter + level**2) ** 0.5
        table[f"{what}_low"] = (expected - half).clip(lower=0)
        table[f"{what}_high"] = expected + half
    return table.reset_index()
