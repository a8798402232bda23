"""The month's segments: by the model before where it still fits, by a new one matched with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.segments.model.drift import Drift, measure, months, no_drift
from custseg.segments.model.fit import (
    describe,
    fit_pipeline,
    labels_of,
    order_by_value,
    reorder,
)
from custseg.segments.model.identity import Match, match, number
from custseg.segments.model.names_kept import review
from custseg.segments.model.naming import name_segments
from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import count_distinct, matrix
from custseg.segments.model.published import Identity, PublishedModel, shape, training_of
from custseg.segments.model.scoring import scoring_model
from custseg.settings import ModelSettings, MonthlySettings, SegmentSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

_KEPT: Final = "kept"


@dataclass(frozen=True)
class Segmented:
    """The month's model, everyone's segments, and how both came about."""

    pipeline: Pipeline | bytes
    """Fitted, or as it was published before. Its prediction is a row of the model's segments."""
    model: PublishedModel
    segments: pd.DataFrame
    segment_names: pd.DataFrame
    segment_identity: pd.DataFrame
    drift: pd.DataFrame
    model_of: str
    """As-of date of the customers that the model was fitted on."""
    model_reason: str
    """Why it was kept, or fitted."""
    drifted: str
    """Which thresholds the model before is past; empty where none is."""
    names_note: str
    """Which names are true of too few customers, or took the place of others; empty where none."""


@dataclass(frozen=True)
class _Month:
    """What a month's segments are made of."""

    features: pd.DataFrame
    as_of: str
    settings: ModelSettings
    naming: SegmentSettings
    monthly: MonthlySettings
    outlook: tuple[float, ...] | None


@dataclass(frozen=True)
class _Fit:
    """A model, kept or new, its clusters in the order of their segments' numbers."""

    pipeline: Pipeline | bytes
    model: PublishedModel
    names_note: str
    matches: tuple[Match, ...] = ()


def segment(  # noqa: PLR0913, PLR0917  (what a stage reads, uses and is set to)
    features: pd.DataFrame,
    k: int,
    as_of: str,
    settings: ModelSettings | None = None,
    segments_settings: SegmentSettings | None = None,
    monthly_settings: MonthlySettings | None = None,
    previous_model: PublishedModel | None = None,
    previous_pipeline: bytes | None = None,
    outlook_axis: pd.DataFrame | None = None,
) -> Segmented:
    """Put every customer into a segment that keeps its identity from month to month.

    Parameters
    ----------
    features
        One row per customer, sorted by customer_id.
    k
        Number of segments of a new fit.
    as_of
        ISO date that the features are of.
    settings, segments_settings, monthly_settings
        The `[model]`, `[segments]` and `[monthly]` settings.
    previous_model, previous_pipeline
        The model of the latest snapshot before `as_of`; None where there is none.
    outlook_axis
        What the stage `outlook` gave, for a new fit; None or empty: without that axis.

    Returns
    -------
    Segmented
        Segments of a first fit are numbered by falling mean spend. Those of a later fit have the
        number, name and colour of the old segments that they are matched with, or new ones.

    Raises
    ------
    ModelError
        There are fewer customers than segments, or their features are unusable.
    """
    chosen, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    month = _Month(
        features,
        as_of,
        chosen,
        segments_settings or SegmentSettings(),
        monthly_settings or MonthlySettings(),
        outlook,
    )
    with threadpool_limits(1):
        if previous_model is None or previous_pipeline is None:
            why = f"the model is fitted on the customers of {as_of}: there is no snapshot before"
            return _segmented(month, _first(month, k), why)
        unknown = previous_model.scoring.lacking(features)
        if unknown and month.monthly.model != "frozen":
            why = (
                f"the model is fitted anew on the customers of {as_of}: some have no value of "
                f"{', '.join(unknown)}, so that no segment can be matched with those before"
            )
            fitted = _first(month, k, previous_model)
            return _segmented(month, fitted, why + _turnover(month, fitted.model))
        return _next(month, k, previous_model, previous_pipeline)


def _next(month: _Month, k: int, before: PublishedModel, pipeline: bytes) -> Segmented:
    """Keep the model before, or replace it."""
    values = before.scoring.matrix(month.features)
    # Fewer customers than segments, where fewer are asked for, say: the rest have no partner.
    most = count_distinct(matrix(month.features, month.settings), month.settings)
    shadow = _anew(month, min(len(before.scoring.segments), most), before)
    drift = measure(
        before,
        values,
        labels_of(shadow.model.scoring, month.features),
        month.as_of,
        month.monthly,
    )
    past = drift.exceeded(month.monthly)
    if why := _why_anew(month, k, before, past):
        fitted = shadow if k == len(shadow.model.scoring.segments) else _anew(month, k, before)
        reason = f"the model is fitted anew on the customers of {month.as_of}: {why}"
        return _segmented(month, fitted, reason + _turnover(month, fitted.model), drift)
    kept, note = _named(month, replace(before, as_of=month.as_of))
    days = (date.fromisoformat(month.as_of) - date.fromisoformat(before.training.as_of)).days
    asked = ""
    if month.monthly.model == "frozen":
        other = _other_settings(month, k, before)
        unused = f"; {other} are not used" if other else ""
        asked = f', as [monthly] model = "frozen" asks{unused}'
    reason = (
        f"the model of {before.training.as_of} is kept ({days} {'day' if days == 1 else 'days'} "
        f"old; {drift.figures(month.monthly)}){asked}"
    )
    return _segmented(month, _Fit(pipeline, kept, note), reason, drift)


def _other_kind(k: int, before: PublishedModel) -> str:
    """Whether there were segments before and are none now, or now and not before; empty if not."""
    there = len(before.scoring.segments)
    if (k == 1) == (there == 1):
        return ""
    if k == 1:
        return "they are too few to segment now"
    return "they were too few to segment before"


def _why_anew(month: _Month, k: int, before: PublishedModel, past: list[str]) -> str:
    """Why a new model is needed; empty where it is not."""
    if month.monthly.model == "frozen":
        return ""
    if kind := _other_kind(k, before):
        return kind
    other = _other_settings(month, k, before)
    if month.monthly.model == "refit":
        return '[monthly] model = "refit" asks for it' + (f", with {other}" if other else "")
    if other:
        return other
    if past:
        return f"of the model of {before.training.as_of}, " + "; ".join(past)
    if months(before.training.as_of, month.as_of) > month.monthly.most_months:
        return (
            f"the model of {before.training.as_of} is more than {month.monthly.most_months} "
            "months old"
        )
    return ""


def _other_settings(month: _Month, k: int, before: PublishedModel) -> str:
    """What is set that the model before is not; empty where nothing is."""
    now, then = shape(month.settings), before.training.settings
    # What a model was fitted without did not exist then, and is as good as zero or nothing.
    changed = [name for name in now if (now[name] or 0) != (then.get(name) or 0)]
    if month.settings.k and k != len(before.scoring.segments):
        changed.append("k")
    return f"other [model] {', '.join(changed)} than those of the model before" if changed else ""


def _first(month: _Month, k: int, before: PublishedModel | None = None) -> _Fit:
    """Fit with nothing to match; after `before` all segments are new."""
    values = matrix(month.features, month.settings)
    pipeline = fit_pipeline(values, k, month.settings, month.outlook)
    order_by_value(pipeline, month.features)
    return _identified(month, pipeline, values, dict(enumerate(_unused(before, k))), (), before)


def _anew(month: _Month, k: int, before: PublishedModel) -> _Fit:
    """Fit to this month's customers, and match the segments with those of the model before."""
    values = matrix(month.features, month.settings)
    if _other_kind(k, before):
        # One segment of everybody is none of several.
        return _first(month, k, before)
    points = before.scoring.points(before.scoring.matrix(month.features))
    rows = np.searchsorted(before.scoring.segments, before.scoring.labels(points))
    start = rows if len(np.unique(rows)) == len(before.scoring.segments) == k else None
    pipeline = fit_pipeline(values, k, month.settings, month.outlook, start)
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
    month: _Month,
    pipeline: Pipeline,
    values: NDArray[np.float64],
    numbers: dict[int, int],
    matches: tuple[Match, ...],
    before: PublishedModel | None,
) -> _Fit:
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
    model, note = _named(
        month,
        PublishedModel(
            month.as_of,
            scoring,
            training_of(scoring, values, month.settings, month.as_of),
            tuple(identities[number] for number in sorted(identities)),
        ),
    )
    return _Fit(pipeline, model, note, matches)


def _named(month: _Month, model: PublishedModel) -> tuple[PublishedModel, str]:
    """Name a model's segments by this month's customers, and say what is no longer true."""
    labels = labels_of(model.scoring, month.features)
    found = review(model.identities, month.features, labels, month.as_of, month.naming.names)
    return replace(model, identities=found.identities), found.note


def _segmented(month: _Month, by: _Fit, reason: str, drift: Drift | None = None) -> Segmented:
    """Put this month's customers into the segments of a model, kept or new."""
    model = by.model
    described = describe(month.features, model.scoring, model.rules, month.settings, month.naming)
    labels = described.segments["segment"].to_numpy()
    by_rule = name_segments(month.features, labels)
    return Segmented(
        by.pipeline,
        model,
        described.segments,
        described.segment_names,
        _identities(model, by_rule, by.matches),
        drift.table if drift else no_drift(),
        model.training.as_of,
        reason,
        "; ".join(drift.exceeded(month.monthly)) if drift else "",
        by.names_note,
    )


def _turnover(month: _Month, model: PublishedModel) -> str:
    """Name the segments that a new model has brought, and those that are no more."""
    own = month.naming.names
    ways = {
        "new": [one for one in model.identities if one.since == month.as_of],
        "no more": [one for one in model.identities if one.retired == month.as_of],
    }
    return "".join(
        f"; {what}: {', '.join(f'{own.get(one.rule, one.rule)} ({one.segment})' for one in found)}"
        for what, found in ways.items()
        if found
    )


def _identities(
    model: PublishedModel, by_rule: dict[int, str], matches: tuple[Match, ...]
) -> pd.DataFrame:
    """The artifact `segment_identity`; `by_rule` is what this month's rules would call each."""
    pairs = {pair.segment: pair for pair in matches}
    rows = []
    for one in model.identities:
        status = "retired" if one.retired else "new" if one.since == model.as_of else _KEPT
        pair = pairs.get(one.segment)
        rows.append(
            (
                one.segment,
                one.rule,
                by_rule.get(one.segment),
                status,
                one.since,
                one.retired,
                pair.moved if pair else None,
                pair.shared if pair else None,
                one.untrue_since,
            )
        )
    columns = ["segment", "rule", "rule_now", "status", "since", "retired", "moved", "shared"]
    frame = pd.DataFrame(rows, columns=[*columns, "untrue_since"])
    texts = dict.fromkeys(("rule_now", "retired", "untrue_since"), "object")
    return frame.astype(texts | {"moved": "float64", "shared": "float64"})
