"""Campaigns beside each other: which share customers, and what those of one aim tell together."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.offers.campaigns.estimate import Pooled, pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from custseg.workspace.campaigns import Campaign, Registered

    Row = dict[str, Any]

LIST: Final = "list"
"""Group of a campaign's customers who were on its list."""
OVER: Final = frozenset({"finished", "closed"})
"""States of a campaign whose days are over."""
_TWICE: Final = 2


def shown(low: float, high: float) -> str:
    """What an interval shows; empty where it holds 0."""
    return "effect" if low > 0 else "harm" if high < 0 else ""


def overlaps(
    registered: Sequence[Registered], members: Mapping[int, pd.DataFrame]
) -> dict[int, Row]:
    """For each campaign those of overlapping days that share customers of its list.

    What a closed campaign kept of it holds for the others too.
    """
    lists = {
        number: set(own.loc[own["group"] == LIST, "customer_id"]) for number, own in members.items()
    }
    found: dict[int, Row] = {}
    for one in (entry.campaign for entry in registered):
        names: list[str] = []
        both: set[str] = set()
        known = True
        for other in (entry.campaign for entry in registered):
            if other.number == one.number or one.start >= other.end or other.start >= one.end:
                continue
            common = lists.get(one.number, set()) & lists.get(other.number, set())
            both |= common
            told = _told(one, other) or _told(other, one)
            known &= bool(common) or not told
            if common or told:
                names.append(other.name)
        shared = one.result["shared"] if one.result else len(both) if known else None
        found[one.number] = {"overlaps": "; ".join(names), "shared": shared}
    return found


def _told(one: Campaign, other: Campaign) -> bool:
    return one.result is not None and other.name in one.result["overlaps"].split("; ")


def pools(rows: Sequence[Row], members: Mapping[int, pd.DataFrame]) -> list[Row]:
    """What the campaigns of each aim tell together."""
    measured = [row for row in rows if row["state"] in OVER and row["share_effect"] is not None]
    everybody = {number: set(own["customer_id"]) for number, own in members.items()}
    found = []
    for aim in sorted({row["aim"] for row in measured}):
        own = [row for row in measured if row["aim"] == aim]
        pooled: list[Row] = []
        # The surest first: of campaigns that share customers, one is counted.
        for row in sorted(own, key=lambda one: (one["share_se"], one["number"])):
            if not any(_share_customers(row, other, everybody) for other in pooled):
                pooled.append(row)
        share = _together(pooled, "share")
        entry: Row = {
            "aim": aim,
            "tries": len(own),
            "pooled": len(pooled),
            "customers": sum(row["listed"] + row["control"] for row in pooled),
            "effect": share.effect,
            "low": share.low,
            "high": share.high,
            "margin_effect": None,
            "margin_low": None,
            "margin_high": None,
            "verdict": shown(share.low, share.high)
            or ("no effect twice" if len(own) >= _TWICE else "open"),
        }
        if all(row["margin_effect"] is not None for row in pooled):
            margin = _together(pooled, "margin")
            entry |= {
                "margin_effect": margin.effect,
                "margin_low": margin.low,
                "margin_high": margin.high,
            }
        found.append(entry)
    return found


def _together(pooled: Sequence[Row], measure: str) -> Pooled:
    if len(pooled) == 1:
        effect, low, high = (pooled[0][f"{measure}_{end}"] for end in ("effect", "low", "high"))
        return Pooled(effect, low, high)
    effects, errors = ([row[f"{measure}_{end}"] for row in pooled] for end in ("effect", "se"))
    return pool(effects, errors)


def _share_customers(one: Row, other: Row, everybody: Mapping[int, set[str]]) -> bool:
    """Whether two campaigns of overlapping days have customers in common, on lists or held out."""
    if one["campaign"] in other["overlaps"].split("; "):
        return True
    days = [(date.fromisoformat(row["sent"]), row["horizon_days"]) for row in (one, other)]
    (start, length), (other_start, other_length) = days
    apart = (other_start - start).days
    if apart >= length or -apart >= other_length:
        return False
    return not everybody.get(one["number"], set()).isdisjoint(everybody.get(other["number"], set()))
