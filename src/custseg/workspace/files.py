"""Private files that appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from custseg.workspace.full_disk import on_disk_of
from custseg.workspace.inside import own, read_own

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600
MADE: Final = ".custseg-made"
"""In an artifact that is a folder: the names of the files that runs made there, one a line."""
UNFINISHED: Final = ".unfinished"
"""Suffix of a hidden file that lies beside the one whose place it will take."""
_ANEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@contextmanager
def replacing(target: Path, unfinished: Path) -> Iterator[BinaryIO]:
    """Open a private file that takes the target's place once it is complete and on disk.

    Parameters
    ----------
    unfinished
        Where it is until then: on the same disk. If writing fails, it is removed.
    """
    try:
        with writing(unfinished, target) as stream:
            yield stream
        place(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def writing(unfinished: Path, target: Path) -> Iterator[BinaryIO]:
    """Open a private file that is on disk once it is complete; `target` is where it will be."""
    # Left behind by a crash it may be readable by others: a file is made anew.
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, _ANEW, PRIVATE_FILE)
    with on_disk_of(target.parent), os.fdopen(descriptor, "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def place(unfinished: Path, target: Path) -> None:
    """Let a file that is complete take the target's place."""
    unfinished.replace(target)
    sync_folder(target.parent)


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


def files_made_in(folder: Path) -> list[Path]:
    """The files that runs made in a workspace's folder, whether they are still there or not.

    Raises
    ------
    WorkspaceError
        One of them, or the list of their names, is a symbolic link; or that list is no file.
    """
    root = folder.parent
    try:
        lines = read_own(folder / MADE, root).decode("utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    names = (name for name in lines if name not in {"", ".", ".."} and "/" not in name)
    return [own(folder / name, root) for name in names]


def sha256(path: Path) -> str:
    """SHA-256 of a file, computed once per content of it in this process.

    Of a folder: that of the names and digests of the files that runs made in it.
    """
    if path.is_dir():
        digests = {
            file.name: sha256(file) if file.is_file() else "" for file in files_made_in(path)
        }
        listed = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
        return hashlib.sha256(listed.encode()).hexdigest()
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


def size(path: Path) -> int:
    """Bytes of a file, or of the files that runs made in a folder."""
    return sum(map(size, files_made_in(path))) if path.is_dir() else path.stat().st_size


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001  (they key the cache)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
