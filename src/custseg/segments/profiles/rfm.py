"""The classical RFM rules: quintile scores, eleven named segments, and how they meet ours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import MONEY_SCALE
from custseg.orders.money import has_money

if TYPE_CHECKING:
    from numpy.typing import NDArray


QUINTILES: Final = 5
SCORED: Final = {
    "recency_score": "recency_days",
    "frequency_score": "frequency",
    "monetary_score": "monetary",
}
"""The feature behind each score."""


@dataclass(frozen=True)
class Box:
    """A range of recency scores and one of the mean of frequency and monetary scores, inclusive."""

    recency: tuple[int, int]
    value: tuple[float, float]


@dataclass(frozen=True)
class Rule:
    """A classical segment: its name, the scores it takes, and what they say of a customer."""

    name: str
    boxes: tuple[Box, ...]
    meaning: str


RULES: Final = (
    Rule("RFM Champions", (Box((4, 5), (4, 5)),), "bought lately, often and for much"),
    Rule(
        "RFM Loyal customers",
        (Box((4, 5), (3.5, 3.5)), Box((3, 3), (3.5, 5))),
        "buy often, and not long ago",
    ),
    Rule(
        "RFM Potential loyalists",
        (Box((4, 5), (2, 3)),),
        "bought lately, more than once or for more",
    ),
    Rule("RFM New customers", (Box((5, 5), (1, 1.5)),), "bought very lately, little so far"),
    Rule("RFM Promising", (Box((4, 4), (1, 1.5)),), "bought fairly lately, little so far"),
    Rule("RFM Needs attention", (Box((3, 3), (2, 3)),), "average in all three; starting to wait"),
    Rule("RFM About to sleep", (Box((3, 3), (1, 1.5)),), "bought little, a while ago"),
    Rule(
        "RFM Can't lose them", (Box((1, 2), (4, 5)),), "among the best, but have not come for long"
    ),
    Rule("RFM At risk", (Box((1, 2), (2.5, 3.5)),), "bought a fair amount, but long ago"),
    Rule("RFM Hibernating", (Box((2, 2), (1, 2)),), "bought little, long ago"),
    Rule("RFM Lost", (Box((1, 1), (1, 2)),), "bought little, longest ago"),
)
"""Disjoint, and together they hold all 125 combinations of scores (a test goes through them).

Names and layout follow the common eleven-segment chart of RFM practice, whose printed ranges
overlap: here recency against the mean of the other two scores is cut without overlap. RFM stands
before each name, as the model's segments have some of the same.
"""


@dataclass(frozen=True)
class RfmScored:
    """RFM scores and segments of customers, the scores' limits, the rules, and the crossing."""

    rfm: pd.DataFrame
    rfm_scores: pd.DataFrame
    rfm_rules: pd.DataFrame
    rfm_crosstab: pd.DataFrame


def score_rfm(
    features: pd.DataFrame,
    segments: pd.DataFrame,
) -> RfmScored:
    """Score recency, frequency and monetary value, and apply the eleven classical rules.

    Where the orders have no amounts, frequency alone stands for the mean of the last two scores.

    Parameters
    ----------
    features, segments
        What the stages of those names gave; the same customers in the same order.

    Returns
    -------
    RfmScored
        Scores run from 1 to 5, 5 being the latest, most frequent, highest. Equal values have
        equal scores, so a score can have more than a fifth of the customers, or none.

    Notes
    -----
    The rules are fixed, so that they mean the same in every shop. Quintile scoring
    as in Hughes (1994), "Strategic Database Marketing", but all three scored independently and
    ties kept together.

    Examples
    --------
    >>> scored = custseg.score_rfm(features, segments)
    >>> sorted(scored.rfm["recency_score"].unique().tolist())
    [1, 2, 3, 4, 5]
    """
    scores = rfm_scores(features)
    names = rfm_segments(scores)
    scored = pd.concat([features["customer_id"], scores, names], axis=1)
    return RfmScored(
        scored,
        _limits(features, scores),
        _rules(features, names),
        _crosstab(segments, names),
    )


def rfm_scores(features: pd.DataFrame) -> pd.DataFrame:
    """Score every customer from 1 to 5 in recency (reversed), frequency and monetary value.

    Returns
    -------
    DataFrame
        Columns recency_score, frequency_score and monetary_score (missing for everyone where the
        orders have no amounts), rows as in `features`.
    """
    ranks = {
        score: quantile_groups(features[name].to_numpy(dtype=float), QUINTILES)
        for score, name in scored(features).items()
    }
    ranks["recency_score"] = QUINTILES + 1 - ranks["recency_score"]
    scores = pd.DataFrame(ranks, index=features.index)
    return (
        scores
        if "monetary_score" in scores
        else scores.assign(monetary_score=pd.array([pd.NA] * len(scores), dtype="Int64"))
    )


def scored(features: pd.DataFrame) -> dict[str, str]:
    """Return the feature behind each score that can be given: all but money where there is none."""
    return {
        score: name for score, name in SCORED.items() if name != "monetary" or has_money(features)
    }


def rfm_segments(scores: pd.DataFrame) -> pd.Series[str]:
    """Name the classical segment of each customer from what `rfm_scores` gives."""
    recency = scores["recency_score"].to_numpy()
    value = scores[["frequency_score", "monetary_score"]].astype(float).mean(axis=1).to_numpy()
    inside = [
        np.any([_within(recency, box.recency) & _within(value, box.value) for box in rule.boxes], 0)
        for rule in RULES
    ]
    names = np.array([rule.name for rule in RULES], dtype=object)
    return pd.Series(names[np.argmax(inside, axis=0)], index=scores.index, name="rfm_segment")


def quantile_groups(values: NDArray[np.float64], groups: int) -> NDArray[np.int64]:
    """Number values 1 … groups by the quantiles they lie between; equal values stay together."""
    below = np.searchsorted(quantile_limits(values, groups), values, side="left")
    return below.astype(np.int64) + 1


def quantile_limits(values: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """The highest value of each group but the last: values that occur, not means of two."""
    shares = np.arange(1, groups) / groups
    limits: NDArray[np.float64] = np.quantile(values, shares, method="inverted_cdf")
    return limits


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _limits(features: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """The values that each score stands for, and how many customers have it."""
    parts = []
    for score, name in scored(features).items():
        limits = quantile_limits(features[name].to_numpy(dtype=float), QUINTILES)
        numbers = np.arange(1, QUINTILES + 1)
        part = pd.DataFrame(
            {
                "feature": name,
                "score": QUINTILES + 1 - numbers if name == "recency_days" else numbers,
                "above": [np.nan, *limits],
                "up_to": [*limits, np.nan],
            }
        )
        counts = scores[score].value_counts()
        part["customers"] = part["score"].map(counts).fillna(0).astype("int64")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _rules(features: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """A row per rule, best customers first, with the days that its recency scores mean here."""
    days = quantile_limits(features["recency_days"].to_numpy(dtype=float), QUINTILES)
    money = has_money(features)
    # Whole ten-thousandths add up exactly, in any order.
    units = (features["monetary"].fillna(0.0) * 10**MONEY_SCALE).round().astype("int64")
    spend = units.groupby(names).sum()
    counts = names.value_counts()
    total = int(units.sum())
    second = "FM" if money else "F"
    return pd.DataFrame(
        [
            {
                "rank": rank,
                "rfm_segment": rule.name,
                "meaning": rule.meaning,
                "rule": "; or ".join(_in_words(box, days, second) for box in rule.boxes),
                "customers": int(counts.get(rule.name, 0)),
                "customer_share": counts.get(rule.name, 0) / len(names),
                "revenue": Decimal(int(spend.get(rule.name, 0))).scaleb(-MONEY_SCALE)
                if money
                else None,
                "revenue_share": spend.get(rule.name, 0) / total if total > 0 else None,
            }
            for rank, rule in enumerate(RULES, 1)
        ]
    )


def _in_words(box: Box, days: NDArray[np.float64], second: str) -> str:
    """The box's recency in days as this shop has them, and its scores."""
    low, high = box.recency
    latest = None if high == QUINTILES else days[QUINTILES - 1 - high]
    earliest = None if low == 1 else days[QUINTILES - low]
    if latest is not None and earliest is not None and latest >= earliest:
        when = "nobody here"
    elif latest is None:
        when = f"up to {earliest:,.0f} days"
    elif earliest is None:
        when = f"over {latest:,.0f} days"
    else:
        when = f"{latest + 1:,.0f} to {earliest:,.0f} days"
    return f"R {_span(box.recency)} ({when}), {second} {_span(box.value)}"


def _span(limits: tuple[float, float]) -> str:
    low, high = limits
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _crosstab(segments: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """Customers of each segment in each classical one, and their share of the segment."""
    groups = segments.assign(rfm_segment=names.to_numpy()).groupby(
        ["segment", "segment_name", "rfm_segment"], as_index=False
    )
    counts = groups.agg(customers=("customer_id", "size"))
    sizes = counts.groupby("segment")["customers"].transform("sum")
    return counts.assign(share=counts["customers"] / sizes)
