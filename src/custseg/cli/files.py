"""Files that a command writes for people to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """Fail where the file is there already, unless it is meant."""
    if path.exists() and not force:
        raise SettingsError(f"{path}: is there already.", "Pass --force to replace it.")


def write_file(path: Path, content: str) -> None:
    """Write a file as text."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}.") from None
