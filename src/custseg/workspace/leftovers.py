"""What a killed run leaves: known by marks of ours, and removed by the next.

A workspace has a random token. A file that is unfinished among other people's bears it in its name.
A folder of temporary files holds a mark, locked while its process lives: a run of any workspace
removes those of the same user that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Final

from custseg.workspace.files import PRIVATE_FILE, UNFINISHED
from custseg.workspace.full_disk import on_disk_of
from custseg.workspace.inside import own, read_own

if TYPE_CHECKING:
    from io import FileIO

IDENTITY: Final = ".custseg-token"
"""The file of a workspace's token."""
_TOKEN_BYTES: Final = 8
_PREFIX: Final = "custseg-"
_MARK: Final = ".custseg-temporary"
_OTHERS_MAY_WRITE: Final = 0o022


def token_of(root: Path) -> str:
    """A workspace's token; empty where it has none, or no valid one."""
    try:
        found = read_own(root / IDENTITY, root).decode("ascii", errors="replace").strip()
    except OSError:
        return ""
    return found if re.fullmatch(f"[0-9a-f]{{{2 * _TOKEN_BYTES}}}", found) else ""


def require_token(root: Path) -> str:
    """A workspace's token, made if need be; the caller holds the workspace."""
    if token := token_of(root):
        return token
    token, path = secrets.token_hex(_TOKEN_BYTES), own(root / IDENTITY, root)
    path.unlink(missing_ok=True)
    with on_disk_of(root), _made(path) as stream:
        stream.write(f"{token}\n".encode())
    return token


def unfinished(path: Path, token: str) -> Path:
    """Where a file outside the scratch folder is until it is whole: beside its place."""
    return path.with_name(f".{path.name}.{token}{UNFINISHED}")


def remove_unfinished(folder: Path, token: str) -> None:
    """Remove the files in a folder that runs of the workspace with this token left unfinished."""
    for file in folder.glob(f".*.{token}{UNFINISHED}"):
        if file.is_file():
            file.unlink()


class TemporaryFolder(TemporaryDirectory[str]):
    """A private folder of temporary files, which the next run finds should this process be killed.

    Raises
    ------
    OSError
        It cannot be made.
    """

    def __init__(self) -> None:
        super().__init__(prefix=_PREFIX)
        folder = Path(self.name)
        try:
            with on_disk_of(folder):
                self._held = _mark(folder)
        except BaseException:
            super().cleanup()
            raise

    def cleanup(self) -> None:
        """Remove the folder, the mark last: a process killed meanwhile leaves it to be found."""
        with suppress(FileNotFoundError):
            _empty(Path(self.name))
        super().cleanup()
        self._held.close()


def remove_abandoned() -> None:
    """Remove the folders of temporary files that this user's killed processes left."""
    found: list[Path] = []
    with suppress(OSError), os.scandir(gettempdir()) as entries:
        found += [Path(entry.path) for entry in entries if entry.name.startswith(_PREFIX)]
    for folder in found:
        # What is somebody else's, held, or no folder of ours stays.
        with suppress(OSError):
            _remove_abandoned(folder)


def _mark(folder: Path) -> FileIO:
    """Mark a folder as ours; the mark stays locked until it is closed."""
    # It has its name only once it is locked, so that nobody finds it free before.
    path = folder / f"{_MARK}.new"
    mark = _made(path)
    try:
        # Disks that know no locks have no folder removed either: there it cannot be locked.
        with suppress(OSError):
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mark.write(_said_of(folder.stat()))
        path.rename(folder / _MARK)
    except BaseException:
        mark.close()
        raise
    return mark


def _remove_abandoned(folder: Path) -> None:
    """Remove a folder if its mark is ours and nobody holds it.

    Raises
    ------
    OSError
        It has no mark, or somebody holds it.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(_MARK, flags, dir_fd=opened)
        with os.fdopen(descriptor, "r+b", buffering=0) as mark:
            there, marked = os.fstat(opened), os.fstat(descriptor)
            if {there.st_uid, marked.st_uid} != {os.geteuid()}:
                return
            if there.st_mode & _OTHERS_MAY_WRITE or not stat.S_ISREG(marked.st_mode):
                return
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if mark.read() == _said_of(there):
                _empty(folder)
                shutil.rmtree(folder)
    finally:
        os.close(opened)


def _said_of(folder: os.stat_result) -> bytes:
    """What a mark says: which folder it marks, so that a copy of it marks no other."""
    return f"{folder.st_dev} {folder.st_ino}\n".encode()


def _empty(folder: Path) -> None:
    """Remove all that is in a folder but its mark."""
    for path in list(folder.iterdir()):
        if path.name == _MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _made(path: Path) -> FileIO:
    """A private file, made anew."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb", buffering=0)
