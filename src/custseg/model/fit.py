"""The final pipeline, and the named segment of every customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.errors import ModelError
from custseg.model.naming import name_segments, standardised_means
from custseg.model.pipeline import build, matrix
from custseg.settings import ModelSettings

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Fitted:
    """The fitted pipeline (its prediction plus one is the segment) and everyone's segments."""

    pipeline: Pipeline
    segments: pd.DataFrame


def fit(features: pd.DataFrame, k: int, settings: ModelSettings | None = None) -> Fitted:
    """Fit the final pipeline and assign every customer to a segment.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    k
        Number of segments.
    settings
        The `[model]` settings.

    Returns
    -------
    Fitted
        Segments are numbered by falling mean spend, in the pipeline too. The distance is the
        Euclidean one to the segment's centroid, in the space of the kept components.

    Raises
    ------
    ModelError
        There are fewer customers than segments, or their features are unusable.
    """
    settings = settings or ModelSettings()
    values = matrix(features, settings)
    different = len(np.unique(values, axis=0))
    if different < k:
        raise ModelError(
            f"{k} segments need at least {k} different customers; there are {different:,} (of "
            f"{len(values):,}).",
            "Ask for fewer with --k, or add more orders.",
        )
    with threadpool_limits(1):
        pipeline = build(settings, k).fit(values)
        value = features["monetary"] if "monetary" in features else features["frequency"]
        _order_by(value.to_numpy(), pipeline["kmeans"])
        labels = pd.Series(pipeline["kmeans"].labels_.astype(np.int64))
        distances = pipeline.transform(values).min(axis=1)
    names = name_segments(standardised_means(features, labels))
    segments = pd.DataFrame(
        {
            "customer_id": features["customer_id"].to_numpy(),
            "segment": labels + 1,
            "segment_name": labels.map(names),
            "distance": distances,
        }
    )
    return Fitted(pipeline, segments)


def _order_by(value: np.ndarray[tuple[int], np.dtype[np.float64]], kmeans: KMeans) -> None:
    """Renumber the clusters by falling mean of a value; the order K-means finds is arbitrary."""
    sizes = np.bincount(kmeans.labels_, minlength=kmeans.n_clusters)
    means = np.bincount(kmeans.labels_, weights=value) / sizes
    order = np.argsort(-means, kind="stable")
    kmeans.cluster_centers_ = kmeans.cluster_centers_[order]
    kmeans.labels_ = np.argsort(order).astype(kmeans.labels_.dtype)[kmeans.labels_]
