"""What a section of custseg.toml is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One `[section]` of custseg.toml.

    Fields with `exclude=True` change no result: the manifest leaves them out, and nothing becomes
    stale by them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
