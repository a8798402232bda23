"""The sentence that says which lists named what customers bought, whichever way it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.offers.backtest.methods import ANY, BUY_AGAIN, NEW, NEW_FOR_YOU, RECENT, SEGMENT
from custseg.offers.backtest.trial import LEADS
from custseg.outlook.validation.verdict import SURE_AT

if TYPE_CHECKING:
    import pandas as pd

_TINY: Final = 1e-9


def not_tested(reason: str) -> str:
    """Say why there is nothing to say."""
    return f"Not back-tested: {reason.rstrip('.')}."


def verdict(backtest: pd.DataFrame, days: int, size: int) -> str:
    """Say what the lists would have named, next to best-sellers.

    Parameters
    ----------
    backtest
        A row per date, task, group and method; over several dates their means are told.
    days
        Length of the time after each date.
    size
        Products per list.

    Returns
    -------
    str
        One sentence. "Ahead" and "behind" are leads over the shop's recent best-sellers, in hit
        rate and NDCG both, of more than two standard errors; over several dates also at each of
        them, as what sells changes more from season to season than from customer to customer.
    """
    everyone = backtest[backtest["segment"] == 0]
    dates = sorted(everyone["date"].unique())
    when = f"in the {days} days after {dates[0]}"
    if len(dates) > 1:
        when = (
            f"on average over the {days} days after {len(dates)} dates ({dates[0]} to {dates[-1]})"
        )
    parts = []
    for task, who in ((NEW, "who bought something new to them"), (ANY, "who bought anything")):
        of_task = everyone[everyone["task"] == task]
        if len(of_task):
            customers = of_task.drop_duplicates("date")["customers"].sum()
            told = _new(of_task, size) if task == NEW else _again(of_task, size)
            parts.append(f"of {customers:,} customers {who} {when}, {told}")
            when = "then"
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _new(rows: pd.DataFrame, size: int) -> str:
    own = _against(rows, NEW_FOR_YOU, "for the shop's recent best-sellers", _hits(rows, RECENT))
    return (
        f"{_hits(rows, NEW_FOR_YOU)} bought one of the {size} products of their own New for you "
        f"list, {own}, and {_hits(rows, SEGMENT)} one of their segment's best-sellers, "
        + _against(rows, SEGMENT, "for the shop's")
    )


def _again(rows: pd.DataFrame, size: int) -> str:
    return (
        f"{_hits(rows, BUY_AGAIN)} bought one of the {size} that they had bought most often, "
        + _against(rows, BUY_AGAIN, "for recent best-sellers", _hits(rows, RECENT))
    )


def _hits(rows: pd.DataFrame, method: str) -> str:
    return f"{rows.loc[rows['method'] == method, 'hit_rate'].mean():.1%}".replace("%", " %")


def _against(rows: pd.DataFrame, method: str, rival: str, share: str = "") -> str:
    """How a method's hit rate compares with that of best-sellers, in words."""
    own = rows[rows["method"] == method]
    leads = [own[f"{metric}_lead"] / own[f"{metric}_lead_se"].clip(lower=_TINY) for metric in LEADS]
    points = 100 * own["hit_rate_lead"].mean()
    error = f"± {100 * own['hit_rate_lead_se'].mean():.1f} points"
    known = f" ({share})" if share else ""
    if all((lead > SURE_AT).all() for lead in leads):
        return f"{points:.1f} {error} more than {rival}{known}"
    if all((lead < -SURE_AT).all() for lead in leads):
        return f"{-points:.1f} {error} fewer than {rival}{known}"
    told = "; ".join(filter(None, (share, f"{points:+.1f} {error}")))
    return f"no clear difference from the share {rival} ({told})"
