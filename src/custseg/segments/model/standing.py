"""The figures of customers and of their shop that segment names speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

FEATURES: Final = {
    "recency": "recency_days",
    "frequency": "frequency",
    "monetary": "monetary",
    "tenure": "tenure_days",
    "order_value": "average_order_value",
}
"""The features that names speak of, by what they are called here."""
_REPEATED: Final = 2


@dataclass(frozen=True)
class Shop:
    """The figures of all customers that claims hold one customer's against."""

    usual_wait: float
    """Median usual wait in days of those who ordered on two days or more; where nobody did, the
    median days since the last order."""
    recency: float
    """Median days since the last order; the next ones are medians too."""
    frequency: float
    monetary: float
    tenure: float
    order_value: float
    upper: Mapping[str, float]
    """Upper quartile of each of these five figures."""


def customers_of(features: pd.DataFrame) -> pd.DataFrame:
    """Return the figures that claims speak of, of each customer; NaN where one is not known.

    Returns
    -------
    DataFrame
        recency, frequency, monetary, tenure, order_value, days (on which they ordered) and wait:
        the mean days between these, NaN below two.
    """
    known = {
        name: features[column].astype("float64")
        for name, column in {**FEATURES, "days": "active_days"}.items()
        if column in features
    }
    customers = pd.DataFrame(known, index=features.index, columns=[*FEATURES, "days"])
    customers["days"] = customers["days"].fillna(customers["frequency"])
    gaps = (customers["days"] - 1).where(customers["days"] >= _REPEATED)
    customers["wait"] = (customers["tenure"] - customers["recency"]) / gaps
    return customers


def shop_of(customers: pd.DataFrame) -> Shop:
    """Measure the shop whose customers these are all."""
    medians = customers.median()
    wait = medians["wait"] if customers["wait"].notna().any() else medians["recency"]
    upper = customers[list(FEATURES)].quantile(0.75)
    return Shop(
        float(wait),
        **{name: float(medians[name]) for name in FEATURES},
        upper={name: float(upper[name]) for name in FEATURES},
    )
