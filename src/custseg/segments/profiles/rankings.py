"""What each segment has most of: products and their groups, countries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from custseg.orders.lines import (
    SEGMENT,
    bought_pairs,
    product_descriptions,
    products_bought,
    purchases,
    ranked,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Bought:
    """What the customers of each segment bought, computed once for all that is told of it."""

    lines: ir.Table
    sums: ir.Table
    """Of each segment and product: lines, units and revenue."""
    pairs: ir.Table
    """Each customer and product, by number."""
    owners: ir.Table
    """The customers' numbers and segments."""
    products: ir.Table
    """The products' numbers."""

    def buyers(self, kinds: ir.Table, *names: str) -> ir.Table:
        """Count the customers of each segment who bought products of each kind.

        Parameters
        ----------
        kinds
            The kind of each product, by product_id.
        names
            The columns that are a kind.
        """
        places = kinds.select(*names).distinct()
        places = places.mutate(kind=ibis.row_number().over(order_by=list(names)))
        numbers = self.products.inner_join(kinds, "product_id").inner_join(places, names)
        of_kinds = self.pairs.inner_join(numbers.select("product", "kind"), "product")
        of_kinds = of_kinds.select("customer", "kind").distinct()
        owned = of_kinds.inner_join(self.owners.select("customer", "segment"), "customer")
        counts = owned.group_by(["segment", "kind"]).agg(buyers=owned.count())
        return counts.inner_join(places, "kind").drop("kind")


def bought_by_segments(transactions: ir.Table, segments: ir.Table) -> Bought:
    """Add up what the customers of each segment bought."""
    lines = purchases(transactions, segments)
    sums = lines.group_by([*SEGMENT, "product_id"]).agg(
        lines=lines.count(), units=lines.quantity.sum(), revenue=lines.amount.sum()
    )
    pairs, owners, products = bought_pairs(products_bought(transactions), segments)
    return Bought(lines, sums.cache(), pairs, owners, products)


def top_products(bought: Bought, top: int) -> ir.Table:
    """The products each segment spends most on, or takes most of: `profile_products`."""
    buyers = bought.buyers(bought.products.select("product_id"), "product_id")
    sums = bought.sums.drop("lines").inner_join(buyers, ["segment", "product_id"])
    most = ibis.desc(sums.revenue.fill_null(sums.units))
    best = ranked(sums, [most, "product_id"], top)
    return best.left_join(product_descriptions(bought.lines), "product_id").select(
        *best.columns, "description"
    )


def group_figures(bought: Bought, groups: ir.Table) -> ir.Table:
    """What each segment spends on each product group: the columns of `profile_groups`."""
    of_products = bought.sums.inner_join(groups, "product_id")
    sums = of_products.group_by([*SEGMENT, "group", "group_name"]).agg(
        lines=of_products.lines.sum(),
        revenue=of_products.revenue.sum(),
        units=of_products.units.sum(),
    )
    buyers = bought.buyers(groups, "group", "group_name")
    sums = sums.inner_join(buyers, ["segment", "group", "group_name"])
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
