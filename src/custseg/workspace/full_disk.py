"""What a disk, or a limit of the system, refuses to whichever library: one error that says so."""

from __future__ import annotations

import errno
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final

from custseg.errors import CustsegError, DataError, SettingsError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_UNWRITABLE: Final = _FULL | {errno.EACCES, errno.EPERM, errno.EROFS}
_TOLD: Final = _FULL | {errno.EFBIG, errno.EIO}
"""Told of as what they are wherever they come from."""
_LIBRARIES: Final = {"_duckdb", "duckdb", "pyarrow", "sqlite3"}
"""Libraries that tell of a disk in their errors' texts alone."""
_SAYS: Final = {
    errno.ENOSPC: re.compile(
        r"No space left on device|Disk quota exceeded|database or disk is full"
        # DuckDB takes no more than what the disk has left when it starts to spill.
        r"|max_temp_directory_size",
        re.IGNORECASE,
    ),
    errno.EFBIG: re.compile(r"File too large", re.IGNORECASE),
    errno.EIO: re.compile(r"Input/output error", re.IGNORECASE),
    errno.EROFS: re.compile(r"Read-only file system", re.IGNORECASE),
}
_KEPT: Final = "Finished stages are kept; the same command goes on."
_NO_THREAD: Final = "can't start new thread"
_QUOTED_PATH: Final = re.compile(r"[\"'](/[^\"']+)[\"']")


@contextmanager
def disk_errors_as(root: Path) -> Iterator[None]:
    """Turn what a workspace's disk, or that of temporary files, raises into an error of ours.

    Raises
    ------
    WorkspaceError
        A disk is full or fails, a file would be larger than is allowed, or a folder cannot be
        written to.
    DataError
        A file of the source may not be read, or its disk fails.
    SettingsError
        The engine may not take the memory that it needs, or the system refuses a thread.
    """
    try:
        yield
    except WorkspaceError:
        raise
    except Exception as error:
        if (found := _disk_error(error, root)) is None:
            raise
        raise found from error


@contextmanager
def on_disk_of(folder: Path) -> Iterator[None]:
    """Let errors that name no file tell that they concern this folder."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL | {errno.EFBIG} and error.filename is None:
            error.filename = str(folder / "…")
        raise


def unwritable(root: Path, error: OSError) -> WorkspaceError:
    """Say that a workspace cannot be written to, and why."""
    if error.errno in _FULL:
        return _full(root, os.strerror(error.errno), root)
    return WorkspaceError(
        f"{root}: cannot be used as a workspace: {_reason(error)}.",
        "Name a folder you may write to with -w, or set CUSTSEG_WORKSPACE.",
    )


def _disk_error(error: Exception, root: Path) -> CustsegError | None:
    """What a disk has to do with an error, or with what led to it; None: nothing."""
    for cause in _causes(error):
        if isinstance(cause, RuntimeError) and _NO_THREAD in str(cause):
            return SettingsError(
                "The system refuses to start another thread.",
                "Raise its limit (ulimit -u, or that of the container), or lower [engine] threads "
                "and [run] workers.",
            )
        if isinstance(cause, OSError) and cause.errno in _TOLD:
            return _told(cause.errno, cause.filename, root)
        by_text = type(cause).__module__.partition(".")[0] in _LIBRARIES or (
            isinstance(cause, OSError) and cause.errno is None
        )
        if not by_text:
            continue
        said = str(cause)
        named = _QUOTED_PATH.search(said)
        for number, says in _SAYS.items():
            if says.search(said):
                return _told(number, named and named[1], root)
        if type(cause).__name__ == "OutOfMemoryException":
            return SettingsError(
                "The engine needs more memory than it may take.",
                "Raise [engine] memory_limit, or lower [engine] threads.",
            )
    if not isinstance(error, OSError) or error.errno not in _UNWRITABLE:
        return None
    place = _place(error.filename, root) if error.filename else root
    if place in {root, Path(gettempdir())}:
        return unwritable(place, error)
    return DataError(
        f"{error.filename}: {_reason(error)}.", "Check that the user who runs custseg may read it."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was raised from, hidden or not."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def _place(name: object, root: Path) -> Path:
    """The folder to name: the workspace, that of temporary files, or the file's own."""
    temporary = Path(gettempdir())
    if isinstance(name, str | bytes):
        path = Path(os.fsdecode(name))
        known = (folder for folder in (root, temporary) if _within(path, folder))
        return next(known, path.parent)
    return min((root, temporary), key=_free_bytes)


def _within(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute()) or path.resolve().is_relative_to(
        folder.resolve()
    )


def _free_bytes(folder: Path) -> int:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _told(number: int, name: object, root: Path) -> CustsegError:
    """Say what is wrong with a disk; `name` is the file's, if it is known."""
    reason = os.strerror(number)
    if number == errno.EIO:
        return _failing(reason, name, root)
    place = _place(name, root)
    if number == errno.EROFS:
        return unwritable(place, OSError(number, reason))
    if number == errno.EFBIG:
        return WorkspaceError(
            f"{place}: {reason}: one here would be larger than the system or the disk allows.",
            f"Raise the limit (ulimit -f shows it), or {_elsewhere(place, root)}. {_KEPT}",
        )
    return _full(place, reason, root)


def _full(place: Path, reason: str, root: Path) -> WorkspaceError:
    return WorkspaceError(
        f"{place}: {reason}: the disk that this folder is on is full.",
        f"Free space there, or {_elsewhere(place, root)}. {_KEPT}",
    )


def _failing(reason: str, name: object, root: Path) -> CustsegError:
    temporary = Path(gettempdir())
    hint = f"Check that disk and its connection, then run again. {_KEPT}"
    if not isinstance(name, str | bytes):
        return WorkspaceError(
            f"{reason}: the disk of {root}, of {temporary} or of the source fails.", hint
        )
    path = Path(os.fsdecode(name))
    ours = any(_within(path, folder) for folder in (root, temporary))
    return (WorkspaceError if ours else DataError)(f"{path}: {reason}: its disk fails.", hint)


def _elsewhere(place: Path, root: Path) -> str:
    """How to have custseg write to another disk."""
    if place == root:
        return "name another folder with -w"
    return "set TMPDIR to a folder on another disk"


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
