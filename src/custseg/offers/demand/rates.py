"""What the members of each segment buy of their shelf's products lately, per horizon ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import MONEY
from custseg.engine.base import fetch_frame, register
from custseg.offers.recommendations.shelves import BEST_SELLERS, OVER_BUYS
from custseg.orders.lines import between, first_day, products_bought

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.settings import InventorySettings

PAIR: Final = ["segment", "product_id"]
_SQUARES: Final = "decimal(38,4)"
"""Squares of money's type overflow from 100,000 units on."""


def on_shelves(shelves: pd.DataFrame) -> pd.DataFrame:
    """Each segment's distinct products, with the segment's name and the description."""
    listed = shelves[shelves["list"].isin([BEST_SELLERS, OVER_BUYS])]
    columns = ["segment", "segment_name", "product_id", "description"]
    return listed[columns].drop_duplicates(PAIR).sort_values(PAIR, ignore_index=True)


def recent_rates(
    transactions: ir.Table,
    segments: pd.DataFrame,
    products: pd.DataFrame,
    cut_off: date,
    settings: InventorySettings,
) -> pd.DataFrame:
    """Go on at each segment's recent rate of each product.

    Parameters
    ----------
    transactions
        What was bought and kept before the cut-off, as known then.
    segments
        customer_id and segment, as of the cut-off.
    products
        segment and product_id of what is to be forecast.
    cut_off
        The horizon begins at this midnight.
    settings
        The `[inventory]` settings.

    Returns
    -------
    DataFrame
        A row per row of `products`, in that order: units_recent (bought in the last
        `horizon_days`), expected (units in the next), scatter and doubt: the variances of what
        comes and of what was expected. With a factor f on the rate, these are f and f² times that.

    Notes
    -----
    A day counts half as much as one `half_life_days` later (simple exponential smoothing: Brown
    1959). Orders come as a compound Poisson process, whose weighted sum of w q over lines of q
    units has the variance Σ w² q².
    """
    lines = counted(transactions, products, settings.largest_quantile)
    theirs = _of_segments(lines, segments, products)
    days = fetch_frame(
        theirs.group_by([*PAIR, "day"])
        .agg(units=theirs.units.sum(), counted=theirs.counted.sum(), squares=theirs.squared.sum())
        .order_by([*PAIR, "day"])
    )
    age = ages(days["day"], cut_off)
    weight, scale = weights(age, (cut_off - first_day(transactions)).days, settings)
    sums = (
        pd.DataFrame(
            {
                "units_recent": np.where(age <= settings.horizon_days, days["units"], 0.0),
                "expected": scale * weight * days["counted"],
                "scatter": scale * weight * days["squares"],
                "doubt": (scale * weight) ** 2 * days["squares"],
            }
        )
        .groupby([days["segment"], days["product_id"]])
        .sum()
    )
    found = sums.reindex(pd.MultiIndex.from_frame(products[PAIR]), fill_value=0.0)
    return found.reset_index(drop=True)


def units_between(
    transactions: ir.Table,
    segments: pd.DataFrame,
    products: pd.DataFrame,
    start: date,
    days: int,
) -> NDArray[np.float64]:
    """Units that members bought of each product in the days from `start`, as in `products`."""
    bought = between(products_bought(transactions), start, start + timedelta(days=days))
    theirs = _of_segments(bought, segments, products)
    came = fetch_frame(theirs.group_by(PAIR).agg(units=theirs.quantity.sum()))
    index = pd.MultiIndex.from_frame(products[PAIR])
    units = came.set_index(PAIR)["units"].reindex(index, fill_value=0.0)
    return units.to_numpy(np.float64)


def counted(transactions: ir.Table, products: pd.DataFrame, largest_quantile: float) -> ir.Table:
    """Lines that bought one of the products, with the units that count of each.

    A line above its product's quantile counts as much as that: one order of thousands says little
    of the next month. All figures are exact decimals, so that sums depend on no order.
    """
    bought = products_bought(transactions)
    codes = register(products[["product_id"]].drop_duplicates(), bought)
    lines = bought.semi_join(codes, "product_id")
    largest = lines.group_by("product_id").agg(
        largest=lines.quantity.cast("float64").quantile(largest_quantile).cast(MONEY)
    )
    both = lines.inner_join(largest, "product_id")
    units = (both.quantity > both.largest).ifelse(both.largest, both.quantity)
    return both.select(
        "customer_id",
        "product_id",
        day=both.ordered_at.date(),
        units=both.quantity,
        counted=units,
        squared=units.cast(_SQUARES) * units.cast(_SQUARES),
    )


def ages(day: pd.Series[pd.Timestamp], cut_off: date) -> NDArray[np.int64]:
    """Days from each day to the cut-off; 1 is the day before it."""
    passed = (pd.Timestamp(cut_off) - pd.to_datetime(day)).dt.days
    return np.asarray(passed, np.int64)


def weights(
    age: NDArray[np.int64], known: int, settings: InventorySettings
) -> tuple[NDArray[np.float64], float]:
    """How much days of some age count, and the factor from a weighted sum to the horizon's.

    Parameters
    ----------
    age
        From 1, in days.
    known
        Age of the first day that orders are known of.
    settings
        The `[inventory]` settings.
    """
    fading = 0.5 ** (1 / settings.half_life_days)
    total = (1 - fading**known) / (1 - fading)
    return fading ** (age - 1.0), settings.horizon_days / total


def _of_segments(lines: ir.Table, segments: pd.DataFrame, products: pd.DataFrame) -> ir.Table:
    """Lines of each segment's members that bought one of its products."""
    members = register(segments[["customer_id", "segment"]], lines)
    return lines.inner_join(members, "customer_id").semi_join(register(products[PAIR], lines), PAIR)
