"""What segments are judged beside: simpler groupings, and trees that are told the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from custseg.artifacts import NUMERIC_FEATURES
from custseg.outlook.validation.predictive_power import (
    Prediction,
    by_group,
    folds,
    power,
    standard_error,
)
from custseg.outlook.validation.verdict import CEILING, SEGMENTS
from custseg.segments.profiles.rfm import quantile_groups, rfm_scores, rfm_segments, scored

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from custseg.outlook.validation.predictive_power import Outcome
    from custseg.settings import ModelSettings

DECILES: Final = 10


def compare(
    features: pd.DataFrame,
    segments: NDArray[np.int64],
    outcome: Outcome,
    settings: ModelSettings,
) -> pd.DataFrame:
    """Judge segments, three simpler groupings and boosted trees on the same folds.

    Parameters
    ----------
    features
        Features at the cut-off.
    segments
        The segment of each customer; K-means on raw RFM makes as many.
    outcome
        What the customers did after it.
    settings
        The `[model]` settings: seed and K-means starts.

    Returns
    -------
    DataFrame
        A row per method: groups it makes, R² and AUC with standard errors, share of the boosted
        trees' R², and the segments' lead in R² with its standard error.
    """
    scores = rfm_scores(features)
    values = features[list(scored(features).values())].to_numpy(dtype=float)
    with threadpool_limits(1):
        standardised = StandardScaler().fit_transform(values)
        k = min(len(np.unique(segments)), len(np.unique(values, axis=0)))
        kmeans = KMeans(k, n_init=settings.n_init, random_state=settings.seed)
        groupings = {
            SEGMENTS: segments,
            "RFM rules": rfm_segments(scores).to_numpy(dtype=str),
            "RFM deciles": quantile_groups(scores.sum(axis=1).to_numpy(dtype=float), DECILES),
            "K-means on raw RFM": kmeans.fit_predict(standardised),
        }
        splits = folds(outcome, settings.seed)
        powers = {
            method: power(outcome, splits, by_group(groups, outcome))
            for method, groups in groupings.items()
        }
        powers[CEILING] = power(outcome, splits, _boosted_trees(features, outcome, settings))
    counts = {method: len(np.unique(groups)) for method, groups in groupings.items()}
    ours, ceiling = powers[SEGMENTS], powers[CEILING]
    return pd.DataFrame(
        [
            {
                "method": method,
                "segments": counts.get(method),
                "r2": found.r2,
                "r2_se": found.r2_se,
                "auc": found.auc,
                "auc_se": found.auc_se,
                "share_of_ceiling": found.r2 / ceiling.r2 if ceiling.r2 > 0 else None,
                "lead": ours.r2 - found.r2,
                "lead_se": standard_error(ours.influence - found.influence),
            }
            for method, found in powers.items()
        ]
    ).astype({"segments": "Int64", "share_of_ceiling": "float64"})


def _boosted_trees(
    features: pd.DataFrame, outcome: Outcome, settings: ModelSettings
) -> Callable[[NDArray[np.int64], NDArray[np.int64]], Prediction]:
    """Gradient boosting (Friedman 2001) on every numeric feature: about what can be foretold."""
    values = features[list(NUMERIC_FEATURES)].to_numpy(dtype=float)
    shape = {
        "max_iter": 60,
        "learning_rate": 0.08,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 20,
        "early_stopping": False,
        "random_state": settings.seed,
    }

    def predict(training: NDArray[np.int64], held_out: NDArray[np.int64]) -> Prediction:
        # scikit-learn cannot bin a feature of which no customer has a value.
        known = ~np.isnan(values[training]).all(axis=0)
        seen, unseen = values[training][:, known], values[held_out][:, known]
        spend = HistGradientBoostingRegressor(**shape).fit(seen, outcome.spend[training])
        bought = HistGradientBoostingClassifier(**shape).fit(seen, outcome.bought[training])
        return Prediction(spend.predict(unseen), bought.predict_proba(unseen)[:, 1])

    return predict
