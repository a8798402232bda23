"""What a finished run publishes, and what about it somebody asked to be warned of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg._version import __version__
from custseg.pipeline.stages import WRITERS, stages_behind
from custseg.privacy.retention import delete_expired
from custseg.sources.lines.ends import months_before
from custseg.workspace.snapshot import HELD, Snapshot

if TYPE_CHECKING:
    from custseg.settings import Settings
    from custseg.workspace.manifest import Manifest
    from custseg.workspace.workspace import Workspace

_NO_RESULT: Final = ("clean.as_of", "source.")
"""Options that say which run it is, not what is found."""


@dataclass(frozen=True)
class Published:
    """What a run gave to history."""

    as_of: str
    conditions: dict[str, str]
    """What it met of the conditions that `--fail-on` names, with a sentence each."""
    failed: tuple[str, ...]
    """Those of them that it was asked to fail on."""
    new: bool
    """Whether a snapshot was published: not where the very same was there, or it was held back."""
    held_back: bool
    customers: int = 0
    """In the snapshot."""
    replaced: int | None = None
    """Customers of another snapshot of the same date, whose place it took; None where none was."""
    pruned: tuple[str, ...] = ()
    """As-of dates whose snapshots were removed, as `[monthly] keep` asks."""
    expired: tuple[str, ...] = ()
    """Snapshots and files deleted, as `[privacy] keep_months` asks."""
    superseded: tuple[str, ...] = ()
    """As-of dates whose snapshots are of another chain now."""

    def notes(self) -> list[str]:
        """What whoever started the run should see."""
        told = [f"{name}: {sentence}" for name, sentence in self.conditions.items()]
        if self.held_back:
            told.append(f"No snapshot of {self.as_of} was published: [monthly] publish_failed.")
        if self.new:
            place = "" if self.replaced is None else ", in the place of another one"
            told.append(f"Published the snapshot of {self.as_of}{place}.")
        if self.pruned:
            told.append(f"Removed by [monthly] keep: {', '.join(self.pruned)}.")
        told += [f"Deleted by [privacy] keep_months: {name}" for name in self.expired]
        if self.superseded:
            told.append(
                f"Of another chain now: {', '.join(self.superseded)}. "
                "custseg history --rebuild makes them anew."
            )
        return told

    def warning(self) -> str:
        """What a log must have; empty where there is nothing."""
        if not self.new or self.replaced is None or self.customers >= self.replaced:
            return ""
        return (
            f"The snapshot of {self.as_of} had {self.replaced:,} customers, now it has "
            f"{self.customers:,}. Has the source lost orders?"
        )


def publish(workspace: Workspace, settings: Settings, *, again: bool = False) -> Published:
    """Publish what lies in a workspace as the snapshot of its as-of date.

    The caller holds the workspace, and has run every stage that a snapshot holds something of.

    Parameters
    ----------
    again
        It takes the place of one that was published. It is not held back, which would leave the old
        one for later ones to start from, and none is removed that these may have to start from.

    Raises
    ------
    WorkspaceError
        It cannot be written.
    """
    manifest = workspace.manifest()
    as_of = str(manifest.facts()["as_of"])
    met = _conditions(workspace, manifest, settings, as_of)
    failed = tuple(name for name in settings.monthly.fail_on if name in met)
    if failed and not settings.monthly.publish_failed and not again:
        expired = _expire(workspace, settings, as_of)
        return Published(as_of, met, failed, new=False, held_back=True, expired=expired)
    snapshot = _snapshot(workspace, manifest, as_of)
    replaced = workspace.history.at(as_of)
    new = workspace.history.publish(
        snapshot,
        {name: workspace.path(name) for name in HELD},
        workspace.scratch,
    )
    keep = None if again else settings.monthly.keep
    pruned = workspace.history.prune(keep, workspace.scratch) if keep else []
    expired = () if again else _expire(workspace, settings, as_of)
    superseded = workspace.history.superseded()
    return Published(
        as_of,
        met,
        failed,
        new and as_of not in pruned,
        held_back=False,
        customers=snapshot.customers,
        replaced=replaced.customers if replaced else None,
        pruned=tuple(pruned),
        expired=expired,
        superseded=tuple(superseded),
    )


def _expire(workspace: Workspace, settings: Settings, as_of: str) -> tuple[str, ...]:
    """Delete what [privacy] keep_months lets nobody keep; of campaigns their results stay."""
    deleted = delete_expired(workspace, settings.privacy, as_of)
    if settings.privacy.keep_months is None:
        return deleted
    from custseg.offers.campaigns.closing import close_expired

    first = months_before(date.fromisoformat(as_of), settings.privacy.keep_months)
    return (*deleted, *close_expired(workspace, first))


def _snapshot(workspace: Workspace, manifest: Manifest, as_of: str) -> Snapshot:
    start = workspace.history.start(as_of)
    before = None
    if start:
        before = start.before if start.as_of == as_of else start.as_start()
    return Snapshot(
        workspace.history.folder / as_of,
        as_of,
        before,
        _options(manifest),
        {name: manifest.stages[WRITERS[name].name].outputs[name] for name in HELD},
        __version__,
    )


def _options(manifest: Manifest) -> dict[str, Any]:
    """What was given on the command line and decides on what a snapshot holds."""
    given: dict[str, Any] = {}
    for stage in stages_behind(HELD):
        given |= manifest.stages[stage.name].options
    return {key: given[key] for key in sorted(given) if not key.startswith(_NO_RESULT)}


def _conditions(
    workspace: Workspace, manifest: Manifest, settings: Settings, as_of: str
) -> dict[str, str]:
    met: dict[str, str] = {}
    if drifted := manifest.facts()["drifted"]:
        met["drift"] = f"Since the model before was fitted: {drifted}."
    if small := _small_segments(workspace, settings):
        met["small-segment"] = small
    if since := _no_orders_since(workspace, settings, as_of):
        met["no-new-orders"] = f"No order has come since the snapshot of {since}."
    return met


def _small_segments(workspace: Workspace, settings: Settings) -> str:
    """Name the segments that hold too few customers; empty where none does."""
    from custseg.words.figures import percent

    least = settings.model.min_share
    there = {row["segment"]: row for row in workspace.rows("profiles")}
    shares = {row["segment_name"]: row["customer_share"] for row in there.values()}
    for row in workspace.rows("segment_identity"):
        if row["status"] != "retired" and row["segment"] not in there:
            shares[settings.segments.names.get(row["rule"], row["rule"])] = 0.0
    few = [f"{name} ({percent(share)})" for name, share in shares.items() if share < least]
    return f"Below {percent(least)} of customers: {', '.join(few)}." if few else ""


def _no_orders_since(workspace: Workspace, settings: Settings, as_of: str) -> str:
    """The as-of date of the snapshot since which no order has come; empty where one has."""
    from custseg.workspace.files import sha256

    # Where the as-of date follows the orders, a run without new ones has that of the run before.
    # What a day's later orders change shows in the features.
    there = None if settings.clean.as_of else workspace.history.at(as_of)
    if there and there.sha256("features") == sha256(workspace.path("features")):
        return as_of
    before = workspace.history.before(as_of)
    if before is None:
        return ""
    if not workspace.path("transactions").exists():
        # They stay in another engine, which a run that changes nothing need not ask.
        return ""
    # What has nothing to compute starts no engine.
    from custseg.engine.base import fetch
    from custseg.engine.duckdb import connect, scan

    connection = connect(settings.engine, workspace.scratch)
    orders = scan(connection, workspace.path("transactions"), "transactions")
    latest = fetch(orders.aggregate(latest=orders.ordered_at.max()))[0]["latest"]
    return before.as_of if latest.isoformat() < before.as_of else ""
