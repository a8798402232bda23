"""Who is left out of a workspace: the forgotten and those who object, as marks in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from custseg.errors import WorkspaceError
from custseg.workspace.signing import read_record, signed

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "left-out.json"
_VERSION: Final = 1


@dataclass(frozen=True)
class LeftOut:
    """Customers by mark: a keyed hash of the id that the workspace has, or would have, of them."""

    forgotten: frozenset[str] = frozenset()
    """Their orders never enter the workspace."""
    objected: frozenset[str] = frozenset()
    """Their orders are read, and `clean` removes them by the rule `objected`."""
    key_check: str = ""
    """Of the key of these marks; empty where there is none."""

    def __bool__(self) -> bool:
        """Whether anybody is left out."""
        return bool(self.forgotten or self.objected)

    @property
    def marks(self) -> frozenset[str]:
        """Everybody, for whatever reason."""
        return self.forgotten | self.objected

    def __or__(self, other: LeftOut) -> LeftOut:
        """Everybody of both; the keys are the same."""
        return LeftOut(
            self.forgotten | other.forgotten,
            self.objected | other.objected,
            self.key_check or other.key_check,
        )

    def without_objections(self, withdrawn: frozenset[str]) -> LeftOut:
        """Everybody but those who have withdrawn their objection."""
        return replace(self, objected=self.objected - withdrawn)

    def digest(self) -> str:
        """Tell two such sets apart; empty where nobody is left out."""
        return sha256(self.to_json().encode()).hexdigest() if self else ""

    def to_json(self) -> str:
        """The register as text, the same on every machine that has the key of its marks."""
        content = {
            "version": _VERSION,
            "key_check": self.key_check,
            "forgotten": sorted(self.forgotten),
            "objected": sorted(self.objected),
        }
        return json.dumps(content, indent=2) + "\n"

    def stored(self) -> bytes:
        """As stored: signed."""
        return signed(self.to_json(), "left-out")


def read_left_out(root: Path) -> LeftOut:
    """Read who is left out of the workspace in a folder; nobody where there is no such file.

    Raises
    ------
    SignatureError
        Its signature does not hold.
    WorkspaceError
        It is damaged, or a link: to go on would bring back whom it names.
    """
    path = root / FILE
    try:
        content = read_record(path, root, "left-out")
        if content["version"] == _VERSION:
            forgotten, objected = (
                frozenset(map(str, content[name])) for name in ("forgotten", "objected")
            )
            return LeftOut(forgotten, objected, str(content["key_check"]))
    except (FileNotFoundError, NotADirectoryError):
        return LeftOut()
    except OSError as error:
        raise WorkspaceError(f"{path}: cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError):
        pass
    raise WorkspaceError(
        f"{path}: damaged, or of another version of custseg.",
        "It says whom this workspace has forgotten and who objects: put it back from a backup.",
    )
