"""Whether a partition is worth believing: refits on other customers, seeds and no structure."""

from __future__ import annotations

import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import ThreadpoolController

from custseg.engine.processes import are_started, cores, in_order
from custseg.segments.model.pipeline import build, varies
from custseg.segments.model.starts import quick_clusterer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

    Progress = Callable[[int, int], None]
    """Told how many pieces of work are done, of how many."""
    Labels = Mapping[int, NDArray[np.int32]]

T = TypeVar("T")

RESAMPLE_STARTS: Final = 10
REFERENCES: Final = 20
"""Data sets without structure behind a gap statistic."""
_REFERENCE_STARTS: Final = 5
OTHER_SEEDS: Final = 4
_WORTH_WORKERS: Final = 2_000_000
"""Customers × K-means starts below which starting worker processes takes longer than the work."""
_STARTED: Final = 10
"""How many times less pays where they have been started."""


def bootstrap_stability(
    values: NDArray[np.float64],
    labels: Labels,
    resamples: Mapping[int, int],
    settings: ModelSettings,
    workers: int | None = None,
    progress: Progress | None = None,
    outlook: tuple[float, ...] | None = None,
) -> dict[int, NDArray[np.float64]]:
    """Agreement of partitions fitted to resampled customers with the one fitted to all.

    Parameters
    ----------
    values
        The model's features, shape (customers, features), untransformed.
    labels
        For each k, the customers' labels in the fit to all of them.
    resamples
        For each k, how many resamples to draw.
    workers
        Processes; their number changes no bit of the result.
    outlook
        Coefficients of the outlook axis, the same in each resample; None: without that axis.

    Returns
    -------
    dict
        For each k, the adjusted Rand index of each resample.

    Notes
    -----
    Hennig (2007), "Cluster-wise assessment of cluster stability": customers are drawn with
    replacement, the whole pipeline (transform, scale, PCA, K-means) is refitted on them and labels
    all customers; Hubert & Arabie's (1985) index compares. K-means meets a customer drawn twice
    once, with twice the weight: a third of a resample is such copies.
    """
    most = max(resamples.values())
    drawn = [[k for k, count in resamples.items() if i < count] for i in range(most)]
    tasks = [
        partial(_resampled, values, {k: labels[k] for k in ks}, i, settings, outlook)
        for i, ks in enumerate(drawn)
    ]
    starts = RESAMPLE_STARTS * sum(resamples.values())
    found = spread(tasks, len(values) * starts, workers, progress)
    return {k: np.array([each[k] for each in found if k in each]) for k in resamples}


def seed_stability(
    points: NDArray[np.float64],
    labels: Labels,
    settings: ModelSettings,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[int, float]:
    """Mean adjusted Rand index of K-means under other seeds with the fit, for each k.

    Parameters
    ----------
    points
        Component scores, shape (customers, components).
    """
    seeds = _seeds(settings, "seed", OTHER_SEEDS)
    tasks = [partial(_reseeded, points, labels, seed, settings) for seed in seeds]
    effort = len(points) * settings.n_init * len(labels) * len(seeds)
    found = spread(tasks, effort, workers, progress)
    return {k: float(np.mean([each[k] for each in found])) for k in labels}


def reference_dispersions(
    points: NDArray[np.float64],
    ks: Sequence[int],
    settings: ModelSettings,
    workers: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Log inertia for each k (column) of data sets without structure (rows).

    Notes
    -----
    Tibshirani, Walther & Hastie (2001), "Estimating the number of clusters in a data set via the
    gap statistic": uniform over the range of the data along its principal components.
    """
    seeds = _seeds(settings, "reference", REFERENCES)
    tasks = [partial(_structureless, points, ks, seed, settings) for seed in seeds]
    effort = len(points) * _REFERENCE_STARTS * len(ks) * len(seeds)
    return np.array(spread(tasks, effort, workers, progress))


def resample(customers: int, settings: ModelSettings, number: int) -> NDArray[np.int64]:
    """Draw as many customers as there are, with replacement; equal numbers, equal draws."""
    draw = np.random.default_rng([settings.seed, number])
    return draw.integers(customers, size=customers)


def log_inertia(points: NDArray[np.float64], labels: NDArray[np.int32]) -> float:
    """Logarithm of the summed squared distances to the mean of one's own group."""
    means = pd.DataFrame(points).groupby(labels).transform("mean").to_numpy()
    return float(np.log(max(((points - means) ** 2).sum(), np.finfo(float).tiny)))


def spread(
    tasks: Sequence[Callable[[], T]],
    effort: int,
    workers: int | None,
    progress: Progress | None,
) -> list[T]:
    """Run tasks in worker processes where that pays; results in the order of the tasks."""
    processes = min(cores(workers), len(tasks))
    if effort < _WORTH_WORKERS // (_STARTED if are_started() else 1):
        processes = 1
    finished = 0

    def done() -> None:
        nonlocal finished
        finished += 1
        if progress:
            progress(finished, len(tasks))

    alone = [partial(_alone, task) for task in tasks]
    if processes > 1:
        return in_order(alone, processes, done)
    found = []
    for task in alone:
        found.append(task())
        done()
    return found


@cache
def _threads() -> ThreadpoolController:
    """The libraries' threads, which it takes as long to find as to fit a few clusters."""
    return ThreadpoolController()


def _alone(task: Callable[[], T]) -> T:
    """Run a task on one thread; a resample with fewer different customers than k is no concern."""
    with _threads().limit(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return task()


def _seeds(settings: ModelSettings, purpose: str, count: int) -> list[int]:
    state = np.random.SeedSequence([settings.seed, *purpose.encode()]).generate_state(count)
    return [int(seed) for seed in state]


def _resampled(
    values: NDArray[np.float64],
    labels: Labels,
    number: int,
    settings: ModelSettings,
    outlook: tuple[float, ...] | None,
) -> dict[int, float]:
    drawn = resample(len(values), settings, number)
    sample = values[drawn]
    if not varies(sample, settings):
        return dict.fromkeys(labels, 0.0)
    lighter = settings.model_copy(update={"n_init": RESAMPLE_STARTS})
    everyone = build(lighter, outlook=outlook).fit(sample).transform(values)
    times = np.bincount(drawn, minlength=len(values)).astype(float)
    once, often = everyone[times > 0], times[times > 0]

    def agreement(k: int) -> float:
        # K-means asks for as many points as clusters, copies or not.
        points, weights = (once, often) if len(once) >= k else (everyone[drawn], None)
        refit = quick_clusterer(lighter, k, weights).fit(points, sample_weight=weights)
        return float(adjusted_rand_score(labels[k], refit.predict(everyone)))

    return {k: agreement(k) for k in labels}


def _reseeded(
    points: NDArray[np.float64], labels: Labels, seed: int, settings: ModelSettings
) -> dict[int, float]:
    other = settings.model_copy(update={"seed": seed})
    return {
        k: float(adjusted_rand_score(own, quick_clusterer(other, k).fit(points).labels_))
        for k, own in labels.items()
    }


def _structureless(
    points: NDArray[np.float64], ks: Sequence[int], seed: int, settings: ModelSettings
) -> list[float]:
    draw = np.random.default_rng(seed)
    uniform = draw.uniform(points.min(axis=0), points.max(axis=0), points.shape)
    lighter = settings.model_copy(update={"n_init": _REFERENCE_STARTS, "seed": seed})
    return [log_inertia(uniform, quick_clusterer(lighter, k).fit(uniform).labels_) for k in ks]
