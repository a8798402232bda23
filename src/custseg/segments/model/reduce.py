"""The model's space, to look at and to draw: principal components and the outlook axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import build, matrix, weights
from custseg.segments.model.sampling import in_batches, rows_to_fit
from custseg.settings import ModelSettings


@dataclass(frozen=True)
class Reduced:
    """Components per customer, what they are made of, and how much they explain."""

    components: pd.DataFrame
    loadings: pd.DataFrame
    explained_variance: pd.DataFrame


def reduce(
    features: pd.DataFrame,
    settings: ModelSettings | None = None,
    outlook_axis: pd.DataFrame | None = None,
) -> Reduced:
    """Reduce the model's features to principal components, as the final pipeline does.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    settings
        The `[model]` settings.
    outlook_axis
        What the stage `outlook` gave; None or empty: without that axis.

    Returns
    -------
    Reduced
        Components are kept until they explain `[model] variance`, or as many as
        `[model] components` says; explained_variance lists all. A loading is the correlation of a
        standardised feature with a component (its coefficient times the square root of the
        component's variance, over the feature's weight) or with the outlook axis, component 0.

    Raises
    ------
    ModelError
        A feature has missing values.

    Examples
    --------
    >>> custseg.reduce(features).components.shape
    (120, 4)
    """
    settings, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    values = matrix(features, settings)
    with threadpool_limits(1):
        kept = build(settings, outlook=outlook)
        rows = rows_to_fit(features, settings)
        seen = values if rows is None else values[rows]
        scores = kept.fit_transform(seen)
        if rows is not None:
            scores = in_batches(kept.transform, values)
        whole = settings.model_copy(update={"variance": 1.0, "components": None})
        every = build(whole).fit(seen)["pca"]
    pca = kept["pca"]
    count = pca.n_components_
    names_seen = settings.features[: pca.components_.shape[1]]
    own_weights = weights(settings)[: len(names_seen)]
    loadings = pca.components_ * np.sqrt(pca.explained_variance_)[:, None] / own_weights
    names = [f"pc{i}" for i in range(1, count + 1)]
    components = pd.DataFrame(scores[:, :count], columns=names)
    components.insert(0, "customer_id", features["customer_id"].to_numpy())
    components["outlook"] = scores[:, count] if scores.shape[1] > count else np.nan
    made_of = pd.DataFrame(
        {
            "component": np.repeat(np.arange(1, count + 1), len(names_seen)),
            "feature": list(names_seen) * count,
            "weight": pca.components_.ravel(),
            "loading": loadings.ravel(),
        }
    )
    if scores.shape[1] > count:
        z = kept["clip"].transform(kept[:2].transform(seen))
        along = scores[:, count] if rows is None else scores[rows, count]
        axis = pd.DataFrame(
            {
                "component": 0,
                "feature": list(settings.features),
                "weight": pca.axes_[count],
                "loading": np.corrcoef(z, along, rowvar=False)[-1, :-1],
            }
        )
        made_of = pd.concat([axis, made_of], ignore_index=True)
    explained = pd.DataFrame(
        {
            "component": np.arange(1, len(every.explained_variance_) + 1),
            "variance": every.explained_variance_,
            "share": every.explained_variance_ratio_,
            "cumulative_share": every.explained_variance_ratio_.cumsum(),
        }
    )
    explained["kept"] = explained["component"] <= count
    return Reduced(components, made_of, explained)
