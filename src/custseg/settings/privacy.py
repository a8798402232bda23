"""Settings that protect the persons behind the figures."""

from __future__ import annotations

from pydantic import Field

from custseg.settings.section import Section


class PrivacySettings(Section):
    """How figures keep silent about single persons."""

    smallest_group: int = Field(
        10,
        ge=0,
        description="No figure of fewer customers is shown, nor can be worked out; 0 shows all",
    )
