"""What `custseg history` shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Column, Table, moment, whole

if TYPE_CHECKING:
    from custseg.workspace.history import History
    from custseg.workspace.snapshot import Snapshot


def history(known: History) -> Table:
    """Every snapshot, by as-of date."""
    states = known.states()
    rows = [_row(one, states[one.as_of]) for one in known.snapshots()]
    notes = []
    if not rows:
        notes.append("No snapshot yet: custseg run-all publishes one.")
    if "superseded" in states.values():
        notes.append(
            "superseded: made before the snapshot that it would start from now; "
            "custseg history --rebuild makes it anew"
        )
    if "damaged" in states.values():
        notes.append(
            "damaged: a file is not as it was published; custseg history --rebuild makes it anew"
        )
    columns = (
        Column("as_of", "as of"),
        Column("state", "state"),
        Column("customers", "customers", whole),
        Column("segments", "segments", whole),
        Column("model_of", "model of"),
        Column("before", "started from"),
        Column("published", "published (UTC)", moment, optional=True),
        Column("custseg", "custseg", optional=True),
    )
    return Table("snapshots", "Snapshots", columns, rows, notes)


def _row(one: Snapshot, state: str) -> dict[str, Any]:
    model = one.read("model") if state != "damaged" else None
    published = datetime.fromtimestamp(one.folder.stat().st_mtime, UTC)
    return {
        "as_of": one.as_of,
        "state": state,
        "customers": one.customers,
        "segments": one.files["segment_names"].rows,
        "model_of": model.training.as_of if model else None,
        "before": one.before.as_of if one.before else None,
        "published": published.isoformat(timespec="seconds"),
        "custseg": one.custseg,
    }
