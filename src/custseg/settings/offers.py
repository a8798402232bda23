"""Settings of what customers are offered, and of the lists that are sent."""

from __future__ import annotations

from math import ceil
from typing import Literal

from pydantic import Field

from custseg.settings.section import Section


class RecommendSettings(Section):
    """The two lists of products for each customer."""

    size: int = Field(10, ge=1, le=100, description="Products per list")
    method: Literal["neighbours", "ease"] = Field(
        "neighbours",
        description="How new products are found: by item-to-item neighbours, or by EASE (closed "
        "form; up to 10,000 products)",
    )
    half_life_days: float = Field(
        90.0, ge=0.01, le=36_500, description="A purchase so many days ago counts half as much"
    )
    shrinkage: float = Field(
        0.3, ge=0, le=1e9, description="Held against similarities of products with few buyers"
    )
    neighbours: int = Field(20, ge=1, description="Neighbours kept per product of a history")
    history: int = Field(
        500, ge=1, description="Most products of a customer that count: the last ones bought"
    )
    trend_days: int = Field(28, ge=1, description="Products bought lately, in so many days …")
    trend_base_days: int = Field(180, ge=1, description="… against so many days, are put forward …")
    trend_power: float = Field(
        0.5, ge=0, le=10, description="… by this power of the ratio; 0: not at all"
    )
    popular_days: int = Field(
        60, ge=1, description="Days whose buyers break ties, and fill lists that are too short"
    )
    ease_penalty: float = Field(10.0, ge=1e-3, le=1e9, description="L2 penalty of EASE (lambda)")


class ShelfSettings(Section):
    """Which products a segment is shown."""

    size: int = Field(10, ge=1, description="Products per list")
    prior_strength: float = Field(
        1000.0, gt=0, le=1e9, description="Weight of the shop's average in the log-odds (alpha 0)"
    )
    min_buyers: int = Field(
        20, ge=1, description="A product needs this many buyers in the segment to be over-bought"
    )
    min_buyer_share: float = Field(
        0.05, ge=0, le=1, description="… and this share of the segment's customers"
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among over-bought products"
    )


class BundleSettings(Section):
    """Which products are told to go together in an order."""

    min_orders: int = Field(30, ge=2, description="A bundle needs this many orders that hold it")
    min_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="… and this share of the orders; as does each of its products",
    )
    min_customers: int = Field(10, ge=1, description="… and this many customers who made them")
    min_confidence: float = Field(
        0.3, ge=0, le=1, description="Share of the orders of the one that have to hold the other"
    )
    min_lift: float = Field(
        2.0,
        ge=1,
        description="Times as often as by chance that they come together; a taste that customers "
        "of a kind share gives less",
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among bundles"
    )
    largest_order: int = Field(
        100, ge=2, description="Orders of more different products are left out (wholesalers')"
    )
    most_products: int = Field(
        2000, ge=2, description="Products considered at most, the most ordered first"
    )
    max_length: Literal[2, 3] = Field(
        2, description="Products in a bundle at most; 3 takes longer, and memory"
    )
    holdout_days: int = Field(
        90, ge=1, le=36_500, description="The last days, in which bundles found before are tested"
    )

    def least(self, orders: int) -> int:
        """Orders that have to hold a bundle, among so many."""
        return max(self.min_orders, ceil(self.min_share * orders))


class ExportSettings(Section):
    """Lists of customers to be sent (docs/export.md)."""

    holdout: float = Field(
        0.0, ge=0, le=0.5, description="Share of a list that is left alone, as its control group"
    )
    products: int = Field(
        3, ge=0, le=10, description="Products of each customer's two lists that a list shows"
    )
    least_customers: int = Field(1, ge=1, description="No list of fewer customers is written")
    all_members: bool = Field(
        False,
        description="Also list customers of a segment of whom its name is not true",
    )
