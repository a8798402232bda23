"""A month's fit: new, or matched with the model before, its segments named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import adjusted_rand_score

from custseg.segments.model.fit import fit_pipeline, labels_of, order_by_value, reorder
from custseg.segments.model.identity import Match, match, number
from custseg.segments.model.names_kept import review
from custseg.segments.model.pipeline import matrix
from custseg.segments.model.published import Identity, PublishedModel, training_of
from custseg.segments.model.sampling import rows_to_fit, told_of_sample
from custseg.segments.model.scoring import scoring_model

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from custseg.settings import ModelSettings, MonthlySettings, SegmentSettings


@dataclass(frozen=True)
class ModelMonth:
    """What a month's segments are made of."""

    features: pd.DataFrame
    as_of: str
    settings: ModelSettings
    naming: SegmentSettings
    monthly: MonthlySettings
    outlook: tuple[float, ...] | None

    def rows(self, draw: int = 0) -> NDArray[np.intp] | None:
        """Which customers a new model is fitted on; None: all."""
        return rows_to_fit(self.features, self.settings, draw)

    def agreement(self, pipeline: Pipeline) -> str:
        """Say on whom a model was fitted, and how far one of others agrees; empty if on all."""
        sample = told_of_sample(len(self.features), self.settings)
        if not sample:
            return ""
        kmeans = pipeline["kmeans"]
        values, k = matrix(self.features, self.settings), len(kmeans.cluster_centers_)
        other = fit_pipeline(values, k, self.settings, self.outlook, rows=self.rows(1))
        index = adjusted_rand_score(kmeans.labels_, other["kmeans"].labels_)
        return (
            f"; it is fitted on {sample}, and one fitted on another such sample agrees with it on "
            f"all customers to an adjusted Rand index of {index:.3f}"
        )


@dataclass(frozen=True)
class MonthFit:
    """A model, kept or new, its clusters in the order of their segments' numbers."""

    pipeline: Pipeline | bytes
    model: PublishedModel
    names_note: str
    matches: tuple[Match, ...] = ()


def other_kind(k: int, before: PublishedModel) -> str:
    """Whether there were segments before and are none now, or now and not before; empty if not."""
    there = len(before.scoring.segments)
    if (k == 1) == (there == 1):
        return ""
    if k == 1:
        return "they are too few to segment now"
    return "they were too few to segment before"


def fit_first(month: ModelMonth, k: int, before: PublishedModel | None = None) -> MonthFit:
    """Fit with nothing to match; after `before` all segments are new."""
    values = matrix(month.features, month.settings)
    pipeline = fit_pipeline(values, k, month.settings, month.outlook, rows=month.rows())
    order_by_value(pipeline, month.features)
    return _identified(month, pipeline, values, dict(enumerate(_unused(before, k))), (), before)


def fit_anew(month: ModelMonth, k: int, before: PublishedModel) -> MonthFit:
    """Fit to this month's customers, and match the segments with those of the model before."""
    values = matrix(month.features, month.settings)
    if other_kind(k, before):
        # One segment of everybody is none of several.
        return fit_first(month, k, before)
    points = before.scoring.points(before.scoring.matrix(month.features))
    rows = np.searchsorted(before.scoring.segments, before.scoring.labels(points))
    start = rows if len(np.unique(rows)) == len(before.scoring.segments) == k else None
    pipeline = fit_pipeline(values, k, month.settings, month.outlook, start, month.rows())
    order_by_value(pipeline, month.features)
    clusters = pipeline["kmeans"].labels_.astype(np.int64)
    matches = match(before.scoring, points, clusters, month.monthly)
    numbers = number(matches, k, _unused(before, 1)[0])
    order = np.array(sorted(numbers, key=lambda cluster: numbers[cluster]))
    reorder(pipeline, order)
    ordered = {place: numbers[int(cluster)] for place, cluster in enumerate(order)}
    good = tuple(pair for pair in matches if pair.good)
    return _identified(month, pipeline, values, ordered, good, before)


def _unused(before: PublishedModel | None, count: int) -> range:
    """Numbers that no segment of the chain ever had."""
    used = max((one.segment for one in before.identities), default=0) if before else 0
    return range(used + 1, used + 1 + count)


def _identified(
    month: ModelMonth,
    pipeline: Pipeline,
    values: NDArray[np.float64],
    numbers: dict[int, int],
    matches: tuple[Match, ...],
    before: PublishedModel | None,
) -> MonthFit:
    """Give the segments of a fit their identities: the old ones their own, new ones a name."""
    scoring = scoring_model(pipeline, month.settings, tuple(numbers.values()))
    kept = {pair.segment for pair in matches}
    old = {one.segment: one for one in before.identities} if before else {}
    identities = {
        number: one if number in kept or one.retired else replace(one, retired=month.as_of)
        for number, one in old.items()
    } | {
        number: Identity(number, "", month.as_of)
        for number in numbers.values()
        if number not in kept
    }
    model, note = named(
        month,
        PublishedModel(
            month.as_of,
            scoring,
            training_of(scoring, values, month.settings, month.as_of),
            tuple(identities[number] for number in sorted(identities)),
        ),
    )
    return MonthFit(pipeline, model, note, matches)


def named(month: ModelMonth, model: PublishedModel) -> tuple[PublishedModel, str]:
    """Name a model's segments by this month's customers, and say what is no longer true."""
    labels = labels_of(model.scoring, month.features)
    found = review(model.identities, month.features, labels, month.as_of, month.naming.names)
    return replace(model, identities=found.identities), found.note
