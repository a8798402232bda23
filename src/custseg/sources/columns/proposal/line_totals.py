"""The lines' totals: which counts, and what is taken off it already."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from custseg.sources.columns.proposal.sums import (
    add,
    count_equal,
    group_equal,
    holds_nearly,
    is_sum_of,
    mark_unclear,
    subtract,
    take_only,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.sums import Lines, MoneyColumn, Numbers, Settled


def settle_lines(
    totals: list[MoneyColumn],
    by_field: Mapping[str, list[MoneyColumn]],
    lines: Lines,
    found: Settled,
) -> None:
    """Choose the line's total among those that could be, and judge discounts and taxes by it."""
    groups = group_equal(totals)
    heads = [group[0] for group in groups]
    bases: list[tuple[MoneyColumn | None, Numbers]] = [
        (head, head.sample.numbers) for head in heads
    ]
    if lines.product:
        bases.append((None, lines.product))
    explained = False
    for (before, left), (after, right) in permutations(bases, 2):
        # A third total would still be open.
        others = [head for head in heads if head not in {before, after}]
        if after and not others and not explained:
            explained = _explain(before, left, after, right, by_field, lines, found)
    if not explained:
        _choose_line_total(heads, lines, found)
    for head, *same in groups:
        found.leave(same, f'the same values as "{head.name}"')
    for name in ("discount", "tax"):
        shares = by_field["discount_share"] if name == "discount" else []
        mark_unclear(name, [*by_field[name], *shares], found)


def _explain(
    before: MoneyColumn | None,
    left: Numbers,
    after: MoneyColumn,
    right: Numbers,
    by_field: Mapping[str, list[MoneyColumn]],
    lines: Lines,
    found: Settled,
) -> bool:
    """Settle the line's total where one base is another with discount and tax.

    Without `before`, `left` is quantity × price.
    """
    how = _explained(left, right, by_field, lines.quantity)
    if how is None:
        return False
    formula, discount, tax = how
    name = f'"{before.name}"' if before else "quantity × price"
    told = f'"{after.name}" = {name} {formula}'
    if discount:
        found.unused[discount.name] = f"taken off already: {told}"
    if tax and not discount and before:
        found.matches["amount"] = (before, f"before tax: {told}")
        found.unused |= {tax.name: f"not in the amount: {told}", after.name: "tax is in it"}
        return True
    found.matches["amount"] = (after, told)
    if before:
        found.unused[before.name] = f"before discount: {told}"
    if tax:
        found.matches["tax"] = (tax, "in the amount")
    return True


def _choose_line_total(totals: list[MoneyColumn], lines: Lines, found: Settled) -> None:
    """Take the only line's total there is; of several, none."""
    if len(totals) == 1:
        column = totals[0]
        told = ""
        if lines.product and column.sample.filled:
            held, rows = counts = count_equal(column.sample.numbers, lines.product, lines.quantity)
            told = "not always quantity × price"
            if holds_nearly(counts):
                told = f"quantity × price on {held} of {rows} rows"
        found.matches["amount"] = (column, told)
    elif totals:
        found.unclear["amount"] = (totals, "each could be the line's total, and they differ")


def _explained(
    left: Numbers,
    right: Numbers,
    by_field: Mapping[str, list[MoneyColumn]],
    quantity: Sample | None,
) -> tuple[str, MoneyColumn | None, MoneyColumn | None] | None:
    """How a column of money follows from another: less a discount, plus a tax, or both."""
    taxes = [column for column in by_field["tax"] if not column.sample.all_zero]
    for column in [*by_field["discount_share"], *by_field["discount"]]:
        for tax in taxes:
            if is_sum_of(right, add(subtract(left, column), tax), (column, tax), quantity):
                return f'− "{column.name}" + "{tax.name}"', column, tax
        if is_sum_of(right, subtract(left, column), (column,), quantity):
            return f'− "{column.name}"', column, None
        if column.sample.shares and is_sum_of(
            right, _less_share(left, column), (column,), quantity
        ):
            return f'less "{column.name}"', column, None
    for tax in taxes:
        if is_sum_of(right, add(left, tax), (tax,), quantity):
            return f'+ "{tax.name}"', None, tax
    return None


def _less_share(numbers: Numbers, column: MoneyColumn) -> Numbers:
    """Take a share off; above 1 shares are percent."""
    percent = any(share > 1 for share in column.sample.known_numbers)
    pairs = zip(numbers, column.zeros, strict=True)
    return [
        None if number is None else number * (1 - abs(share or 0) / (100 if percent else 1))
        for number, share in pairs
    ]


def settle_beside_lines(by_field: Mapping[str, list[MoneyColumn]], found: Settled) -> None:
    """Judge what stands for a whole order beside amounts of its lines."""
    found.leave(by_field["order_shipping"], "shipping: no part of the lines' amounts")
    for name in ("order_discount", "order_tax"):
        mark_unclear(name, by_field[name], found)
    for name in ("refunded", "order_refunded"):
        take_only(name, by_field[name], found)
