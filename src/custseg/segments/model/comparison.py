"""The chosen model beside others a data scientist would ask about: for judging, not for use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from sklearn.cluster import AgglomerativeClustering, BisectingKMeans
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    pairwise_distances_argmin,
    silhouette_score,
)
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import build, clusterer, matrix, usable_features
from custseg.segments.model.resampling import RESAMPLE_STARTS, resample, spread
from custseg.segments.model.silhouettes import sample_of
from custseg.settings import ModelSettings, RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from custseg.segments.model.resampling import Progress

_AT_MOST: Final = 5_000
"""Customers compared on, sampled: Ward's method needs the square of their number."""
_RESAMPLES: Final = 20
_RFM: Final = ("recency_days", "frequency", "monetary")
_EFFORT: Final = 50
"""A Ward fit takes about as long as so many K-means starts."""


@dataclass(frozen=True)
class _Rival:
    """A way to group customers: what it sees of them, and how it groups."""

    name: str
    settings: ModelSettings
    grouping: Callable[[ModelSettings, int], Any]
    outlook: tuple[float, ...] | None = None


def compare(
    features: pd.DataFrame,
    k: int,
    settings: ModelSettings | None = None,
    run_settings: RunSettings | None = None,
    progress: Progress | None = None,
    outlook_axis: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set the chosen model beside others with as many groups.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id; of more than 5,000 a sample is used.
    k
        Number of groups.
    outlook_axis
        What the stage `outlook` gave; None or empty: without that axis.

    Returns
    -------
    DataFrame
        For each model: stability (mean adjusted Rand index over 20 bootstrap resamples) and its
        standard deviation, silhouette, Calinski-Harabasz and Davies-Bouldin, all three in the
        chosen model's space, so that a blob in a space of outliers does not look good; smallest
        and largest share.

    Notes
    -----
    Gaussian mixture: EM with full covariances. Agglomerative: Ward (1963); customers outside the
    fit go to the nearest centroid. Bisecting K-means: Steinbach et al. (2000). K-means on raw RFM:
    recency, frequency and spend standardised without logarithm, as notebooks do.
    """
    settings, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    run = run_settings or RunSettings()
    kept = features.iloc[sample_of(len(features), _AT_MOST, settings.seed)]
    lighter = settings.model_copy(update={"n_init": RESAMPLE_STARTS})
    with threadpool_limits(1):
        space = build(settings, outlook=outlook).fit_transform(matrix(kept, settings))
    rivals = _rivals(lighter, kept, outlook)
    values = {rival.name: matrix(kept, rival.settings) for rival in rivals}
    full = [partial(_grouped, rival, values[rival.name], k) for rival in rivals]
    again = [
        partial(_grouped, rival, values[rival.name], k, number)
        for rival in rivals
        for number in range(_RESAMPLES)
    ]
    labels = spread([*full, *again], len(kept) * _EFFORT * len(again), run.workers, progress)
    rows = []
    for i, rival in enumerate(rivals):
        own = labels[i]
        start = len(rivals) + i * _RESAMPLES
        agreement = [adjusted_rand_score(own, ls) for ls in labels[start : start + _RESAMPLES]]
        shares = np.bincount(own) / len(own)
        rows.append(
            {
                "model": rival.name,
                "stability": np.mean(agreement),
                "stability_sd": np.std(agreement, ddof=1),
                "silhouette": silhouette_score(space, own),
                "calinski_harabasz": calinski_harabasz_score(space, own),
                "davies_bouldin": davies_bouldin_score(space, own),
                "smallest_share": shares.min(),
                "largest_share": shares.max(),
            }
        )
    return pd.DataFrame(rows)


def _rivals(
    settings: ModelSettings, features: pd.DataFrame, outlook: tuple[float, ...] | None
) -> list[_Rival]:
    raw_rfm = settings.model_copy(
        update={
            "features": _RFM,
            "transform": dict.fromkeys(_RFM, "none"),
            "weights": {},
            "clip": 0.0,
            "variance": 1.0,
            "components": None,
        }
    )
    return [
        _Rival("custseg", settings, clusterer, outlook),
        _Rival("Gaussian mixture", settings, _mixture),
        _Rival("agglomerative (Ward)", settings, _ward),
        _Rival("bisecting K-means", settings, _bisecting),
        _Rival("K-means on raw RFM", usable_features(raw_rfm, features), clusterer),
    ]


def _mixture(settings: ModelSettings, k: int) -> GaussianMixture:
    return GaussianMixture(k, random_state=settings.seed)


def _ward(_: ModelSettings, k: int) -> AgglomerativeClustering:
    return AgglomerativeClustering(k, linkage="ward")


def _bisecting(settings: ModelSettings, k: int) -> BisectingKMeans:
    return BisectingKMeans(k, n_init=settings.n_init, random_state=settings.seed)


def _grouped(
    rival: _Rival, values: NDArray[np.float64], k: int, number: int | None = None
) -> NDArray[np.int64]:
    """Labels of all customers by a fit to them or, given its number, to a resample of them."""
    sample = values if number is None else values[resample(len(values), rival.settings, number)]
    steps = build(rival.settings, outlook=rival.outlook)
    points = steps.fit_transform(sample)
    model = rival.grouping(rival.settings, k).fit(points)
    everyone = steps.transform(values)
    labels: NDArray[np.int64]
    if hasattr(model, "predict"):
        labels = model.predict(everyone)
    else:
        centroids = pd.DataFrame(points).groupby(model.labels_).mean().to_numpy()
        labels = pairwise_distances_argmin(everyone, centroids)
    return labels
