"""What lies inside a workspace is never reached through a symbolic link.

A workspace may come from somebody else. A link in it would let a run read, overwrite or delete what
lies elsewhere. The folder itself may be a link: whoever runs custseg has named it.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from custseg.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MOST_BYTES: Final = 64 * 2**20
"""Of what custseg reads whole; no file of its own is near it."""
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Opening a pipe would wait for a writer.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LinkError(WorkspaceError):
    """Something inside a workspace is a symbolic link."""


def own(path: Path, root: Path) -> Path:
    """Return a path below a workspace's folder, whether it exists or not.

    Raises
    ------
    LinkError
        It, or a folder between it and the root, is a symbolic link, whether that leads anywhere
        or not.
    """
    parts = path.relative_to(root).parts
    place = root
    for part in parts:
        place /= part
        # Unlike Path.is_symlink, silent about what may not be looked at.
        if os.path.islink(place):  # noqa: PTH114
            raise LinkError(
                f"{root}: {place.relative_to(root)} is a symbolic link, and custseg follows none "
                "inside a workspace.",
                "Move it away. To keep a workspace on another disk, move the whole folder there "
                "and name it with -w.",
            )
    return path


def read_own(path: Path, root: Path, limit: int = MOST_BYTES) -> bytes:
    """Read a file below a workspace's folder, each folder on the way opened from the one above.

    Parameters
    ----------
    limit
        Bytes that it has at most.

    Raises
    ------
    LinkError
        It, or a folder on the way, is a symbolic link.
    WorkspaceError
        It is no file, but a pipe, say, or a folder; or it is larger than the limit.
    OSError
        It is not there, or cannot be read.
    """
    own(path, root)
    try:
        with _open(path, root) as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        error.filename = str(path)
        raise
    if len(content) > limit:
        raise too_large(path, limit)
    return content


def too_large(path: Path, limit: int) -> WorkspaceError:
    """Return the error of a file that holds more than custseg ever writes there."""
    return WorkspaceError(
        f"{path}: is larger than anything custseg writes there ({limit // 2**20:,} MiB).",
        "Put it back from a backup; if the workspace is not yours, don't use it.",
    )


def _open(path: Path, root: Path) -> BinaryIO:
    *folders, name = path.relative_to(root).parts
    with ExitStack() as opened:
        within = os.open(root, _FOLDER)
        opened.callback(os.close, within)
        for folder in folders:
            within = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=within)
            opened.callback(os.close, within)
        descriptor = os.open(name, _FILE, dir_fd=within)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise WorkspaceError(f"{path}: is no file.", "Move it away.")
    return os.fdopen(descriptor, "rb")
