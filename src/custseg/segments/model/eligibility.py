"""Whether a shop has enough customers, days and orders for segments and forecasts to mean much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custseg.settings import ModelSettings

    Tell = Callable[[str], None]
    """Told a sentence while the work goes on."""

FEWEST_SEGMENTS: Final = 2
# What Klaviyo asks of a shop before it predicts anything ("Understanding predictive analytics").
_CUSTOMERS: Final = 500
_DAYS: Final = 180
_ORDERS: Final = 3


def eligibility(features: pd.DataFrame, settings: ModelSettings) -> str:
    """Say how much is known of a shop, and what it is too little for.

    Parameters
    ----------
    features
        One row per customer.
    settings
        The `[model]` settings.

    Notes
    -----
    500 customers, 180 days of orders and some customers with three orders are what Klaviyo asks for
    before it predicts. Here they only warn: segments need `least_customers` in each.
    """
    customers, days = len(features), int(features["tenure_days"].max())
    repeating = int((features["frequency"] >= _ORDERS).sum())
    known = (
        f"{counted(customers, 'customer', 'customers')}, "
        f"{counted(days, 'day', 'days')} of history, {repeating:,} with three orders or more"
    )
    lacking = []
    if customers < FEWEST_SEGMENTS * settings.least_customers:
        lacking.append(
            f"too few customers for two segments of {settings.least_customers:,} or more"
        )
    elif customers < _CUSTOMERS:
        lacking.append(f"fewer than {_CUSTOMERS} customers make few and broad segments")
    if days < _DAYS:
        lacking.append(f"with fewer than {_DAYS} days, forecasts and outlook have little to go by")
    if not repeating:
        lacking.append("without third orders, nobody's usual wait between orders is well known")
    return f"{known}: {'; '.join(lacking) or 'enough for segments'}"
