"""What features are called in charts, page and workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from custseg.words.figures import TEXT, cents

Kind = Literal["number", "money", "share", "ratio", "change"]


@dataclass(frozen=True)
class Feature:
    """A numeric feature in a reader's words."""

    name: str
    """Within a sentence, without a comma: features are listed."""
    label: str
    """The same in a few words, where there is little room."""
    meaning: str
    """How it is computed."""
    kind: Kind = "number"
    """How it is written; a ratio needs hundredths, and a change its sign too."""


FEATURES: Final = {
    "recency_days": Feature(
        "days since the last order",
        "days since last order",
        "days from the last order to the as-of date",
    ),
    "frequency": Feature("orders", "orders", "number of orders"),
    "monetary": Feature("spend", "spend", "what was spent, net of returns", "money"),
    "tenure_days": Feature(
        "days since the first order",
        "days since first order",
        "days from the first order to the as-of date",
    ),
    "active_days": Feature(
        "days with an order", "days with an order", "different dates with an order"
    ),
    "average_order_value": Feature("spend per order", "spend per order", "spend / orders", "money"),
    "distinct_products": Feature(
        "different products", "different products", "different products bought and kept"
    ),
    "units_per_order": Feature("units per order", "units per order", "mean units of an order"),
    "products_per_order": Feature(
        "different products per order",
        "products per order",
        "mean different products of an order",
    ),
    "gap_days_mean": Feature(
        "days between orders",
        "days between orders",
        "mean days from one date with an order to the next",
    ),
    "gap_days_sd": Feature(
        "spread of the days between orders",
        "spread of days between",
        "standard deviation of the days between orders",
    ),
    "tenure_per_active_day": Feature(
        "days since the first order per day with an order",
        "usual wait in days",
        "days since first order / dates with an order",
    ),
    "overdue": Feature(
        "days since the last order per usual wait",
        "overdue",
        "days since last order / usual wait: above 1 is late",
        "ratio",
    ),
    "purchase_rate": Feature(
        "days with an order in 90 days",
        "order days in 90",
        "90 * (dates with an order + 0.5) / (days since first order + 30)",
    ),
    "lateness": Feature(
        "usual waits since the last order",
        "usual waits passed",
        "days since last order / usual wait, as order days in 90 tell it",
        "ratio",
    ),
    "return_rate": Feature(
        "share of value returned", "share returned", "value returned / value bought", "share"
    ),
    "weekend_share": Feature(
        "share of orders at weekends",
        "weekend orders",
        "share of orders on Saturday or Sunday",
        "share",
    ),
    "morning_share": Feature(
        "share of orders before noon",
        "orders before noon",
        "share of orders before noon",
        "share",
    ),
    "product_entropy": Feature(
        "variety of products (entropy in nats)",
        "variety of products",
        "entropy of spend over products, in nats",
        "ratio",
    ),
    "top_product_share": Feature(
        "share of spend on the top product",
        "share of top product",
        "share of spend on the product most is spent on",
        "share",
    ),
    "average_unit_price": Feature(
        "price per unit", "price per unit", "spend / units kept", "money"
    ),
    "recent_spend": Feature("recent spend", "recent spend", "spend of the recent days", "money"),
    "recent_share": Feature(
        "share of spend that is recent", "recent share", "recent spend / spend", "share"
    ),
    "spend_trend": Feature(
        "trend of spend (-1 to 1)",
        "trend of spend",
        "recent spend against the days before: -1 stopped, 1 new",
        "change",
    ),
}
"""Every numeric feature: those a model can use and a profile describes."""
_WHOLE_FROM: Final = 10
"""Numbers from here on need no decimals."""
_COUNTED: Final = ("days", "different", "orders", "units")
"""First words of features that a number stands before."""


def write_feature(name: str, value: float, currency: str = "") -> str:
    """Write a feature's value: 12; 3.5; 1,234; £1,234; £1.95; 12.3 %; 0.82."""
    kind = FEATURES[name].kind
    if kind == "money":
        return TEXT.money(value, currency, cents(value))
    if kind == "share":
        return TEXT.percent(value)
    if kind in {"ratio", "change"}:
        return TEXT.number(value, 2, grouped=False)
    if abs(value) >= _WHOLE_FROM:
        return TEXT.number(value)
    return TEXT.number(value, 1).removesuffix(".0")


def phrase(name: str, value: float, currency: str = "") -> str:
    """A feature with its value, within a sentence: 12 orders; 1 order; spend of £1,234."""
    figure, called = write_feature(name, value, currency), FEATURES[name].name
    if called.split()[0] not in _COUNTED:
        return f"{called} of {figure}"
    one = re.sub(r"s\b", "", called, count=1)
    return f"{figure} {one if figure == '1' else called}"
