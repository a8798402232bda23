"""What is said of a campaign, and of those of one aim, in the shop's language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts.campaigns import SEVERAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.words.language import Wording

_UNMEASURED: Final = {
    "withheld": "withheld",
    "not measurable": "too_few",
    "not kept": "not_kept",
}
"""The text of a verdict that tells no figure."""


def sentence(row: Mapping[str, Any], wording: Wording) -> str:
    """Say what a campaign brought, or how far along it is.

    Parameters
    ----------
    row
        Of the artifact `campaigns`, as it may be shown.
    wording
        The words of the shop's language.
    """
    figures = {
        "name": row["campaign"],
        "day": row["day"],
        "days": row["horizon_days"],
        "sent": date.fromisoformat(row["sent"]),
        "measurable": row["control_kind"] != "none",
    }
    key = _key(row)
    if key not in {"effect", "no_effect"}:
        return wording.render(f"campaign.{key}", figures)
    figures["difference"] = _difference(row["share_low"], row["share_high"], wording)
    said = [wording.render(f"campaign.{key}", figures)]
    # Where no effect was shown, neither was a gain.
    if key == "effect" and row["gain"] is not None:
        gain = {"low": row["gain_low"], "high": row["gain_high"]}
        said.append(wording.render("campaign.gain", gain))
    return " ".join(said)


def overlap_sentence(row: Mapping[str, Any], wording: Wording) -> str:
    """Say whose lists share customers with a campaign that has a result; empty where none do."""
    if not row["overlaps"] or row["share_effect"] is None:
        return ""
    others = wording.listed(row["overlaps"].split("; "))
    figures = {"name": row["campaign"], "shared": row["shared"], "others": others}
    return wording.render("campaign.overlap", figures)


def pool_sentence(row: Mapping[str, Any], wording: Wording) -> str:
    """Say what the campaigns of an aim tell together.

    Parameters
    ----------
    row
        Of the artifact `campaign_pools`.
    wording
        The words of the shop's language.
    """
    figures = {
        "aim": aim_name(row["aim"], wording),
        "tries": row["tries"],
        "pooled": row["pooled"],
        "apart": row["tries"] - row["pooled"],
        "verdict": wording.texts("campaign.results")[row["verdict"]],
        "difference": _difference(row["low"], row["high"], wording),
    }
    return wording.render("campaign.pool", figures)


def aim_name(aim: str, wording: Wording) -> str:
    """Return what the aim of a campaign is called."""
    return wording.render("campaign.several" if aim == SEVERAL else f"objectives.{aim}.name")


def _key(row: Mapping[str, Any]) -> str:
    """Return the key of the text for a campaign."""
    if row["state"] not in {"finished", "closed"}:
        return str(row["state"])
    if row["verdict"] == "not measurable" and row["control_kind"] == "none":
        return "no_control"
    shown = "no_effect" if row["verdict"] == "no effect shown" else "effect"
    return _UNMEASURED.get(row["verdict"], shown)


def _difference(low: float, high: float, wording: Wording) -> str:
    """Write a range of differences in shares: 1.1 to 7.3 more."""
    of_100 = {"low": round(100 * low, 1), "high": round(100 * high, 1)}
    return wording.render("campaign.difference", of_100)
