"""The account of cleaning: every row and every penny, by rule."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir


def account(counted: ir.Table, rules: tuple[str, ...], unreadable: int = 0) -> pd.DataFrame:
    """Account for every rule in order, whether it removed anything or not.

    Parameters
    ----------
    counted
        A tally of all order lines, with the rule that removed them (null: they stay).
    rules
        The rules in their order.
    unreadable
        Rows of the source that are not among the lines, as they could not be read.

    Returns
    -------
    DataFrame
        The artifact `ledger`: what each rule removed and what is left after it, in rows, money
        (missing where the orders have no amounts), orders and known customers.
    """
    names = ("raw", *(("rejected",) if unreadable else ()), *rules)
    kept = len(names)
    order = ibis.cases(*((counted.rule == rule, names.index(rule)) for rule in rules), else_=kept)
    steps = counted.mutate(step=order)
    sums = {
        row["step"]: row
        for row in fetch(
            steps.group_by("step").agg(
                rows=steps["rows"].sum().cast("int64"),
                value=steps.value.sum(),
                undone=steps.undone.sum(),
            )
        )
    }
    known = steps.filter(steps.customer_id.notnull())
    orders_gone = _last_steps(
        steps.group_by(["customer_id", "order_id"]).agg(step=steps.step.max())
    )
    customers_gone = _last_steps(known.group_by("customer_id").agg(step=known.step.max()))
    money = any(row["value"] is not None for row in sums.values())
    undone = sum((row["undone"] or 0 for row in sums.values()), Decimal(0))
    value_left = sum((row["value"] or 0 for row in sums.values()), undone)
    rows_left = sum(row["rows"] for row in sums.values()) + unreadable
    orders_left, customers_left = orders_gone.total(), customers_gone.total()

    entries = []
    for step, rule in enumerate(names):
        rows = sums[step]["rows"] if step in sums else 0
        rows += unreadable if rule == "rejected" else 0
        value = (sums[step]["value"] if step in sums else None) or Decimal(0)
        # Lines undone in part stay, but for what went back of them.
        value += undone if rule == "undone_in_part" else 0
        rows_left -= rows
        value_left -= value
        orders_left -= orders_gone[step]
        customers_left -= customers_gone[step]
        entries.append(
            (step, rule, rows, value, rows_left, value_left, orders_left, customers_left)
        )
    ledger = pd.DataFrame(entries, columns=ARTIFACTS["ledger"].column_names())
    return ledger if money else ledger.assign(value_removed=None, value_left=None)


def _last_steps(groups: ir.Table) -> Counter[int]:
    """How many groups lost their last line at each step."""
    counts = fetch(groups.group_by("step").agg(n=groups.count()))
    return Counter({row["step"]: row["n"] for row in counts})


def reconcile(before: Mapping[str, Any], counted: ir.Table) -> None:
    """Check that every row and every penny of the source is accounted for, exactly once.

    Parameters
    ----------
    before
        rows and value of the source.
    counted
        A tally of all order lines, as cleaning leaves them.

    Raises
    ------
    AssertionError
        They are not: a bug in cleaning.
    """
    after = fetch(
        counted.aggregate(
            rows=counted["rows"].sum().cast("int64"),
            value=counted.value.sum(),
            undone=counted.undone.sum(),
        )
    )[0]
    value = (after["value"] or 0) + (after["undone"] or 0)
    if before["rows"] != after["rows"] or (before["value"] or 0) != value:
        raise AssertionError(f"The ledger does not reconcile: {before} in, {after} out")
