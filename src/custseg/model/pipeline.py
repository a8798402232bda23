"""The one builder of the model: transform, scale, PCA, K-means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from custseg.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.settings import ModelSettings


def log1p_positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + x), with what is below zero (net refunds) counted as zero."""
    return np.log1p(np.maximum(values, 0.0))


def build(settings: ModelSettings, k: int | None = None) -> Pipeline:
    """Return the unfitted pipeline that every stage of the model takes its steps from.

    Parameters
    ----------
    settings
        The `[model]` settings.
    k
        Number of segments; None leaves K-means out.

    Notes
    -----
    Order sizes and spend are heavy-tailed, hence log1p; PCA (Pearson 1901) merges features that
    say the same, unwhitened, so that a component weighs by the variance it explains; K-means
    (Lloyd 1982) starts from k-means++ (Arthur & Vassilvitskii 2007) `n_init` times.
    """
    steps = [
        ("log1p", FunctionTransformer(log1p_positive, feature_names_out="one-to-one")),
        ("scale", StandardScaler()),
        ("pca", PCA(n_components=_components(settings.variance), svd_solver="full")),
    ]
    if k is not None:
        steps.append(("kmeans", KMeans(k, n_init=settings.n_init, random_state=settings.seed)))
    return Pipeline(steps)


def matrix(features: pd.DataFrame, settings: ModelSettings) -> NDArray[np.float64]:
    """Return the model's features of all customers, one row each, in their order.

    Raises
    ------
    ModelError
        A feature has missing values, or is the same for every customer.
    """
    chosen = features[list(settings.features)]
    if chosen.empty:
        raise ModelError("There is no customer to segment.", "Check the ledger of custseg clean.")
    lacking = chosen.columns[chosen.isna().any()]
    if len(lacking):
        counts = ", ".join(f"{name} ({chosen[name].isna().sum():,} customers)" for name in lacking)
        raise ModelError(
            f"Some model features have no value for some customers: {counts}.",
            "Leave them out of [model] features.",
        )
    values: NDArray[np.float64] = chosen.to_numpy(dtype=np.float64)
    if not np.ptp(values, axis=0).any():
        raise ModelError(
            f"All {len(values):,} customers have the same features; there are no segments in them.",
            "Check that the source holds a shop's whole history.",
        )
    return values


def _components(variance: float) -> float | None:
    # scikit-learn reads 1.0 as one component; all of the variance is all components.
    return None if variance == 1 else variance
