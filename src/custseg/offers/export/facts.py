"""What a list says of each customer: figures, and products to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from custseg.orders.money import has_money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.offers.export.selection import Segment

LISTS: Final = ("buy_again", "new_for_you")
_CENT: Final = 2
_PROBABILITY: Final = 4


def describe(
    listed: pd.DataFrame,
    features: pd.DataFrame,
    value: pd.DataFrame | None,
    segments: Iterable[Segment],
    campaign: str,
) -> pd.DataFrame:
    """Put each customer's figures beside their contact.

    Parameters
    ----------
    listed
        customer_id, segment, segment_name, and perhaps email and phone.
    features
        customer_id, recency_days, frequency, monetary and country of at least these customers.
    value
        customer_id and buying_probability; None, or missing, where no forecast was made.
    segments
        The segments chosen.
    campaign
        Name of the campaign, the same for all.

    Returns
    -------
    DataFrame
        A row for each of `listed`, in its order: its columns, segment_slug, days_since_order,
        orders, spend (shop currency; not where the orders have no amounts), last_order_country,
        buying_probability where known, campaign.
    """
    slugs = {segment.number: segment.slug for segment in segments}
    figures = features[["customer_id", "recency_days", "frequency", "monetary", "country"]].rename(
        columns={
            "recency_days": "days_since_order",
            "frequency": "orders",
            "monetary": "spend",
            "country": "last_order_country",
        }
    )
    rows = listed.assign(segment_slug=listed["segment"].map(slugs))
    rows = rows.merge(figures, on="customer_id", how="left", validate="one_to_one")
    if has_money(features):
        rows["spend"] = rows["spend"].round(_CENT)
    else:
        rows = rows.drop(columns="spend")
    if value is not None and value["buying_probability"].notna().any():
        chance = value.set_index("customer_id")["buying_probability"]
        rows["buying_probability"] = rows["customer_id"].map(chance).round(_PROBABILITY)
    return rows.assign(campaign=campaign)


def products(
    customer_ids: pd.Series[str],
    recommendations: pd.DataFrame,
    descriptions: pd.Series[str],
    places: int,
) -> pd.DataFrame:
    """Spread the first products of each customer's lists over columns.

    Parameters
    ----------
    customer_ids
        The customers, each once.
    recommendations
        customer_id, list, rank (from 1) and product_id.
    descriptions
        Description of each product, by product_id; without one, the id takes its place.
    places
        Products per list.

    Returns
    -------
    DataFrame
        A row per customer, in the order given: `<list>_<rank>` (a description) and
        `<list>_<rank>_id`; empty where a list is shorter. Places that nobody has are left out.
    """
    columns: dict[str, pd.Series[str]] = {}
    for name in LISTS:
        own = recommendations[recommendations["list"] == name]
        for rank in range(1, places + 1):
            found = own[own["rank"] == rank].set_index("customer_id")["product_id"]
            ids = customer_ids.map(found)
            if ids.notna().any():
                told = ids.map(descriptions).fillna(ids).str.strip()
                columns[f"{name}_{rank}"] = told.fillna("").astype("str")
                columns[f"{name}_{rank}_id"] = ids.fillna("").astype("str")
    return pd.DataFrame(columns, index=customer_ids.index)
