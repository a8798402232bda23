"""How many segments: criteria for each number, and the one chosen with its reason."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from custseg.errors import ModelError
from custseg.model.pipeline import build, matrix
from custseg.model.silhouettes import silhouettes
from custseg.settings import ModelSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.cluster import KMeans

FEWEST_CANDIDATES = 3
"""An elbow needs two neighbours."""


@dataclass(frozen=True)
class KSelected:
    """The scores of every k tried, the k chosen and why."""

    k_scores: pd.DataFrame
    k: int
    k_reason: str


def select_k(features: pd.DataFrame, settings: ModelSettings | None = None) -> KSelected:
    """Score each number of segments from kmin to kmax, and choose one.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    settings
        The `[model]` settings; its k, where given, overrides the choice.

    Returns
    -------
    KSelected
        Inertia, silhouette (exact up to `silhouette_sample` customers, with its standard error
        above), Calinski-Harabasz (1974), Davies-Bouldin (1979) and the smallest segment's share.
        The elbow of the inertia (Satopää et al. 2011, "Finding a 'Kneedle' in a Haystack")
        decides; where there is none, the highest silhouette.

    Raises
    ------
    ModelError
        There are too few different customers.
    """
    settings = settings or ModelSettings()
    values = matrix(features, settings)
    with threadpool_limits(1):
        points = build(settings).fit_transform(values)
        candidates = _candidates(values, settings)
        fits = [_kmeans(settings, k).fit(points) for k in candidates]
        scores = _scores(points, candidates, fits, settings)
    elbow = _elbow(scores)
    k, reason = _choose(scores, elbow, settings)
    scores["elbow"] = scores["k"] == elbow
    scores["chosen"] = scores["k"] == k
    return KSelected(scores, k, reason)


def _kmeans(settings: ModelSettings, k: int) -> KMeans:
    kmeans: KMeans = build(settings, k)["kmeans"]
    return kmeans


def _candidates(values: NDArray[np.float64], settings: ModelSettings) -> list[int]:
    """The numbers of segments to try: fewer than there are different customers."""
    different = len(np.unique(values, axis=0))
    asked = settings.k
    if asked and asked >= different:
        raise ModelError(
            f"{asked} segments were asked for, but there are only {different:,} different "
            f"customers (of {len(values):,}).",
            "Ask for fewer, or add more orders.",
        )
    candidates = list(range(settings.kmin, min(settings.kmax, different - 1) + 1))
    if asked is None and len(candidates) < min(
        FEWEST_CANDIDATES, settings.kmax - settings.kmin + 1
    ):
        raise ModelError(
            f"Too few customers to find segments among: {different:,} different ones (of "
            f"{len(values):,}).",
            f"At least {settings.kmin + FEWEST_CANDIDATES} are needed; add more orders.",
        )
    return sorted({*candidates, asked} if asked else candidates)


def _scores(
    points: NDArray[np.float64],
    candidates: list[int],
    fits: list[KMeans],
    settings: ModelSettings,
) -> pd.DataFrame:
    labellings = [fit.labels_ for fit in fits]
    sample = _sample(len(points), settings)
    widths = silhouettes(points[sample], [_dense(labels[sample]) for labels in labellings])
    exact = len(sample) == len(points)
    return pd.DataFrame(
        {
            "k": candidates,
            "inertia": [fit.inertia_ for fit in fits],
            "silhouette": widths.mean(axis=1),
            "silhouette_se": np.nan if exact else widths.std(axis=1) / np.sqrt(len(sample)),
            "calinski_harabasz": [calinski_harabasz_score(points, ls) for ls in labellings],
            "davies_bouldin": [davies_bouldin_score(points, ls) for ls in labellings],
            "smallest_share": [np.bincount(ls).min() / len(points) for ls in labellings],
        }
    )


def _sample(customers: int, settings: ModelSettings) -> NDArray[np.int64]:
    if customers <= settings.silhouette_sample:
        return np.arange(customers)
    draw = np.random.default_rng(settings.seed)
    return np.sort(draw.choice(customers, settings.silhouette_sample, replace=False))


def _dense(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Labels renumbered 0 … without gaps: a sample may miss a small segment."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _elbow(scores: pd.DataFrame) -> int | None:
    """The k at which the inertia stops falling fast; None where it shows no such point."""
    from kneed import KneeLocator

    if len(scores) < FEWEST_CANDIDATES:
        return None
    with warnings.catch_warnings():
        # kneed warns where it finds no knee; that is an answer here.
        warnings.simplefilter("ignore", UserWarning)
        knee = KneeLocator(
            scores["k"], scores["inertia"], curve="convex", direction="decreasing"
        ).knee
    return None if knee is None else int(knee)


def _choose(scores: pd.DataFrame, elbow: int | None, settings: ModelSettings) -> tuple[int, str]:
    best = int(scores["k"].to_numpy()[scores["silhouette"].to_numpy().argmax()])
    width = scores["silhouette"].max()
    tried = f"k = {scores['k'].min()} to {scores['k'].max()}"
    if settings.k:
        says = f"the elbow says {elbow}, " if elbow else ""
        return settings.k, f"k = {settings.k}: asked for ({says}the silhouette {best})"
    if elbow:
        return elbow, (
            f"k = {elbow}: the elbow of the inertia over {tried} "
            f"(the silhouette alone says {best}, at {width:.2f})"
        )
    return best, (
        f"k = {best}: the highest silhouette ({width:.2f}) over {tried}, where the inertia has no "
        "elbow"
    )
