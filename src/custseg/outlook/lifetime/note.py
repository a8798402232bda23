"""One honest sentence about a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.outlook.lifetime.backtest import ranked_by
from custseg.outlook.lifetime.forecast import history_known, history_needed
from custseg.outlook.lifetime.season import season_history
from custseg.outlook.lifetime.totals import total_band
from custseg.words.figures import percent

if TYPE_CHECKING:
    import pandas as pd

    from custseg.outlook.lifetime.backtest import Backtest, Factors
    from custseg.outlook.lifetime.purchasing import Model
    from custseg.outlook.lifetime.season import Season


def too_young(features: pd.DataFrame, days: int) -> str:
    """Say why there is no forecast, and what to do about it."""
    known, needed = history_known(features), history_needed(days)
    shorter = known * days // needed
    lower = f"set [value] horizon_days to {shorter} or less, or " if shorter else ""
    return (
        f"No forecast: {days} days ahead take {needed:,} days of orders, and {known:,} whole "
        f"days are known. "
        f"To get one, {lower}wait {needed - known:,} days."
    )


def note(
    segment_value: pd.DataFrame,
    days: int,
    model: Model,
    test: Backtest | str,
    factors: Factors,
    season: Season | None,
) -> str:
    """Say what is expected, within which range, and how wrong the same forecast was before.

    Parameters
    ----------
    segment_value
        The segments' forecasts, corrected.
    days
        The horizon.
    model
        That was used.
    test
        Its back-test, or why there is none.
    factors
        That the forecast was multiplied with.
    season
        Last year's season; None where it isn't known.
    """
    money = ranked_by(segment_value) == "spend"
    orders = _total(segment_value, "orders", "orders")
    spend = f" and {_total(segment_value, 'spend', 'in spend')}" if money else ""
    told = f"{orders}{spend} are expected over the next {days} days ({model})"
    if isinstance(test, str):
        return f"{told}: how wrong that may be is not known ({test})."
    total, seasonal = test.total, season is not None and season.helps
    corrected = {
        name: f" (corrected by a factor of {factor:.2f} since)"
        if round(factor, 2) != 1 and not seasonal
        else ""
        for name, factor in (("orders", factors.orders), ("spend", factors.spend))
    }
    was = (
        f"{told}; a range should hold four outcomes in five. On {total['cut_off']} the same "
        f"forecast was {_off(test.ratio('orders'))} the orders that came{corrected['orders']}"
    )
    told_season = _season(season, factors, days, money=money)
    if not money:
        return (
            f"{was}, per customer off by {total['orders_error']:.2f} orders. Nothing of spend is "
            f"expected, as the orders have no amounts. {told_season}"
        )
    return (
        f"{was} and {_off(test.ratio('spend'))} their spend{corrected['spend']}, per customer off "
        f"by {total['orders_error']:.2f} orders and {total['spend_error']:,.0f} in spend. "
        f"{told_season}"
    )


def _total(segment_value: pd.DataFrame, what: str, of: str) -> str:
    """What is expected of all, with its range."""
    expected, ends = segment_value[f"expected_{what}"].sum(), total_band(segment_value, what)
    return f"{expected:,.0f} {of}" + (f" ({ends[0]:,.0f} to {ends[1]:,.0f})" if ends else "")


def _season(season: Season | None, factors: Factors, days: int, *, money: bool) -> str:
    """Whether last year's season is in the forecast, and why."""
    if season is None:
        return (
            f"It knows no season: learning and testing one takes {season_history(days):,} days of "
            "orders."
        )
    with_it, without = (percent(abs(off), 0) for off in season.off)
    if not season.helps:
        return (
            f"It follows no season: corrected by that of a year before, it would have been off by "
            f"{with_it} in total instead of {without}, and a season has to halve that."
        )
    by = f"orders × {factors.orders:.2f}" + (f", spend × {factors.spend:.2f}" if money else "")
    return (
        f"It follows last year's season ({by}): corrected likewise, it would have been off by "
        f"{with_it} in total instead of {without}."
    )


def _off(ratio: float) -> str:
    """How far a forecast was from what came, from actual / expected."""
    if ratio <= 0:
        return "above"
    off = 1 / ratio - 1
    if abs(off) < 0.005:  # noqa: PLR2004  (rounds to 0 %)
        return "within 1 % of"
    return f"{abs(off):.0%}".replace("%", " %") + (" above" if off > 0 else " below")
