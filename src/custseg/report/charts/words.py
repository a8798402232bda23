"""How charts write figures and features."""

from __future__ import annotations

from typing import Final

from custseg.report.tables import percent, whole

FEATURES: Final = {
    "recency_days": "days since last order",
    "frequency": "orders",
    "monetary": "spend",
    "tenure_days": "days since first order",
    "active_days": "days with a purchase",
    "average_order_value": "order value",
    "distinct_products": "different products",
    "units_per_order": "units per order",
    "products_per_order": "products per order",
    "gap_days_mean": "days between orders",
    "gap_days_sd": "spread of those days",
    "tenure_per_active_day": "usual wait",
    "overdue": "overdue",
    "return_rate": "return rate",
    "weekend_share": "weekend share",
    "morning_share": "morning share",
    "product_entropy": "variety of products",
    "top_product_share": "share of top product",
    "average_unit_price": "unit price",
    "recent_spend": "recent spend",
    "recent_share": "recent share",
    "spend_trend": "spend trend",
}
"""Short names of the features that a model can have."""
PERCENT_AXIS: Final = "replace(datum.label, '%', ' %')"
"""How Vega writes an axis of shares as the text does: 25 %."""
_NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def money(value: float, currency: str) -> str:
    """£1,234; a currency of letters stands apart: EUR 1,234."""
    sign = "−" if round(value) < 0 else ""
    apart = " " if currency[-1:].isalpha() else ""
    return f"{sign}{currency}{apart}{whole(abs(value))}"


def in_words(number: int) -> str:
    """Seven; 13."""
    return _NUMBERS[number] if number < len(_NUMBERS) else whole(number)


def sentence(text: str) -> str:
    """With a capital first."""
    return text[:1].upper() + text[1:]


def signed_percent(share: float) -> str:
    """+12.3 %, with a true minus, as on axes."""
    return ("+" if share >= 0 else "−") + percent(abs(share))


def listed(parts: list[str]) -> str:
    """A, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
