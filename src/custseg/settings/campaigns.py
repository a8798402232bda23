"""Settings of how campaigns are measured."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from custseg.settings.section import Section


class CampaignSettings(Section):
    """The shop-wide control group (docs/campaigns.md)."""

    always_hold: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description='Share of customers, such as "10%", who are on no list for a while: the '
        "control group of lists that have none of their own. 0: nobody",
    )
    hold_months: int = Field(
        6,
        ge=1,
        le=60,
        description="Months after which these are released and others are held in their place",
    )

    @field_validator("always_hold", mode="before")
    @classmethod
    def _in_per_cent(cls, value: Any) -> Any:  # noqa: ANN401  (whatever a settings file has)
        if isinstance(value, str) and value.strip().endswith("%"):
            return float(value.strip().removesuffix("%")) / 100
        return value
