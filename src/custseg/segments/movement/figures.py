"""What an account of a month is made of: ways, segments and the whole, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003  (pydantic reads the annotations at run time)
from typing import Final, Literal

NOWHERE: Final = 0
"""In place of a segment: of who was no customer then, or is none now."""
Cause = Literal["stayed", "behaviour", "model", "both", "cancelled", "new", "returning", "lost"]
"""Cancelled: in the same segment, as the new model undid what the customer did."""
Kind = Literal["stayed", "moved", "new", "returning", "lost"]


@dataclass(frozen=True)
class Flow:
    """Customers who went the same way: a row of the artifact `migration`."""

    from_segment: int
    by_old_model: int
    to_segment: int
    cause: Cause
    customers: int
    revenue_before: Decimal | None
    revenue: Decimal | None


@dataclass(frozen=True)
class CustomerAccount:
    """A segment's customers: before + new + returning - lost + behaviour + model = now.

    None, here and below, where too few customers would be told of.
    """

    before: int | None
    new: int | None
    returning: int | None
    lost: int | None
    behaviour: int | None
    """Those who came by what they did, less those who left by it."""
    model: int | None
    """Those whom the new model put here, less those whom it took away."""
    now: int | None


@dataclass(frozen=True)
class RevenueAccount:
    """Net spend of a segment's customers, likewise; with what changed of those in both months."""

    before: Decimal | None
    """As of the old month."""
    new: Decimal | None
    returning: Decimal | None
    lost: Decimal | None
    spent: Decimal | None
    """What the spend of customers in both months grew by, where they were."""
    behaviour: Decimal | None
    model: Decimal | None
    now: Decimal | None


@dataclass(frozen=True)
class SegmentMovement:
    """What became of a segment."""

    segment: int
    name: str
    """The shop's own; of one that is no more that of its rule."""
    rule: str
    colour: str
    customers: CustomerAccount
    revenue: RevenueAccount | None
    """None where the orders have no amounts."""


@dataclass(frozen=True)
class Transition:
    """Customers of one segment then and one now."""

    from_segment: int
    """0: of who was no customer then."""
    to_segment: int
    """0: of who is none now."""
    kind: Kind
    customers: int
    revenue: Decimal | None
    """Their net spend now; of those lost, then. None where the orders have no amounts."""
    by_behaviour: int | None
    """Of these, who moved by what they did."""
    by_model: int | None
    by_both: int | None
    """… by both, and by neither alone."""


@dataclass(frozen=True)
class Movement:
    """What became of customers since an earlier month."""

    since: str
    """As-of date of that month."""
    as_of: str
    sentence: str
    both: int | None
    """Customers of both months; the next are of these."""
    kept: int | None
    """In the same segment."""
    cancelled: int | None
    """Of those kept: who would have left it, but for the new model."""
    by_behaviour: int | None
    by_model: int | None
    by_both: int | None
    kept_by_behaviour: int | None
    """Whom the old model has in the same segment still."""
    rand: float | None
    """Adjusted Rand index of segments then and now; None where no customer is in both."""
    rand_by_behaviour: float | None
    """The same of segments then and those now by the old model."""
    new: int | None
    returning: int | None
    """Not among the customers then, though they had ordered."""
    lost: int | None
    segments: tuple[SegmentMovement, ...]
    """Those in use, then those that are no more."""
    transitions: tuple[Transition, ...]
    """By segment then and now."""
