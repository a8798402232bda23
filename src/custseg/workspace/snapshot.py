"""One published snapshot: what the run of one as-of date found, verified when it is read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace.inside import LinkError, own
from custseg.workspace.manifest import Output
from custseg.workspace.signing import read_record, signed

if TYPE_CHECKING:
    from pathlib import Path

HELD: Final = (
    "pipeline",
    "model",
    "segments",
    "segment_names",
    "segment_identity",
    "drift",
    "features",
    "profiles",
)
"""The artifacts that a snapshot holds."""
RECORD: Final = "snapshot.json"
_VERSION: Final = 1


@dataclass(frozen=True)
class Before:
    """The snapshot whose model a later one started from."""

    as_of: str
    model: str
    """SHA-256 of that model."""


@dataclass(frozen=True)
class Snapshot:
    """What was published for one as-of date. It knows no time, so that equal runs are equal."""

    folder: Path = field(compare=False)
    as_of: str
    before: Before | None
    options: dict[str, Any]
    """What was given on the command line of its run and decides on results, by dotted key."""
    files: dict[str, Output]
    """Of each artifact."""
    custseg: str
    """Version that made it."""

    @property
    def customers(self) -> int:
        """How many it holds."""
        return self.files["segments"].rows or 0

    def sha256(self, artifact: str) -> str:
        """As published."""
        return self.files[artifact].sha256

    def path(self, artifact: str) -> Path:
        """The file of an artifact, verified.

        Raises
        ------
        WorkspaceError
            It is not as it was published.
        """
        from custseg.workspace.files import sha256

        path = own(self.folder / ARTIFACTS[artifact].file, self.folder.parents[1])
        if not path.is_file() or sha256(path) != self.sha256(artifact):
            what = (
                "is not as it was published (its SHA-256 differs)" if path.exists() else "is gone"
            )
            raise WorkspaceError(
                f"{path}: {what}.",
                "Put it back from a backup, or run: custseg history --rebuild",
            )
        return path

    def read(self, artifact: str) -> Any:  # noqa: ANN401
        """Read an artifact, verified; the pipeline as bytes, not unpickled.

        Raises
        ------
        WorkspaceError
            It is not as it was published, or not in the form that this custseg reads.
        """
        path = self.path(artifact)
        if ARTIFACTS[artifact].storage == "pickle":
            return path.read_bytes()
        from custseg.workspace import storage

        try:
            return storage.read(path, ARTIFACTS[artifact])
        except ValueError:
            raise WorkspaceError(
                f"{path}: is not in the form that this custseg reads; {self.custseg} wrote it.",
                f"Use that version, or move {self.folder} away and run: custseg run-all --as-of "
                f"{self.as_of}",
            ) from None

    def verify(self) -> None:
        """Check every file.

        Raises
        ------
        WorkspaceError
            One is not as it was published.
        """
        for artifact in self.files:
            self.path(artifact)

    def is_whole(self) -> bool:
        """Whether every file is as it was published.

        Raises
        ------
        LinkError
            One is a symbolic link.
        """
        try:
            self.verify()
        except LinkError:
            raise
        except WorkspaceError:
            return False
        return True

    def as_start(self) -> Before:
        """What a later snapshot that starts from this one records of it."""
        return Before(self.as_of, self.sha256("model"))

    def stored(self) -> bytes:
        """As stored: signed."""
        content = asdict(self)
        del content["folder"]
        text = json.dumps({"version": _VERSION} | content, indent=2, ensure_ascii=False)
        return signed(text + "\n", "snapshot")


def read_snapshot(folder: Path, *, strict: bool = False) -> Snapshot:
    """Read the record in the folder of a snapshot; its files are verified when they are read.

    Parameters
    ----------
    strict
        Refuse one without a signature, which an older version wrote.

    Raises
    ------
    SignatureError
        Its signature does not hold.
    WorkspaceError
        The record was written by another version, is damaged, is of another date, or is a symbolic
        link.
    """
    path, as_of = folder / RECORD, folder.name[-10:]
    hint = (
        f"Put it back from a backup, or move {folder} away and run: custseg run-all --as-of {as_of}"
    )
    damaged = WorkspaceError(f"{path}: damaged, or of another date than its folder.", hint)
    try:
        content = read_record(path, folder.parents[1], "snapshot", strict=strict)
        version = content.pop("version")
        if version == _VERSION and content["as_of"] == as_of:
            return _snapshot(folder, content)
    except OSError as error:
        raise WorkspaceError(f"{path}: cannot be read: {error.strerror}.", hint) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise damaged from None
    if version == _VERSION:
        raise damaged
    raise WorkspaceError(
        f"{path}: written by another version of custseg (format {version}, this one reads "
        f"{_VERSION}).",
        "Upgrade custseg, or use another workspace.",
    )


def snapshot_of(folder: Path, content: dict[str, Any]) -> Snapshot:
    """Return the snapshot that a record's content is.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        It is none.
    """
    if content.pop("version") != _VERSION or content["as_of"] != folder.name[-10:]:
        raise ValueError
    return _snapshot(folder, content)


def _snapshot(folder: Path, content: dict[str, Any]) -> Snapshot:
    before = content["before"]
    files = {name: Output(**output) for name, output in content["files"].items()}
    return Snapshot(folder, **(content | {"before": before and Before(**before), "files": files}))
