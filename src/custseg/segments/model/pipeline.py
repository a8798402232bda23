"""The one builder of the model: transform, scale, clip, weigh, project, K-means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from custseg.errors import ModelError
from custseg.orders.money import has_money
from custseg.segments.model.space import ROUNDING, Space
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

_BATCH: Final = 4096
NEARLY_ALL: Final = 0.95
"""A feature that is the same for so large a share of customers is left out."""
_AGE: Final = "tenure_days"
_COHORT: Final = 0.5
"""Customers are one cohort whose 5 % quantile of tenure is at least this part of the 95 % one."""


def log1p_positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + x), with what is below zero (net refunds) counted as zero."""
    return np.log1p(np.maximum(values, 0.0))


def transform(values: NDArray[np.float64], logged: Sequence[bool]) -> NDArray[np.float64]:
    """Take `log1p_positive` of the columns marked, and leave the others as they are."""
    return np.where(logged, log1p_positive(values), values)


def weigh(values: NDArray[np.float64], weights: Sequence[float]) -> NDArray[np.float64]:
    """Multiply each column by its weight."""
    weighed: NDArray[np.float64] = values * np.asarray(weights)
    return weighed


def z_scores(values: pd.DataFrame) -> pd.DataFrame:
    """How many standard deviations from the mean of its column each value is.

    0 where a column is the same for all: its standard deviation is nothing but rounding errors.
    """
    differs = values.max() - values.min() > ROUNDING
    return (values - values.mean()) / values.std(ddof=0).where(differs, np.inf)


def clip(values: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Cut what is farther from the mean than so many standard deviations; 0 cuts nothing."""
    return np.clip(values, -most, most) if most else values


def build(
    settings: ModelSettings, k: int | None = None, outlook: tuple[float, ...] | None = None
) -> Pipeline:
    """Return the unfitted pipeline that every stage of the model takes its steps from.

    Parameters
    ----------
    settings
        The `[model]` settings.
    k
        Number of segments; None leaves K-means out.
    outlook
        Coefficient of each standardised feature in the outlook axis; None leaves the axis out.

    Notes
    -----
    Order sizes and spend are heavy-tailed, hence log1p; PCA (Pearson 1901) merges features that
    say the same, unwhitened, so that a component weighs by the variance it explains; K-means
    (Lloyd 1982; in batches, Sculley 2010) starts from k-means++ (Arthur & Vassilvitskii 2007)
    `n_init` times. All of it is closed-form: log1p, affine, clip, matrix, nearest centroid.
    """
    along = None
    if outlook is not None:
        along = tuple(one / own for one, own in zip(outlook, weights(settings), strict=True))
    steps = [
        *standardiser(settings).steps,
        ("weigh", _columnwise(weigh, {"weights": weights(settings)})),
        (
            "pca",
            Space(
                _components(settings),
                beside=len(beside_components(settings)),
                outlook=along,
                outlook_weight=settings.outlook_weight,
            ),
        ),
    ]
    if k is not None:
        steps.append(("kmeans", clusterer(settings, k)))
    return Pipeline(steps)


def standardiser(settings: ModelSettings) -> Pipeline:
    """Return the unfitted steps that come before features are weighed."""
    return Pipeline(
        [
            ("transform", _columnwise(transform, {"logged": _logged(settings)})),
            ("scale", StandardScaler()),
            ("clip", _columnwise(clip, {"most": settings.clip})),
        ]
    )


def clusterer(settings: ModelSettings, k: int) -> KMeans | MiniBatchKMeans:
    """Return the unfitted last step."""
    if settings.algorithm == "minibatch":
        return MiniBatchKMeans(
            k, n_init=settings.n_init, random_state=settings.seed, batch_size=_BATCH
        )
    return KMeans(k, n_init=settings.n_init, random_state=settings.seed)


def usable_features(settings: ModelSettings, features: pd.DataFrame) -> ModelSettings:
    """Leave out of the settings the features that tell nothing of most customers.

    These are what no customer has a value of (where orders tell no amounts or products), and what
    is the same for 95 % of customers: standardised, it would set a handful of others so far apart
    that they get a segment of their own. The tenure of a cohort is left out too: all share what it
    grows by each month. If nothing else is left, these stay. Features that only the outlook axis
    sees are always left out; `with_outlook` has them.

    Raises
    ------
    ModelError
        No customer has a value of any.
    """
    known = measured_features(settings, features)
    used = telling(known.features, known, features)
    if _AGE in used and is_cohort(features[_AGE].to_numpy(dtype=np.float64)):
        used = tuple(name for name in used if name != _AGE)
    return _with_features(known, used or known.features)


def is_cohort(tenure: NDArray[np.float64]) -> bool:
    """Whether customers joined so close together that they age as one."""
    if not len(tenure):
        return False
    newest, oldest = np.quantile(tenure, [1 - NEARLY_ALL, NEARLY_ALL])
    return bool(newest >= _COHORT * oldest)


def telling(
    names: Iterable[str], settings: ModelSettings, features: pd.DataFrame
) -> tuple[str, ...]:
    """Those of the features that are not the same for 95 % of customers."""
    return tuple(name for name in names if not _is_steady(features, name, settings))


def measured_features(settings: ModelSettings, features: pd.DataFrame) -> ModelSettings:
    """Leave out only what no customer has a value of.

    Raises
    ------
    ModelError
        Nothing is left.
    """
    known = tuple(
        name for name in settings.features if features.empty or features[name].notna().any()
    )
    if not known:
        raise ModelError(
            "No customer has a value of any of the model's features.",
            "Name others in [model] features, such as recency_days and frequency.",
        )
    return _with_features(settings, known)


def _is_steady(features: pd.DataFrame, name: str, settings: ModelSettings) -> bool:
    if features.empty or features[name].isna().any():
        return False
    alone = _with_features(settings, (name,))
    seen = transformed(features[[name]].to_numpy(dtype=np.float64), alone)[:, 0]
    # What so many share is in the middle of all; to sort them would take far longer.
    middle = np.partition(seen, len(seen) // 2)[len(seen) // 2]
    return bool((seen == middle).sum() >= NEARLY_ALL * len(seen))


def commonest(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who has the most frequent value."""
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: NDArray[np.bool_] = groups == counts.argmax()
    return found


def _with_features(settings: ModelSettings, known: tuple[str, ...]) -> ModelSettings:
    return settings.model_copy(
        update={
            "features": known,
            "outlook_features": (),
            "transform": {
                name: how
                for name, how in settings.transform.items()
                if name in known or name in settings.outlook_features
            },
            "weights": {name: own for name, own in settings.weights.items() if name in known},
            "components": min(settings.components, len(known)) if settings.components else None,
        }
    )


def matrix(features: pd.DataFrame, settings: ModelSettings) -> NDArray[np.float64]:
    """Return the model's features of all customers, one row each, in their order.

    Raises
    ------
    ModelError
        A feature has missing values, or there are fewer customers than components.
    """
    chosen = features[list(settings.features)]
    if chosen.empty:
        raise ModelError("There is no customer to segment.", "Check the ledger of custseg clean.")
    lacking = chosen.columns[chosen.isna().any()]
    if len(lacking):
        counts = ", ".join(
            f"{name} ({counted(int(chosen[name].isna().sum()), 'customer', 'customers')})"
            for name in lacking
        )
        raise ModelError(
            f"Some model features have no value for some customers: {counts}.",
            "Leave them out of [model] features.",
        )
    values: NDArray[np.float64] = chosen.to_numpy(dtype=np.float64)
    if settings.components and settings.components > len(values):
        raise ModelError(
            f"{settings.components} components need as many customers; there are {len(values):,}.",
            "Lower [model] components.",
        )
    return values


def customer_value(features: pd.DataFrame) -> NDArray[np.float64]:
    """What segments are ranked by: spend, or orders where no money is known."""
    name = "monetary" if has_money(features) else "frequency"
    return features[name].to_numpy(dtype=np.float64)


def by_value(value: NDArray[np.float64], labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """The place of each cluster by falling mean of a value: the order K-means finds is arbitrary.

    Returns
    -------
    array of shape (k,)
        For each label its place, from 0.
    """
    means = np.bincount(labels, weights=value) / np.bincount(labels)
    return np.argsort(np.argsort(-means, kind="stable"))


def beside_components(settings: ModelSettings) -> list[str]:
    """The features, last of all, that only the outlook axis sees."""
    return [name for name in settings.features if name in settings.outlook_features]


def weights(settings: ModelSettings) -> list[float]:
    """How much each feature counts."""
    return [settings.weights.get(name, 1.0) for name in settings.features]


def varies(values: NDArray[np.float64], settings: ModelSettings) -> bool:
    """Whether the model can tell any two customers apart."""
    return bool(np.ptp(transformed(values, settings), axis=0).any())


def count_distinct(values: NDArray[np.float64], settings: ModelSettings) -> int:
    """How many customers the model can tell apart: all net refunds are the same to a logarithm."""
    return len(np.unique(transformed(values, settings), axis=0))


def transformed(values: NDArray[np.float64], settings: ModelSettings) -> NDArray[np.float64]:
    """The model's features, one column each, as they enter: log1p, unless set otherwise."""
    return transform(values, _logged(settings))


def _logged(settings: ModelSettings) -> list[bool]:
    return [settings.transform.get(name, "log1p") == "log1p" for name in settings.features]


def _columnwise(function: object, arguments: dict[str, object]) -> FunctionTransformer:
    return FunctionTransformer(function, kw_args=arguments, feature_names_out="one-to-one")


def _components(settings: ModelSettings) -> float | None:
    if settings.components:
        return settings.components
    # scikit-learn reads 1.0 as one component; all of the variance is all components.
    return None if settings.variance == 1 else settings.variance
