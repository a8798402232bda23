"""What the back-test of recommendations says of a segment's customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.offers.backtest.methods import NEW, NEW_FOR_YOU, SEGMENT

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Hits:
    """Hit rates of lists of new products; None without a back-test."""

    list_hits: float | None = None
    """Of each customer's own list."""
    shelf_hits: float | None = None
    """Of the best-sellers of their segment."""
    list_tested: int | None = None
    """Customers who were tested."""
    of_segment: bool = False
    """Whether they were in a segment of this name; if there was none, they are all customers."""


def hits(backtest: pd.DataFrame | None, segment_name: str) -> Hits:
    """Look up a segment's hit rates; over several dates their means by customers."""
    if backtest is None or backtest.empty:
        return Hits()
    new = backtest[backtest["task"] == NEW]
    own = new[(new["segment"] > 0) & (new["customer_group"] == segment_name)]
    rows = own if len(own) else new[new["segment"] == 0]
    if rows.empty:
        return Hits()
    bought = (rows["hit_rate"] * rows["customers"]).groupby(rows["method"]).sum()
    customers = rows.groupby("method")["customers"].sum()
    rates = bought / customers
    return Hits(
        float(rates[NEW_FOR_YOU]), float(rates[SEGMENT]), int(customers[SEGMENT]), bool(len(own))
    )
