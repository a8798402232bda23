"""How well segments, or a model, foretell what customers do next: cross-validated R² and AUC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.model_selection import StratifiedKFold

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FOLDS: Final = 5
REPEATS: Final = 2


@dataclass(frozen=True)
class Outcome:
    """What customers did after the cut-off, one entry each."""

    spend: NDArray[np.float64]
    """log1p of their spend; of their orders where these have no amounts."""
    bought: NDArray[np.bool_]


@dataclass(frozen=True)
class Prediction:
    """What is expected of customers who were not learnt from."""

    spend: NDArray[np.float64]
    bought: NDArray[np.float64]
    """Any number that rises with the chance that they buy."""


@dataclass(frozen=True)
class Power:
    """Predictive power with its standard errors over customers."""

    r2: float
    """1 - squared error / squared error of predicting the mean; can be negative."""
    r2_se: float
    auc: float
    auc_se: float
    influence: NDArray[np.float64]
    """Each customer's pull on R² (mean 0): differences of two give the error of a lead."""


def folds(
    outcome: Outcome, seed: int, repeats: int = REPEATS
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split the customers into training and held-out ones, stratified by whether they bought.

    Returns
    -------
    list of (training, held out)
        FOLDS pairs for each repeat. All methods are judged on the same ones.
    """
    return [
        split
        for repeat in range(repeats)
        for split in StratifiedKFold(FOLDS, shuffle=True, random_state=seed + repeat).split(
            outcome.spend, outcome.bought
        )
    ]


def power(
    outcome: Outcome,
    splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    predict: Callable[[NDArray[np.int64], NDArray[np.int64]], Prediction],
) -> Power:
    """Judge predictions of held-out customers.

    Parameters
    ----------
    outcome
        What the customers did.
    splits
        What `folds` gives; every customer is held out equally often.
    predict
        From training and held-out rows to the prediction for the held-out ones.

    Returns
    -------
    Power
        R² has the standard error of a ratio of means (delta method), the AUC that of DeLong,
        DeLong & Clarke-Pearson (1988). Both are those of drawing these customers; the choice of
        folds adds little, as each customer's terms are means over the repeats.
    """
    times = len(splits) / FOLDS
    missed = np.zeros(len(outcome.spend))
    spread = np.zeros(len(outcome.spend))
    placed = np.zeros(len(outcome.spend))
    for training, held_out in splits:
        prediction = predict(training, held_out)
        actual = outcome.spend[held_out]
        missed[held_out] += (actual - prediction.spend) ** 2 / times
        spread[held_out] += (actual - outcome.spend[training].mean()) ** 2 / times
        placed[held_out] += _placements(prediction.bought, outcome.bought[held_out]) / times
    variance = spread.mean()
    r2 = 1 - missed.mean() / variance
    influence = (spread - missed - r2 * spread) / variance
    buyers, others = placed[outcome.bought], placed[~outcome.bought]
    auc_variance = buyers.var(ddof=1) / len(buyers) + others.var(ddof=1) / len(others)
    return Power(
        float(r2),
        standard_error(influence),
        float(buyers.mean()),
        float(np.sqrt(auc_variance)),
        influence,
    )


def standard_error(influence: NDArray[np.float64]) -> float:
    """Standard error of a mean, or of a figure with these influences."""
    return float(influence.std(ddof=1) / np.sqrt(len(influence)))


def by_group(
    groups: NDArray[Any], outcome: Outcome
) -> Callable[[NDArray[np.int64], NDArray[np.int64]], Prediction]:
    """Predict from membership alone: the mean of the training customers of the same group.

    Groups without a training customer get the mean of all.
    """
    labels, number = np.unique(groups, return_inverse=True)

    def predict(training: NDArray[np.int64], held_out: NDArray[np.int64]) -> Prediction:
        sizes = np.bincount(number[training], minlength=len(labels))

        def expect(actual: NDArray[Any]) -> NDArray[np.float64]:
            sums = np.bincount(number[training], actual[training], len(labels))
            means = np.full(len(labels), actual[training].mean())
            np.divide(sums, sizes, out=means, where=sizes > 0)
            return means[number[held_out]]

        return Prediction(expect(outcome.spend), expect(outcome.bought))

    return predict


def _placements(prediction: NDArray[np.float64], bought: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For a buyer the share of others ranked lower, for the others the share of buyers higher.

    A tie counts half, so that the mean over buyers, as that over the others, is the AUC.
    """
    placed = np.empty(len(prediction))
    for side, lower in ((bought, True), (~bought, False)):
        rivals = np.sort(prediction[~side])
        left = np.searchsorted(rivals, prediction[side], side="left")
        right = np.searchsorted(rivals, prediction[side], side="right")
        share = (left + right) / 2 / len(rivals)
        placed[side] = share if lower else 1 - share
    return placed
