"""The manifest: what each stage read, used and wrote, so that only what changed runs again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from custseg.errors import WorkspaceError
from custseg.settings.locations import without_secrets
from custseg.workspace.signing import read_record, signed

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1


@dataclass(frozen=True)
class Output:
    """One artifact as a stage left it."""

    sha256: str
    bytes: int
    rows: int | None = None
    elsewhere: bool = False
    """It stays in the engine that made it: the digest is of its rows, and no file holds it."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source, as it was read."""

    name: str
    sha256: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class Source:
    """Where the orders of a workspace come from."""

    location: str
    url: str | None = None
    others: tuple[str, ...] = ()
    """Further paths that are read with it."""
    files: tuple[SourceFile, ...] = ()
    """What was read, sorted by name; none of a database."""
    added: tuple[str, ...] = ()
    """Files that hold what the run before had not read."""
    gone: tuple[str, ...] = ()
    """Files that the run before had read and that are no longer there."""
    sha256: str = ""
    """Of all that was read."""
    given: str | None = field(default=None, repr=False, compare=False)
    """The address with its secrets (or `-`, where it was asked for), for the run it was given to;
    never stored."""
    named: bool = field(default=False, compare=False)
    """The address is from the command line or the environment of this very run; never stored."""

    @property
    def locations(self) -> tuple[str, ...]:
        """Every path, or the one address."""
        return (self.location, *self.others)

    def shown(self) -> str:
        """As messages name it."""
        more = f" and {len(self.others)} more" if self.others else ""
        return f"{self.location}{more}"

    def same_place(self, other: Source | None) -> bool:
        """Whether another source is the same files or address, whatever they hold now."""
        return other is not None and (set(self.locations), self.url) == (
            set(other.locations),
            other.url,
        )

    def read_from(self, files: tuple[SourceFile, ...], before: Source | None) -> Source:
        """Return the source with the files that it was read from, and what is new about them."""
        old = before.files if before else ()
        known = {file.sha256 for file in old}
        there = {file.sha256 for file in files} | {file.name for file in files}
        digests = sorted({file.sha256 for file in files})
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        return replace(
            self,
            files=files,
            added=tuple(file.name for file in files if file.sha256 not in known) if old else (),
            gone=tuple(file.name for file in old if there.isdisjoint((file.sha256, file.name))),
            sha256=digests[0] if len(files) == 1 else whole,
        )


@dataclass(frozen=True)
class Record:
    """One run of one stage."""

    inputs: dict[str, str]
    """SHA-256 of each artifact read (and of the source file, for download)."""
    facts_read: dict[str, Any]
    """Small values of earlier stages that it used, such as the as-of date."""
    settings: dict[str, Any]
    """The slice of the settings that it used."""
    options: dict[str, Any]
    """What of that was given on the command line, by dotted key."""
    code: str
    engine: str
    outputs: dict[str, Output]
    facts: dict[str, Any]
    """Small values that it found for later stages."""
    libraries: dict[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str = ""

    def fingerprint(self) -> tuple[Any, ...]:
        """Everything its outputs depend on."""
        return (self.inputs, self.facts_read, self.settings, self.code, self.engine)


@dataclass(frozen=True)
class Manifest:
    """The records of a workspace, by stage: also of stages that another version had."""

    source: Source | None = None
    stages: dict[str, Record] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The facts that all stages found."""
        return {
            name: value for record in self.stages.values() for name, value in record.facts.items()
        }

    def stored(self) -> bytes:
        """As stored: signed."""
        content = {"version": VERSION} | asdict(self)
        for name in ("given", "named"):
            (content["source"] or {}).pop(name, None)
        return signed(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "manifest")


def read_manifest(path: Path, *, strict: bool = False) -> Manifest:
    """Read a workspace's manifest; an empty one where there is none.

    Parameters
    ----------
    strict
        Refuse one without a signature, which an older version wrote.

    Raises
    ------
    SignatureError
        Its signature does not hold.
    WorkspaceError
        It is damaged, is a symbolic link, or was written by a newer custseg.
    """
    try:
        content = read_record(path, path.parent, "manifest", strict=strict)
        version = content["version"]
        if version == VERSION:
            return manifest_of(content)
    except (FileNotFoundError, NotADirectoryError):
        return Manifest()
    except OSError as error:
        raise WorkspaceError(f"{path}: cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WorkspaceError(
            f"{path}: damaged.",
            "Delete it and name the source again: custseg run-all SOURCE. All is computed anew.",
        ) from None
    raise WorkspaceError(
        f"{path}: written by another version of custseg (format {version}, this one reads "
        f"{VERSION}).",
        "Upgrade custseg, or use another workspace.",
    )


def manifest_of(content: dict[str, Any]) -> Manifest:
    """Return the manifest that a record's content is.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        It is none.
    """
    if content["stages"] and not content["source"]:
        raise ValueError
    stages = {
        name: Record(
            **(record | {"outputs": {key: Output(**out) for key, out in record["outputs"].items()}})
        )
        for name, record in content["stages"].items()
    }
    return Manifest(_source(content["source"]), stages)


def _source(content: dict[str, Any] | None) -> Source | None:
    if not content:
        return None
    files = tuple(SourceFile(**file) for file in content.get("files", ()))
    url = content.get("url")
    others, added, gone = (tuple(content.get(name, ())) for name in ("others", "added", "gone"))
    return Source(
        content["location"],
        # Versions before this one kept it as it was given.
        url and without_secrets(url),
        others,
        files,
        added,
        gone,
        content.get("sha256", ""),
    )
