"""The lines' totals: which counts, and what is taken off it already."""

from __future__ import annotations

from itertools import permutations
from statistics import median
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.relations import judge_rate
from custseg.sources.columns.proposal.sums import (
    add,
    count_equal,
    group_equal,
    holds_nearly,
    is_sum_of,
    less_rate,
    mark_unclear,
    rates,
    subtract,
    take_only,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.sums import Lines, MoneyColumn, Numbers, Settled

_LIKE_THE_PRODUCT: Final = (0.3, 3.0)
"""What a line's total may be of quantity × price, at most a discount or a tax away from it."""
_FULL: Final = 100
_STEP: Final = 5
_MOST_RATES: Final = 20


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
    _settle_rate(by_field["discount_rate"], lines, found)
    for name in ("discount", "tax"):
        mark_unclear(name, by_field[name], found)
    # "Discount" 5, 10, 20 can be money and can be percent.
    percent = [column for column in by_field["discount"] if may_be_percent(column.sample)]
    mark_unclear("discount_rate", percent, found)
    if percent and "discount_rate" in found.unclear:
        why = "money or percent, and perhaps taken off the amount already"
        for name in ("discount", "discount_rate"):
            found.unclear[name] = (found.unclear[name][0], why)


def _few_rates(sample: Sample) -> bool:
    """Whether a shop may have so many rates; cents of cheap goods have many more values."""
    return len(sample.distinct) <= _MOST_RATES or any("%" in value for value in sample.filled)


def may_be_percent(sample: Sample) -> bool:
    """Whether numbers can be percent, though nothing says so: 0, 5, 10, 25."""
    numbers = sample.known_numbers
    return not sample.all_zero and all(n % _STEP == 0 and 0 <= n <= _FULL for n in numbers)


def _settle_rate(columns: list[MoneyColumn], lines: Lines, found: Settled) -> None:
    """Tell by what products cost at several discounts whether these are taken off already."""
    columns = [column for column in columns if column.name not in found.unused]
    if len(columns) == 1 and lines.item:
        (rate,) = columns
        amount = found.matches.get("amount")
        prices: Numbers = lines.unit_price.numbers if lines.unit_price else []
        if amount:
            units = lines.quantity.numbers if lines.quantity else [1.0] * len(rate.zeros)
            pairs = zip(amount[0].sample.numbers, units, strict=True)
            prices = [paid / n if paid and n else None for paid, n in pairs]
        told = judge_rate(prices, rates(rate), lines.item)
        what = "amount ÷ quantity" if amount else "price"
        if told == "after":
            found.unused[rate.name] = f"taken off already: a product's {what} falls by it"
        elif told == "before" and not amount and _few_rates(rate.sample):
            found.matches["discount_rate"] = (rate, "not in the price, which is the same at any")
    settled = [rate for rate, _ in found.matches.values()]
    mark_unclear("discount_rate", [c for c in columns if c not in settled], found)


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
            elif not _like_the_product(column, lines):
                found.unclear["amount"] = (totals, "far from quantity × price")
                return
        found.matches["amount"] = (column, told)
    elif totals:
        found.unclear["amount"] = (totals, "each could be the line's total, and they differ")


def _like_the_product(column: MoneyColumn, lines: Lines) -> bool:
    """Whether a total is about quantity × price, and no unit's price in a second column."""
    if lines.unit_price and lines.quantity:
        several = [n if n and n > 1 else None for n in lines.quantity.numbers]
        paid = [a if n else None for a, n in zip(column.sample.numbers, several, strict=True)]
        if holds_nearly(count_equal(paid, lines.unit_price.numbers)):
            return False
    pairs = zip(column.sample.numbers, lines.product or (), strict=True)
    parts = [abs(total / product) for total, product in pairs if total and product]
    least, most = _LIKE_THE_PRODUCT
    return not parts or least <= median(parts) <= most


def _explained(
    left: Numbers,
    right: Numbers,
    by_field: Mapping[str, list[MoneyColumn]],
    quantity: Sample | None,
) -> tuple[str, MoneyColumn | None, MoneyColumn | None] | None:
    """How a column of money follows from another: less a discount, plus a tax, or both."""
    taxes = [column for column in by_field["tax"] if not column.sample.all_zero]
    percent = [column for column in by_field["discount"] if may_be_percent(column.sample)]
    # Discounts of less than one are shares by their values, and can be money all the same.
    discounts = [*by_field["discount"], *by_field["discount_rate"]]
    less = [(column, subtract(left, column), "−") for column in discounts]
    less += [
        (column, less_rate(left, column), "less")
        for column in (*by_field["discount_rate"], *percent)
    ]
    for column, rest, sign in less:
        for tax in taxes:
            if is_sum_of(right, add(rest, tax), (column, tax), quantity):
                return f'{sign} "{column.name}" + "{tax.name}"', column, tax
        if is_sum_of(right, rest, (column,), quantity):
            return f'{sign} "{column.name}"', column, None
    for tax in taxes:
        if is_sum_of(right, add(left, tax), (tax,), quantity):
            return f'+ "{tax.name}"', None, tax
    return None


def settle_beside_lines(by_field: Mapping[str, list[MoneyColumn]], found: Settled) -> None:
    """Judge what stands for a whole order beside amounts of its lines."""
    found.leave(by_field["order_shipping"], "shipping: no part of the lines' amounts")
    for name in ("order_discount", "order_tax"):
        mark_unclear(name, by_field[name], found)
    for name in ("refunded", "order_refunded"):
        take_only(name, by_field[name], found)
