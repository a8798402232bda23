"""When the segments order: by weekday and hour, and month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from custseg.orders.lines import SEGMENT

if TYPE_CHECKING:
    import ibis.expr.types as ir


def orders_of_segments(transactions: ir.Table, segments: ir.Table) -> ir.Table:
    """Orders with the time of their first line, as the features count them; computed once."""
    bought = transactions.filter(transactions.quantity > 0)
    orders = bought.group_by(["customer_id", "order_id"]).agg(ordered_at=bought.ordered_at.min())
    owned = orders.inner_join(segments.select("customer_id", *SEGMENT), "customer_id")
    return owned.select(*SEGMENT, "ordered_at").cache()


def times(orders: ir.Table) -> ir.Table:
    """Orders of each segment by weekday and hour: the columns of `profile_times`."""
    counts = orders.group_by(
        *SEGMENT,
        weekday=orders.ordered_at.day_of_week.index().cast("int64"),
        hour=orders.ordered_at.hour().cast("int64"),
    ).agg(orders=orders.count())
    return counts.mutate(order_share=_share_of_segment(counts))


def months(orders: ir.Table, transactions: ir.Table, segments: ir.Table) -> ir.Table:
    """Orders and revenue of each segment by calendar month: the columns of `profile_months`."""
    counts = orders.group_by(*SEGMENT, month=orders.ordered_at.strftime("%Y-%m")).agg(
        orders=orders.count()
    )
    owned = transactions.inner_join(segments.select("customer_id", *SEGMENT), "customer_id")
    sums = owned.group_by(*SEGMENT, month=owned.ordered_at.strftime("%Y-%m")).agg(
        revenue=owned.amount.sum()
    )
    # A month may have money and no order: a return that counts against its own date.
    joined = sums.left_join(counts, [*SEGMENT, "month"]).select(
        *sums.columns, orders=counts.orders.fill_null(0)
    )
    return joined.mutate(order_share=_share_of_segment(joined))


def _share_of_segment(counts: ir.Table) -> ir.Value:
    return counts.orders / counts.orders.sum().over(ibis.window(group_by="segment"))
