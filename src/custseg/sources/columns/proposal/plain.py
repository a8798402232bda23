"""The fields that need no sums: each gets the column whose name tells most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.candidates import Candidate, say_the_same, weak_rivals
from custseg.sources.columns.proposal.names import How, label

if TYPE_CHECKING:
    from custseg.sources.columns.proposal.state import State

_PLAIN: Final = (
    "order_id",
    "customer_id",
    "ordered_at",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "category",
    "country",
    "status",
    "cancelled_at",
    "currency",
)
"""Fields that need no sums to be settled; of two for the same column, the first takes it."""
_ANY_NAME: Final = ("description", How.WEAK)
"""A "name" can be a person's: it must be seen to be a product's."""


def settle_plain(state: State) -> None:
    """Give each field that needs no sums its best column, the likeliest first."""
    left: dict[str, list[Candidate]] = {
        field: [c for c in state.candidates[field] if (field, c.meaning.how) != _ANY_NAME]
        for field in _PLAIN
        if field in state.candidates
    }
    while left := {field: found for field, found in left.items() if found}:
        ranks = {field: min(c.rank for c in found) for field, found in left.items()}
        field = min(left, key=lambda name: (ranks[name], _PLAIN.index(name)))
        equals = _different(state, field, [c for c in left[field] if c.rank == ranks[field]])
        rivals = weak_rivals(equals, left)
        for rival in rivals:
            state.doubt(rival, [one.name for one in equals], "could be this, or another field")
        if not rivals and len(equals) > 1:
            state.doubt(field, [one.name for one in equals], "each could be it")
        elif not rivals:
            state.match(field, equals[0])
            for other in left[field]:
                told = f'{label(field)}, but "{equals[0].name}" tells more'
                state.unused.setdefault(other.name, told)
        taken = {candidate.name for candidate in equals}
        left = {
            name: [candidate for candidate in found if candidate.name not in taken]
            for name, found in left.items()
            if name not in {field, *rivals}
        }


def _different(state: State, field: str, equals: list[Candidate]) -> list[Candidate]:
    """Of columns that say the same in other words, such as an order's id and number, one."""
    kept: list[Candidate] = []
    for candidate in equals:
        same = next((one for one in kept if say_the_same(field, one, candidate)), None)
        if same:
            state.unused[candidate.name] = f'says the same as "{same.name}"'
        else:
            kept.append(candidate)
    return kept


def settle_name(state: State) -> None:
    """Take a "name" as the product's only where each product has one of its own."""
    product = state.sample("product_id")
    for candidate in state.candidates.get("description", []):
        free = candidate.name not in state.taken() and not state.settled("description")
        if free and product and not product.unique:
            pairs = set(zip(product.values, candidate.sample.values, strict=True))
            if len(pairs) == len(set(product.values)):
                state.match("description", replace(candidate, said="one for each product id"))


def add_time(state: State) -> None:
    """Join a time of day that stands in a column of its own to the date."""
    date, times = state.matches.get("ordered_at"), state.candidates.get("time", [])
    if date is None or not isinstance(date.column, str) or len(times) != 1:
        return
    (time,) = times
    if time.sample.times and time.name != date.column and not state.sample_of(date).clock:
        reason = f'{date.reason}; "{time.name}" has the times of day'
        joined = replace(date, column=(date.column, time.name), reason=reason)
        state.matches["ordered_at"] = joined
