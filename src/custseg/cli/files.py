"""Files that a command writes for people to edit."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from custseg.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """Fail where the file is there already, unless it is meant."""
    if path.exists() and not force:
        raise SettingsError(f"{path}: is there already.", "Pass --force to replace it.")


def write_file(path: Path, content: str, *, private: bool = False) -> None:
    """Write a file as text; what was in its place stays until all of it is on disk.

    Only its owner can read a private one.

    Raises
    ------
    SettingsError
        It cannot be written, or something that is no file, such as a device, is in its place.
    """
    # A link stays a link: what it leads to is replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise SettingsError(f"{path}: is no file.", "Name a file to write.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            if private:
                os.fchmod(stream.fileno(), 0o600)
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
