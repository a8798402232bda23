"""Settings of how segments are described."""

from __future__ import annotations

from pydantic import Field, model_validator

from custseg.settings.section import Section


class ProfileSettings(Section):
    """How much of each segment is shown."""

    top: int = Field(10, ge=1, description="Products and countries listed per segment")


class GroupSettings(Section):
    """How products are grouped where the source has no category."""

    fewest: int = Field(
        20, ge=2, description="Smallest number of groups tried; a small catalogue has fewer"
    )
    most: int = Field(
        36, ge=2, description="Largest number of groups tried; the most coherent number is chosen"
    )

    @model_validator(mode="after")
    def _range(self) -> GroupSettings:
        if self.most < self.fewest:
            raise ValueError(f"most ({self.most}) is below fewest ({self.fewest})")
        return self


class RuleSettings(Section):
    """The rules that tell the segments apart."""

    leaves: int = Field(24, ge=2, le=256, description="Most rules for all segments together")
    holdout: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="Share of each segment's customers kept for testing the rules",
    )
