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
        90.0, ge=0.01, le=36_500, description="A purchase this many days ago counts half as much"
    )
    shrinkage: float = Field(
        0.3,
        ge=0,
        le=1e9,
        description="How much similarities of products with few buyers are reduced",
    )
    neighbours: int = Field(20, ge=1, description="Neighbours kept per product of a history")
    history: int = Field(
        500, ge=1, description="Most products of a customer that count, the latest first"
    )
    trend_days: int = Field(
        28,
        ge=1,
        description="Days that count as lately: products bought more in them than before are put "
        "forward",
    )
    trend_base_days: int = Field(180, ge=1, description="Days that these are compared with")
    trend_power: float = Field(
        0.5,
        ge=0,
        le=10,
        description="Power of the ratio that they are put forward by; 0: not at all",
    )
    popular_days: int = Field(
        60,
        ge=1,
        description="Days whose best-sellers break ties and fill up lists that are too short",
    )
    ease_penalty: float = Field(10.0, ge=1e-3, le=1e9, description="L2 penalty of EASE (lambda)")


class ShelfSettings(Section):
    """Which products a segment is shown."""

    size: int = Field(10, ge=1, description="Products per list")
    prior_strength: float = Field(
        1000.0, gt=0, le=1e9, description="Weight of the shop's average in the log-odds (alpha 0)"
    )
    min_buyers: int = Field(
        20, ge=1, description="Buyers in the segment that an over-bought product needs"
    )
    min_buyer_share: float = Field(
        0.05, ge=0, le=1, description="Share of the segment's customers that these buyers must be"
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among over-bought products"
    )


class BundleSettings(Section):
    """Which products count as ordered together."""

    min_orders: int = Field(30, ge=2, description="Orders that must hold a bundle")
    min_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="Share of all orders that must hold it, and each of its products",
    )
    min_customers: int = Field(10, ge=1, description="Customers who must have placed these orders")
    min_confidence: float = Field(
        0.3, ge=0, le=1, description="Share of the orders of one product that must hold the other"
    )
    min_lift: float = Field(
        2.0,
        ge=1,
        description="How many times as often as by chance they must come together; a shared taste "
        "alone gives less",
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among bundles"
    )
    largest_order: int = Field(
        100, ge=2, description="Orders of more different products (wholesalers') are left out"
    )
    most_products: int = Field(
        2000, ge=2, description="Most products considered, the most ordered first"
    )
    max_length: Literal[2, 3] = Field(
        2, description="Most products in a bundle; 3 takes longer and needs more memory"
    )
    holdout_days: int = Field(
        90, ge=1, le=36_500, description="Last days, in which bundles found before are tested"
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
        3, ge=0, le=10, description="Products from each customer's two lists that a list shows"
    )
    least_customers: int = Field(1, ge=1, description="No list of fewer customers is written")
    all_members: bool = Field(
        False,
        description="Also list customers who don't fit their segment's name",
    )
