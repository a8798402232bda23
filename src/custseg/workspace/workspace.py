"""A workspace folder: paths, one writer at a time, and files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace.files import (
    MADE,
    PRIVATE_FOLDER,
    UNFINISHED,
    files_made_in,
    replacing,
    sync_folder,
)
from custseg.workspace.full_disk import disk_errors_as, on_disk_of, unwritable
from custseg.workspace.history import History
from custseg.workspace.journal import carry_out
from custseg.workspace.lock import holding
from custseg.workspace.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from custseg.workspace.lock import Waiting

_UNPACKED: Final = "unpacked"
"""In scratch: a link to the folder of temporary files of a run, to be found after a crash."""
_TEMPORARY: Final = "custseg-"


@dataclass(frozen=True)
class Workspace:
    """The folder that holds a shop's artifacts. Only its owner can read it."""

    root: Path

    @property
    def manifest_path(self) -> Path:
        """The manifest's file."""
        return self.root / "manifest.json"

    @property
    def scratch(self) -> Path:
        """Folder for unfinished files and what the engine spills; emptied after each run."""
        return self.root / ".custseg-unfinished"

    @property
    def downloads(self) -> Path:
        """Folder for files fetched from a network or simulated."""
        return self.root / "source"

    @property
    def exports(self) -> Path:
        """Folder for lists of customers: the only one in which no run replaces or clears files."""
        return self.root / "exports"

    @property
    def history(self) -> History:
        """The published snapshots."""
        return History(self.root / "history")

    def path(self, artifact: str) -> Path:
        """The file of an artifact, whether it exists or not."""
        return self.root / ARTIFACTS[artifact].file

    def rows(self, artifact: str) -> list[dict[str, Any]]:
        """Read a small table as plain values, money as Decimal."""
        import pyarrow.parquet as pq

        rows: list[dict[str, Any]] = pq.read_table(
            self.path(artifact), partitioning=None
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
            The folder cannot be made or written to, or a disk is full.
        WorkspaceLockedError
            Another run holds it.
        """
        with disk_errors_as(self.root), ExitStack() as held:
            try:
                self.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                self.root.chmod(PRIVATE_FOLDER)
                held.enter_context(holding(self.root, runs, timeout, waiting))
            except OSError as error:
                raise unwritable(self.root, error) from None
            self._clear()
            held.callback(self._clear)
            carry_out(self.root)
            self.history.recover()
            self.scratch.mkdir(mode=PRIVATE_FOLDER)
            self.downloads.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            yield

    @contextmanager
    def unpacking(self) -> Iterator[Path]:
        """Make a folder outside the workspace: what a zip holds may be more than we may keep.

        Should the run die, the next one removes it.
        """
        with TemporaryDirectory(prefix=_TEMPORARY) as name, on_disk_of(Path(name)):
            (self.scratch / _UNPACKED).symlink_to(name)
            yield Path(name)

    @contextmanager
    def replacing(self, target: Path) -> Iterator[BinaryIO]:
        """Open a private file that takes the target's place once it is complete and on disk.

        Raises
        ------
        WorkspaceError
            A folder is in its place.
        """
        if target.is_dir() and not target.is_symlink():
            raise _in_the_way(target, "a folder")
        with replacing(target, self.scratch / target.name) as stream:
            yield stream

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
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise _in_the_way(folder, "not a folder")
        for name in (*names, MADE):
            if (folder / name).is_dir():
                raise _in_the_way(folder / name, "a folder")
        unfinished = self.scratch / folder.name
        unfinished.mkdir(mode=PRIVATE_FOLDER)
        with on_disk_of(folder):
            yield unfinished
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
            (unfinished / name).replace(folder / name)
        sync_folder(folder)

    def save_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest."""
        with self.replacing(self.manifest_path) as stream:
            stream.write(manifest.to_json().encode())

    def _clear(self) -> None:
        """Remove what a run, this one or one that died, has not finished."""
        link = self.scratch / _UNPACKED
        if link.is_symlink() and _is_temporary(folder := link.readlink()):
            shutil.rmtree(folder)
        if self.scratch.exists():
            shutil.rmtree(self.scratch)
        for file in self.exports.glob(f".*{UNFINISHED}"):
            file.unlink()


def _in_the_way(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path}: is {what}, and a result of this run has its place there.", "Move it away."
    )


def _is_temporary(folder: Path) -> bool:
    """Whether a folder is one that a run of ours made for what it unpacks."""
    return (
        folder.name.startswith(_TEMPORARY)
        and folder.is_dir()
        and not folder.is_symlink()
        and folder.stat().st_uid == os.getuid()
    )
