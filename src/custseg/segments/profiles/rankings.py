"""What each segment has most of: products and their groups, countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from custseg.orders.lines import SEGMENT, product_descriptions, ranked

if TYPE_CHECKING:
    import ibis.expr.types as ir


def top_products(bought: ir.Table, top: int) -> ir.Table:
    """The products each segment spends most on, or takes most of: `profile_products`."""
    sums = bought.group_by([*SEGMENT, "product_id"]).agg(
        buyers=bought.customer_id.nunique(),
        units=bought.quantity.sum(),
        revenue=bought.amount.sum(),
    )
    most = ibis.desc(sums.revenue.fill_null(sums.units))
    best = ranked(sums, [most, "product_id"], top)
    return best.left_join(product_descriptions(bought), "product_id").select(
        *best.columns, "description"
    )


def group_figures(bought: ir.Table, groups: ir.Table) -> ir.Table:
    """What each segment spends on each product group: the columns of `profile_groups`."""
    lines = bought.inner_join(groups, "product_id")
    sums = lines.group_by([*SEGMENT, "group", "group_name"]).agg(
        lines=lines.count(),
        buyers=lines.customer_id.nunique(),
        revenue=lines.amount.sum(),
        units=lines.quantity.sum(),
    )
    # Units tell what is bought most where no amounts do.
    revenue = sums.revenue.fill_null(sums.units)
    share = _ratio(revenue, revenue.sum().over(ibis.window(group_by="segment")))
    overall = _ratio(
        revenue.sum().over(ibis.window(group_by="group")), revenue.sum().over(ibis.window())
    )
    return sums.mutate(revenue_share=share, lift=share / overall.nullif(0)).drop("units")


def _ratio(above: ir.Value, below: ir.Value) -> ir.Value:
    return above.cast("float64") / below.cast("float64").nullif(0)


def top_countries(members: ir.Table, top: int) -> ir.Table:
    """The countries each segment lives in: the columns of `profile_countries`."""
    located = members.filter(members.country.notnull())
    counts = located.group_by([*SEGMENT, "country"]).agg(customers=located.count())
    sizes = members.group_by("segment").agg(size=members.count())
    best = ranked(counts, [ibis.desc("customers"), "country"], top)
    joined = best.inner_join(sizes, "segment")
    return joined.select(*best.columns, customer_share=joined.customers / joined["size"])
