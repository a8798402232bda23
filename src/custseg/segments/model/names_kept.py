"""Whether segments keep their names in a later month, and what they are called where they don't."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING, Final

from custseg.segments.model.claims import fits
from custseg.segments.model.naming import name_segments
from custseg.words.figures import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.segments.model.published import Identity


STILL_TRUE: Final = 0.8
"""Share of a segment's customers who have to meet the claim of a name that it has. A new name takes
more, so that names don't come and go with a few customers."""


@dataclass(frozen=True)
class Reviewed:
    """The segments of a month with their names."""

    identities: tuple[Identity, ...]
    note: str
    """Which names are true of too few customers, and which took the place of others; empty where
    all hold."""


def review(
    identities: tuple[Identity, ...],
    features: pd.DataFrame,
    labels: NDArray[np.int64],
    as_of: str,
    own: Mapping[str, str],
) -> Reviewed:
    """Name new segments, and rename those whose name is not true of them for the second time.

    Parameters
    ----------
    identities
        Every segment of the chain; new ones have no name yet.
    features
        Of all customers of the month.
    labels
        Their segments.
    own
        The shop's own names, for the note.
    """
    kept = {one.segment: one for one in identities if one.retired is None and one.rule}
    true = _share_true(features, labels, {number: one.rule for number, one in kept.items()})
    untrue = {number for number in kept if true.get(number, 1.0) < STILL_TRUE}
    renamed = {number for number in untrue if kept[number].untrue_since}
    held = {number: one.rule for number, one in kept.items() if number not in renamed}
    names = name_segments(features, labels, held)
    return Reviewed(
        tuple(
            one
            if one.retired
            else replace(one, rule=names[one.segment], untrue_since=None)
            if one.segment in names
            else replace(one, untrue_since=as_of if one.segment in untrue else None)
            for one in identities
        ),
        _note(kept, true, sorted(untrue - renamed), {n: names[n] for n in sorted(renamed)}, own),
    )


def _share_true(
    features: pd.DataFrame, labels: NDArray[np.int64], names: Mapping[int, str]
) -> dict[int, float]:
    """Of each named segment that somebody is in, the share of customers who meet its claim."""
    met = fits(features, labels, names)
    shares = met.groupby(labels).mean().to_dict()
    return {int(str(number)): float(share) for number, share in shares.items() if number in names}


def _note(
    kept: Mapping[int, Identity],
    true: Mapping[int, float],
    doubted: list[int],
    renamed: Mapping[int, str],
    own: Mapping[str, str],
) -> str:
    def called(number: int) -> str:
        rule = kept[number].rule
        return f"{own.get(rule, rule)} (segment {number})"

    told = [
        f"{called(number)} is now called {own.get(name, name)}: the old name was true of less than "
        f"{percent(STILL_TRUE, 0)} of its customers in two snapshots in a row."
        for number, name in renamed.items()
    ]
    told += [
        f"{called(number)} is true of only {floor(100 * true[number])} % of its customers: if the "
        "next snapshot finds that too, the segment gets another name."
        for number in doubted
    ]
    return " ".join(told)
