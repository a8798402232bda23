"""One sentence on the forecast of units and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.offers.demand.backtest import AGAIN, RECENT, SEASON
from custseg.outlook.lifetime.forecast import history_needed

if TYPE_CHECKING:
    import pandas as pd

NOTHING: Final = "No units are forecast: no segment has a product on its shelf."


def too_young(days: int, known: int) -> str:
    """Say why no units are forecast, and what to do about it."""
    needed = history_needed(days)
    return (
        f"No units are forecast: {days} days ahead take {needed:,} days of orders, and {known:,} "
        f"are known. To get a forecast, set [inventory] horizon_days to {known * days // needed} "
        f"or less, or wait {needed - known:,} days."
    )


def note(inventory: pd.DataFrame, tested: pd.DataFrame, *, season_known: bool) -> str:
    """Tell what is expected, and how wrong the same forecast was.

    Parameters
    ----------
    inventory, tested
        The artifacts `inventory`, not empty, and `inventory_backtest`.
    season_known
        Whether orders reach back over last year's season.
    """
    days = int(inventory["days"].iloc[0])
    told = (
        f"The segments are likely to need {inventory['units_expected'].sum():,.0f} units of the "
        f"products on their shelves in the next {days} days"
    )
    chosen = tested[tested["chosen"]]
    same = tested[tested["cut_off"].isin(chosen["cut_off"])]
    came = chosen["units_came"].sum()
    season = _season(tested, season_known=season_known)
    if len(chosen) and not came:
        latest = chosen.sort_values("cut_off", ascending=False)
        expected = _listed([f"{units:,.0f}" for units in latest["units_expected"]])
        return (
            f"{told}, but don't count on it: on {_dates(chosen['cut_off'].tolist())} the same "
            f"forecast was {expected}, and none came; {season}"
        )
    if chosen.empty:
        return (
            f"{told}: how wrong that may be is not known, for want of a past date with enough "
            f"orders before and after it; {season}"
        )
    total = (chosen["units_expected"] - chosen["units_came"]).abs().sum() / came
    banded = chosen.dropna(subset="held")
    bands = ""
    if len(banded):
        held = (banded["held"] * banded["rows"]).sum() / banded["rows"].sum()
        bands = f"; its 80 % bands held {_percent(held)} of what came"
    return (
        f"{told}: on {_dates(chosen['cut_off'].tolist())} the same forecast was off by "
        f"{_percent(_wape(chosen))} per product (WAPE; {_percent(_wape(same, AGAIN))} where the "
        f"{days} days before were taken) and {_percent(total)} in total{bands}; {season}"
    )


def _season(tested: pd.DataFrame, *, season_known: bool) -> str:
    """Whether last year's season is in it, and why."""
    both = tested[tested["cut_off"].isin(tested.loc[tested["method"] == SEASON, "cut_off"])]
    if not season_known:
        return "last year's season is not in it, as too little is known of the days before it."
    if not both["units_came"].sum():
        return "last year's season is not in it, as it could not be tested."
    errors = f"{_percent(_wape(both, SEASON))} with it, {_percent(_wape(both, RECENT))} without"
    used = "is in it" if (both["chosen"] & (both["method"] == SEASON)).any() else "is not in it"
    return f"last year's season {used} ({errors})."


def _wape(tested: pd.DataFrame, method: str | None = None) -> float:
    """Error over all dates: absolute errors of all rows / all units that came."""
    rows = tested[tested["method"] == method] if method else tested
    came = rows["units_came"]
    return float((rows["wape"] * came).sum() / came.sum())


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _dates(dates: list[str]) -> str:
    return _listed(sorted(dates, reverse=True))


def _listed(items: list[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
