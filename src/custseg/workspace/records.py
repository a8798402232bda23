"""The signed records of a workspace: where each is, and how those of others become one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from custseg.workspace import campaigns
from custseg.workspace.inside import read_own
from custseg.workspace.journal import in_one_step
from custseg.workspace.key import customer_key
from custseg.workspace.left_out import FILE
from custseg.workspace.signing import LARGEST, judged, parsed, signed
from custseg.workspace.snapshot import RECORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from typing import Protocol

    from custseg.workspace.history import History
    from custseg.workspace.signing import Kind, State

    class _Workspace(Protocol):
        """What is asked of a workspace here."""

        @property
        def root(self) -> Path: ...
        @property
        def scratch(self) -> Path: ...
        @property
        def manifest_path(self) -> Path: ...
        @property
        def history(self) -> History: ...


def records_of(workspace: _Workspace) -> Iterator[tuple[Path, Kind]]:
    """The records that are there."""
    places: list[tuple[Path, Kind]] = [
        (workspace.manifest_path, "manifest"),
        (workspace.root / FILE, "left-out"),
        (workspace.root / campaigns.FILE, "campaigns"),
    ]
    places += [(folder / RECORD, "snapshot") for folder in workspace.history.folders()]
    return ((path, kind) for path, kind in places if path.exists())


def sign_records(workspace: _Workspace, states: Collection[State]) -> None:
    """Sign the records of some states with the user's key, in one step.

    What is no record at all stays as it is: whoever reads it says so. The caller holds the
    workspace.

    Raises
    ------
    SettingsError
        There is no key, and none can be made.
    """
    # Before anything runs whose record could not be signed at the end.
    customer_key()
    contents: dict[Path, bytes] = {}
    for path, kind in records_of(workspace):
        found = judged(read_own(path, workspace.root, LARGEST[kind]), kind)
        if found.state not in states:
            continue
        try:
            record = parsed(found.body)
            text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        except ValueError:
            continue
        if isinstance(record, dict) and record:
            contents[path] = signed(text, kind)
    if contents:
        names = {path.relative_to(workspace.root).as_posix(): own for path, own in contents.items()}
        in_one_step(workspace.root, workspace.scratch, names, [])
