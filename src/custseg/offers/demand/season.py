"""Last year's season: how far a group of products then rose or fell from its recent rate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.engine.base import fetch_frame, register
from custseg.offers.demand.rates import ages, counted, weights
from custseg.orders.lines import first_day

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.settings import InventorySettings

YEAR: Final = 364
"""Days back to last year's same weekday."""
_PRIOR_LINES: Final = 50
"""Order lines that the shop's factor weighs as much as, beside a group's own."""
_LARGEST: Final = 5.0
"""A factor lies between this and one over it."""


def season(
    transactions: ir.Table,
    product_groups: pd.DataFrame,
    products: pd.DataFrame,
    cut_off: date,
    settings: InventorySettings,
) -> NDArray[np.float64] | None:
    """What to multiply each product's recent rate with, by what its group did a year before.

    Parameters
    ----------
    transactions
        What was bought and kept before the cut-off, as known then.
    product_groups
        The group of each product.
    products
        product_id of what is to be forecast.
    cut_off
        The horizon begins at this midnight.
    settings
        The `[inventory]` settings.

    Returns
    -------
    array or None
        For each row of `products`, units of the group that the horizon brought 364 days earlier /
        those that the same recent rate expected then, drawn to the shop's ratio with the weight
        of 50 order lines, within 1/5 and 5. None where orders don't reach back to
        `min_history_days` before that, or nothing was bought then.
    """
    then = cut_off - timedelta(days=YEAR)
    known = (then - first_day(transactions)).days
    if known < settings.min_history_days:
        return None
    lines = counted(transactions, product_groups, settings.largest_quantile)
    grouped = lines.inner_join(
        register(product_groups[["product_id", "group"]], lines), "product_id"
    )
    days = fetch_frame(
        grouped.group_by(["group", "day"])
        .agg(units=grouped.counted.sum(), lines=grouped.count())
        .order_by(["group", "day"])
    )
    age = ages(days["day"], then)
    before, within = age >= 1, (age <= 0) & (age > -settings.horizon_days)
    weight, scale = weights(np.maximum(age, 1), known, settings)
    table = pd.DataFrame(
        {
            "expected": np.where(before, scale * weight * days["units"], 0.0),
            "came": np.where(within, days["units"], 0.0),
        }
    )
    by_group = table.groupby(days["group"]).sum()
    expected, came = by_group.sum()
    if expected <= 0 or came <= 0:
        return None
    shop = came / expected
    prior = _PRIOR_LINES * days["units"].sum() / days["lines"].sum()
    factor = (by_group["came"] + prior * shop) / (by_group["expected"] + prior)
    group = products["product_id"].map(product_groups.set_index("product_id")["group"])
    each = group.map(factor).fillna(shop).to_numpy(np.float64)
    return np.asarray(np.clip(each, 1 / _LARGEST, _LARGEST))
