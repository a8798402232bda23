"""One honest sentence about a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.outlook.lifetime.backtest import ranked_by

if TYPE_CHECKING:
    import pandas as pd

    from custseg.outlook.lifetime.backtest import Backtest, Factors
    from custseg.outlook.lifetime.purchasing import Model


def note(
    forecast: pd.DataFrame,
    days: int,
    model: Model,
    test: Backtest | str,
    factors: Factors,
) -> str:
    """Say what is expected, and how wrong the same forecast was one horizon ago.

    Parameters
    ----------
    forecast
        Each customer's, calibrated.
    days
        The horizon.
    model
        That was used.
    test
        Its back-test, or why there is none.
    factors
        That the forecast was multiplied with.
    """
    money = ranked_by(forecast) == "spend"
    spend = f" and {forecast['expected_spend'].sum():,.0f} in spend" if money else ""
    told = (
        f"{forecast['expected_orders'].sum():,.0f} orders{spend} are expected over the next {days} "
        f"days ({model})"
    )
    if isinstance(test, str):
        return f"{told}: how wrong that may be is not known ({test})."
    total = test.total
    corrected = {
        name: f" (corrected by a factor of {factor:.2f} since)" if round(factor, 2) != 1 else ""
        for name, factor in (("orders", factors.orders), ("spend", factors.spend))
    }
    if not money:
        return (
            f"{told}: on {total['cut_off']} the same forecast was {_off(test.ratio('orders'))} the "
            f"orders that came{corrected['orders']}, per customer off by "
            f"{total['orders_error']:.2f} orders; it knows no season, and nothing of spend, as the "
            "orders have no amounts."
        )
    return (
        f"{told}: on {total['cut_off']} the same forecast was {_off(test.ratio('orders'))} the "
        f"orders that came{corrected['orders']} and {_off(test.ratio('spend'))} their "
        f"spend{corrected['spend']}, per customer off by {total['orders_error']:.2f} orders and "
        f"{total['spend_error']:,.0f} in spend; it knows no season."
    )


def _off(ratio: float) -> str:
    """How far a forecast was from what came, from actual / expected."""
    if ratio <= 0:
        return "above"
    off = 1 / ratio - 1
    if abs(off) < 0.005:  # noqa: PLR2004  (rounds to 0 %)
        return "within 1 % of"
    return f"{abs(off):.0%}".replace("%", " %") + (" above" if off > 0 else " below")
