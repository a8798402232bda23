"""What tests ask of a workspace that was interrupted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from custseg.artifacts import ARTIFACTS
from custseg.workspace.files import sha256
from custseg.workspace.signing import judged, parsed, signed
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from custseg.workspace.signing import Kind


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every artifact that is there, and of every file that is published."""
    paths = {name: Workspace(folder).path(name) for name in ARTIFACTS}
    published = (folder / "history").rglob("*.*")
    paths |= {str(path.relative_to(folder)): path for path in published if path.is_file()}
    return {name: sha256(path) for name, path in paths.items() if path.exists()}


def differing(folder: Path) -> list[str]:
    """Artifacts that are not as the manifest says."""
    there = digests(folder)
    return [
        name
        for record in Workspace(folder).manifest().stages.values()
        for name, output in record.outputs.items()
        if there.get(name) != output.sha256
    ]


def edited(path: Path, kind: Kind, change: Callable[[Any], object] | None = None) -> None:
    """Edit a workspace's record as somebody does who has the key to sign it with."""
    content = parsed(judged(path.read_bytes(), kind).body)
    if change:
        change(content)
    path.write_bytes(signed(json.dumps(content, indent=2) + "\n", kind))


def left_over(folder: Path) -> list[str]:
    """Hidden files and folders that no finished run leaves."""
    found = {path.name for path in folder.rglob(".*")}
    return sorted(found - {".lock", ".custseg-made", ".custseg-token"})
