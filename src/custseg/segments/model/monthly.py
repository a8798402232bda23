"""The month's segments: by the model before where it still fits, by a new one matched with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.segments.model.drift import Drift, measure, months, no_drift
from custseg.segments.model.fit import describe, labels_of
from custseg.segments.model.naming import name_segments
from custseg.segments.model.outlook_axis import with_outlook
from custseg.segments.model.pipeline import count_distinct, matrix
from custseg.segments.model.published import PublishedModel, shape
from custseg.segments.model.refit import (
    ModelMonth,
    MonthFit,
    fit_anew,
    fit_first,
    named,
    other_kind,
)
from custseg.settings import ModelSettings, MonthlySettings, SegmentSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from custseg.segments.model.identity import Match

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

    Examples
    --------
    >>> segmented = custseg.segment(features, k=3, as_of=as_of)
    >>> segmented.segment_names["segment"].tolist()
    [1, 2, 3]
    """
    chosen, outlook = with_outlook(settings or ModelSettings(), features, outlook_axis)
    month = ModelMonth(
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
            return _segmented(month, fit_first(month, k), why)
        unknown = previous_model.scoring.lacking(features)
        if unknown and month.monthly.model != "frozen":
            why = (
                f"the model is fitted anew on the customers of {as_of}: some have no value of "
                f"{', '.join(unknown)}, so that no segment can be matched with those before"
            )
            fitted = fit_first(month, k, previous_model)
            return _segmented(month, fitted, why + _turnover(month, fitted.model))
        return _next(month, k, previous_model, previous_pipeline)


def _next(month: ModelMonth, k: int, before: PublishedModel, pipeline: bytes) -> Segmented:
    """Keep the model before, or replace it."""
    values = before.scoring.matrix(month.features)
    # Fewer customers than segments, where fewer are asked for, say: the rest have no partner.
    shadow = fit_anew(month, min(len(before.scoring.segments), _different(month)), before)
    drift = measure(
        before,
        values,
        labels_of(shadow.model.scoring, month.features),
        month.as_of,
        month.monthly,
    )
    past = drift.exceeded(month.monthly)
    if why := _why_anew(month, k, before, past):
        fitted = shadow if k == len(shadow.model.scoring.segments) else fit_anew(month, k, before)
        reason = f"the model is fitted anew on the customers of {month.as_of}: {why}"
        return _segmented(month, fitted, reason + _turnover(month, fitted.model), drift)
    kept, note = named(month, replace(before, as_of=month.as_of))
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
    return _segmented(month, MonthFit(pipeline, kept, note), reason, drift)


def _different(month: ModelMonth) -> int:
    """How many different customers a new model is fitted on."""
    known, rows = matrix(month.features, month.settings), month.rows()
    return count_distinct(known if rows is None else known[rows], month.settings)


def _why_anew(month: ModelMonth, k: int, before: PublishedModel, past: list[str]) -> str:
    """Why a new model is needed; empty where it is not."""
    if month.monthly.model == "frozen":
        return ""
    if kind := other_kind(k, before):
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


def _other_settings(month: ModelMonth, k: int, before: PublishedModel) -> str:
    """What is set that the model before is not; empty where nothing is."""
    now, then = shape(month.settings), before.training.settings
    # What a model was fitted without did not exist then, and is as good as zero or nothing.
    changed = [name for name in now if (now[name] or 0) != (then.get(name) or 0)]
    if month.settings.k and k != len(before.scoring.segments):
        changed.append("k")
    return f"other [model] {', '.join(changed)} than those of the model before" if changed else ""


def _segmented(
    month: ModelMonth, by: MonthFit, reason: str, drift: Drift | None = None
) -> Segmented:
    """Put this month's customers into the segments of a model, kept or new."""
    model = by.model
    if not isinstance(by.pipeline, bytes):
        reason += month.agreement(by.pipeline)
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


def _turnover(month: ModelMonth, model: PublishedModel) -> str:
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
