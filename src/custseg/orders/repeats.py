"""What is there twice: exact copies of a row, and orders that several exports hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import ORDER_LINE_NAMES
from custseg.engine.hashing import equal_hashes
from custseg.orders.returns import ROW

if TYPE_CHECKING:
    import ibis.expr.types as ir

TELLING: Final = ("customer_id", "order_id", "product_id", "ordered_at", "amount")
"""Columns in which rows that are no copies mostly differ."""
_WITHOUT_ID: Final = "customer "
_ORDER: Final = ("order_key", "day")
_PRODUCT: Final = ("order_key", "day", "thing")


def find_copies(lines: ir.Table) -> ir.Table:
    """Find all but the first of rows that are equal in every canonical column.

    Only rows that have the same hash of some columns as another are compared whole, so that the
    memory this takes follows the duplicates, not the file.

    Returns
    -------
    ibis Table
        These rows.
    """
    return but_the_first(equal_hashes(lines, TELLING))


def but_the_first(suspects: ir.Table) -> ir.Table:
    """Return what `find_copies` does, of rows among which all copies and their originals are."""
    copy = ibis.row_number().over(group_by=[*ORDER_LINE_NAMES, "status", "refunded"], order_by=ROW)
    return suspects.mutate(copy=copy).filter(ibis._.copy > 0).select(suspects.columns)


def mark_superseded(lines: ir.Table, exports: int) -> ir.Table:
    """Mark the lines of orders that a newer export holds, too.

    The newest export is the one with the latest order in it; of two, the last by name. An order is
    known by its id, its day (shops that number anew each year or month have one id twice) and its
    customer (two branches may have one, too), and without an id by customer and day. It is taken
    whole from one export, never line by line: a line that the newest lacks was taken off the order.
    Only where just one order is in two exports and they have no product of it in common was one
    export cut in two within that order; its parts both count. So they do without an id, if they
    have nothing in common: web and shop may each tell of a customer's day.

    Parameters
    ----------
    lines
        Canonical lines with source_file.
    exports
        How many values of source_file there are.

    Returns
    -------
    ibis Table
        The same with the boolean is_superseded.
    """
    if exports < 2:  # noqa: PLR2004  (one cannot overlap)
        return lines.mutate(is_superseded=ibis.literal(False))
    ranked = lines.group_by("source_file").agg(latest=lines.ordered_at.max())
    ranked = ranked.mutate(rank=ibis.row_number().over(order_by=["latest", "source_file"])).cache()
    keyed = lines.mutate(
        order_key=ibis.coalesce(
            ibis.literal("order ") + lines.order_id + " of " + lines.customer_id.fill_null(""),
            ibis.literal(_WITHOUT_ID) + lines.customer_id,
        ),
        day=lines.ordered_at.date(),
        thing=ibis.coalesce(
            lines.product_id,
            lines.description,
            lines.order_id.isnull().ifelse(lines.amount.cast("string"), None),
        ),
    )
    held = keyed.select(*_PRODUCT, "source_file").distinct()
    held = held.join(ranked, "source_file").select(*_PRODUCT, "rank")
    orders = held.select(*_ORDER, "rank").distinct()
    shared = orders.group_by(_ORDER).having(orders.count() > 1).agg(newest=orders["rank"].max())
    older = orders.join(shared, _ORDER).filter(ibis._["rank"] < ibis._.newest)
    older = older.select(*_ORDER, "rank", "newest").cache()
    older = older.anti_join(_cut_in_two(older, held), (*_ORDER, "rank"))
    marked = keyed.join(ranked.select("source_file", "rank"), "source_file")
    superseded = older.select(*_ORDER, "rank", superseded=ibis.literal(True))
    joined = marked.left_join(superseded, (*_ORDER, "rank"))
    return joined.select(*lines.columns, is_superseded=joined.superseded.fill_null(False))


def _cut_in_two(older: ir.Table, held: ir.Table) -> ir.Table:
    """Orders of which two exports have nothing in common, and which are all that they share."""
    pairs = older.group_by(["rank", "newest"]).having(ibis._.count() == 1).agg(n=ibis._.count())
    joined = older.left_join(pairs, ["rank", "newest"])
    either = joined.filter(joined.n.notnull() | joined.order_key.startswith(_WITHOUT_ID))
    alone = either.select(older.columns)
    newer = held.select(*_PRODUCT, newest="rank")
    common = (
        alone.join(held, (*_ORDER, "rank"))
        .select(*_PRODUCT, "rank", "newest")
        .join(newer, (*_PRODUCT, "newest"))
        .select(*_ORDER, "rank")
    )
    named = held.filter(held.thing.notnull())
    return alone.semi_join(named, (*_ORDER, "rank")).anti_join(common, (*_ORDER, "rank"))
