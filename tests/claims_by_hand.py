"""What every name says, worked out once more customer by customer, without the product's code."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Figures = dict[Any, Any]


def by_hand(features: pd.DataFrame, names: pd.Series[str]) -> list[bool]:
    """Whether each customer meets the claim of a name.

    Parameters
    ----------
    features
        Of all customers, with the mean days between the days on which they ordered.
    names
        Of each one's segment.
    """
    customers = [dict(row) for row in features.to_dict("records")]
    shop = _shop(customers)
    return [
        _is_true(name.rstrip(" 0123456789"), customer, shop)
        for name, customer in zip(names, customers, strict=True)
    ]


def _shop(customers: list[dict[Any, Any]]) -> Figures:
    waits = [one["gap_days_mean"] for one in customers if one["active_days"] > 1]
    columns = ("recency_days", "frequency", "monetary", "tenure_days", "average_order_value")
    values = {name: [float(one[name]) for one in customers] for name in columns}
    recency = median(values["recency_days"])
    return {
        "wait": median(waits) if waits else recency,
        "half": {name: median(own) for name, own in values.items()},
        "most": {name: float(np.percentile(own, 75)) for name, own in values.items()},
    }


def _is_true(name: str, one: Figures, shop: Figures) -> bool:
    half, most = shop["half"], shop["most"]
    ago, first, orders = one["recency_days"], one["tenure_days"], one["frequency"]
    spend, basket = float(one["monetary"]), one["average_order_value"]
    came_back = one["active_days"] > 1
    wait = one["gap_days_mean"] if came_back else shop["wait"]
    slipping = ago > wait and ago > half["recency_days"]
    overdue = ago > 2 * wait and ago > min(half["recency_days"], 2 * shop["wait"])
    big = basket > most["average_order_value"]
    claims = {
        "New": first <= shop["wait"] and first <= 90 and orders <= 2,
        "Champions": came_back and not overdue and spend > half["monetary"],
        "Loyal": came_back and not overdue and orders > half["frequency"],
        "Potential loyal": came_back and not overdue,
        "Big baskets": big,
        "Big baskets, slipping": big and slipping,
        "Needs attention": came_back and wait < ago <= 3 * wait,
        "Hibernating": slipping and ago >= 30,
        "Lapsed small buyers": slipping and ago >= 30 and spend < half["monetary"],
        "Dormant": slipping and ago >= 30 and ago > most["recency_days"],
        "Mixed": True,
    }
    parts = {
        "high value": spend > half["monetary"],
        "low value": spend < half["monetary"],
        "large orders": basket > half["average_order_value"],
        "small orders": basket < half["average_order_value"],
        "many orders": orders >= 3 and orders > half["frequency"],
        "repeat buyers": came_back,
        "one order": orders == 1,
        "one or two orders": orders <= 2,
        "fewer orders": orders < half["frequency"],
        "ordered lately": ago < half["recency_days"] and ago <= 90,
        "not seen lately": ago > half["recency_days"] and ago >= 30,
        "joined later": first < half["tenure_days"],
        "joined earlier": first > half["tenure_days"],
    }
    if name in claims:
        return bool(claims[name])
    return all(parts[part] for part in name.lower().split(", "))
