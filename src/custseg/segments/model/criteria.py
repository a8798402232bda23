"""What refits tell of every number of segments, beyond what the choice of one needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from custseg.segments.model.choice import (
    choosable,
    favourites,
    natural,
    single_component,
)
from custseg.segments.model.clusters import clusters_of
from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import build, matrix
from custseg.segments.model.resampling import log_inertia, reference_dispersions, seed_stability
from custseg.segments.model.sampling import in_batches, rows_to_fit
from custseg.segments.model.select_k import Refits, decide, favoured_by
from custseg.segments.model.silhouettes import sample_of
from custseg.settings import ModelSettings, RunSettings

if TYPE_CHECKING:
    import pandas as pd

    from custseg.segments.model.resampling import Progress

_GLANCE: Final = 10
"""Resamples for a k that the rule does not ask about."""
_RESAMPLED: Final = ["stability", "stability_sd", "resamples"]


@dataclass(frozen=True)
class KStudied:
    """The scores of every k tried, complete, and what they say of the choice."""

    k_criteria: pd.DataFrame
    k_reason_studied: str
    """Why the k was chosen, and what each criterion says."""
    structure_studied: str
    """What the data look like, also to the gap statistic."""


def study_k(  # noqa: PLR0913, PLR0917  (what it reads and is set by)
    features: pd.DataFrame,
    k_scores: pd.DataFrame,
    k_reason: str,
    structure: str,
    settings: ModelSettings | None = None,
    run_settings: RunSettings | None = None,
    progress: Progress | None = None,
    outlook_axis: pd.DataFrame | None = None,
) -> KStudied:
    """Complete the scores of each number of segments by what takes many refits.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    k_scores, k_reason, structure
        What `select_k` found on them.
    settings
        The `[model]` settings.
    run_settings
        The `[run]` settings. The number of workers changes no bit of the result.
    progress
        Told how much of a study is done.
    outlook_axis
        What the stage `outlook` gave; None or empty: without that axis.

    Returns
    -------
    KStudied
        The same rows and columns, with the gap statistic, stability under other seeds, and
        stability under resampling of every k. The choice is the same.

    Examples
    --------
    >>> settings = ModelSettings(kmax=3, resamples=2)
    >>> studied = custseg.study_k(features, k_scores, k_reason, structure, settings)
    >>> studied.k_criteria["k"].tolist()
    [2, 3]
    """
    if k_scores.empty:
        return KStudied(k_scores, k_reason, structure)
    settings, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    run = run_settings or RunSettings()
    values, rows = matrix(features, settings), rows_to_fit(features, settings)
    scores = k_scores.sort_values("k", ignore_index=True)
    with threadpool_limits(1):
        steps = build(settings, outlook=outlook)
        fitted = steps.fit_transform(values if rows is None else values[rows])
        points = fitted if rows is None else in_batches(steps.transform, values)
        ks = scores["k"].tolist()
        clusters = clusters_of(fitted, points, ks, settings, run.workers, progress)
    fits = {k: one.labels for k, one in clusters.items()}
    kept = sample_of(len(points), settings.study_sample, settings.seed)
    points = points[kept]
    labels = {k: own[kept] for k, own in fits.items()}
    asked = {*choosable(scores, settings), natural(scores, settings), settings.k}
    resamples = {
        k: settings.resamples if k in asked else min(_GLANCE, settings.resamples)
        for k, done in zip(labels, scores["resamples"], strict=True)
        if not done
    }
    refits = Refits(values[kept], points, labels, settings, outlook, run.workers, progress)
    if resamples:
        refits.resample(resamples)
    missing = scores["resamples"] == 0
    found = scores.assign(**refits.columns())
    scores[_RESAMPLED] = scores[_RESAMPLED].where(~missing, found[_RESAMPLED])
    seeds = seed_stability(points, labels, settings, run.workers, progress)
    references = reference_dispersions(points, [1, *labels], settings, run.workers, progress)
    together = np.zeros(len(points), dtype=np.int32)
    own = [log_inertia(points, each) for each in (together, *labels.values())]
    gaps = references.mean(axis=0) - own
    errors = references.std(axis=0) * np.sqrt(1 + 1 / len(references))
    scores = scores.assign(seed_ari=list(seeds.values()), gap=gaps[1:], gap_se=errors[1:])
    favoured = favourites(scores, float(gaps[0]))
    stable = dict(zip(scores["k"], scores["stability"].astype(float), strict=True))
    if steps["pca"].n_components_ == 1:
        settings = single_component(settings)
    choice, _ = decide(scores, favoured, stable.__getitem__, settings, values, fits)
    scores = scores.assign(favoured_by=favoured_by(scores, favoured))
    return KStudied(scores, choice.reason, choice.structure)
