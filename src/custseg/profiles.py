"""What each segment is like: size, value, features, products, countries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis
import pandas as pd

from custseg.artifacts import NUMERIC_FEATURES
from custseg.engine import fetch, fetch_frame
from custseg.settings import ProfileSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEGMENT: Final = ["segment", "segment_name"]


@dataclass(frozen=True)
class Profiled:
    """Profiles of all segments, one aspect a table."""

    profiles: ir.Table
    profile_features: pd.DataFrame
    profile_products: ir.Table
    profile_countries: ir.Table


def profile(
    features: ir.Table,
    segments: ir.Table,
    transactions: ir.Table,
    settings: ProfileSettings | None = None,
) -> Profiled:
    """Describe the segments.

    Parameters
    ----------
    features, segments, transactions
        What the stages of those names gave.
    settings
        The `[profile]` settings.

    Returns
    -------
    Profiled
        Revenue is exact; means and medians leave missing values out.
    """
    settings = settings or ProfileSettings()
    members = features.inner_join(segments, "customer_id")
    bought = purchases(transactions, segments)
    return Profiled(
        _sizes(members),
        _feature_means(fetch_frame(members.order_by("customer_id"))),
        _top_products(bought, settings.top),
        _top_countries(members, settings.top),
    )


def purchases(transactions: ir.Table, segments: ir.Table) -> ir.Table:
    """Lines bought (no negative ones), each with its customer's segment."""
    bought = transactions.filter((transactions.quantity > 0) & transactions.product_id.notnull())
    return bought.inner_join(segments.select("customer_id", *SEGMENT), "customer_id")


def product_descriptions(lines: ir.Table) -> ir.Table:
    """The most frequent description of each product; the first in the alphabet on a tie."""
    counts = lines.group_by(["product_id", "description"]).agg(n=lines.count())
    order = [counts.description.isnull(), ibis.desc("n"), "description"]
    first = ibis.row_number().over(group_by="product_id", order_by=order)
    ranked = counts.mutate(place=first)
    return ranked.filter(ranked.place == 0).select("product_id", "description")


def _sizes(members: ir.Table) -> ir.Table:
    total = fetch(members.aggregate(n=members.count(), revenue=members.monetary.sum()))[0]
    sizes = members.group_by(SEGMENT).agg(
        customers=members.count(), orders=members.frequency.sum(), revenue=members.monetary.sum()
    )
    return sizes.mutate(
        customer_share=sizes.customers / total["n"],
        revenue_share=sizes.revenue.cast("float64") / (float(total["revenue"]) or None),
    )


def _feature_means(members: pd.DataFrame) -> pd.DataFrame:
    values = members[list(NUMERIC_FEATURES)].astype(float)
    groups = values.groupby([members["segment"], members["segment_name"]])
    long = pd.DataFrame(
        {
            "mean": groups.mean().stack(future_stack=True),  # noqa: PD013  (melt loses the index)
            "median": groups.median().stack(future_stack=True),  # noqa: PD013
        }
    )
    long = long.rename_axis([*SEGMENT, "feature"]).reset_index()
    long["overall_mean"] = long["feature"].map(values.mean())
    long["overall_median"] = long["feature"].map(values.median())
    return long


def _top_products(bought: ir.Table, top: int) -> ir.Table:
    sums = bought.group_by([*SEGMENT, "product_id"]).agg(
        buyers=bought.customer_id.nunique(),
        units=bought.quantity.sum(),
        revenue=bought.amount.sum(),
    )
    best = _ranked(sums, [ibis.desc("revenue"), "product_id"], top)
    return best.left_join(product_descriptions(bought), "product_id").select(
        *best.columns, "description"
    )


def _top_countries(members: ir.Table, top: int) -> ir.Table:
    located = members.filter(members.country.notnull())
    counts = located.group_by([*SEGMENT, "country"]).agg(customers=located.count())
    sizes = members.group_by("segment").agg(size=members.count())
    best = _ranked(counts, [ibis.desc("customers"), "country"], top)
    joined = best.inner_join(sizes, "segment")
    return joined.select(*best.columns, customer_share=joined.customers / joined["size"])


def _ranked(table: ir.Table, order: list[object], top: int) -> ir.Table:
    """The first rows of each segment with their rank, from 1."""
    rank = ibis.row_number().over(group_by="segment", order_by=order) + 1
    ranked = table.mutate(rank=rank)
    return ranked.filter(ranked["rank"] <= top)
