"""Whether segments made at a past date foretold what their customers did next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError
from custseg.orders.money import has_money
from custseg.outlook.hindsight import each_date
from custseg.outlook.lifetime.forecast import forecast_if_long_enough
from custseg.outlook.validation.predictive_power import FOLDS, Outcome
from custseg.outlook.validation.rivals import compare
from custseg.outlook.validation.verdict import not_validated, verdict
from custseg.segments.model.pipeline import log1p_positive
from custseg.settings import ModelSettings, ValidationSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.outlook.hindsight import Hindsight

LEAST_PER_FOLD: Final = 2
"""Buyers, and customers who don't buy, that every fold needs for an AUC with an error."""
RESAMPLES: Final = 1000
_WHOLE: Final = ARTIFACTS["validation"]
_BY_SEGMENT: Final = ARTIFACTS["validation_segments"]


@dataclass(frozen=True)
class Validated:
    """Predictive power by date and method, what each segment did, and the sentence on both."""

    validation: pd.DataFrame
    validation_segments: pd.DataFrame
    validation_verdict: str


def validate(
    past_validation: ir.Table,
    not_validated_because: str,
    settings: ValidationSettings | None = None,
    model_settings: ModelSettings | None = None,
) -> Validated:
    """Compare the segments of past dates, made without look-ahead, with what came next.

    Parameters
    ----------
    past_validation, not_validated_because
        The customers known at those dates in segments made then, as `prepare_past` gave them, or
        why there are none.
    settings
        The `[validation]` settings that the dates were prepared by.
    model_settings
        The `[model]` settings: seed and K-means starts.

    Returns
    -------
    Validated
        R² of log1p spend (orders where there are no amounts) and AUC of buying are
        cross-validated: a customer is predicted from others' means. Intervals of segments hold
        95 %: Wilson's (1927) for rates, the percentile bootstrap's (Efron & Tibshirani 1993) for
        mean spend. Where no date was asked for and the shop is too young or small, the tables are
        empty and the sentence says why.

    Raises
    ------
    DataError
        Too few customers bought, or didn't, after a date asked for.

    Examples
    --------
    >>> validated = custseg.validate(past_validation, not_validated_because)
    >>> validated.validation_verdict
    'Of the 94 customers of 2023-10-03, the segments alone explain ...'
    """
    settings = settings or ValidationSettings()
    model_settings = model_settings or ModelSettings()
    studies, reason = [], not_validated_because
    try:
        for past in each_date(past_validation):
            _refuse_few(past)
            if not reason:
                studies.append(_study(past, settings.horizon_days, model_settings))
    except DataError as error:
        if settings.dates:
            raise
        reason = error.message
    if reason:
        return Validated(_WHOLE.empty(), _BY_SEGMENT.empty(), not_validated(reason))
    validation = pd.concat([study[0] for study in studies], ignore_index=True)
    by_segment = pd.concat([study[1] for study in studies], ignore_index=True)
    money = bool(by_segment["mean_spend"].notna().any())
    told = verdict(validation, settings.horizon_days, "spend" if money else "orders")
    return Validated(validation, by_segment, told)


def _study(
    past: Hindsight, days: int, settings: ModelSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every method's power, and every segment's next days, at one date."""
    customers, day = past.customers, past.cut_off.isoformat()
    came = customers["spend_after" if has_money(customers) else "orders_after"].to_numpy(np.float64)
    outcome = Outcome(log1p_positive(came), _bought(past))
    if not np.ptp(outcome.spend):
        raise DataError(
            f"Nobody's net spend in the days after {day} is above zero.",
            'Check [clean] returns: "net" counts a return against the purchase it undoes.',
        )
    powers = compare(customers, customers["segment"].to_numpy(), outcome, settings)
    validation = powers.assign(date=day, customers=len(customers))
    foretold = customers.assign(expected=_expected(customers, days))
    by_segment = _by_segment(foretold, outcome.bought, settings.seed).assign(date=day)
    return validation[_WHOLE.column_names()], by_segment[_BY_SEGMENT.column_names()]


def _expected(customers: pd.DataFrame, days: int) -> pd.Series[float]:
    """Each customer's probability to order, by a forecast of that date; missing without one."""
    forecast = forecast_if_long_enough(customers, "auto", days)
    expected: pd.Series[float] = forecast["buying_probability"]
    return expected


def _bought(past: Hindsight) -> NDArray[np.bool_]:
    return (past.customers["orders_after"] > 0).to_numpy()


def _refuse_few(past: Hindsight) -> None:
    bought = _bought(past)
    least = FOLDS * LEAST_PER_FOLD
    buyers = int(bought.sum())
    if min(buyers, len(bought) - buyers) < least:
        raise DataError(
            f"{buyers:,} of the {len(bought):,} customers known on {past.cut_off} bought in the "
            f"days after; at least {least} must and {least} must not, to tell what foretells it.",
            "Choose another date, or another [validation] horizon_days.",
        )


def _by_segment(customers: pd.DataFrame, bought: NDArray[np.bool_], seed: int) -> pd.DataFrame:
    """What each segment's customers did in the days after."""
    spend = customers["spend_after"].to_numpy(np.float64)
    told = ["segment", "segment_name", "recency_days", "expected"]
    members = customers[told].assign(spend=spend, bought=bought)
    table = members.groupby(["segment", "segment_name"], as_index=False).agg(
        customers=("bought", "size"),
        buyers=("bought", "sum"),
        mean_spend=("spend", "mean"),
        recency_days=("recency_days", "median"),
        expected_rate=("expected", "mean"),
    )
    table["buying_rate"] = table["buyers"] / table["customers"]
    low, high = wilson(table["buyers"].to_numpy(), table["customers"].to_numpy())
    draw = np.random.default_rng(seed)
    number = members["segment"].to_numpy()
    ends = [_mean_interval(spend[number == segment], draw) for segment in table["segment"]]
    return table.assign(
        buying_rate_low=low,
        buying_rate_high=high,
        mean_spend_low=[end[0] for end in ends],
        mean_spend_high=[end[1] for end in ends],
    )


def wilson(
    hits: NDArray[np.int64], trials: NDArray[np.int64], confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's (1927) score interval of a proportion: its ends, within 0 and 1."""
    z = norm.ppf((1 + confidence) / 2)
    rate = hits / trials
    centre = rate + z**2 / (2 * trials)
    half = z * np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return np.maximum((centre - half) / scale, 0), np.minimum((centre + half) / scale, 1)


def _mean_interval(values: NDArray[np.float64], draw: np.random.Generator) -> tuple[float, float]:
    """Ends of the 95 % percentile bootstrap interval of a mean."""
    # One resample at a time: memory stays that of the segment, however large.
    means = [draw.choice(values, len(values)).mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
