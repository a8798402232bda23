"""What features and days are called in the workbook."""

from __future__ import annotations

from calendar import day_name
from typing import TYPE_CHECKING, Final

from custseg.report.workbook.formats import (
    HUNDREDTHS,
    PERCENT,
    SIGNED,
    TENTHS,
    Format,
    money,
)

if TYPE_CHECKING:
    from custseg.summary.whole import Window

_DAYS_AND_COUNTS: Final = {
    "recency_days": "Days since the last order",
    "frequency": "Orders",
    "tenure_days": "Days since the first order",
    "active_days": "Days with an order",
    "distinct_products": "Different products",
    "units_per_order": "Units per order",
    "products_per_order": "Different products per order",
    "gap_days_mean": "Days between orders, mean",
    "gap_days_sd": "Days between orders, standard deviation",
    "tenure_per_active_day": "Days since the first order per day with an order",
}
_AMOUNTS: Final = {
    "monetary": "Spend",
    "average_order_value": "Spend per order",
    "average_unit_price": "Spend per unit",
    "recent_spend": "Spend lately",
}
_SHARES: Final = {
    "return_rate": "Returned, of what was bought",
    "weekend_share": "Orders at weekends",
    "morning_share": "Orders before noon",
    "top_product_share": "Spend on the product most spent on",
    "recent_share": "Spend lately, of all spend",
}
_OTHERS: Final = {
    "overdue": "Days since the last order per usual wait",
    "product_entropy": "Variety of products (entropy, nats)",
}
_SIGNED: Final = {"spend_trend": "Trend of spend (-1 falling, 1 rising)"}
_LABELS: Final = _DAYS_AND_COUNTS | _AMOUNTS | _SHARES | _OTHERS | _SIGNED


def feature(name: str, currency: str) -> tuple[str, Format]:
    """Say what a feature is called, and how its values are written."""
    if name in _AMOUNTS:
        shown = money(currency)
    elif name in _SHARES:
        shown = PERCENT
    else:
        shown = SIGNED if name in _SIGNED else HUNDREDTHS if name in _OTHERS else TENTHS
    return _LABELS.get(name, name), shown


def weekday(number: int) -> str:
    """Monday for 0."""
    # `calendar` follows the locale of the process, which custseg never sets: English.
    return day_name[number]


def percent(share: float, places: int = 0) -> str:
    """12 %."""
    return f"{share:.{places}%}".replace("%", " %")


def stretch(window: Window) -> str:
    """Last 90 days."""
    if not window.ended_days_ago:
        return f"last {window.days} days"
    return f"{window.days} days that ended {window.ended_days_ago} days ago"
