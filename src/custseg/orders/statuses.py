"""The statuses that a source's orders have, and what each means for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import by_duckdb, fetch
from custseg.sources.values.statuses import does_not_count, is_known
from custseg.words.figures import counted, listed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.settings import CleanSettings

_MOST: Final = 50
"""Statuses that are listed; a column with more hardly holds any."""
_MOST_NAMED: Final = 5
_LONGEST: Final = 40
COUNTS: Final = "counts"
NOT_COUNTED: Final = "doesn't count"
UNKNOWN: Final = "counts, not known"


def judge_statuses(lines: ir.Table, statuses: int, settings: CleanSettings) -> ir.Table:
    """Add `verdict`: what a line's status means for it; null where it has none.

    `statuses` is how many lines have one.
    """
    if not statuses:
        return lines.mutate(verdict=ibis.null("string"))
    distinct = lines.select("status").distinct()
    words = (settings.statuses_not_counted, settings.statuses_counted)

    def judge(known: ir.Table) -> ir.Table:
        return known.mutate(
            verdict=ibis.cases(
                (does_not_count(known.status, *words), NOT_COUNTED),
                (is_known(known.status, *words), COUNTS),
                else_=UNKNOWN,
            )
        )

    # Each status is judged once, however many lines have it.
    judged = by_duckdb(distinct.filter(distinct.status.notnull()), judge)
    return lines.left_join(judged, "status").drop("status_right")


def list_statuses(lines: ir.Table) -> pd.DataFrame:
    """List each status with its orders and value, those with most orders first.

    Parameters
    ----------
    lines
        Lines that the rules before `status` leave, with status and verdict.

    Returns
    -------
    DataFrame
        The artifact `statuses`; those beyond the fiftieth are one row for each verdict.
    """
    key = ["status", "verdict"]
    orders = lines.select(*key, "customer_id", "order_id").distinct()
    groups = lines.group_by(key).agg(rows=lines.count(), value=lines.amount.sum())
    groups = groups.join(orders.group_by(key).agg(orders=orders.count()), key)
    ranked = groups.mutate(
        step=ibis.row_number().over(order_by=[ibis.desc("orders"), "status", "verdict"])
    ).cache()
    others = ranked.filter(ranked.step >= _MOST)
    rest = others.group_by("verdict").agg(
        status=ibis.literal("(") + others.count().cast("string") + " others)",
        orders=others.orders.sum(),
        rows=others["rows"].sum(),
        value=others.value.sum(),
        step=others.step.min(),
    )
    names = ARTIFACTS["statuses"].column_names()
    both = [*fetch(ranked.filter(ranked.step < _MOST)), *fetch(rest)]
    frame = pd.DataFrame(both, columns=names).sort_values("step", ignore_index=True)
    return frame.assign(step=range(len(frame)))


def note_unknown(statuses: pd.DataFrame) -> str:
    """Name the statuses that no list knows; empty where all are known."""
    unknown = [row for row in statuses.to_dict("records") if row["verdict"] == UNKNOWN]
    if not unknown:
        return ""
    named = [
        f'"{row["status"][:_LONGEST]}" ({counted(int(row["orders"]), "order", "orders")})'
        for row in unknown[:_MOST_NAMED]
        # Whatever stands in a column that was mistaken for a status.
        if "@" not in row["status"]
    ]
    more = len(unknown) - len(named)
    if more:
        named.append(counted(more, "other", "others"))
    return (
        f"Unknown statuses count: {listed(named)}. [clean] statuses_not_counted names those that "
        "don't, statuses_counted those that do"
    )
