"""Campaigns as they may be shown: no figure of fewer customers than the smallest group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts.campaigns import MEASURES
from custseg.privacy.disclosure import is_shown, is_small

if TYPE_CHECKING:
    from collections.abc import Iterable

    Row = dict[str, Any]

_MEANS: Final = (
    *(f"{measure}_{group}" for measure in MEASURES for group in ("list", "control")),
    "buyers_listed",
    "buyers_control",
)
_FIGURES: Final = (
    *_MEANS,
    *(f"{measure}_{end}" for measure in MEASURES for end in ("effect", "low", "high")),
    "share_se",
    "margin_se",
    "narrower",
    "gain",
    "gain_low",
    "gain_high",
)


def shown_campaigns(rows: Iterable[Row], least: int) -> list[Row]:
    """Leave out of rows of `campaigns` what tells of too few customers.

    Where few of a group ordered, or few did not, neither group's figures are shown; what one did
    more than the other is.
    """
    return [_shown(row, least) for row in rows]


def _shown(row: Row, least: int) -> Row:
    if least <= 1:
        return row
    groups = [(row["buyers_listed"], row["listed"]), (row["buyers_control"], row["control"])]
    hidden: Row = {
        name: None for name in ("listed", "control", "shared") if is_small(row[name] or 0, least)
    }
    if "listed" in hidden or "control" in hidden:
        hidden |= dict.fromkeys(_FIGURES)
        if row["share_effect"] is not None:
            hidden["verdict"] = "withheld"
    elif any(buyers is not None and not is_shown(buyers, of, least) for buyers, of in groups):
        hidden |= dict.fromkeys(_MEANS)
    return row | hidden


def shown_pools(rows: Iterable[Row], least: int) -> list[Row]:
    """Leave out rows of `campaign_pools` that are of too few customers."""
    return [row for row in rows if not is_small(row["customers"], least)]
