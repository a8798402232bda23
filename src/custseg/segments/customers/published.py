"""Customers as a snapshot published them, and the one that somebody asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from custseg.errors import DataError, WorkspaceError
from custseg.segments.model.naming import rename
from custseg.sources.values.identities import known_ids
from custseg.sources.values.people import customer_key_of, plain_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.segments.model.published import PublishedModel
    from custseg.settings import SegmentSettings
    from custseg.workspace.snapshot import Snapshot
    from custseg.workspace.workspace import Workspace


@dataclass(frozen=True)
class Month:
    """What one as-of date published of its customers."""

    as_of: str
    model: PublishedModel
    names: dict[int, str]
    """Of every segment of the model, also of one that nobody is in."""
    features: pd.DataFrame
    segments: pd.DataFrame
    """Of the same customers in the same order."""

    def row_of(self, customer_id: str) -> int | None:
        """Where a customer is in both tables; None where they were not there."""
        rows = self.features.index[self.features["customer_id"] == customer_id]
        return int(rows[0]) if len(rows) else None


def published(workspace: Workspace, as_of: str | None) -> Snapshot:
    """Return the snapshot of an as-of date, or the latest.

    Raises
    ------
    WorkspaceError
        Nothing is published yet.
    UsageError
        Nothing of that date is.
    """
    if as_of:
        return workspace.history.find(as_of)
    latest = workspace.history.latest()
    if latest is None:
        raise WorkspaceError(
            f"{workspace.root}: no run has published a snapshot yet.", "Run: custseg run-all"
        )
    return latest


def read_month(snapshot: Snapshot, naming: SegmentSettings) -> Month:
    """Read a snapshot's customers, verified.

    Raises
    ------
    WorkspaceError
        A file is not as it was published.
    """
    model: PublishedModel = snapshot.read("model")
    return Month(
        snapshot.as_of,
        model,
        rename(model.rules, naming.names),
        snapshot.read("features"),
        snapshot.read("segments"),
    )


def find_customer(month: Month, typed: str, facts: Mapping[str, Any]) -> str:
    """Return the id of the customer whom somebody names as the orders do.

    Parameters
    ----------
    typed
        An id; where customers are keyed hashes, an e-mail address or a name, or the hash.
    facts
        What the workspace knows: `people`, and the `key_check` of the hashes.

    Raises
    ------
    DataError
        There is no such customer, or the key at hand is not that of the hashes.
    """
    named = plain_ids(pd.Series([typed], dtype="str"))
    found = str(named[0])
    people = bool(facts.get("people"))
    if month.row_of(found) is None and people and (key := customer_key_of(facts)):
        found = str(known_ids(named, key, set(month.features["customer_id"]))[0])
    if not found or month.row_of(found) is None:
        how = (
            "Customers are keyed hashes here: write the e-mail address or name as in the orders."
            if people
            else "Write the customer as in the orders, with zeros and prefixes."
        )
        raise DataError(
            f"The snapshot of {month.as_of} has no such customer: unknown, or without an order "
            "that counts by then.",
            how,
        )
    return found
