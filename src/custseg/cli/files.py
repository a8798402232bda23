"""Files that a command writes for people to edit."""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING

from custseg.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """Fail where the file is there already, unless it is meant."""
    # A link that leads nowhere would have the file made where it points.
    if (path.exists() or path.is_symlink()) and not force:
        raise SettingsError(f"{path}: is there already.", "Pass --force to replace it.")


def write_file(path: Path, content: str, *, private: bool = False) -> None:
    """Write a file as text; what was in its place stays until all of it is on disk.

    A new file is readable by its owner only. One that is replaced keeps its rights, unless it is
    to be `private`.

    Raises
    ------
    SettingsError
        It cannot be written, or something that is no file, such as a device, is in its place.
    """
    # A link stays a link: what it leads to is replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise SettingsError(f"{path}: is no file.", "Name a file to write.")
    # A name that nobody knows: no link or file of others stands there.
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}.unfinished")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists() and not private:
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
