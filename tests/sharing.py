"""Files and workspaces that are made once for all processes that the tests run in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Shared:
    """A folder of the session."""

    folder: Path

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of that name; the first process that asks for it makes it.

        It is not to be changed: a test that changes it copies it first.
        """
        made = self.folder / name
        with FileLock(self.folder / f"{name}.lock"):
            if not made.exists():
                making = self.folder / f"{name}-unfinished"
                make(making)
                making.rename(made)
        return made
