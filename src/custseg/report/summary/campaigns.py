"""What became of campaigns, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal  # noqa: TC003  (pydantic reads the annotation at run time)
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts.campaigns import SEVERAL
from custseg.offers.campaigns.disclosed import shown_campaigns, shown_pools
from custseg.report.summary.rows import as_kind, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from custseg.words.language import Wording

_UNMEASURED: Final = {
    "withheld": "withheld",
    "not measurable": "too_few",
    "not kept": "not_kept",
}
"""The text of a verdict that tells no figure."""


@dataclass(frozen=True)
class CampaignOutcome:
    """A registered campaign: a row of the artifact `campaigns`, as it may be shown."""

    number: int
    campaign: str
    aim: str
    """As `Plan.aim`; several if its segments' plans differ."""
    segments: str
    as_of: str
    sent: str
    horizon_days: int
    day: int
    state: str
    """planned, running, finished, closed or stopped."""
    control_kind: str
    """own, shop-wide or none."""
    consent: str
    listed: int | None
    control: int | None
    share_list: float | None
    share_control: float | None
    share_effect: float | None
    """As a fraction; None before its days are over, and where it can't be measured."""
    share_low: float | None
    share_high: float | None
    orders_list: float | None
    orders_control: float | None
    orders_effect: float | None
    orders_low: float | None
    orders_high: float | None
    revenue_list: float | None
    revenue_control: float | None
    revenue_effect: float | None
    revenue_low: float | None
    revenue_high: float | None
    margin_list: float | None
    margin_control: float | None
    margin_effect: float | None
    margin_low: float | None
    margin_high: float | None
    adjusted: bool
    narrower: float | None
    offer_cost: Decimal
    gain: float | None
    """Margin that the whole list brought more, less the offer's cost."""
    gain_low: float | None
    gain_high: float | None
    overlaps: str
    """Names, parted by semicolons."""
    shared: int | None
    verdict: str
    """effect, harm, no effect shown, not measurable, withheld, or none yet."""
    sentence: str
    """In the shop's language."""


@dataclass(frozen=True)
class CampaignPool:
    """What the campaigns of one aim tell together: a row of the artifact `campaign_pools`."""

    aim: str
    tries: int
    pooled: int
    customers: int
    effect: float
    low: float
    high: float
    margin_effect: float | None
    margin_low: float | None
    margin_high: float | None
    verdict: str
    """effect, harm, no effect twice, or open."""
    sentence: str


def campaign_outcomes(table: ir.Table, least: int, wording: Wording) -> tuple[CampaignOutcome, ...]:
    """Every campaign, as it may be shown."""
    return tuple(
        as_kind(row | {"sentence": sentence(row, wording)}, CampaignOutcome)
        for row in shown_campaigns(rows(table, "number"), least)
    )


def campaign_pools(table: ir.Table, least: int, wording: Wording) -> tuple[CampaignPool, ...]:
    """Every aim that was tried, as it may be shown."""
    return tuple(
        as_kind(row | {"sentence": pool_sentence(row, wording)}, CampaignPool)
        for row in shown_pools(rows(table, "aim"), least)
    )


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
