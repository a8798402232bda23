"""What a study reads of the past dates that were prepared for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_column, fetch_frame
from custseg.orders.lines import before

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    import pandas as pd

LINE: Final = tuple(ARTIFACTS["past_backtest_lines"].column_names()[1:])
"""What the studies read of a line that counts."""
ORDER: Final = ("customer_id", "order_id")


@dataclass(frozen=True)
class Hindsight:
    """The customers who were known at a past date."""

    cut_off: date
    """Nothing on or after this midnight was known."""
    customers: pd.DataFrame
    """A row each, sorted by customer_id: features, segment and what they did in the days after,
    as far as the study's artifact has them."""


def each_date(past: ir.Table) -> Iterator[Hindsight]:
    """Read the customers known at each of a study's past dates, from the earliest date on."""
    for day in fetch_column(past.date).to_pylist():
        customers = past.filter(past.date == day).drop("date").order_by("customer_id")
        yield Hindsight(date.fromisoformat(day), fetch_frame(customers))


def changed_lines(then: ir.Table, today: ir.Table) -> ir.Table:
    """Find the orders that counted otherwise at a past date (`then`) than they do today.

    Returns the columns `LINE` of all lines that counted then of each such order, or a single row
    with nothing but the customer and the order where none did.
    """
    lines, others = then.select(*LINE), today.select(*LINE)
    both = lines.mutate(n=1).union(others.mutate(n=-1))
    counts = both.group_by(LINE).agg(n=both.n.sum())
    orders = counts.filter(counts.n != 0).select(*ORDER).distinct().cache()
    types = lines.schema()
    nothing = {name: ibis.null(types[name]) for name in LINE if name not in ORDER}
    gone = orders.anti_join(lines, ORDER).mutate(**nothing).select(*LINE)
    return lines.semi_join(orders, ORDER).union(gone)


def lines_before(cut_off: date, transactions: ir.Table, changed: ir.Table) -> ir.Table:
    """Put together the lines that counted at a past date: the columns `LINE`.

    They are those that count today, except for the orders of which `changed` (the
    `changed_lines` of each of a study's dates) has the lines as they were.
    """
    today = before(transactions, cut_off).select(*LINE)
    instead = changed.filter(changed.date == cut_off.isoformat())
    counted = instead.filter(instead.ordered_at.notnull()).select(*LINE)
    return today.anti_join(instead, ORDER).union(counted).cache()
