"""Settings of what custseg does about the people in the data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from custseg.settings.section import Section

CustomerIds = Literal["auto", "keep", "pseudonym"]


class PrivacySettings(Section):
    """How the people in the data are protected."""

    # What decides on how orders are read is recorded as read with them (`privacy/register.py`):
    # no other stage is stale by it.
    customer_ids: CustomerIds = Field(
        "auto",
        exclude=True,
        description="What the workspace calls customers: their ids, but keyed hashes of those that "
        "look like e-mail addresses, names or telephone numbers (auto), their ids whatever they "
        "look like (keep), or keyed hashes of all (pseudonym)",
    )
    objections: str | None = Field(
        None,
        exclude=True,
        description="File of customers who object to being put into segments: an id or e-mail "
        "address on each line, or in a csv's cells",
    )
    smallest_group: int = Field(
        10,
        ge=0,
        description="No figure of fewer customers is shown, nor can be worked out; 0 shows all",
    )
    keep_months: int | None = Field(
        None,
        ge=1,
        exclude=True,
        description="What is older goes at the next run: orders by the source's end, snapshots, "
        "lists, control groups and receipts by the run's as-of date; default: nothing",
    )
