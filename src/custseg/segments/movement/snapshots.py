"""Two published snapshots side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.errors import UsageError, WorkspaceError
from custseg.segments.movement.customers import Month
from custseg.segments.movement.months import Comparison, compare, names

if TYPE_CHECKING:
    from custseg.workspace.history import History
    from custseg.workspace.snapshot import Snapshot


def choose(history: History, old: str | None, new: str | None) -> tuple[Snapshot, Snapshot]:
    """Find the snapshots that are meant.

    Parameters
    ----------
    old, new
        Their as-of dates; without `new` the latest, without both that and what it started from.

    Raises
    ------
    UsageError
        There is none of a date, none before, or the old one is not the earlier.
    WorkspaceError
        The segments of one are not those of the other: they are not of one chain.
    """
    later = history.find(new) if new else history.latest()
    if later is None:
        raise UsageError("There is no snapshot yet.", "Run: custseg run-all")
    if old is None:
        old = later.before.as_of if later.before else None
    if old is None:
        raise UsageError(
            f"There is no snapshot before that of {later.as_of}.",
            "A later run of custseg run-all publishes another, or one with an earlier --as-of.",
        )
    earlier = history.find(old)
    if earlier.as_of >= later.as_of:
        raise UsageError(
            f"{earlier.as_of} is not before {later.as_of}.", "Name the earlier one first."
        )
    _require_chain(history, earlier, later)
    return earlier, later


def side_by_side(old: Snapshot, new: Snapshot) -> Comparison:
    """Compare two snapshots of one chain; needs nothing else of the workspace.

    Raises
    ------
    WorkspaceError
        One is not as it was published.
    """
    return compare(
        _month(old),
        _month(new),
        old.read("model"),
        names(new.read("model"), new.read("segment_names")),
    )


def _month(snapshot: Snapshot) -> Month:
    return Month(snapshot.as_of, snapshot.read("features"), snapshot.read("segments"))


def _require_chain(history: History, old: Snapshot, new: Snapshot) -> None:
    """Follow what each snapshot started from, from the new one down to the old one."""
    known = {one.as_of: one for one in history.snapshots()}
    current = new
    while current.as_of > old.as_of:
        before = current.before
        found = known.get(before.as_of) if before else None
        if before is None or before.as_of < old.as_of:
            broken = f"that of {current.as_of} did not start from it, nor from one that did"
        elif found is None:
            broken = f"that of {before.as_of}, which is between them, is not there any more"
        elif found.sha256("model") != before.model:
            broken = f"that of {before.as_of} was made anew after that of {current.as_of}"
        else:
            current = found
            continue
        raise WorkspaceError(
            f"The segments of {old.as_of} cannot be compared with those of {new.as_of}: {broken}.",
            "Make the later ones anew: custseg history --rebuild",
        )
