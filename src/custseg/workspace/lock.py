"""One writer per workspace: a lock that tells who holds it."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from custseg.errors import WorkspaceError, WorkspaceLockedError
from custseg.workspace.inside import own, read_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from filelock import FileLock

    Waiting = Callable[[str], None]
    """Told once, by whom, that a lock is held and waited for."""

LOCK: Final = ".lock"
OWNER: Final = ".lock-owner"
"""Who holds the lock: a file of its own, because taking the lock empties that of the lock."""
_PRIVATE: Final = 0o600
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Owner:
    """Who holds a lock."""

    process: int
    host: str
    started: str
    """When it took the lock, ISO 8601 in UTC."""
    runs: str
    """The command, without its arguments: these may hold a password."""

    def __str__(self) -> str:
        """As messages name it."""
        return f"process {self.process} on {self.host} (custseg {self.runs} since {self.started})"


@contextmanager
def holding(
    folder: Path, runs: str, timeout: float = 0, waiting: Waiting | None = None
) -> Iterator[None]:
    """Hold a folder's lock. The system frees it when a process dies, however it does.

    Parameters
    ----------
    runs
        The command, told to whoever finds the lock held.
    timeout
        Seconds to wait for another process to let go of it.
    waiting
        Told who that is, once.

    Raises
    ------
    WorkspaceLockedError
        Another process still holds it.
    WorkspaceError
        The lock, or who holds it, is a link.
    OSError
        The folder cannot be written to.
    """
    from filelock import FileLock

    owner = own(folder / OWNER, folder)
    lock = FileLock(_own_lock(folder), mode=_PRIVATE)
    _acquire(lock, folder, timeout, waiting)
    try:
        _write(owner, runs)
        yield
    finally:
        try:
            owner.unlink(missing_ok=True)
        finally:
            lock.release()


def owner_of(folder: Path) -> Owner | None:
    """Return who holds a folder's lock; None where that cannot be told.

    What a process wrote that has died since says nothing of who holds it now.
    """
    try:
        content = json.loads(read_own(folder / OWNER, folder))
        owner = Owner(
            int(content["process"]),
            *(_line(content[name]) for name in ("host", "started", "runs")),
        )
    except (
        *(OSError, WorkspaceError),
        *(ValueError, TypeError, KeyError, OverflowError, RecursionError),
    ):
        return None
    return None if owner.host == socket.gethostname() and not _alive(owner.process) else owner


def _acquire(lock: FileLock, folder: Path, timeout: float, waiting: Waiting | None) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        if timeout <= 0:
            raise _locked(folder, 0) from None
    else:
        return
    if waiting:
        waiting(str(owner_of(folder) or "another custseg run"))
    try:
        lock.acquire(timeout=timeout, poll_interval=_POLL_SECONDS)
    except Timeout:
        raise _locked(folder, timeout) from None


def _own_lock(folder: Path) -> Path:
    """The lock's file, which taking the lock empties: refused where it is another file's name."""
    path = own(folder / LOCK, folder)
    if path.exists() and path.stat().st_nlink > 1 and path.stat().st_size:
        raise WorkspaceError(
            f"{folder}: {LOCK} is a hard link to a file that is not empty.", "Move it away."
        )
    return path


def _locked(folder: Path, waited: float) -> WorkspaceLockedError:
    owner = owner_of(folder)
    by = f": {owner}" if owner else ""
    still = f" after {waited:g} s" if waited else ""
    return WorkspaceLockedError(
        f"{folder}: another custseg run is working in this workspace{still}{by}.",
        "Wait for it to end (--lock-timeout SECONDS does), or give this run its own workspace "
        "with -w.",
        in_python='Wait for it to end (run={"lock_timeout": SECONDS} does), or choose another '
        "workspace.",
    )


def _write(path: Path, runs: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    owner = Owner(os.getpid(), socket.gethostname(), now, runs)
    # Made anew: what is there may be another name of somebody's file.
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(path, flags, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(owner), stream)


def _line(value: object) -> str:
    """A text of an owner's file, which may be damaged, fit for a message."""
    if not isinstance(value, str):
        raise TypeError
    return "".join(char if char.isprintable() else " " for char in value)[:100]


def _alive(process: int) -> bool:
    try:
        # Signal 0 asks only whether it is there.
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
