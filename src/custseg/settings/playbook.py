"""Settings of the plans."""

from __future__ import annotations

from pydantic import Field

from custseg.settings.section import Section


class PlaybookSettings(Section):
    """What the plans assume, and how they are worded (docs/playbook.md)."""

    gross_margin: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Margin on what is sold, as a share of the price: discounts and contacts are "
        "paid out of it",
    )
    extra_orders: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Extra orders hoped for per customer contacted; never more than come anyway",
    )
    letter_cost: float = Field(
        1.5,
        ge=0.01,
        le=1e6,
        description="Cost of a letter in the shop's currency; e-mail counts as free",
    )
    call_cost: float = Field(
        8.0, ge=0.01, le=1e6, description="Cost of a call in the shop's currency"
    )
    least_discount: float = Field(
        0.05, ge=0, le=1, description="No discount smaller than this share of the order is offered"
    )
    confidence: float = Field(
        0.95, gt=0.5, lt=1, description="Confidence of the test against the control group"
    )
    power: float = Field(
        0.8, gt=0.5, lt=1, description="Probability that this test finds the extra orders"
    )
    texts: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Your own texts by segment and field; put them into playbook.toml",
    )
