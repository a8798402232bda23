"""The principal components of the model's features, to look at and to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.segments.model.pipeline import build, matrix, usable_features, weights
from custseg.settings import ModelSettings


@dataclass(frozen=True)
class Reduced:
    """Components per customer, what they are made of, and how much they explain."""

    components: pd.DataFrame
    loadings: pd.DataFrame
    explained_variance: pd.DataFrame


def reduce(features: pd.DataFrame, settings: ModelSettings | None = None) -> Reduced:
    """Reduce the model's features to principal components, as the final pipeline does.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    settings
        The `[model]` settings.

    Returns
    -------
    Reduced
        Components are kept until they explain `[model] variance`, or as many as
        `[model] components` says; explained_variance lists all. A loading is the correlation of a
        standardised feature with a component (its coefficient times the square root of the
        component's variance, over the feature's weight).

    Raises
    ------
    ModelError
        A feature has missing values.
    """
    settings = usable_features(settings or ModelSettings(), features)
    values = matrix(features, settings)
    with threadpool_limits(1):
        kept = build(settings)
        scores = kept.fit_transform(values)
        whole = settings.model_copy(update={"variance": 1.0, "components": None})
        every = build(whole).fit(values)["pca"]
    pca = kept["pca"]
    loadings = pca.components_ * np.sqrt(pca.explained_variance_)[:, None] / weights(settings)
    names = [f"pc{i}" for i in range(1, pca.n_components_ + 1)]
    components = pd.DataFrame(scores, columns=names)
    components.insert(0, "customer_id", features["customer_id"].to_numpy())
    made_of = pd.DataFrame(
        {
            "component": np.repeat(np.arange(1, pca.n_components_ + 1), len(settings.features)),
            "feature": list(settings.features) * pca.n_components_,
            "weight": pca.components_.ravel(),
            "loading": loadings.ravel(),
        }
    )
    explained = pd.DataFrame(
        {
            "component": np.arange(1, len(every.explained_variance_) + 1),
            "variance": every.explained_variance_,
            "share": every.explained_variance_ratio_,
            "cumulative_share": every.explained_variance_ratio_.cumsum(),
        }
    )
    explained["kept"] = explained["component"] <= pca.n_components_
    return Reduced(components, made_of, explained)
