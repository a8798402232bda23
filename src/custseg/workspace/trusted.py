"""What the user of this machine has confirmed: kept beside the key, outside every workspace."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Final

from custseg.errors import SettingsError
from custseg.workspace.files import PRIVATE_FILE, PRIVATE_FOLDER, UNFINISHED, replacing

FILE_NAME: Final = "confirmed"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class NoHomeError(SettingsError):
    """There is no folder for what belongs into no workspace."""


def own_folder() -> Path:
    """Return the user's own folder for what belongs into no workspace, made or not.

    Raises
    ------
    NoHomeError
        The user has no home folder.
    """
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    try:
        return Path(base).expanduser() / "custseg"
    except RuntimeError:
        raise NoHomeError(
            "This user has no home folder, so that nothing can be kept for them.",
            "Set XDG_CONFIG_HOME to a folder of theirs, and CUSTSEG_KEY to a secret text.",
        ) from None


def confirmed(kind: str, subject: str) -> bool:
    """Whether the user has confirmed something on this machine.

    Parameters
    ----------
    kind
        What it is, such as `address` or `hook`: a subject is confirmed as one kind only.
    subject
        Everything that the confirmation holds for. Any other text is not confirmed.

    Raises
    ------
    SettingsError
        The file of confirmations cannot be read, or others could have written to it.
    """
    try:
        return _digest(kind, subject) in _read(own_folder() / FILE_NAME)
    except NoHomeError:
        return False


def confirm(kind: str, subject: str, label: str = "", *, required: bool = True) -> None:
    """Remember that the user has confirmed something; only a digest of it is kept.

    Parameters
    ----------
    label
        What it is listed by; kept as it is.
    required
        False: where it cannot be kept, such as on a read-only disk, nothing is; then it has to be
        confirmed each time.

    Raises
    ------
    SettingsError
        The file of confirmations cannot be written, or others could have written to it.
    """
    try:
        path, digest = own_folder() / FILE_NAME, _digest(kind, subject)
    except NoHomeError:
        if required:
            raise
        return
    if digest in _read(path):
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    try:
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        # One short line in one write: two runs at a time don't mix theirs.
        with os.fdopen(os.open(path, flags, PRIVATE_FILE), "ab", buffering=0) as stream:
            told = f" {json.dumps([kind, label])}" if label else ""
            stream.write(f"{digest}{told}\n".encode())
    except OSError as error:
        if required:
            raise _unusable(path, f"cannot be written: {error.strerror}") from None


def labels(kind: str) -> list[str]:
    """Return what is confirmed and has a label.

    Raises
    ------
    SettingsError
        The file of confirmations cannot be read, or others could have written to it.
    """
    found = [_label(line) for line in _lines(own_folder() / FILE_NAME)]
    return sorted({label for known, label in found if label and known == kind})


def withdraw(kind: str, label: str) -> bool:
    """Confirm no more what has a label; whether there was any.

    Raises
    ------
    SettingsError
        The file of confirmations cannot be read or written, or others could have written to it.
    """
    path = own_folder() / FILE_NAME
    lines = _lines(path)
    kept = [line for line in lines if _label(line) != (kind, label)]
    if len(kept) == len(lines):
        return False
    try:
        with replacing(path, path.with_name(f".{FILE_NAME}{UNFINISHED}")) as stream:
            stream.write("".join(f"{line}\n" for line in kept).encode())
    except OSError as error:
        raise _unusable(path, f"cannot be written: {error.strerror}") from None
    return True


def _label(line: str) -> tuple[str, str]:
    """The kind and the label of a line; both empty where it has none."""
    try:
        kind, label = json.loads(line.partition(" ")[2])
    except ValueError:
        return "", ""
    return str(kind), str(label)


def _digest(kind: str, subject: str) -> str:
    # The length keeps two pairs apart whose texts, one after the other, are the same.
    return hashlib.sha256(
        f"{len(kind)}:{kind}:{subject}".encode("utf-8", "surrogateescape")
    ).hexdigest()


def _read(path: Path) -> set[str]:
    return {line.partition(" ")[0] for line in _lines(path)}


def _lines(path: Path) -> list[str]:
    try:
        # Not waiting for a writer, should a pipe be in its place.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise _unusable(path, "is no file")
            if found.st_uid not in {os.getuid(), 0} or found.st_mode & _OTHERS_WRITE:
                raise _unusable(path, "others can write to it")
            return stream.read().decode("ascii", "replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from None


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"{path}: {why}. It holds what you have confirmed on this machine.",
        "Make it yours alone (chmod 600), or delete it and confirm again.",
    )
