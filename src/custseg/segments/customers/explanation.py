"""Why a customer is in their segment and not in the next, and what changed since the month before.

Exact, not a surrogate: the border between two segments is a plane in the standardised features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from custseg.errors import DataError
from custseg.segments.model.nearness import margin
from custseg.settings import SegmentSettings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.segments.customers.published import Month
    from custseg.segments.model.published import PublishedModel
    from custseg.segments.model.scoring import ScoringModel

_ROUNDING: Final = 1e-9
"""Of a difference of squared distances: nearer by less than this is no nearer."""
_BESIDE: Final = ("country", "recency_days", "frequency", "monetary")
"""What is told of a customer even where the model does not use it."""
Cause = Literal["behaviour", "model", "both", "unknown"]


@dataclass(frozen=True)
class FeatureEffect:
    """What one feature has to do with a customer's segment."""

    feature: str
    value: float
    own_typical: float
    """Mean of the segment, of the feature as the model sees it (its logarithm, mostly), given back
    in the feature's own unit; where nobody is in the segment, its centroid's."""
    next_typical: float
    """The same of the next nearest segment."""
    contribution: float
    """Part of the difference of squared distances (to the next centroid, less to the own). Negative
    where it draws the customer to the next segment."""
    effect: float
    """How much of that difference would go if the feature were as is typical of the next."""
    named: bool
    """Whether it is one of the fewest that, so changed, would take the customer across."""


@dataclass(frozen=True)
class OutlookPosition:
    """Where a customer stands on the outlook axis: 0 is the mean of all at the fit."""

    value: float
    own_centroid: float
    next_centroid: float
    contribution: float
    """Part of the difference of squared distances that comes of this axis; the rest comes of the
    principal components."""


@dataclass(frozen=True)
class Change:
    """What became of a customer since the snapshot before."""

    as_of: str
    """Of that snapshot."""
    segment: int
    segment_name: str
    figures: dict[str, float | None]
    """Of each feature of the model now."""
    moved: bool
    cause: Cause | None
    """Of a move: what the customer did, another model, both, or that the old model cannot take
    today's figures; None without a move."""
    by_old_model: int | None
    """The segment that the old model puts today's figures into; None where it cannot."""
    by_old_model_name: str | None


@dataclass(frozen=True)
class Explanation:
    """Why a customer is in a segment; nothing in it says who it is."""

    as_of: str
    segment: int
    segment_name: str
    next_segment: int
    """The same as `segment` where there is only one."""
    next_segment_name: str
    distance: float
    next_distance: float
    margin: float
    ambiguous: bool
    fits_name: bool | None
    """Whether the segment's name is true of the customer; None where an earlier version published
    the segments, which didn't ask."""
    features: tuple[FeatureEffect, ...]
    """Of the model, in its order. Contributions add up to `difference`."""
    beside: dict[str, str | float]
    """What else is known: country, and figures that the model does not use."""
    outlook: OutlookPosition | None
    """None where the model has no outlook axis."""
    before: str | None
    """As-of date of the snapshot before; None where there is none."""
    change: Change | None
    """Since then; None also where the customer was none yet."""

    @property
    def alone(self) -> bool:
        """Whether there is no other segment, and so nothing to explain."""
        return self.segment == self.next_segment

    @property
    def difference(self) -> float:
        """Squared distance to the next centroid, less that to the own."""
        return self.next_distance**2 - self.distance**2

    @property
    def named(self) -> list[FeatureEffect]:
        """The features that make the difference, largest effect first."""
        return sorted((one for one in self.features if one.named), key=lambda one: -one.effect)


def explain_customer(
    customer_id: str,
    month: Month,
    before: Month | None = None,
    settings: SegmentSettings | None = None,
) -> Explanation:
    """Explain the segment of a customer.

    Parameters
    ----------
    customer_id
        As in the month's features.
    month, before
        What a snapshot published, and the one before it.
    settings
        The `[segments]` settings: the margin below which a customer is ambiguous.

    Raises
    ------
    DataError
        The month has no such customer.

    Notes
    -----
    With s the standardised features, C the components (orthonormal rows), a and b the centroids of
    the own and the next segment, the difference of squared distances is
    `D(s) = |p - b|² - |p - a|² = 2 (p - (a + b) / 2) · (a - b)`, p being the projection of s. As
    C Cᵀ = 1, that is the sum over features of 2 u (s - m), with u = Cᵀ (a - b) and m the features
    that (a + b) / 2 reconstructs to: a contribution each, exact, and D is linear in s.

    Examples
    --------
    >>> told = custseg.explain_customer(month.features["customer_id"][0], month)
    >>> told.segment_name in month.names.values()
    True
    """
    row = month.row_of(customer_id)
    if row is None:
        raise DataError(f"There is no such customer in what was published as of {month.as_of}.")
    scoring = month.model.scoring
    values = scoring.matrix(month.features.iloc[[row]])
    own, other = (int(month.segments[name].iloc[row]) for name in ("segment", "next_segment"))
    distances = dict(
        zip(scoring.segments, scoring.distances(scoring.points(values))[0].tolist(), strict=True)
    )
    away = np.inf if own == other else distances[other]
    near = float(margin(np.array([distances[own]]), np.array([away]))[0])
    naming = settings or SegmentSettings()
    return Explanation(
        as_of=month.as_of,
        segment=own,
        segment_name=month.names[own],
        next_segment=other,
        next_segment_name=month.names[other],
        distance=distances[own],
        next_distance=distances[other],
        margin=near,
        ambiguous=near < naming.ambiguous_margin,
        fits_name=bool(month.segments["fits_name"].iloc[row])
        if "fits_name" in month.segments
        else None,
        features=_effects(month, values[0], own, other),
        beside=_beside(month, row),
        outlook=_outlook(month, values, own, other),
        before=before.as_of if before else None,
        change=_change(customer_id, own, month, before) if before else None,
    )


def _effects(
    month: Month, values: NDArray[np.float64], own: int, other: int
) -> tuple[FeatureEffect, ...]:
    scoring = month.model.scoring
    standardised = scoring.standardise(values)
    a, b = (np.array(scoring.centroids[scoring.segments.index(one)]) for one in (own, other))
    slope = 2 * (a - b) @ np.array(scoring.components)
    contributions = slope * (standardised - scoring.reconstruct((a + b) / 2))
    typical = {one: _typical(month, one) for one in (own, other)}
    effects = slope * (standardised - typical[other])
    named = crossing(float(contributions.sum()), effects)
    own_typical, next_typical = (_restored(scoring, typical[one]) for one in (own, other))
    return tuple(
        FeatureEffect(
            name,
            float(values[i]),
            float(own_typical[i]),
            float(next_typical[i]),
            float(contributions[i]),
            float(effects[i]),
            i in named,
        )
        for i, name in enumerate(scoring.features)
    )


def _outlook(
    month: Month, values: NDArray[np.float64], own: int, other: int
) -> OutlookPosition | None:
    scoring = month.model.scoring
    if not scoring.outlook:
        return None
    at = float(scoring.points(values)[0, -1])
    a, b = (scoring.centroids[scoring.segments.index(one)][-1] for one in (own, other))
    return OutlookPosition(at, a, b, (at - b) ** 2 - (at - a) ** 2)


def crossing(difference: float, effects: NDArray[np.float64]) -> set[int]:
    """Choose the fewest features whose change takes a customer across, largest effect first.

    All features changed take anybody across: D is linear and below zero for every member of the
    next segment (zero on the very border), so also for their mean, and leaving out negative effects
    only lowers it further. As effects add up, no smaller set than the largest ones suffices.

    Parameters
    ----------
    difference
        D of the customer: squared distance to the next centroid, less that to the own.
    effects
        How much each feature's change to the mean of the next segment takes away from it.
    """
    chosen: set[int] = set()
    for feature in np.argsort(-effects, kind="stable"):
        if effects[feature] <= 0 or (chosen and difference < -_ROUNDING):
            break
        chosen.add(int(feature))
        difference -= float(effects[feature])
    return chosen


def _typical(month: Month, segment: int) -> NDArray[np.float64]:
    """Mean of a segment's standardised features; of one that nobody is in, its centroid's."""
    scoring = month.model.scoring
    members = month.features[(month.segments["segment"] == segment).to_numpy()]
    if members.empty:
        return scoring.reconstruct(np.array(scoring.centroids[scoring.segments.index(segment)]))
    mean: NDArray[np.float64] = scoring.standardise(scoring.matrix(members)).mean(axis=0)
    return mean


def _restored(scoring: ScoringModel, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features in their own units; a reconstructed logarithm may be slightly below zero."""
    values = scoring.restore(standardised)
    restored: NDArray[np.float64] = np.where(scoring.logged, np.maximum(values, 0.0), values)
    return restored


def _beside(month: Month, row: int) -> dict[str, str | float]:
    names = [name for name in _BESIDE if name not in month.model.scoring.features]
    known = month.features.iloc[row].reindex(names).dropna()
    return {
        str(name): value if isinstance(value, str) else float(value)
        for name, value in known.items()
    }


def _change(customer_id: str, own: int, month: Month, before: Month) -> Change | None:
    row = before.row_of(customer_id)
    if row is None:
        return None
    then = int(before.segments["segment"].iloc[row])
    now = month.features[month.features["customer_id"] == customer_id]
    by_old = _by(before.model, now)
    features = before.features.iloc[row]
    return Change(
        as_of=before.as_of,
        segment=then,
        segment_name=_called(then, before, month),
        figures={
            name: None if np.isnan(value := float(features.get(name, np.nan))) else value
            for name in month.model.scoring.features
        },
        moved=own != then,
        cause=None if own == then else _cause(then, own, by_old, same=_same(month, before)),
        by_old_model=by_old,
        by_old_model_name=None if by_old is None else _called(by_old, before, month),
    )


def _called(segment: int, before: Month, month: Month) -> str:
    """A segment's name then; with its number where another one has that name now."""
    name = before.names[segment]
    now = {other for other, called in month.names.items() if called == name}
    return f"{name} ({segment})" if now - {segment} else name


def _same(month: Month, before: Month) -> bool:
    return month.model.scoring == before.model.scoring


def _by(model: PublishedModel, features: pd.DataFrame) -> int | None:
    """The segment of one customer by a model; None where it needs what they have no value of."""
    if model.scoring.lacking(features):
        return None
    points = model.scoring.points(model.scoring.matrix(features))
    return int(model.scoring.labels(points)[0])


def _cause(then: int, now: int, by_old: int | None, *, same: bool) -> Cause:
    if same or by_old == now:
        return "behaviour"
    if by_old is None:
        return "unknown"
    return "model" if by_old == then else "both"
