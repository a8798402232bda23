"""The difference that a list made, with an interval: by intention to treat, and adjusted.

The two groups are random parts of one list. Of each, a linear regression on what was known before
tells what its customers would have done on average had they been like the whole list; the
difference of the two is the effect. Without anything known it is the difference of the means.

Lin (2013), "Agnostic notes on regression adjustments to experimental data: reexamining Freedman's
critique", Annals of Applied Statistics 7(1); one covariate that is the same figure before is the
CUPED of Deng, Xu, Kohavi & Walker (2013), "Improving the sensitivity of online controlled
experiments by utilizing pre-experiment data", WSDM. Robust variance HC3: MacKinnon & White (1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

CONFIDENCE: Final = 0.95
FEWEST: Final = 20
"""Customers in each group that the normal approximation of a mean needs."""
_FEWEST_COUNTED: Final = 5
"""Buyers and others expected in each group that the normal approximation of a share needs."""
_PER_COVARIATE: Final = 10
"""Customers in each group for each coefficient of the regression; with fewer it isn't adjusted."""


@dataclass(frozen=True)
class Effect:
    """What a list did, held against its control group."""

    listed: float
    """Mean of the list, as it is."""
    control: float
    """Mean of the control group, as it is."""
    effect: float
    """Difference, adjusted where that is possible."""
    error: float
    """Its standard error."""
    low: float
    high: float
    """Its 95 % interval."""


def difference(
    outcome: Numbers, treated: NDArray[np.bool_], known: Numbers | None
) -> Effect | None:
    """Estimate how much more customers on the list did than those left alone.

    Parameters
    ----------
    outcome
        What each customer did in the days after; 0 of who did nothing.
    treated
        Whether each was on the list, whatever became of the message.
    known
        A row per customer of what was known before; None or without columns: not adjusted.

    Returns
    -------
    Effect or None
        None where a group is too small.
    """
    groups = (treated, ~treated)
    if min(int(group.sum()) for group in groups) < FEWEST:
        return None
    x = _centred(known, len(outcome))
    if x.shape[1] and min(int(group.sum()) for group in groups) < _PER_COVARIATE * (1 + x.shape[1]):
        x = x[:, :0]
    one, other = (_regress(outcome[group], x[group]) for group in groups)
    # The list is a sample itself: another of such customers would be moved by more, or less.
    turned = one.slopes - other.slopes
    drawn = float(turned @ turned) / len(outcome) ** 2
    error = math.sqrt(one.variance + other.variance + drawn)
    # Welch (1947): with a small control group the quantile is that of its size.
    spread = sum(group.variance**2 / group.freedom for group in (one, other))
    freedom = (one.variance + other.variance) ** 2 / spread if spread else math.inf
    quantile = float(student.ppf((1 + CONFIDENCE) / 2, freedom))
    effect = one.mean - other.mean
    return Effect(
        float(outcome[treated].mean()),
        float(outcome[~treated].mean()),
        effect,
        error,
        effect - quantile * error,
        effect + quantile * error,
    )


def enough_buyers(bought: NDArray[np.bool_], treated: NDArray[np.bool_]) -> bool:
    """Whether the share of buyers is far enough from 0 and 1 for an interval of these groups."""
    smaller = min(int(treated.sum()), int((~treated).sum()))
    rarer = min(int(bought.sum()), int((~bought).sum()))
    return smaller * rarer >= _FEWEST_COUNTED * len(bought)


@dataclass(frozen=True)
class Pooled:
    """What several campaigns tell together."""

    effect: float
    low: float
    high: float


def pool(effects: Sequence[float], errors: Sequence[float]) -> Pooled:
    """Put independent estimates of one effect together, each with the weight 1 / variance.

    The interval is that of the normal distribution: each of them is a mean of many customers.
    """
    weights = 1 / np.maximum(np.asarray(errors, dtype=float), 1e-12) ** 2
    effect = float(weights @ np.asarray(effects, dtype=float) / weights.sum())
    half = float(norm.ppf((1 + CONFIDENCE) / 2)) / math.sqrt(float(weights.sum()))
    return Pooled(effect, effect - half, effect + half)


def _centred(known: Numbers | None, rows: int) -> Numbers:
    """Covariates less their means, without those that tell nothing beside the ones before them."""
    if known is None:
        return np.empty((rows, 0))
    kept: list[Numbers] = []
    for column in known.T:
        left = column - column.mean()
        scale = math.sqrt(float(left @ left))
        for other in kept:
            left = left - other * float(other @ left)
        size = math.sqrt(float(left @ left))
        if scale > 0 and size > 1e-6 * scale:
            kept.append(left / size)
    return np.column_stack(kept) if kept else np.empty((rows, 0))


@dataclass(frozen=True)
class _Group:
    """A group's regression on what was known before."""

    mean: float
    """Of its customers, had they been as both groups are."""
    variance: float
    """Of this mean."""
    freedom: int
    slopes: Numbers


def _regress(outcome: Numbers, x: Numbers) -> _Group:
    design = np.column_stack([np.ones(len(outcome)), x])
    inverse = np.linalg.pinv(design.T @ design)
    reach = design @ inverse
    coefficients = reach.T @ outcome
    leverage = np.minimum((design * reach).sum(axis=1), 1 - 1e-9)
    residuals = (outcome - design @ coefficients) / (1 - leverage)
    # Row of the intercept: at the common mean all covariates are 0.
    variance = float((reach[:, 0] * residuals) @ (reach[:, 0] * residuals))
    freedom = len(outcome) - design.shape[1]
    return _Group(float(coefficients[0]), variance, freedom, coefficients[1:])
