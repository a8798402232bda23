"""What each segment is like: its customers, and what they buy and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.engine.base import fetch_frame
from custseg.orders.lines import (
    SEGMENT,
    most_frequent,
    product_descriptions,
    products_bought,
    purchases,
)
from custseg.segments.profiles import grouping
from custseg.segments.profiles.figures import feature_figures, sizes
from custseg.segments.profiles.rankings import (
    bought_by_segments,
    group_figures,
    top_countries,
    top_products,
)
from custseg.segments.profiles.seasons import months, orders_of_segments, times
from custseg.settings import GroupSettings, ProfileSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = [
    "SEGMENT",
    "Habits",
    "Profiled",
    "group_products",
    "habits",
    "product_descriptions",
    "products_bought",
    "profile",
    "purchases",
]


@dataclass(frozen=True)
class Profiled:
    """Who is in each segment, one aspect a table."""

    profiles: ir.Table
    profile_features: pd.DataFrame
    profile_countries: ir.Table


@dataclass(frozen=True)
class Habits:
    """What each segment buys, and when, one aspect a table."""

    profile_products: ir.Table
    profile_groups: ir.Table
    profile_times: ir.Table
    profile_months: ir.Table


def group_products(transactions: ir.Table, settings: GroupSettings | None = None) -> pd.DataFrame:
    """Put every product that was bought into a group.

    Parameters
    ----------
    transactions
        What cleaning gave.
    settings
        The `[groups]` settings.

    Returns
    -------
    DataFrame
        What `product_groups` of `grouping.py` gives: the source's categories or, where it has none,
        groups found in the descriptions.

    Examples
    --------
    >>> groups = custseg.group_products(transactions)
    >>> groups["product_id"].is_unique
    True
    """
    bought = products_bought(transactions)
    described = product_descriptions(bought).join(most_frequent(bought, "category"), "product_id")
    products = fetch_frame(described.order_by("product_id"))
    return grouping.product_groups(products, settings or GroupSettings())


def profile(
    features: ir.Table,
    segments: ir.Table,
    settings: ProfileSettings | None = None,
) -> Profiled:
    """Describe who is in each segment: what the first table of a run needs, and no order line.

    Parameters
    ----------
    features, segments
        What the stages of those names gave.
    settings
        The `[profile]` settings.

    Returns
    -------
    Profiled
        Revenue is exact; means, medians and quartiles leave missing values out.

    Examples
    --------
    >>> profiled = custseg.profile(features, segments)
    >>> profiled.profiles.customers.sum().to_pyarrow().as_py()
    120
    """
    settings = settings or ProfileSettings()
    members = features.inner_join(segments, "customer_id")
    everyone = fetch_frame(members.order_by("customer_id"))
    return Profiled(
        profiles=sizes(members),
        profile_features=feature_figures(everyone),
        profile_countries=top_countries(members, settings.top),
    )


def habits(
    segments: ir.Table,
    transactions: ir.Table,
    product_groups: ir.Table,
    settings: ProfileSettings | None = None,
) -> Habits:
    """Describe what each segment buys, and when.

    Parameters
    ----------
    segments, transactions, product_groups
        What the stages of those names gave.
    settings
        The `[profile]` settings.

    Returns
    -------
    Habits
        Revenue is exact.

    Examples
    --------
    >>> found = custseg.habits(segments, transactions, product_groups)
    >>> found.profile_times.columns
    ('segment', 'segment_name', 'weekday', 'hour', 'orders', 'order_share')
    """
    settings = settings or ProfileSettings()
    bought = bought_by_segments(transactions, segments)
    orders = orders_of_segments(transactions, segments)
    return Habits(
        profile_products=top_products(bought, settings.top),
        profile_groups=group_figures(bought, product_groups),
        profile_times=times(orders),
        profile_months=months(orders, transactions, segments),
    )
