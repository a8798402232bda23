"""The user's own key, outside every workspace: for customers' hashes, and for signatures."""

from __future__ import annotations

import hmac
import os
import secrets
import shlex
from typing import TYPE_CHECKING, Final

from custseg.errors import SettingsError
from custseg.workspace.trusted import NoHomeError, own_folder

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE: Final = "CUSTSEG_KEY"
_BYTES: Final = 32
_OTHERS: Final = 0o077
"""Rights of anybody but the owner."""
_CHECK_DIGITS: Final = 12


def key_path() -> Path:
    """Return where the key is kept: in the user's own configuration, outside every workspace."""
    return own_folder() / "key"


def customer_key() -> bytes:
    """Return the user's key: CUSTSEG_KEY, else the key file, made on first use.

    Raises
    ------
    SettingsError
        The key is too short, or its file can be neither read nor made, or not by its owner alone.
    """
    if given := os.environ.get(VARIABLE):
        return _long_enough(given.encode(), VARIABLE)
    path = key_path()
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_hex(_BYTES) + "\n")
        return _read_key(path)
    except FileExistsError:
        # Another run was first by a moment.
        return _read_key(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: the key cannot be read or made: {error.strerror}.",
            f"Set {VARIABLE} to a secret text of your own, the same in every run.",
        ) from None


def known_key() -> bytes | None:
    """Return the key if there is one; none is made.

    Raises
    ------
    SettingsError
        The key is too short, or its file cannot be read, or not by its owner alone.
    """
    if os.environ.get(VARIABLE) or _is_there():
        return customer_key()
    return None


def _is_there() -> bool:
    try:
        return key_path().exists()
    except (OSError, NoHomeError):
        return False


def _read_key(path: Path) -> bytes:
    with path.open("rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if mode & _OTHERS:
            raise SettingsError(
                f"{path}: others than its owner can read or change the key "
                f"(mode {mode & 0o777:04o}).",
                f"Run: chmod 600 {shlex.quote(str(path))}",
            )
        return _long_enough(stream.read().strip(), str(path))


def _long_enough(key: bytes, where: str) -> bytes:
    least = 16
    if len(key) < least:
        raise SettingsError(
            f"{where}: a key has at least {least} characters.",
            "Make one: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key


def key_check(key: bytes) -> str:
    """Return a digest that tells two keys apart, and nothing else of them."""
    return hmac.new(key, b"custseg key check", "sha256").hexdigest()[:_CHECK_DIGITS]
