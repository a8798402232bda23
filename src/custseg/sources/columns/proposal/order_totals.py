"""The orders' totals, where lines have none: which counts, and what belongs to it."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.sums import (
    CENT,
    add,
    group_equal,
    is_sum_of,
    mark_unclear,
    subtract,
    take_only,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custseg.sources.columns.proposal.sums import MoneyColumn, Settled

_ONE_PAIR: Final = 2
_SUBTOTAL: Final = 1
"""Tier of names such as "subtotal" among those of a total."""


def settle_orders(
    totals: list[MoneyColumn], by_field: Mapping[str, list[MoneyColumn]], found: Settled
) -> None:
    """Choose the order's total where lines have none, and judge by it what belongs to it."""
    parts = {
        f"order_{name}": [*by_field[f"order_{name}"], *by_field.get(name, [])]
        for name in ("discount", "tax", "shipping")
    }
    groups = group_equal(totals)
    columns = [column for column, *_ in groups]
    for first, *same in groups:
        found.leave(same, f'the same values as "{first.name}"')
    pairs = list(permutations(columns, 2))
    explained = [(*pair, used) for pair in pairs if (used := _between(*pair, parts))]
    # With a third total, more than one pair in both directions, that one would still be open.
    if explained and len(pairs) == _ONE_PAIR:
        _take_apart(*explained[0], found)
    else:
        whole = [column for column in columns if column.rank[1] != _SUBTOTAL] or columns
        found.leave([c for c in columns if c not in whole], "a part of the order's total")
        parted = [column for column in columns if column not in whole]
        if len(whole) == 1 and _holds_more(whole[0], parted, parts):
            del found.unused[parted[0].name]
            why = (
                f'"{whole[0].name}" holds more, such as shipping or tax: which one is the goods\'?'
            )
            found.unclear["order_total"] = ([parted[0], *whole], why)
        elif len(whole) == 1:
            found.matches["order_total"] = (whole[0], "")
        else:
            found.unclear["order_total"] = (whole, "each could be the order's, and they differ")
    for name, candidates in parts.items():
        mark_unclear(name, candidates, found)
    mark_unclear("discount_rate", by_field.get("discount_rate", []), found)
    take_only("order_refunded", [*by_field["order_refunded"], *by_field["refunded"]], found)


def _holds_more(
    whole: MoneyColumn, parted: Sequence[MoneyColumn], parts: Mapping[str, list[MoneyColumn]]
) -> bool:
    """Whether a total is above its subtotal, and no column says by what."""
    if not parted or parts["order_tax"] or parts["order_shipping"]:
        return False
    pairs = zip(whole.sample.numbers, parted[0].sample.numbers, strict=True)
    return any(a - b > CENT for a, b in pairs if a is not None and b is not None)


def _between(
    before: MoneyColumn, after: MoneyColumn, parts: Mapping[str, list[MoneyColumn]]
) -> dict[str, MoneyColumn]:
    """Find the discount, tax and shipping by which one total becomes another; empty if none do."""
    nonzero = {
        name: [column for column in columns if not column.sample.all_zero]
        for name, columns in parts.items()
    }
    if any(len(columns) > 1 for columns in nonzero.values()):
        return {}
    every = {name: columns[0] for name, columns in nonzero.items() if columns}
    # All of them, then all but one, which the total may leave out.
    for left_out in (None, *every):
        used = {name: column for name, column in every.items() if name != left_out}
        sums = before.sample.numbers
        for name, column in used.items():
            sums = subtract(sums, column) if name == "order_discount" else add(sums, column)
        if used and is_sum_of(after.sample.numbers, sums, used.values()):
            return used
    return {}


def _take_apart(
    before: MoneyColumn, after: MoneyColumn, used: Mapping[str, MoneyColumn], found: Settled
) -> None:
    """Settle a total, and what it is made of."""
    terms = [
        f'{"−" if name == "order_discount" else "+"} "{column.name}"'
        for name, column in used.items()
    ]
    told = f'"{after.name}" = "{before.name}" {" ".join(terms)}'
    found.matches["order_total"] = (after, told)
    found.unused[before.name] = "a part of the order's total"
    for name, column in used.items():
        if name == "order_discount":
            found.unused[column.name] = f"taken off already: {told}"
        else:
            found.matches[name] = (column, "in the total")
