"""Expected orders and spend of each customer, from their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from custseg.orders.money import has_money
from custseg.outlook.lifetime import purchasing, spending
from custseg.outlook.lifetime.purchasing import History, Model, Purchasing

if TYPE_CHECKING:
    from custseg.outlook.lifetime.spending import Spending

MIN_REPEATERS: Final = 30
"""Customers with two active days and with spend that a fit of four parameters needs at least."""
_HISTORIES: Final = 2
"""Horizons that the shop's past has to hold: a customer can't have been seen to stay away for
longer than the shop has been known."""


@dataclass(frozen=True)
class Forecaster:
    """Models of how often customers buy and of what they spend then."""

    purchasing: Purchasing
    spending: Spending | None
    """None where the orders have no amounts."""
    orders_per_day: float
    """The shop's orders per active day: the models count days, people count orders."""

    def forecast(self, features: pd.DataFrame, days: int) -> pd.DataFrame:
        """Forecast each customer's next days.

        Returns
        -------
        DataFrame
            customer_id, buying_probability, expected_orders, expected_spend (missing without
            amounts); rows as in `features`.
        """
        history, active = histories(features), _floats(features, "active_days")
        expected = self.purchasing.expected(history, days)
        per_day = (
            self.spending.expected(active, _floats(features, "monetary"))
            if self.spending
            else np.nan
        )
        return pd.DataFrame(
            {
                "customer_id": features["customer_id"].to_numpy(),
                "buying_probability": self.purchasing.buying(history, days),
                "expected_orders": expected * self.orders_per_day,
                "expected_spend": expected * per_day,
            }
        )


def fit(features: pd.DataFrame, model: Model | None) -> Forecaster:
    """Fit the models to customers' features.

    Parameters
    ----------
    features
        One row per customer.
    model
        Which model of purchasing; None: the likelier of MBG/NBD and BG/NBD.
    """
    history, active = histories(features), _floats(features, "active_days")
    spend = _floats(features, "monetary") if has_money(features) else None
    per_day = float(features["frequency"].sum() / active.sum())
    if model == "steady":
        spent = None if spend is None else spending.steady(active, spend)
        return Forecaster(purchasing.steady(history), spent, per_day)
    fitted = purchasing.fit(history, model) if model else purchasing.fit_likelier(history)
    return Forecaster(fitted, None if spend is None else spending.fit(active, spend), per_day)


def fit_suited(features: pd.DataFrame, model: Model | Literal["auto"]) -> Forecaster:
    """Fit the model asked for (auto: the likelier one), or one that few customers suffice for."""
    if not enough(features):
        return fit(features, "steady")
    return fit(features, None if model == "auto" else model)


def history_needed(days: int) -> int:
    """Days of orders that a forecast of so many days takes."""
    return _HISTORIES * days


def history_known(features: pd.DataFrame) -> int:
    """Days since the shop's first order."""
    return int(features["tenure_days"].max())


def long_enough(features: pd.DataFrame, days: int) -> bool:
    """Whether the shop's past is long enough for a forecast of so many days."""
    return history_known(features) >= history_needed(days)


def forecast_if_long_enough(
    customers: pd.DataFrame, model: Model | Literal["auto"], days: int
) -> pd.DataFrame:
    """Forecast the days ahead without a back-test; missing where the shop is too young for one."""
    if not long_enough(customers, days):
        return no_forecast(customers)
    return fit_suited(customers, model).forecast(customers, days)


def no_forecast(features: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a forecast, all missing."""
    missing = ("buying_probability", "expected_orders", "expected_spend")
    return pd.DataFrame({"customer_id": features["customer_id"].to_numpy()}).assign(
        **dict.fromkeys(missing, np.nan)
    )


def enough(features: pd.DataFrame) -> bool:
    """Whether there are repeat customers enough for a fit by likelihood."""
    # A customer without a known spend can't spoil the fit of spend: there is none then.
    repeaters = (features["active_days"] > 1) & ~(features["monetary"] <= 0)
    return int(repeaters.sum()) >= MIN_REPEATERS


def histories(features: pd.DataFrame) -> History:
    """Customers' histories: a repeat is a further date with a purchase."""
    age = _floats(features, "tenure_days")
    return History(
        _floats(features, "active_days") - 1, age - _floats(features, "recency_days"), age
    )


def _floats(features: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return features[name].to_numpy(np.float64)
