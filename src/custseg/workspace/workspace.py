"""A workspace folder: paths, one writer at a time, and files that appear whole or not at all."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace import campaigns
from custseg.workspace.files import (
    MADE,
    PRIVATE_FOLDER,
    files_made_in,
    place,
    replacing,
    sync_folder,
    writing,
)
from custseg.workspace.full_disk import disk_errors_as, on_disk_of, unwritable
from custseg.workspace.history import History
from custseg.workspace.inside import own
from custseg.workspace.journal import carry_out
from custseg.workspace.leftovers import (
    IDENTITY,
    TemporaryFolder,
    remove_abandoned,
    remove_unfinished,
    require_token,
    token_of,
    unfinished,
)
from custseg.workspace.lock import LOCK, OWNER, holding
from custseg.workspace.manifest import Manifest, read_manifest
from custseg.workspace.records import sign_records
from custseg.workspace.signing import is_remembered, remember

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from custseg.workspace.lock import Waiting


@dataclass(frozen=True)
class Workspace:
    """The folder that holds a shop's artifacts. Only its owner can read it.

    Whatever gives a path inside it raises a `LinkError` where a symbolic link is on the way.
    """

    root: Path

    @property
    def manifest_path(self) -> Path:
        """The manifest's file."""
        return self._own("manifest.json")

    @property
    def scratch(self) -> Path:
        """Folder for unfinished files and what the engine spills; emptied after each run."""
        return self._own(".custseg-unfinished")

    @property
    def downloads(self) -> Path:
        """Folder for files fetched from a network or simulated."""
        return self._own("source")

    @property
    def exports(self) -> Path:
        """Folder for lists of customers: the only one in which no run replaces or clears files."""
        return self._own("exports")

    @property
    def history(self) -> History:
        """The published snapshots."""
        return History(self._own("history"))

    def path(self, artifact: str) -> Path:
        """The file of an artifact, whether it exists or not."""
        return self._own(ARTIFACTS[artifact].file)

    def download(self, name: str) -> Path:
        """A file that was fetched from a network or simulated, whether it exists or not."""
        return own(self.downloads / name, self.root)

    def unfinished(self, path: Path) -> Path:
        """Where a file that is no artifact is until it is whole: beside its place."""
        return unfinished(path, token_of(self.root))

    def rows(self, artifact: str) -> list[dict[str, Any]]:
        """Read a small table as plain values, money as Decimal."""
        import pyarrow.parquet as pq

        from custseg.engine.parquet import require_table

        rows: list[dict[str, Any]] = pq.read_table(
            require_table(self.path(artifact)), partitioning=None
        ).to_pylist()
        return rows

    def manifest(self) -> Manifest:
        """What earlier runs recorded."""
        return read_manifest(self.manifest_path)

    @contextmanager
    def writing(
        self, timeout: float = 0, *, runs: str = "", waiting: Waiting | None = None
    ) -> Iterator[None]:
        """Make the folder if need be, hold its lock, and leave no unfinished file behind.

        Records without a signature, of a version that had none, are signed the first time.

        Parameters
        ----------
        timeout
            Seconds to wait for another run to end.
        runs
            The command, told to whoever finds the workspace held.
        waiting
            Told once, by whom, that the workspace is held and waited for.

        Raises
        ------
        WorkspaceError
            The folder cannot be made or written to, a disk is full, or something in the folder is
            a symbolic link.
        WorkspaceLockedError
            Another run holds it.
        SettingsError
            There is no key to sign with, and none can be made.
        """
        with disk_errors_as(self.root), ExitStack() as held:
            self._refuse_links()
            try:
                self.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                self.root.chmod(PRIVATE_FOLDER)
                held.enter_context(holding(self.root, runs, timeout, waiting))
            except OSError as error:
                raise unwritable(self.root, error) from None
            self._require_folders()
            token = require_token(self.root)
            self._clear(token)
            held.callback(self._clear, token)
            remove_abandoned()
            carry_out(self.root)
            self.history.recover()
            self.scratch.mkdir(mode=PRIVATE_FOLDER)
            self.downloads.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            if not is_remembered(self.root):
                sign_records(self, {"unsigned"})
                remember(self.root)
            yield

    @contextmanager
    def unpacking(self) -> Iterator[Path]:
        """Make a folder outside the workspace: what a zip holds may be more than we may keep.

        Should the run die, the next one of any workspace removes it.
        """
        with TemporaryFolder() as name, on_disk_of(Path(name)):
            yield Path(name)

    @contextmanager
    def replacing(self, target: Path) -> Iterator[BinaryIO]:
        """Open a private file that takes the target's place once it is complete and on disk.

        Raises
        ------
        WorkspaceError
            A folder is in its place.
        """
        self._require_no_folder(target)
        with replacing(target, self.scratch / target.name) as stream:
            yield stream

    @contextmanager
    def preparing(self, target: Path) -> Iterator[BinaryIO]:
        """Open a private file that waits, once it is complete and on disk, to be placed.

        Raises
        ------
        WorkspaceError
            A folder is in its place.
        """
        self._require_no_folder(target)
        with writing(self.prepared(target), target) as stream:
            yield stream

    def prepared(self, target: Path) -> Path:
        """Where a file waits to be placed."""
        return self.scratch / target.name

    def place(self, target: Path) -> None:
        """Let a file that was prepared take its place."""
        self._require_no_folder(target)
        place(self.prepared(target), target)

    @contextmanager
    def replacing_files(self, folder: Path, names: Collection[str]) -> Iterator[Path]:
        """Make a private folder whose files take their places in another once all are on disk.

        Files that earlier runs made there and this one doesn't are removed. What else is in it
        stays: it is somebody's own.

        Parameters
        ----------
        folder
            Where they take their places.
        names
            Of the files that will be made.

        Raises
        ------
        WorkspaceError
            Something that is no folder, or in it something that is no file, is in their place.
        """
        if own(folder, self.root).exists() and not folder.is_dir():
            raise _in_the_way(folder, "not a folder")
        for name in (*names, MADE):
            if own(folder / name, self.root).is_dir():
                raise _in_the_way(folder / name, "a folder")
        made = self.scratch / folder.name
        made.mkdir(mode=PRIVATE_FOLDER)
        with on_disk_of(folder):
            yield made
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
        # A crash in between leaves files that differ from what the manifest says, which is stale.
        # As the names come first, whatever a run put here is known as such.
        for file in files_made_in(folder):
            if file.name not in names and file.is_file():
                file.unlink()
        with replacing(folder / MADE, self.scratch / MADE) as stream:
            stream.write("".join(f"{name}\n" for name in sorted(names)).encode())
        for name in names:
            (made / name).replace(folder / name)
        sync_folder(folder)

    def save_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest."""
        with self.replacing(self.manifest_path) as stream:
            stream.write(manifest.stored())

    def _require_no_folder(self, target: Path) -> None:
        if own(target, self.root).is_dir():
            raise _in_the_way(target, "a folder")

    def _own(self, name: str) -> Path:
        return own(self.root / name, self.root)

    def _refuse_links(self) -> None:
        """Refuse before anything is written, whichever file it is that the run would reach."""
        for name in (
            *(LOCK, OWNER, IDENTITY, "manifest.json", campaigns.FILE),
            *("history", "exports", "source", campaigns.FOLDER),
        ):
            self._own(name)
        for artifact in ARTIFACTS:
            self.path(artifact)

    def _require_folders(self) -> None:
        for folder in (self.scratch, self.downloads):
            if folder.exists() and not folder.is_dir():
                raise _in_the_way(folder, "not a folder")

    def _clear(self, token: str) -> None:
        """Remove what a run, this one or one that died, has not finished."""
        if self.scratch.exists():
            shutil.rmtree(self.scratch)
        remove_unfinished(self.exports, token)


def _in_the_way(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path}: is {what}, and a result of this run has its place there.", "Move it away."
    )
