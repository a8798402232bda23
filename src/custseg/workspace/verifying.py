"""Whether every file of a workspace is as a run of its owner left it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace.campaigns import register_of
from custseg.workspace.files import files_made_in, sha256
from custseg.workspace.inside import own, read_own
from custseg.workspace.left_out import FILE
from custseg.workspace.manifest import manifest_of
from custseg.workspace.records import records_of, sign_records
from custseg.workspace.signing import LARGEST, judged, parsed, refusal
from custseg.workspace.snapshot import RECORD, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from custseg.workspace.manifest import Output
    from custseg.workspace.signing import Kind
    from custseg.workspace.workspace import Workspace

FileState = Literal[
    "as recorded",
    "altered",
    "gone",
    "to be made",
    "unsigned",
    "another key",
    "damaged",
    "not proven",
    "not recorded",
]
SOUND: Final[frozenset[FileState]] = frozenset({"as recorded", "to be made", "not recorded"})
"""States that tell of nothing wrong."""
_RECEIPTS: Final = "receipts"


@dataclass(frozen=True)
class Checked:
    """One file of a workspace, and what became of it."""

    file: str
    """Path from the workspace's folder."""
    state: FileState


def verify(workspace: Workspace) -> list[Checked]:
    """Check every file of a workspace against its signed records, sorted by path.

    Raises
    ------
    WorkspaceError
        There is no workspace, or a link is in it, or a record is larger than any.
    """
    found = dict(_records(workspace))
    if not found:
        raise WorkspaceError(f"{workspace.root}: there is no workspace.", "Run: custseg run-all")
    manifest = workspace.manifest_path
    if manifest not in found and any(workspace.path(name).exists() for name in ARTIFACTS):
        found[manifest] = "gone"
    register = workspace.root / FILE
    if register not in found and (workspace.root / _RECEIPTS).is_dir():
        # A receipt is of somebody whom the register has.
        found[register] = "gone"
    found |= dict.fromkeys(_others(workspace, found), "not recorded")
    root = workspace.root
    return [Checked(path.relative_to(root).as_posix(), found[path]) for path in sorted(found)]


def adopt(workspace: Workspace) -> None:
    """Sign with the user's key the records that another key or none has signed.

    The caller holds the workspace.

    Raises
    ------
    SignatureError
        A record was altered after it was signed; nothing is signed.
    """
    root = workspace.root
    for path, kind in records_of(workspace):
        if judged(read_own(path, root, LARGEST[kind]), kind).state == "altered":
            raise refusal(path, root, kind, "altered")
    sign_records(workspace, {"another key", "unsigned"})


def _records(workspace: Workspace) -> Iterator[tuple[Path, FileState]]:
    """The records, and the files that each names."""
    for folder in workspace.history.folders():
        if not (folder / RECORD).exists():
            yield folder / RECORD, "gone"
    for path, kind in records_of(workspace):
        record = judged(read_own(path, workspace.root, LARGEST[kind]), kind)
        try:
            named = _named(workspace, path, kind, record.body)
        except (ValueError, TypeError, KeyError, AttributeError):
            yield path, "damaged" if record.state != "altered" else "altered"
            continue
        holds = record.state == "signed"
        yield path, "as recorded" if record.state == "signed" else record.state
        # Only what the manifest names is made again by a run.
        lost: FileState = "to be made" if kind == "manifest" else "gone"
        for file, output in named.items():
            yield file, _state(file, output, lost=lost, holds=holds)


def _named(workspace: Workspace, path: Path, kind: Kind, body: bytes) -> Mapping[Path, Output]:
    """The files that a record names, and as what; raises where it is no such record."""
    content = parsed(body)
    if kind == "left-out":
        _ = content["forgotten"], content["objected"]
        return {}
    if kind == "campaigns":
        return register_of(content).files(workspace.root)
    if kind == "snapshot":
        files = snapshot_of(path.parent, content).files
        return {path.parent / ARTIFACTS[name].file: output for name, output in files.items()}
    return {
        workspace.path(name): output
        for record in manifest_of(content).stages.values()
        for name, output in record.outputs.items()
        if name in ARTIFACTS
    }


def _state(file: Path, output: Output, *, lost: FileState, holds: bool) -> FileState:
    if not file.exists():
        return lost
    if sha256(file) != output.sha256:
        return "altered"
    return "as recorded" if holds else "not proven"


def _others(workspace: Workspace, known: Mapping[Path, FileState]) -> Iterator[Path]:
    """Files that no record names; hidden ones, by which runs keep out of each other's way, not."""
    made = {file for path in known if path.is_dir() for file in files_made_in(path)}
    for folder, folders, names in os.walk(workspace.root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = workspace.root / os.path.relpath(folder, workspace.root)
        for name in names:
            path = own(inside / name, workspace.root)
            if not name.startswith(".") and path not in known and path not in made:
                yield path
