"""What the segments bought: the lines and orders that every aspect of a profile counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

SEGMENT: Final = ["segment", "segment_name"]


def purchases(transactions: ir.Table, segments: ir.Table) -> ir.Table:
    """Lines bought (no negative ones), each with its customer's segment."""
    bought = products_bought(transactions)
    return bought.inner_join(segments.select("customer_id", *SEGMENT), "customer_id")


def numbered(rows: ir.Table, name: str, number: str) -> ir.Table:
    """The different values of a column with their numbers.

    Lines are grouped by numbers in less time and memory than by strings.
    """
    place = ibis.row_number().over(order_by=name)
    return rows.select(name).distinct().mutate(**{number: place})


def bought_pairs(bought: ir.Table, segments: ir.Table) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Count the lines of each customer and product, computed once.

    Parameters
    ----------
    bought
        Lines that name a product; those of customers without a segment are left out.
    segments
        The segment of each customer.

    Returns
    -------
    tuple of ibis Table
        Pairs: customer, product (numbers), lines. The customers: customer_id, customer, segment,
        segment_name. The products: product_id, product.
    """
    place = ibis.row_number().over(order_by="customer_id")
    customers = segments.select("customer_id", *SEGMENT).mutate(customer=place)
    products = numbered(bought, "product_id", "product").cache()
    lines = bought.inner_join(customers.select("customer_id", "customer"), "customer_id")
    lines = lines.inner_join(products, "product_id")
    pairs = lines.group_by(["customer", "product"]).agg(lines=lines.count()).cache()
    return pairs, customers, products


def products_bought(transactions: ir.Table) -> ir.Table:
    """Lines bought (no negative ones) that name a product."""
    return transactions.filter((transactions.quantity > 0) & transactions.product_id.notnull())


def between(lines: ir.Table, start: date, end: date) -> ir.Table:
    """Lines of the days from one midnight up to another."""
    return lines.filter(within(lines.ordered_at, start, end))


def within(when: ir.TimestampValue, start: date, end: date) -> ir.BooleanValue:
    """Whether a time is from one midnight up to another."""
    return (when >= ibis.timestamp(start.isoformat())) & (when < ibis.timestamp(end.isoformat()))


def before(lines: ir.Table, end: date) -> ir.Table:
    """Lines of the time before a midnight."""
    return lines.filter(lines.ordered_at < ibis.timestamp(end.isoformat()))


def outcomes_from(transactions: ir.Table, start: date) -> ir.Table:
    """What each customer ordered and spent from a midnight on: orders_after and spend_after."""
    later = transactions.filter(transactions.ordered_at >= ibis.timestamp(start.isoformat()))
    return later.group_by("customer_id").agg(
        orders_after=later.order_id.nunique(where=later.quantity > 0),
        spend_after=later.amount.sum(),
    )


def first_day(lines: ir.Table) -> date:
    """The date of the first order; there is one."""
    first: date = fetch(lines.aggregate(day=lines.ordered_at.date().min()))[0]["day"]
    return first


def product_descriptions(lines: ir.Table) -> ir.Table:
    """The most frequent description of each product; the first in the alphabet on a tie."""
    return most_frequent(lines, "description")


def most_frequent(lines: ir.Table, column: str) -> ir.Table:
    """The value of a column that most lines of each product have; a missing one only if alone."""
    counts = lines.group_by(["product_id", column]).agg(n=lines.count())
    order = [counts[column].isnull(), ibis.desc("n"), column]
    first = ibis.row_number().over(group_by="product_id", order_by=order)
    ranked = counts.mutate(place=first)
    return ranked.filter(ranked.place == 0).select("product_id", column)


def ranked(table: ir.Table, order: list[object], top: int) -> ir.Table:
    """The first rows of each segment with their rank, from 1."""
    rank = ibis.row_number().over(group_by="segment", order_by=order) + 1
    numbered = table.mutate(rank=rank)
    return numbered.filter(numbered["rank"] <= top)
