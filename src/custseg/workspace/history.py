"""The published snapshots of a workspace: found, ordered, published, replaced and removed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from custseg.artifacts import ARTIFACTS
from custseg.errors import UsageError, WorkspaceError
from custseg.workspace.inside import LinkError, own
from custseg.workspace.snapshot import RECORD, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from custseg.workspace.snapshot import Snapshot

_REPLACED: Final = ".replaced-"
"""Begins the name of a snapshot that another takes the place of, for the moment between."""
State = Literal["current", "superseded", "damaged"]


@dataclass(frozen=True)
class History:
    """The snapshots of a workspace."""

    folder: Path

    def snapshots(self) -> list[Snapshot]:
        """All, by as-of date.

        Raises
        ------
        WorkspaceError
            One was written by a newer custseg, its record is damaged, or it is a symbolic link.
        """
        return [read_snapshot(folder) for folder in self.folders()]

    def folders(self) -> list[Path]:
        """The folder of each snapshot, by as-of date, whatever is in it.

        Raises
        ------
        LinkError
            One is a symbolic link.
        """
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if _is_date(path.name[-10:]))
        names = {path.name for path in found if self._own(path).is_dir()}
        dates = {name.removeprefix(_REPLACED) for name in names}
        folders = (name if name in names else f"{_REPLACED}{name}" for name in sorted(dates))
        return [self.folder / name for name in folders]

    def latest(self) -> Snapshot | None:
        """The one of the latest as-of date."""
        return next(reversed(self.snapshots()), None)

    def at(self, as_of: str) -> Snapshot | None:
        """The one of an as-of date."""
        return next((one for one in self.snapshots() if one.as_of == as_of), None)

    def before(self, as_of: str) -> Snapshot | None:
        """The latest one strictly before an as-of date."""
        return next((one for one in reversed(self.snapshots()) if one.as_of < as_of), None)

    def start(self, as_of: str) -> Snapshot | None:
        """What a run of an as-of date starts from: the latest one strictly before it.

        Where none is, but the snapshot of this very date started from one that is no longer kept,
        it starts from its own: a run that is repeated must not begin a new chain.
        """
        earlier = self.before(as_of)
        if earlier is not None:
            return earlier
        own = self.at(as_of)
        return own if own and own.before else None

    def started_from(self, snapshot: Snapshot) -> Snapshot | None:
        """The latest one strictly before another, if that started from it as it is now."""
        earlier = self.before(snapshot.as_of)
        return earlier if earlier and snapshot.before == earlier.as_start() else None

    def find(self, as_of: str) -> Snapshot:
        """The one of an as-of date that somebody names.

        Raises
        ------
        UsageError
            There is none.
        """
        if found := self.at(as_of):
            return found
        known = [one.as_of for one in self.snapshots()]
        there = ", ".join(known) or "none; custseg run-all publishes one"
        raise UsageError(f"No snapshot of {as_of}.", f"There are: {there}.")

    def states(self) -> dict[str, State]:
        """Whether each snapshot is whole, and of the chain of those before it, by as-of date.

        Superseded is one that started from another model than the snapshot before it has now:
        a past month was filled in, or made anew, after it. The oldest starts the chain, also where
        what it started from is no longer kept.
        """
        superseded = self.superseded()
        return {
            one.as_of: "damaged"
            if not one.is_whole()
            else "superseded"
            if one.as_of in superseded
            else "current"
            for one in self.snapshots()
        }

    def superseded(self) -> list[str]:
        """As-of dates of the superseded snapshots, whether whole or not."""
        found: list[str] = []
        known = self.snapshots()
        for earlier, one in pairwise(known):
            if one.before != earlier.as_start() or earlier.as_of in found:
                found.append(one.as_of)
        return found

    def publish(self, snapshot: Snapshot, sources: Mapping[str, Path], scratch: Path) -> bool:
        """Publish a snapshot by one rename, in the place of one of the same as-of date.

        Parameters
        ----------
        snapshot
            Its record; its folder is where it will be.
        sources
            The file of each artifact, copied.
        scratch
            A folder on the same disk for what is not yet whole.

        Returns
        -------
        bool
            False if the very same is published already.

        Raises
        ------
        WorkspaceError
            The history is no folder, or on another disk; or a snapshot is a symbolic link.
        """
        from custseg.workspace.files import PRIVATE_FOLDER, replacing, sync_folder

        self._require_place(scratch)
        target = self._own(snapshot.folder)
        if target.is_dir() and _is_same(target, snapshot):
            return False
        unfinished = scratch / target.name
        unfinished.mkdir(mode=PRIVATE_FOLDER)
        for artifact, source in sources.items():
            path = unfinished / ARTIFACTS[artifact].file
            with source.open("rb") as old, replacing(path, scratch / f"{path.name}.copy") as new:
                shutil.copyfileobj(old, new)
        with replacing(unfinished / RECORD, scratch / f"{RECORD}.copy") as stream:
            stream.write(snapshot.stored())
        sync_folder(unfinished)
        self.folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        aside = self._own(self.folder / f"{_REPLACED}{target.name}")
        if target.exists():
            target.rename(aside)
        unfinished.rename(target)
        sync_folder(self.folder)
        if aside.exists():
            shutil.rmtree(aside)
        return True

    def _require_place(self, scratch: Path) -> None:
        """Refuse where no snapshot could appear by one rename."""
        if self.folder.is_dir():
            if self.folder.stat().st_dev == scratch.stat().st_dev:
                return
            what, todo = "is on another disk than the workspace", "Move the whole workspace there."
        elif self.folder.exists():
            what, todo = "is no folder", "Move it away."
        else:
            return
        raise WorkspaceError(f"{self.folder}: {what}; snapshots have their place there.", todo)

    def recover(self) -> None:
        """Undo or finish what a crash left half done."""
        if not self.folder.is_dir():
            return
        for aside in self.folder.glob(f"{_REPLACED}*"):
            target = self._own(self.folder / aside.name.removeprefix(_REPLACED))
            if not (_is_date(target.name) and self._own(aside).is_dir()):
                continue
            if target.exists():
                shutil.rmtree(aside)
            else:
                aside.rename(target)

    def _own(self, path: Path) -> Path:
        return own(path, self.folder.parent)

    def prune(self, keep: int, scratch: Path) -> list[str]:
        """Remove all but the latest snapshots; returns the as-of dates of those removed."""
        gone = self.snapshots()[:-keep]
        for one in gone:
            # A rename, so that half a snapshot is never seen; the scratch folder is cleared later.
            one.folder.rename(scratch / f"pruned-{one.as_of}")
        return [one.as_of for one in gone]


def _is_same(target: Path, snapshot: Snapshot) -> bool:
    try:
        there = read_snapshot(target)
    except LinkError:
        raise
    except WorkspaceError:
        return False
    return there == snapshot and there.is_whole()


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
