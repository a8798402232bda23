"""A workspace folder: paths, one writer at a time, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.full_disk import on_disk_of, told_by, unwritable
from custseg.history import History
from custseg.lock import holding
from custseg.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from custseg.lock import Waiting

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600
_MADE: Final = ".custseg-made"
"""In an artifact that is a folder: the names of the files that runs made there, one a line."""
_UNPACKED: Final = "unpacked"
"""In scratch: a link to the folder of temporary files of a run, to be found after a crash."""
_TEMPORARY: Final = "custseg-"
UNFINISHED: Final = ".unfinished"
"""Suffix of a hidden file that lies beside the one whose place it will take."""


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
        with told_by(self.root), ExitStack() as held:
            try:
                self.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                self.root.chmod(PRIVATE_FOLDER)
                held.enter_context(holding(self.root, runs, timeout, waiting))
            except OSError as error:
                raise unwritable(self.root, error) from None
            self._clear()
            held.callback(self._clear)
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
        for name in (*names, _MADE):
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
        for file in _made(folder):
            if file.name not in names and file.is_file():
                file.unlink()
        with replacing(folder / _MADE, self.scratch / _MADE) as stream:
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


@contextmanager
def replacing(target: Path, unfinished: Path) -> Iterator[BinaryIO]:
    """Open a private file that takes the target's place once it is complete and on disk.

    Parameters
    ----------
    unfinished
        Where it is until then: on the same disk. If writing fails, it is removed.
    """
    try:
        # Left behind by a crash it may be readable by others: a file is made anew.
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with on_disk_of(target.parent), os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the disk keep what was renamed in a folder: until then a crash may undo it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network disks know no such thing as a folder on disk.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def _in_the_way(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path}: is {what}, and a result of this run has its place there.", "Move it away."
    )


def _made(folder: Path) -> list[Path]:
    """The files that runs made in a folder, whether they are still there or not."""
    names = folder / _MADE
    if not names.is_file():
        return []
    lines = names.read_text("utf-8", errors="replace").splitlines()
    return [folder / name for name in lines if name not in {"", ".."} and "/" not in name]


def _is_temporary(folder: Path) -> bool:
    """Whether a folder is one that a run of ours made for what it unpacks."""
    return (
        folder.name.startswith(_TEMPORARY)
        and folder.is_dir()
        and not folder.is_symlink()
        and folder.stat().st_uid == os.getuid()
    )


def sha256(path: Path) -> str:
    """SHA-256 of a file, computed once per content of it in this process.

    Of a folder: that of the names and digests of the files that runs made in it.
    """
    if path.is_dir():
        digests = {file.name: sha256(file) if file.is_file() else "" for file in _made(path)}
        listed = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
        return hashlib.sha256(listed.encode()).hexdigest()
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


def size(path: Path) -> int:
    """Bytes of a file, or of the files that runs made in a folder."""
    return sum(map(size, _made(path))) if path.is_dir() else path.stat().st_size


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001  (they key the cache)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
