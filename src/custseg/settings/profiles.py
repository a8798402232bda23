"""Settings of how segments are described."""

from __future__ import annotations

from pydantic import Field, model_validator

from custseg.settings.section import Section


class ProfileSettings(Section):
    """How much of each segment is told."""

    top: int = Field(10, ge=1, description="Products and countries listed per segment")


class GroupSettings(Section):
    """How products are grouped where the source has no category."""

    fewest: int = Field(
        20, ge=2, description="Smallest number tried; a catalogue of few products has fewer"
    )
    most: int = Field(36, ge=2, description="Largest number tried; the most coherent counts")

    @model_validator(mode="after")
    def _range(self) -> GroupSettings:
        if self.most < self.fewest:
            raise ValueError(f"most ({self.most}) is below fewest ({self.fewest})")
        return self


class RuleSettings(Section):
    """The rules that tell the segments apart."""

    leaves: int = Field(
        24, ge=2, le=256, description="Most rules that describe all segments together"
    )
    holdout: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="Share of each segment's customers that the rules are not fitted but tested on",
    )
