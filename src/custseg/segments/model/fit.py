"""The final pipeline, and the named segment of every customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.errors import ModelError
from custseg.orders.money import has_money
from custseg.segments.model.claims import fits, sentence
from custseg.segments.model.naming import name_segments, reasons, rename
from custseg.segments.model.nearness import nearness
from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import (
    build,
    by_value,
    clusterer,
    count_distinct,
    customer_value,
    matrix,
)
from custseg.segments.model.sampling import in_batches, rows_to_fit
from custseg.segments.model.scoring import ScoringModel, scoring_model
from custseg.segments.model.silhouettes import renumbered, sample_of, silhouettes
from custseg.settings import ModelSettings, SegmentSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


_AS_GOOD: Final = 1.01
"""Part of the least inertia up to which a partition like the one before is taken."""


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
    outlook_axis: pd.DataFrame | None = None,
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
    outlook_axis
        What the stage `outlook` gave; None or empty: without that axis.

    Returns
    -------
    Fitted
        Segments are numbered by falling mean spend (orders, where there are no amounts), in the
        pipeline too. Distances are Euclidean, to a segment's centroid in the space of the kept
        components and the outlook axis; the margin is how much nearer one's own is than the next,
        1 - own / next: 0 on the border, 1 on the centroid. Silhouettes are of the components
        without the axis, exact up to `silhouette_sample` customers; above, a sample has them.

    Raises
    ------
    ModelError
        There are fewer customers than segments, or their features are unusable.

    Examples
    --------
    >>> fitted = custseg.fit(features, k=3)
    >>> sorted(fitted.segments["segment"].unique().tolist())
    [1, 2, 3]
    """
    settings, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    naming = segments_settings or SegmentSettings()
    values = matrix(features, settings)
    with threadpool_limits(1):
        rows = rows_to_fit(features, settings)
        pipeline = fit_pipeline(values, k, settings, outlook, rows=rows)
        order_by_value(pipeline, features)
        scoring = scoring_model(pipeline, settings, tuple(range(1, k + 1)))
        labels = labels_of(scoring, features)
        rules = name_segments(features, labels)
        named = describe(features, scoring, rules, settings, naming)
    return Fitted(pipeline, named.segments, named.segment_names)


def fit_pipeline(
    values: NDArray[np.float64],
    k: int,
    settings: ModelSettings,
    outlook: tuple[float, ...] | None = None,
    near: NDArray[np.int64] | None = None,
    rows: NDArray[np.intp] | None = None,
) -> Pipeline:
    """Fit the whole pipeline to customers.

    Parameters
    ----------
    values
        Their features, as `matrix` gives them.
    outlook
        Coefficients of the outlook axis; None: without that axis.
    rows
        Which customers to fit, as `rows_to_fit` gives them; None: all.
    near
        Labels 0 … k-1 of a partition to start from too; its fit counts unless the other is
        better by 1 %.

    Returns
    -------
    Pipeline
        The labels of its K-means are those of all customers, whether they were fitted or not.

    Raises
    ------
    ModelError
        There are fewer different customers than segments, or the components tell fewer apart.
    """
    if rows is not None:
        pipeline = fit_pipeline(
            values[rows], k, settings, outlook, near if near is None else near[rows]
        )
        points = in_batches(pipeline[:-1].transform, values)
        pipeline["kmeans"].labels_ = in_batches(pipeline["kmeans"].predict, points)
        return pipeline
    distinct = count_distinct(values, settings)
    if distinct < k:
        raise ModelError(
            f"{k} segments need at least {k} different customers; there are {distinct:,} (of "
            f"{len(values):,}).",
            "Ask for fewer (k), or add more orders.",
        )
    pipeline = build(settings, k, outlook).fit(values)
    if near is not None:
        points = pipeline[:-1].transform(values)
        start = np.array([points[near == label].mean(axis=0) for label in range(k)])
        again = clusterer(settings, k).set_params(init=start, n_init=1).fit(points)
        if again.inertia_ < _AS_GOOD * pipeline["kmeans"].inertia_:
            pipeline.steps[-1] = ("kmeans", again)
    if _nobody_in(pipeline):
        # Mini-batches may lose a cluster; Lloyd's algorithm moves its centroid to who is far away.
        whole = clusterer(settings.model_copy(update={"algorithm": "kmeans"}), k)
        centroids = pipeline["kmeans"].cluster_centers_
        whole.set_params(init=centroids, n_init=1).fit(pipeline[:-1].transform(values))
        pipeline.steps[-1] = ("kmeans", whole)
    if empty := _nobody_in(pipeline):
        raise ModelError(
            f"Of {k} segments nobody is in {empty}: in the space of the components, customers are "
            "too much alike.",
            "Ask for fewer (k), or raise [model] components or variance.",
        )
    return pipeline


def _nobody_in(pipeline: Pipeline) -> int:
    """How many clusters of a fit hold no customer."""
    kmeans = pipeline["kmeans"]
    return len(kmeans.cluster_centers_) - len(np.unique(kmeans.labels_))


def order_by_value(pipeline: Pipeline, features: pd.DataFrame) -> None:
    """Renumber the clusters by falling mean value; the order K-means finds is arbitrary."""
    kmeans = pipeline["kmeans"]
    reorder(pipeline, np.argsort(by_value(customer_value(features), kmeans.labels_)))


def reorder(pipeline: Pipeline, order: NDArray[np.intp]) -> None:
    """Put the clusters of a fitted pipeline into another order."""
    kmeans = pipeline["kmeans"]
    kmeans.cluster_centers_ = kmeans.cluster_centers_[order]
    kmeans.labels_ = np.argsort(order)[kmeans.labels_].astype(np.int32)


def labels_of(scoring: ScoringModel, features: pd.DataFrame) -> NDArray[np.int64]:
    """The segment of every customer."""
    return scoring.labels(scoring.points(scoring.matrix(features)))


@dataclass(frozen=True)
class Described:
    """Everyone's segments, and what these are called."""

    segments: pd.DataFrame
    segment_names: pd.DataFrame


def describe(
    features: pd.DataFrame,
    scoring: ScoringModel,
    rules: Mapping[int, str],
    settings: ModelSettings,
    naming: SegmentSettings,
) -> Described:
    """Put customers into the segments of a model, and say why these are called what they are.

    Parameters
    ----------
    rules
        The name of each of the model's segments, before the shop's own takes its place.

    Returns
    -------
    Described
        A segment that nobody is in has no row in `segment_names`.
    """
    points = scoring.points(scoring.matrix(features))
    near = nearness(scoring, points)
    labels = pd.Series(near.own)
    shown = rename(rules, naming.names)
    segments = pd.DataFrame(
        {
            "customer_id": features["customer_id"].to_numpy(),
            "segment": labels,
            "segment_name": labels.map(shown),
            "distance": near.distance,
            "next_segment": near.next,
            "margin": near.margin,
            "ambiguous": near.margin < naming.ambiguous_margin,
            "silhouette": _silhouettes(
                points[:, :-1] if scoring.outlook else points, labels.to_numpy(), settings
            ),
            "fits_name": fits(features, near.own, rules).to_numpy(),
        }
    )
    there = {segment: rules[segment] for segment in sorted(labels.unique().tolist())}
    why, money = reasons(features, labels, there), has_money(features)
    named = pd.DataFrame(
        [
            (segment, shown[segment], rule, why[segment], sentence(rule, money=money))
            for segment, rule in there.items()
        ],
        columns=["segment", "segment_name", "rule", "reason", "claim"],
    )
    return Described(segments, named)


def _silhouettes(
    points: NDArray[np.float64], labels: NDArray[np.int64], settings: ModelSettings
) -> NDArray[np.float64]:
    """Silhouette widths of the sampled customers, NaN for the others."""
    sample = sample_of(len(points), settings.silhouette_sample, settings.seed)
    widths = np.full(len(points), np.nan)
    clusters = renumbered(labels[sample])
    if clusters.max() > 0:
        (widths[sample],) = silhouettes(points[sample], [clusters])
    return widths
