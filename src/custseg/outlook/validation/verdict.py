"""The sentence that says what a validation found, whichever way it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import pandas as pd

SEGMENTS: Final = "segments"
CEILING: Final = "boosted trees"
_FEW: Final = 200
"""Customers below which the standard error of R² exceeds .05."""
SURE_AT: Final = 2.0
"""Standard errors from which on a lead is no chance."""


def not_validated(reason: str) -> str:
    """Say why there is nothing to say."""
    return f"Not validated: {reason.rstrip('.')}."


def verdict(validation: pd.DataFrame, days: int, told: Literal["spend", "orders"] = "spend") -> str:
    """Say how much of the next days the segments foretold, and who did it better or worse.

    Parameters
    ----------
    validation
        A row per date and method; over several dates their means are told.
    days
        Length of the time that was to be foretold.
    told
        What of these days R² is of.

    Returns
    -------
    str
        One sentence. "Ahead" and "behind" are leads in R² of more than two standard errors; over
        several dates the mean error counts, as their customers are much the same.
    """
    means = validation.groupby("method", sort=False)[["r2", "auc", "lead", "lead_se"]].mean()
    r2 = means["r2"].to_dict()
    ours, ceiling = r2[SEGMENTS], r2[CEILING]
    dates = sorted(validation["date"].unique())
    if len(dates) == 1:
        who = f"Of the {validation['customers'].iloc[0]:,} customers of {dates[0]}"
    else:
        who = f"On average over {len(dates)} dates ({dates[0]} to {dates[-1]})"
    auc = means["auc"][SEGMENTS]
    sentence = (
        f"{who}, the segments alone explain {_percent(ours)} of the variance of log {told} in the "
        f"next {days} days (AUC of buying {auc:.3f}), where boosted trees on every feature "
        f"explain {_percent(ceiling)}{_captured(ours, ceiling)}"
    )
    few = "; so few customers tell little" if validation["customers"].min() < _FEW else ""
    rivals = means.drop([SEGMENTS, CEILING])
    if ours <= 0:
        # To be ahead of a method that explains nothing either is no merit.
        rivals = rivals[rivals["r2"] > 0]
    if rivals.empty:
        return f"{sentence}; nor do simpler groupings explain any{few}."
    return f"{sentence}; {_standings(rivals)}{few}."


def _percent(r2: float) -> str:
    return "nothing" if r2 <= 0 else f"{r2:.1%}".replace("%", " %")


def _captured(ours: float, ceiling: float) -> str:
    if min(ours, ceiling) <= 0:
        return ""
    if ours >= ceiling:
        return ", no more than that"
    return f" (of which the segments capture {ours / ceiling:.0%}".replace("%", " %") + ")"


def _standings(rivals: pd.DataFrame) -> str:
    """Which rivals the segments are behind, level with and ahead of."""
    surely = rivals["lead"].abs() > SURE_AT * rivals["lead_se"]
    groups = {
        "behind": rivals[surely & (rivals["lead"] < 0)],
        "level (within two standard errors) with": rivals[~surely],
        "ahead of": rivals[surely & (rivals["lead"] > 0)],
    }
    standings = [
        f"{standing} "
        + " and ".join(f"{method} ({_percent(r2)})" for method, r2 in group["r2"].items())
        for standing, group in groups.items()
        if len(group)
    ]
    return "they are " + ", ".join(standings)
