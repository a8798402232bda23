"""Settings of what custseg does about the people in the data."""

from __future__ import annotations

from pydantic import Field

from custseg.settings.section import Section


class PrivacySettings(Section):
    """How the people in the data are protected."""

    objections: str | None = Field(
        None,
        description="File of customers who object to being put into segments: an id or e-mail "
        "address on each line, or in a csv's cells",
    )
    smallest_group: int = Field(
        10,
        ge=0,
        description="No figure of fewer customers is shown, nor can be worked out; 0 shows all",
    )
