"""What to offer each segment: products for its shelf, and a plan of action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.engine import fetch_frame
from custseg.profiles import product_descriptions, purchases
from custseg.recommendations.playbook import plans
from custseg.recommendations.products import shelves
from custseg.settings import RecommendSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


@dataclass(frozen=True)
class Recommended:
    """Products and a plan for each segment."""

    shelves: pd.DataFrame
    plans: pd.DataFrame


def recommend(
    features: ir.Table,
    segments: ir.Table,
    transactions: ir.Table,
    profile_times: ir.Table,
    settings: RecommendSettings | None = None,
) -> Recommended:
    """Recommend products and actions for each segment.

    Parameters
    ----------
    features, segments, transactions, profile_times
        What the stages of those names gave.
    settings
        The `[recommend]` settings.

    Returns
    -------
    Recommended
        A shelf lists what the segment over-buys only where chance does not explain it; a plan's
        every sentence rests on the segment's own figures.
    """
    settings = settings or RecommendSettings()
    bought = purchases(transactions, segments)
    pairs = bought.group_by(["segment", "segment_name", "product_id"]).agg(
        buyers=bought.customer_id.nunique()
    )
    sizes = segments.group_by(["segment", "segment_name"]).agg(customers=segments.count())
    shelf = shelves(
        fetch_frame(pairs.order_by("segment", "product_id")),
        fetch_frame(sizes.order_by("segment")),
        fetch_frame(product_descriptions(bought)),
        settings,
    )
    members = features.inner_join(segments, "customer_id").order_by("customer_id")
    times = fetch_frame(profile_times.order_by("segment", "weekday", "hour"))
    return Recommended(shelf, plans(fetch_frame(members), shelf, times))
