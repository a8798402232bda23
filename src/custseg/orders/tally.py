"""All lines counted by order, day and rule: few rows that tell what cleaning asks of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

_KEY: Final = ("customer_id", "order_id", "day", "rule", "is_return")
_COUNT: Final = "int64"
_SUM: Final = "decimal(38,4)"


def tally(lines: ir.Table) -> ir.Table:
    """Count lines of one customer, order, day, rule and direction, and add up their money.

    Parameters
    ----------
    lines
        Lines with rule and is_return.

    Returns
    -------
    ibis Table
        customer_id, order_id, day, rule, is_return, and their rows, value (the sum of amount) and
        undone (the sum of amount_undone, if lines have that).
    """
    names = (*_KEY, "amount", "amount_undone")
    keyed = lines.select(
        *(name for name in names if name in lines.columns), day=lines.ordered_at.date()
    )
    has_undone = "amount_undone" in keyed.columns
    value = keyed.amount.sum().cast(_SUM)
    return keyed.group_by(_KEY).agg(
        rows=keyed.count().cast(_COUNT),
        value=value,
        undone=keyed.amount_undone.sum().cast(_SUM) if has_undone else (value * 0).cast(_SUM),
    )


def replace(counted: ir.Table, before: ir.Table, after: ir.Table) -> ir.Table:
    """Count some lines, all of which are counted, as they have become.

    Parameters
    ----------
    counted
        A tally of lines.
    before, after
        Tallies of some of these lines, as they were counted and as they should be.
    """
    taken = before.mutate(**{name: -before[name] for name in ("rows", "value", "undone")})
    every = ibis.union(counted, taken.select(counted.columns), after.select(counted.columns))
    summed = every.group_by(_KEY).agg(
        rows=every["rows"].sum().cast(_COUNT),
        value=every.value.sum().cast(_SUM),
        undone=every.undone.sum().cast(_SUM),
    )
    return summed.filter(summed["rows"] > 0)
