"""How far customers have moved from those that a model was fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.segments.model.published import PublishedModel
    from custseg.settings import MonthlySettings


def stability_index(
    before: NDArray[np.float64], now: NDArray[np.float64], customers: tuple[int, int]
) -> float:
    """Population stability index of two spreads over the same bins; 0 where they are the same.

    Parameters
    ----------
    before, now
        Shares of each bin.
    customers
        How many they were: an empty bin counts as half a customer.

    Notes
    -----
    The symmetric Kullback-Leibler divergence (Jeffreys 1946), by its name in credit scoring
    (Siddiqi 2006, "Credit Risk Scorecards"), where 0.25 counts as a large shift.
    """
    p, q = (np.maximum(shares, 0.5 / n) for shares, n in zip((before, now), customers, strict=True))
    return float(((q - p) * np.log(q / p)).sum())


_LEAST_GAIN: Final = 0.05
"""A new fit that saves less is another partition as good as the one before."""


@dataclass(frozen=True)
class Drift:
    """A model held against customers of a later month."""

    table: pd.DataFrame
    """The artifact `drift`."""
    error: float
    """Mean squared distance to the centroids now, as a multiple of that at the fit."""
    relabelled: float
    """Share of customers whom fitting anew would put into another segment."""
    gain: float
    """Share of their mean squared distance that it would save."""

    def exceeded(self, settings: MonthlySettings) -> list[str]:
        """Say which thresholds are exceeded; none where the model still fits."""
        told = []
        if self.error > settings.most_error:
            told.append(
                f"customers are {_past(self.error, settings.most_error, 2)} times as far from the "
                f"centroids (mean squared distance) as at the fit, more than "
                f"{settings.most_error:g}"
            )
        if self.relabelled > settings.most_relabelled and self.gain > _LEAST_GAIN:
            share, most = 100 * self.relabelled, 100 * settings.most_relabelled
            told.append(
                f"fitting anew puts {_past(share, most, 1)} % of customers into another segment, "
                f"more than {most:g} %"
            )
        return told

    def figures(self, settings: MonthlySettings) -> str:
        """The two figures that decide."""
        idle = ""
        if self.relabelled > settings.most_relabelled and self.gain <= _LEAST_GAIN:
            idle = f", to come {100 * max(self.gain, 0.0):.1f} % nearer to the centroids"
        return (
            f"mean squared distance {self.error:.2f} times that of the fit, "
            f"{100 * self.relabelled:.1f} % would be relabelled by fitting anew{idle}"
        )


def _past(figure: float, threshold: float, places: int) -> str:
    """A figure above its threshold, rounded up where it would seem to be just on it."""
    shown = f"{figure:.{places}f}"
    if float(shown) > threshold:
        return shown
    return f"{np.ceil(figure * 10**places) / 10**places:.{places}f}"


def measure(
    model: PublishedModel,
    values: NDArray[np.float64],
    refit: NDArray[np.int64],
    as_of: str,
    settings: MonthlySettings,
) -> Drift:
    """Hold a model against the customers of a later month.

    Parameters
    ----------
    values
        The model's features of the customers, as `ScoringModel.matrix` gives them.
    refit
        The segment of each under a fit to these customers, matched with the model's segments.
    as_of
        Their as-of date.
    settings
        The thresholds.
    """
    scoring, training = model.scoring, model.training
    points = scoring.points(values)
    distances = scoring.distances(points)
    squared = float((distances.min(axis=1) ** 2).mean())
    labels = scoring.labels(points)
    anew = _spread_within(points, refit)
    then_squared = training.mean_squared_distance
    # Everybody may have been on a centroid.
    error = squared / then_squared if then_squared else np.inf if squared else 1.0
    relabelled = float((labels != refit).mean())
    gain = 1 - anew / squared if squared else 0.0
    rows = [
        _row("error", "", then_squared, squared, error, settings.most_error),
        _row("relabelled", "", 0.0, relabelled, relabelled, settings.most_relabelled),
        _row("refit_gain", "", squared, anew, gain),
        _row("age", "", 0.0, age := months(training.as_of, as_of), age, settings.most_months),
    ]
    for i, one in enumerate(training.spreads):
        then, now = np.array(one.shares), one.shares_of(values[:, i])
        psi = stability_index(then, now, (training.customers, len(values)))
        rows.append(_row("psi", one.feature, one.median, float(np.median(values[:, i])), psi))
    for segment, share in zip(scoring.segments, training.shares, strict=True):
        now_share = float((labels == segment).mean())
        rows.append(_row("share", model.rules[segment], share, now_share, now_share - share))
    return Drift(_typed(rows), error, relabelled, gain)


def _spread_within(points: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean squared distance of points to the mean of those with the same label."""
    _, groups, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.column_stack([np.bincount(groups, weights=axis) for axis in points.T])
    return float(((points - (sums / sizes[:, None])[groups]) ** 2).sum(axis=1).mean())


def no_drift() -> pd.DataFrame:
    """The artifact `drift` of a first model."""
    return _typed([])


def months(start: str, end: str) -> float:
    """Calendar months from one ISO date to another, days as parts of the last one's 31."""
    one, other = date.fromisoformat(start), date.fromisoformat(end)
    return (other.year - one.year) * 12 + other.month - one.month + (other.day - one.day) / 31


def _row(
    measure: str,
    subject: str,
    at_fit: float,
    now: float,
    value: float,
    threshold: float | None = None,
) -> tuple[object, ...]:
    exceeded = None if threshold is None else value > threshold
    return measure, subject, at_fit, now, value, threshold, exceeded


def _typed(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    # Not every row has a threshold, so `exceeded` can be null.
    types = ARTIFACTS["drift"].empty().dtypes.to_dict() | {"exceeded": "boolean"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)
