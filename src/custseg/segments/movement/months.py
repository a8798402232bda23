"""The stage: this month's customers beside those of the snapshot before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custseg.segments.movement.account import account, called
from custseg.segments.movement.customers import MOVERS, Month, count, trace
from custseg.segments.movement.figures import Flow, Movement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from custseg.segments.model.published import PublishedModel


@dataclass(frozen=True)
class Compared:
    """Who moved since the snapshot before, and why; empty where there is none."""

    migration: pd.DataFrame
    movers: pd.DataFrame
    movement_note: str
    """What became of customers, in a sentence."""
    compared_with: str | None
    """As-of date of the snapshot before."""


def compare_months(  # noqa: PLR0913, PLR0917  (what a stage reads, uses and is set to)
    features: pd.DataFrame,
    segments: pd.DataFrame,
    segment_names: pd.DataFrame,
    model: PublishedModel,
    as_of: str,
    previous_model: PublishedModel | None = None,
    previous_segments: pd.DataFrame | None = None,
    previous_features: pd.DataFrame | None = None,
) -> Compared:
    """Compare the segments of two months: who moved, by what they did or by a new model.

    Parameters
    ----------
    features, segments, segment_names, model
        Of this month.
    as_of
        ISO date that they are of.
    previous_model, previous_segments, previous_features
        Of the latest snapshot before `as_of`; None where there is none. One of `as_of` itself is
        none to compare with.

    Returns
    -------
    Compared
        Every customer of either month with both segments and the cause, and how many went which
        way.

    Examples
    --------
    >>> compared = custseg.compare_months(features, segments, segment_names, model, as_of)
    >>> len(compared.movers)  # there is no month before to have moved from
    0
    """
    if (
        previous_model is None
        or previous_segments is None
        or previous_features is None
        # A month whose past is no longer kept starts from its own model.
        or previous_model.as_of == as_of
    ):
        nobody = Month(as_of, features.iloc[:0], segments.iloc[:0])
        traced = trace(nobody, nobody, model.scoring)
        return Compared(named(count(traced), {}), traced[list(MOVERS)], "", None)
    old = Month(previous_model.as_of, previous_features, previous_segments)
    new = Month(as_of, features, segments)
    compared = compare(old, new, previous_model, names(model, segment_names))
    return Compared(
        compared.migration,
        compared.movers,
        compared.movement.sentence,
        compared.movement.since,
    )


@dataclass(frozen=True)
class Comparison:
    """Two months side by side."""

    migration: pd.DataFrame
    movers: pd.DataFrame
    movement: Movement
    flows: list[Flow]
    """What the account is drawn up of."""


def compare(
    old: Month, new: Month, model: PublishedModel, names: Mapping[int, tuple[str, str]]
) -> Comparison:
    """Compare two months of one chain, which need not follow each other.

    Parameters
    ----------
    old, new
        The months, the earlier first.
    model
        That of the old one.
    names
        What every segment is called, and its naming rule.
    """
    traced = trace(old, new, model.scoring)
    migration = named(count(traced), names)
    untold = model.scoring.lacking(new.features)
    ways = flows(migration.to_dict("records"))
    moved = account(ways, names, old.as_of, new.as_of, untold=untold)
    return Comparison(migration, traced[list(MOVERS)], moved, ways)


def names(model: PublishedModel, segment_names: pd.DataFrame) -> dict[int, tuple[str, str]]:
    """What every segment of the chain is called in a month, and its naming rule."""
    shown = dict(zip(segment_names["segment"], segment_names["segment_name"], strict=True))
    return called(((one.segment, one.rule) for one in model.identities), shown)


def named(migration: pd.DataFrame, names: Mapping[int, tuple[str, str]]) -> pd.DataFrame:
    """Put the segments' names beside their numbers; none for 0."""
    shown = {number: name for number, (name, _) in names.items()}
    return migration.assign(
        from_name=migration["from_segment"].map(shown).astype("object"),
        to_name=migration["to_segment"].map(shown).astype("object"),
    )


def flows(rows: Iterable[Mapping[Any, Any]]) -> list[Flow]:
    """Rows of the artifact `migration` as what they are."""
    return [Flow(**{name: row[name] for name in Flow.__annotations__}) for row in rows]
