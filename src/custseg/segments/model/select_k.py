"""How many segments: the criteria that decide, and the number chosen with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from custseg.artifacts import ARTIFACTS
from custseg.errors import ModelError
from custseg.segments.model.choice import (
    choose,
    favourites,
    natural,
    single_component,
    too_small,
)
from custseg.segments.model.clusters import clusters_of, flows_of
from custseg.segments.model.degenerate import (
    discrete_maker,
    feature_warnings,
    partition_warnings,
)
from custseg.segments.model.eligibility import FEWEST_SEGMENTS, eligibility
from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import (
    build,
    by_value,
    count_distinct,
    customer_value,
    matrix,
    measured_features,
)
from custseg.segments.model.resampling import bootstrap_stability
from custseg.segments.model.sampling import in_batches, rows_to_fit, told_of_sample
from custseg.segments.model.silhouettes import renumbered, sample_of, silhouettes
from custseg.settings import ModelSettings, RunSettings
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from custseg.segments.model.choice import Choice, Stability
    from custseg.segments.model.eligibility import Tell
    from custseg.segments.model.resampling import Labels, Progress


@dataclass(frozen=True)
class KSelected:
    """The scores of every k tried, how one divides into the next, the k chosen, and why."""

    k_scores: pd.DataFrame
    k_flows: pd.DataFrame
    k: int
    k_reason: str
    structure: str
    warnings: list[str]
    eligibility: str
    """How much is known of the shop, and what it is too little for."""


@dataclass
class Refits:
    """Refits for one set of customers, each k's stability kept once it is known."""

    values: NDArray[np.float64]
    points: NDArray[np.float64]
    labels: Labels
    settings: ModelSettings
    outlook: tuple[float, ...] | None
    workers: int | None
    progress: Progress | None
    ari: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def resample(self, resamples: Mapping[int, int]) -> None:
        """Measure the stability of several k at once."""
        self.ari |= bootstrap_stability(
            self.values,
            self.labels,
            resamples,
            self.settings,
            self.workers,
            self.progress,
            self.outlook,
        )

    def stability(self, k: int) -> float:
        """Mean adjusted Rand index of a k over all resamples."""
        if k not in self.ari:
            self.resample({k: self.settings.resamples})
        return float(self.ari[k].mean())

    def columns(self) -> dict[str, list[float] | list[int]]:
        """What resampling told, for each k; missing where it was not asked."""
        none = np.array([])
        each = [self.ari.get(k, none) for k in self.labels]
        return {
            "stability": [found.mean() if len(found) else np.nan for found in each],
            "stability_sd": [found.std(ddof=1) if len(found) else np.nan for found in each],
            "resamples": [len(found) for found in each],
        }


def select_k(
    features: pd.DataFrame,
    settings: ModelSettings | None = None,
    run_settings: RunSettings | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
    outlook_axis: pd.DataFrame | None = None,
) -> KSelected:
    """Score each number of segments from kmin to kmax, and choose one; 1 for a shop too small.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    settings
        The `[model]` settings; its k, where given, overrides the choice.
    run_settings
        The `[run]` settings. The number of workers changes no bit of the result.
    progress
        Told how much of a study is done.
    tell
        Told, before the work begins, how much is known of the shop.
    outlook_axis
        What the stage `outlook` gave; None or empty: without that axis.

    Returns
    -------
    KSelected
        For each k: inertia, silhouette (without the outlook axis; exact up to `silhouette_sample`
        customers, with its standard error above), Calinski-Harabasz (1974), Davies-Bouldin
        (1979), smallest and largest share. `custseg.segments.model.choice.choose` decides, and
        stability under resampling is known of the k that it asks about: `study_k` adds the others',
        and what else takes refits.

    Raises
    ------
    ModelError
        More segments were asked for than there are different customers.

    Examples
    --------
    >>> selected = custseg.select_k(features)
    >>> selected.k, len(selected.k_scores)
    (3, 11)
    """
    asked = measured_features(settings or ModelSettings(), features)
    settings, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    run = run_settings or RunSettings()
    values, rows = matrix(features, settings), rows_to_fit(features, settings)
    seen = values if rows is None else values[rows]
    known = eligibility(features, settings)
    if sample := told_of_sample(len(features), settings):
        known += f"; each number of segments is fitted on {sample}"
    if tell:
        tell(known)
    candidates = _candidates(seen, settings)
    if not candidates:
        none = ARTIFACTS["k_scores"].empty(), ARTIFACTS["k_flows"].empty()
        one = too_small(_why_none(seen, settings))
        return KSelected(*none, one.k, one.reason, one.structure, [], known)
    with threadpool_limits(1):
        told = features if rows is None else features.iloc[rows]
        warned = feature_warnings(matrix(told, asked), asked, settings.features)
        steps = build(settings, outlook=outlook)
        fitted = steps.fit_transform(seen)
        points = fitted if rows is None else in_batches(steps.transform, values)
        # The outlook axis stretches one direction, which neither makes nor hides groups.
        components = points[:, : steps["pca"].n_components_]
        clusters = clusters_of(fitted, points, candidates, settings, run.workers, progress)
        labelled = {k: one.labels for k, one in clusters.items()}
        scores = _scores(points, components, labelled, settings)
    scores.insert(1, "inertia", [one.inertia for one in clusters.values()])
    kept = sample_of(len(points), settings.study_sample, settings.seed)
    labels = {k: own[kept] for k, own in labelled.items()}
    refits = Refits(values[kept], points[kept], labels, settings, outlook, run.workers, progress)
    if components.shape[1] == 1:
        settings = single_component(settings)
    favoured = favourites(scores, None)
    choice, more = decide(scores, favoured, refits.stability, settings, values, labelled)
    warned += more
    scores = scores.assign(**refits.columns(), favoured_by=favoured_by(scores, favoured))
    scores["chosen"] = scores["k"] == choice.k
    for _, chosen in scores[scores["chosen"]].iterrows():
        warned += partition_warnings(chosen, settings)
    value = customer_value(features)
    ranked = {k: by_value(value, own)[own] for k, own in labelled.items()}
    flows = flows_of(points[:, 0], ranked)
    return KSelected(scores, flows, choice.k, choice.reason, choice.structure, warned, known)


def _candidates(values: NDArray[np.float64], settings: ModelSettings) -> list[int]:
    """The numbers of segments to try: fewer than there are different customers."""
    distinct = count_distinct(values, settings)
    asked = settings.k
    if asked and asked >= distinct:
        raise ModelError(
            f"{asked} segments were asked for, but of "
            f"{counted(len(values), 'customer', 'customers')} "
            f"only {distinct:,} differ.",
            "Ask for fewer, or add more orders.",
        )
    if not asked and len(values) < FEWEST_SEGMENTS * settings.least_customers:
        return []
    candidates = list(range(settings.kmin, min(settings.kmax, distinct - 1) + 1))
    return sorted({*candidates, asked} if asked else candidates)


def _why_none(values: NDArray[np.float64], settings: ModelSettings) -> str:
    """Why no number of segments is tried."""
    customers = counted(len(values), "customer", "customers")
    if len(values) < FEWEST_SEGMENTS * settings.least_customers:
        return f"it has {customers}, and a segment needs {settings.least_customers:,}"
    distinct = count_distinct(values, settings)
    if distinct == 1:
        return f"its {customers} are all alike"
    return f"only {distinct:,} of its {customers} differ from each other"


def _scores(
    points: NDArray[np.float64],
    components: NDArray[np.float64],
    labels: Labels,
    settings: ModelSettings,
) -> pd.DataFrame:
    """What the points, with or without the outlook axis, and each labelling give at once."""
    labellings = list(labels.values())
    sample = sample_of(len(points), settings.silhouette_sample, settings.seed)
    widths = silhouettes(components[sample], [renumbered(own[sample]) for own in labellings])
    exact = len(sample) == len(points)
    sizes = np.array([(np.bincount(own).min(), np.bincount(own).max()) for own in labellings])
    missing = np.full(len(labels), np.nan)
    return pd.DataFrame(
        {
            "k": list(labels),
            "silhouette": widths.mean(axis=1),
            "weakest_silhouette": [
                pd.Series(own_widths).groupby(own[sample]).mean().min()
                for own_widths, own in zip(widths, labellings, strict=True)
            ],
            "silhouette_se": np.nan if exact else widths.std(axis=1) / np.sqrt(len(sample)),
            "calinski_harabasz": [calinski_harabasz_score(points, own) for own in labellings],
            "davies_bouldin": [davies_bouldin_score(points, own) for own in labellings],
            "gap": missing,
            "gap_se": missing,
            "seed_ari": missing,
            "smallest_share": sizes[:, 0] / len(points),
            "smallest_customers": sizes[:, 0],
            "largest_share": sizes[:, 1] / len(points),
        }
    )


def decide(
    scores: pd.DataFrame,
    favoured: Mapping[str, int],
    stability: Stability,
    settings: ModelSettings,
    values: NDArray[np.float64],
    labels: Labels,
) -> tuple[Choice, list[str]]:
    """Choose a k, and say which groups that are well apart are not called natural ones."""
    denied: set[int] = set()
    told = []
    while (groups := natural(scores, settings, denied)) and (
        maker := discrete_maker(values, labels[groups], settings.features)
    ):
        denied.add(groups)
        told.append(
            f"The {groups} groups that are well apart are values of {maker}, a whole number with "
            "nothing between one and the next, so they are not called natural groups."
        )
    return choose(scores, favoured, stability, settings, denied), told


def favoured_by(scores: pd.DataFrame, favoured: Mapping[str, int]) -> pd.Series[str]:
    """For each k the criteria that would choose it; missing where none would."""
    told = [
        ", ".join(name for name, best in favoured.items() if best == k) or None for k in scores["k"]
    ]
    return pd.Series(told, index=scores.index, dtype=object)
