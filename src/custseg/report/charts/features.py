"""Features in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from custseg.report.charts.lettering import money, number, percent


@dataclass(frozen=True)
class Words:
    """A feature as people call it."""

    short: str
    meaning: str
    kind: Literal["number", "money", "share"] = "number"

    def written(self, value: float, currency: str) -> str:
        """A value of it."""
        if self.kind == "money":
            return money(value, currency)
        return percent(value) if self.kind == "share" else number(value)


_WORDS: Final = {
    "recency_days": Words("Days since last order", "days from the last order to the as-of date"),
    "frequency": Words("Orders", "number of orders"),
    "monetary": Words("Spend", "what was spent, net of returns", "money"),
    "tenure_days": Words("Days since first order", "days from the first order to the as-of date"),
    "active_days": Words("Days with an order", "different dates with an order"),
    "average_order_value": Words("Spend per order", "spend / orders", "money"),
    "distinct_products": Words("Different products", "different products bought and kept"),
    "units_per_order": Words("Units per order", "mean units of an order"),
    "products_per_order": Words("Products per order", "mean different products of an order"),
    "gap_days_mean": Words(
        "Days between orders", "mean days from one date with an order to the next"
    ),
    "gap_days_sd": Words("Spread of days between", "standard deviation of the days between orders"),
    "tenure_per_active_day": Words(
        "Usual wait in days", "days since first order / dates with an order"
    ),
    "overdue": Words("Overdue", "days since last order / usual wait: above 1 is late"),
    "return_rate": Words("Share returned", "value returned / value bought", "share"),
    "weekend_share": Words("Weekend orders", "share of orders on Saturday or Sunday", "share"),
    "morning_share": Words("Orders before noon", "share of orders before noon", "share"),
    "product_entropy": Words("Variety of products", "entropy of spend over products, in nats"),
    "top_product_share": Words(
        "Share of top product", "share of spend on the product most is spent on", "share"
    ),
    "average_unit_price": Words("Price per unit", "spend / units kept", "money"),
    "recent_spend": Words("Recent spend", "spend of the recent days", "money"),
    "recent_share": Words("Recent share", "recent spend / spend", "share"),
    "spend_trend": Words(
        "Trend of spend", "recent spend against the days before: -1 stopped, 1 new"
    ),
}


def words(feature: str) -> Words:
    """A feature's words."""
    return _WORDS[feature]
