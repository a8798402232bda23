"""What `custseg explain` and `custseg score` show; a customer's id is in neither."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.table import SEGMENT, Column, Table, mark, pairs, percent, records, whole
from custseg.words.features import FEATURES, phrase, write_feature
from custseg.words.figures import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.offers.export.scores import Scored
    from custseg.segments.customers.explanation import (
        Change,
        Explanation,
        FeatureEffect,
        OutlookPosition,
    )

_FIT: Final = "the model is fitted on the customers of {}"


def explanation(told: Explanation, currency: str) -> list[Table]:
    """Show why a customer is in their segment, feature by feature, and what changed."""
    close = "; ambiguous: nearly as close to the next" if told.ambiguous else ""
    unfit = "; its name is not true of this customer" if told.fits_name is False else ""
    rows: list[tuple[str, object]] = [
        ("as of", told.as_of),
        ("segment", f"{told.segment} {told.segment_name}{unfit}"),
        *[
            ("next nearest", f"{told.next_segment} {told.next_segment_name}"),
            ("distances", f"{told.distance:.2f} to the own, {told.next_distance:.2f} to the next"),
            ("margin", f"{told.margin:.2f}{close}"),
        ]
        * (not told.alone),
        ("because", sentence(told, currency)),
    ]
    if told.outlook:
        rows.append(("outlook axis", _on_axis(told, told.outlook)))
    rows += [("what changed", text) for text in changed(told)]
    rows += [
        (FEATURES[name].label if name in FEATURES else name, _beside(name, value, currency))
        for name, value in told.beside.items()
    ]
    why = pairs("why", "Why this segment", rows)
    return [why] if told.alone else [why, _features(told, currency)]


def _on_axis(told: Explanation, outlook: OutlookPosition) -> str:
    return (
        f"at {outlook.value:+.2f}; centroids at {outlook.own_centroid:+.2f} and, of "
        f"{told.next_segment_name}, {outlook.next_centroid:+.2f}: "
        f"{outlook.contribution:+.2f} of the contributions below"
    )


def _features(told: Explanation, currency: str) -> Table:
    def value(feature: str, number: float | None) -> str | None:
        return None if number is None else write_feature(feature, number, currency)

    columns = [
        Column("label", "feature"),
        Column("value_text", "value", _written),
        Column("own_text", f"typical of {told.segment_name}", _written),
        Column("next_text", f"typical of {told.next_segment_name}", _written),
        Column("contribution", "contribution", _signed),
        Column("named", "decides", mark),
    ]
    if told.change:
        columns.insert(2, Column("then_text", f"on {told.change.as_of}", _written))
    rows = [
        asdict(one)
        | {
            "label": FEATURES[one.feature].label,
            "value_text": value(one.feature, one.value),
            "own_text": value(one.feature, one.own_typical),
            "next_text": value(one.feature, one.next_typical),
            "then": told.change.figures[one.feature] if told.change else None,
            "then_text": value(one.feature, told.change.figures[one.feature])
            if told.change
            else None,
        }
        for one in told.features
    ]
    own, other = told.segment_name, told.next_segment_name
    sums = (
        f"contributions add up to {told.difference:.2f}, the squared distance to {other} less that "
        f"to {own}; a negative one draws to {other}"
    )
    decides = (
        f"decides: with these as is typical of {other}, and all else as it is, the customer would "
        f"be nearer to {other}"
    )
    notes = [sums, decides]
    return Table("features", "Feature by feature", tuple(columns), rows, notes, bold="named")


def explanation_facts(told: Explanation, currency: str) -> dict[str, Any]:
    """The same as JSON has it; the features are a table of it."""
    facts = asdict(told)
    del facts["features"]
    return facts | {
        "difference": told.difference,
        "sentence": sentence(told, currency),
        "changed": list(changed(told)),
    }


def sentence(told: Explanation, currency: str) -> str:
    """Say what makes the difference: "Loyal rather than Dormant because of 12 orders …"."""
    if told.alone:
        return f"{told.segment_name} is the only segment."
    reasons = listed([_reason(one, currency) for one in told.named])
    return f"{told.segment_name} rather than {told.next_segment_name} because of {reasons}."


def _reason(one: FeatureEffect, currency: str) -> str:
    own, other = (
        write_feature(one.feature, value, currency) for value in (one.own_typical, one.next_typical)
    )
    return f"{phrase(one.feature, one.value, currency)} (typically {own} against {other})"


def changed(told: Explanation) -> Iterator[str]:
    """Say what became of the customer since the snapshot before."""
    if told.before and not told.change:
        yield f"On {told.before} not among the customers."
    if told.change:
        yield _moved(told, told.change)


def _moved(told: Explanation, change: Change) -> str:
    if not change.moved:
        return f"On {change.as_of} in {change.segment_name}, as now."
    moved = f"From {change.segment_name} on {change.as_of} to {told.segment_name} now"
    reasons = {
        "behaviour": "by what the customer did, or let be: the model of then says the same of the "
        "figures of now",
        "model": "by the model: that of then would leave the figures of now in "
        f"{change.by_old_model_name}",
        "both": "by both what the customer did and the model: that of then would put the figures "
        f"of now into {change.by_old_model_name}",
        "unknown": "by another model; that of then needs features that have no value now",
    }
    assert change.cause is not None
    return f"{moved}, {reasons[change.cause]}."


def scores(scored: Scored) -> Table:
    """Customers per segment, and how many of them are new or unlike those of the fit."""
    columns = (
        *SEGMENT,
        Column("customers", "customers", whole),
        Column("customer_share", "share", percent),
        Column("ambiguous", "ambiguous", whole),
        Column("unlike_training", "unlike the fit", whole),
    )
    grouped = scored.customers.groupby(["segment", "segment_name"], as_index=False).agg(
        customers=("customer_id", "size"),
        ambiguous=("ambiguous", "sum"),
        unlike_training=("unlike_training", "sum"),
    )
    grouped["customer_share"] = grouped["customers"] / len(scored.customers)
    notes = list(_score_notes(scored))
    return Table("segments", "Customers scored", columns, records(grouped), notes)


def score_facts(scored: Scored) -> dict[str, Any]:
    """The same as JSON has it."""
    return {
        "as_of": scored.as_of,
        "snapshot": scored.snapshot,
        "model_of": scored.model_of,
        "customers": len(scored.customers),
        "new": scored.new,
        "ambiguous": int(scored.customers["ambiguous"].sum()),
        "unlike_training": int(scored.customers["unlike_training"].sum()),
        "rejected_rows": scored.rejected_rows,
        "file": str(scored.file),
        "notes": list(_score_notes(scored)),
    }


def _score_notes(scored: Scored) -> Iterator[str]:
    yield f"written: {scored.file}"
    yield (
        f"{counted(len(scored.customers), 'customer', 'customers')} as of {scored.as_of}, by the "
        f"snapshot of {scored.snapshot}; {_FIT.format(scored.model_of)}"
    )
    if scored.rejected_rows:
        yield f"rows that could not be read, left out: {scored.rejected_rows:,}"
    if scored.new is None:
        yield f"who is new can't be told: {scored.why_not_told}"
    else:
        yield f"new since that snapshot: {scored.new:,}"
    unlike = int(scored.customers["unlike_training"].sum())
    yield (
        f"unlike every customer of the fit: {unlike:,}"
        + ("; why_unlike says how, and their segment means little" if unlike else "")
    )


def _beside(name: str, value: str | float, currency: str) -> str:
    return value if isinstance(value, str) else write_feature(name, value, currency)


def _written(value: str | None) -> str:
    """Flush right, as figures are."""
    return value or ""


def _signed(value: float) -> str:
    """+1.23; zero has no sign."""
    return f"{value:+.2f}" if round(value, 2) else "0.00"
