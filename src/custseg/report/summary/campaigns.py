"""What became of campaigns, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003  (pydantic reads the annotation at run time)
from typing import TYPE_CHECKING

from custseg.offers.campaigns.disclosed import shown_campaigns, shown_pools
from custseg.report.summary.campaign_sentences import pool_sentence, sentence
from custseg.report.summary.rows import as_kind, rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.words.language import Wording


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
