"""The forecast of one horizon ago beside what came: its errors, and what they teach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.outlook.lifetime.forecast import enough, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.outlook.hindsight import Hindsight
    from custseg.outlook.lifetime.purchasing import Model
    from custseg.settings import Calibrate

DECILES: Final = 10
ALL: Final = 0
"""The "decile" of the row that is about all customers."""
LEVEL_ERROR: Final = {"orders": 0.25, "spend": 0.35}
"""Standard error of a level, as a share of the forecast, before what the back-test was off by is
added on its side (docs/value.md). A back-test on one date saw one season and would be too sure of
itself."""
_MIN_ORDERS: Final = 100
_LARGEST_FACTOR: Final = 2.0


@dataclass(frozen=True)
class Factors:
    """What forecasts of orders and of spend are multiplied with."""

    orders: float = 1.0
    spend: float = 1.0

    def over(self, other: Factors) -> Factors:
        """These, divided by others."""
        return Factors(self.orders / other.orders, self.spend / other.spend)

    def moderated(self) -> Factors:
        """These, within 1/2 and 2."""
        return Factors(_moderate(self.orders), _moderate(self.spend))


@dataclass(frozen=True)
class Backtest:
    """How a model's forecast of one horizon ago came out."""

    model: Model
    table: pd.DataFrame
    """`value_backtest` of this model with variances; its first row is all customers."""

    @property
    def error(self) -> float:
        """Mean absolute error of a customer: of spend, or of orders where no amounts are known."""
        return float(self.total[f"{ranked_by(self.table)}_error"])

    @property
    def total(self) -> pd.Series[float]:
        """The row of all customers."""
        row: pd.Series[float] = self.table.iloc[0]
        return row

    @property
    def telling(self) -> bool:
        """Whether so many orders came that a ratio is more than chance."""
        return bool(self.total["actual_orders"] >= _MIN_ORDERS)

    def ratio(self, what: str) -> float:
        """Actual / expected total of `orders` or `spend`; 1 where nothing was expected."""
        expected = float(self.total[f"expected_{what}"])
        return float(self.total[f"actual_{what}"]) / expected if expected > 0 else 1.0

    def factors(self, calibrate: Calibrate) -> Factors:
        """What to multiply forecasts with; 1 where the orders were too few to tell."""
        if calibrate == "none" or not self.telling:
            return Factors()
        if calibrate == "spend":
            return Factors(1.0, _moderate(self.ratio("spend") / self.ratio("orders")))
        return self.ratios.moderated()

    @property
    def ratios(self) -> Factors:
        """Actual / expected totals."""
        return Factors(self.ratio("orders"), self.ratio("spend"))

    def variances(self, what: str) -> NDArray[np.float64]:
        """Mean squared error of a customer in each decile, once the total is right."""
        errors: NDArray[np.float64] = self.table[f"{what}_variance"].to_numpy()[1:]
        return errors


def candidates(past: Hindsight, model: Model, days: int) -> list[Backtest]:
    """Backtest a model, and the steady one beside it, on the past.

    Parameters
    ----------
    past
        The shop one horizon ago and what came.
    model
        MBG/NBD or BG/NBD, left out where that past had too few repeat customers; or "steady".
    days
        The horizon.
    """
    names: list[Model] = ["steady"]
    if model != "steady" and enough(past.customers):
        names.insert(0, model)
    return [backtest(past, name, days) for name in names]


def ranked_by(forecast: pd.DataFrame) -> Literal["spend", "orders"]:
    """Return what a forecast ranks customers by: spend, or orders where no amounts are known."""
    return "spend" if forecast["expected_spend"].notna().any() else "orders"


def deciles(expected: NDArray[np.float64]) -> NDArray[np.int64]:
    """Tenths of the customers by what is expected; 1 is the highest. Ties go by position."""
    places = np.empty(len(expected), np.int64)
    places[np.argsort(-expected, kind="stable")] = np.arange(len(expected))
    return places * DECILES // len(expected) + 1


def written(tests: list[Backtest], chosen: Backtest | None) -> pd.DataFrame:
    """Set the tests down as `value_backtest`."""
    names = ARTIFACTS["value_backtest"].column_names()
    if not tests:
        return pd.DataFrame(columns=names)
    return pd.concat([test.table.assign(chosen=test is chosen) for test in tests])[names]


def backtest(past: Hindsight, model: Model, days: int) -> Backtest:
    """Make the forecast of a past date and set it beside what came."""
    forecast = fit(past.customers, model).forecast(past.customers, days)
    ranking = forecast[f"expected_{ranked_by(forecast)}"].to_numpy()
    each = pd.DataFrame({"decile": deciles(ranking)})
    correlations = {}
    for what in ("orders", "spend"):
        expected = forecast[f"expected_{what}"]
        actual = past.customers[f"{what}_after"].astype(float)
        each[f"expected_{what}"], each[f"actual_{what}"] = expected, actual
        each[f"{what}_error"] = (expected - actual).abs()
        level = actual.sum() / expected.sum() if expected.sum() > 0 else 1.0
        each[f"{what}_variance"] = (level * expected - actual) ** 2
        correlations[what] = _rank_correlation(expected, actual)
    sums = {name: "sum" for name in each if str(name).startswith(("expected", "actual"))}
    means = {name: "mean" for name in each if str(name).endswith(("error", "variance"))}
    groups = pd.concat([each.assign(decile=ALL), each]).groupby("decile")
    table = groups.agg(sums | means).reset_index()
    if ranked_by(forecast) == "orders":
        # A sum of nothing known is not zero.
        table[["expected_spend", "actual_spend"]] = np.nan
    table.insert(0, "customers", groups.size().to_numpy())
    table.insert(0, "cut_off", past.cut_off.isoformat())
    table.insert(0, "model", model)
    for what, value in correlations.items():
        table[f"{what}_rank_correlation"] = np.where(table["decile"] == ALL, value, np.nan)
    return Backtest(model, table)


def _moderate(factor: float) -> float:
    return float(np.clip(factor, 1 / _LARGEST_FACTOR, _LARGEST_FACTOR))


def _rank_correlation(one: pd.Series[float], other: pd.Series[float]) -> float:
    """Spearman's; NaN (missing) where one of them is the same for all."""
    if one.nunique() < 2 or other.nunique() < 2:  # noqa: PLR2004  (it needs two values)
        return float("nan")
    return float(one.rank().corr(other.rank()))
