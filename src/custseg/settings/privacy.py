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
        description="What the workspace calls customers. auto: their ids, but keyed hashes of "
        "those that look like e-mail addresses, names or telephone numbers; keep: "
        "their ids whatever they look like; pseudonym: keyed hashes of all",
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
        description="Figures of fewer customers are not shown, nor can they be worked out; 0 shows "
        "all",
    )
    keep_months: int | None = Field(
        None,
        ge=1,
        exclude=True,
        description="Months after which the next run deletes data: orders, counted from the "
        "source's end; snapshots, lists, control groups and receipts, from the run's "
        "as-of date. Default: never",
    )
