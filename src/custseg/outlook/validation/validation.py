"""Whether segments made at a past date foretold what their customers did next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from custseg.errors import DataError, ModelError
from custseg.orders.money import has_money
from custseg.outlook.past import cut_offs, look_back
from custseg.outlook.validation.predictive_power import FOLDS, Outcome
from custseg.outlook.validation.rivals import compare
from custseg.outlook.validation.verdict import not_validated, verdict
from custseg.segments.model.fit import fit
from custseg.segments.model.pipeline import log1p_positive
from custseg.settings import (
    CleanSettings,
    FeatureSettings,
    ModelSettings,
    SegmentSettings,
    ValidationSettings,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.outlook.past import Hindsight

LEAST_PER_FOLD: Final = 2
"""Buyers, and customers who don't buy, that every fold needs for an AUC with an error."""
RESAMPLES: Final = 1000
COLUMNS: Final = (
    "date",
    "method",
    "segments",
    "customers",
    "r2",
    "r2_se",
    "auc",
    "auc_se",
    "share_of_ceiling",
    "lead",
    "lead_se",
)
SEGMENT_COLUMNS: Final = (
    "date",
    "segment",
    "segment_name",
    "customers",
    "buyers",
    "buying_rate",
    "buying_rate_low",
    "buying_rate_high",
    "mean_spend",
    "mean_spend_low",
    "mean_spend_high",
)


@dataclass(frozen=True)
class Validated:
    """Predictive power by date and method, what each segment did, and the sentence on both."""

    validation: pd.DataFrame
    validation_segments: pd.DataFrame
    validation_verdict: str


def validate(  # noqa: PLR0913, PLR0917  (a stage's parameters are what it declares)
    raw: ir.Table,
    preset: str,
    as_of: str,
    k: int,
    settings: ValidationSettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
    model_settings: ModelSettings | None = None,
    segments_settings: SegmentSettings | None = None,
) -> Validated:
    """Segment the customers of past dates without look-ahead, and compare with what came next.

    Parameters
    ----------
    raw
        Canonical order lines.
    preset
        Name of the code patterns that fit the source.
    as_of
        Nothing on or after this ISO date is known; the days after a cut-off end by then.
    k
        Number of segments (the one thing that today's customers decided).
    settings
        The `[validation]` settings; without dates the one cut-off `horizon_days` before the end.
    clean_settings, features_settings, model_settings, segments_settings
        The settings of the stages whose work is done again at each date.

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
    SettingsError
        A date asked for has no order before it, or its days are not over.
    DataError, ModelError
        Too few customers were there, or bought, at a date asked for.
    """
    settings = settings or ValidationSettings()
    model_settings = model_settings or ModelSettings()
    days = settings.horizon_days
    studies = []
    try:
        for cut_off in cut_offs(raw, as_of, settings, "validation"):
            past = look_back(raw, preset, cut_off, days, clean_settings, features_settings)
            studies.append(_study(past, k, model_settings, segments_settings))
    except (DataError, ModelError) as error:
        if settings.dates:
            raise
        return _nothing(not_validated(error.message))
    validation = pd.concat([study[0] for study in studies], ignore_index=True)
    by_segment = pd.concat([study[1] for study in studies], ignore_index=True)
    money = bool(by_segment["mean_spend"].notna().any())
    told = verdict(validation, days, "spend" if money else "orders")
    return Validated(validation, by_segment, told)


def _nothing(reason: str) -> Validated:
    return Validated(
        pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=list(SEGMENT_COLUMNS)), reason
    )


def _study(
    past: Hindsight, k: int, settings: ModelSettings, names: SegmentSettings | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every method's power, and every segment's next days, at one date."""
    bought = (past.orders > 0).to_numpy()
    _refuse_few(past, bought)
    segments = fit(past.features, k, settings, names).segments
    spend = np.asarray(past.spend, dtype=np.float64)
    came = spend if has_money(past.features) else np.asarray(past.orders, dtype=np.float64)
    outcome = Outcome(log1p_positive(came), bought)
    if not np.ptp(outcome.spend):
        raise DataError(
            f"Nobody's net spend in the days after {past.cut_off} is above zero.",
            'Check [clean] returns: "net" counts a return against the purchase it undoes.',
        )
    powers = compare(past.features, segments["segment"].to_numpy(), outcome, settings)
    validation = powers.assign(date=past.cut_off.isoformat(), customers=len(bought))
    by_segment = _by_segment(segments, spend, bought, settings.seed)
    by_segment["date"] = past.cut_off.isoformat()
    return validation[list(COLUMNS)], by_segment[list(SEGMENT_COLUMNS)]


def _refuse_few(past: Hindsight, bought: NDArray[np.bool_]) -> None:
    least = FOLDS * LEAST_PER_FOLD
    buyers = int(bought.sum())
    if min(buyers, len(bought) - buyers) < least:
        raise DataError(
            f"{buyers:,} of the {len(bought):,} customers known on {past.cut_off} bought in the "
            f"days after; at least {least} must and {least} must not, to tell what foretells it.",
            "Choose another date, or another [validation] horizon_days.",
        )


def _by_segment(
    segments: pd.DataFrame, spend: NDArray[np.float64], bought: NDArray[np.bool_], seed: int
) -> pd.DataFrame:
    """What each segment's customers did in the days after."""
    members = segments[["segment", "segment_name"]].assign(spend=spend, bought=bought)
    table = members.groupby(["segment", "segment_name"], as_index=False).agg(
        customers=("bought", "size"), buyers=("bought", "sum"), mean_spend=("spend", "mean")
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
