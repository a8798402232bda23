"""K-means fits for each number of segments tried, and how customers go from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custseg.segments.model.resampling import spread
from custseg.segments.model.sampling import batches, in_batches
from custseg.segments.model.starts import quick_clusterer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sklearn.cluster import KMeans, MiniBatchKMeans

    from custseg.segments.model.resampling import Progress
    from custseg.settings import ModelSettings


@dataclass(frozen=True)
class Clusters:
    """A number of clusters: whose each customer is, and the inertia of all."""

    labels: NDArray[np.int32]
    inertia: float


def clusters_of(
    fitted: NDArray[np.float64],
    points: NDArray[np.float64],
    candidates: Sequence[int],
    settings: ModelSettings,
    workers: int | None,
    progress: Progress | None,
) -> dict[int, Clusters]:
    """Fit each number of clusters to some points, and label all.

    Parameters
    ----------
    fitted
        The points to fit: those of a sample, or `points` itself.
    points
        The points of all customers.
    candidates
        The numbers of clusters.
    workers
        Processes; their number changes no bit of the result.
    """
    effort = len(fitted) * settings.n_init * len(candidates)
    # The largest take longest, so they begin.
    largest_first = sorted(candidates, reverse=True)
    tasks = [partial(_fit, fitted, k, settings) for k in largest_first]
    fits = dict(zip(largest_first, spread(tasks, effort, workers, progress), strict=True))
    if fitted is points:
        return {k: Clusters(fits[k].labels_, fits[k].inertia_) for k in candidates}
    found = {}
    for k in candidates:
        labels = in_batches(fits[k].predict, points)
        apart = (
            ((points[part] - fits[k].cluster_centers_[labels[part]]) ** 2).sum()
            for part in batches(len(points))
        )
        found[k] = Clusters(labels, float(sum(apart)))
    return found


def flows_of(
    position: NDArray[np.float64], labels: Mapping[int, NDArray[np.signedinteger]]
) -> pd.DataFrame:
    """How the clusters of each k divide into those of the next: the artifact `k_flows`.

    Schonlau (2002), "The clustergram: a graph for visualizing hierarchical and nonhierarchical
    cluster analyses", draws them at their position on the first component.
    """
    ks = list(labels)
    tables = []
    for k, following in zip(ks, [*ks[1:], None], strict=True):
        own = labels[k]
        after = labels[following] + 1 if following else np.zeros_like(own)
        # Counted as one number: data frames would take twenty times as long.
        base = int(after.max()) + 1
        pairs, customers = np.unique(own * base + after, return_counts=True)
        cluster, next_cluster = np.divmod(pairs, base)
        means = np.bincount(own, weights=position) / np.maximum(np.bincount(own), 1)
        tables.append(
            pd.DataFrame(
                {
                    "k": k,
                    "cluster": cluster + 1,
                    "next_cluster": next_cluster,
                    "customers": customers,
                    "position": means[cluster],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _fit(points: NDArray[np.float64], k: int, settings: ModelSettings) -> KMeans | MiniBatchKMeans:
    return quick_clusterer(settings, k).fit(points)
