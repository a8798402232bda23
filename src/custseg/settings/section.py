"""What a section of custseg.toml is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One `[section]` of custseg.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
