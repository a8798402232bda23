"""The final pipeline, and the named segment of every customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.errors import ModelError
from custseg.model.naming import name_segments, reasons, rename, standardised_means
from custseg.model.pipeline import (
    build,
    by_value,
    customer_value,
    different,
    matrix,
    measured,
)
from custseg.model.silhouettes import renumbered, sample_of, silhouettes
from custseg.settings import ModelSettings, SegmentSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Fitted:
    """The fitted pipeline (its prediction plus one is the segment), and everyone's segments."""

    pipeline: Pipeline
    segments: pd.DataFrame
    segment_names: pd.DataFrame


def fit(
    features: pd.DataFrame,
    k: int,
    settings: ModelSettings | None = None,
    segments_settings: SegmentSettings | None = None,
) -> Fitted:
    """Fit the final pipeline and assign every customer to a segment.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    k
        Number of segments.
    settings
        The `[model]` settings.
    segments_settings
        The `[segments]` settings.

    Returns
    -------
    Fitted
        Segments are numbered by falling mean spend (orders, where there are no amounts), in the
        pipeline too. Distances are Euclidean,
        to a segment's centroid in the space of the kept components; the margin is how much nearer
        one's own is than the next, 1 - own / next: 0 on the border, 1 on the centroid. Silhouettes
        are exact up to `silhouette_sample` customers; above, a sample has them.

    Raises
    ------
    ModelError
        There are fewer customers than segments, or their features are unusable.
    """
    settings = measured(settings or ModelSettings(), features)
    naming = segments_settings or SegmentSettings()
    values = matrix(features, settings)
    distinct = different(values, settings)
    if distinct < k:
        raise ModelError(
            f"{k} segments need at least {k} different customers; there are {distinct:,} (of "
            f"{len(values):,}).",
            "Ask for fewer with --k, or add more orders.",
        )
    with threadpool_limits(1):
        pipeline = build(settings, k).fit(values)
        _order_by(customer_value(features), pipeline["kmeans"])
        labels = pd.Series(pipeline["kmeans"].labels_.astype(np.int64))
        points = pipeline[:-1].transform(values)
        distances = pipeline["kmeans"].transform(points)
        widths = _silhouettes(points, labels.to_numpy(), settings)
    names = name_segments(standardised_means(features, labels), naming)
    shown = rename(names, naming.names)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :2]
    own, other = np.take_along_axis(distances, nearest, axis=1).T
    margin = 1 - np.divide(own, other, out=np.ones_like(own), where=other > 0)
    segments = pd.DataFrame(
        {
            "customer_id": features["customer_id"].to_numpy(),
            "segment": labels + 1,
            "segment_name": labels.map(shown),
            "distance": own,
            "next_segment": nearest[:, 1] + 1,
            "margin": margin,
            "ambiguous": margin < naming.ambiguous_margin,
            "silhouette": widths,
        }
    )
    why = reasons(features, labels, names)
    named = pd.DataFrame(
        [(label + 1, shown[label], names[label], why[label]) for label in range(k)],
        columns=["segment", "segment_name", "rule", "reason"],
    )
    return Fitted(pipeline, segments, named)


def _silhouettes(
    points: NDArray[np.float64], labels: NDArray[np.int64], settings: ModelSettings
) -> NDArray[np.float64]:
    """Silhouette widths of the sampled customers, NaN for the others."""
    sample = sample_of(len(points), settings.silhouette_sample, settings.seed)
    widths = np.full(len(points), np.nan)
    (widths[sample],) = silhouettes(points[sample], [renumbered(labels[sample])])
    return widths


def _order_by(value: NDArray[np.float64], kmeans: KMeans | MiniBatchKMeans) -> None:
    """Renumber the clusters by falling mean of a value; the order K-means finds is arbitrary."""
    places = by_value(value, kmeans.labels_)
    kmeans.cluster_centers_ = kmeans.cluster_centers_[np.argsort(places)]
    kmeans.labels_ = places.astype(kmeans.labels_.dtype)[kmeans.labels_]
