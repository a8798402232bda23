"""What --json prints of a stage: its artifacts whole, by their own names and columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.pipeline.stages import STAGES

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace

FORMAT: Final = 1
"""Raised when a program that reads the objects could read them wrong."""


def artifacts_of(workspace: Workspace, stage: str) -> dict[str, Any]:
    """Return what a stage made: `files`, and the rows of each table that names nobody.

    Tables with a row per customer or per order line are told by their file only: they can be large,
    and identifiers of customers belong in no log that JSON is piped to. A JSON artifact is given as
    it is.
    """
    made: dict[str, Any] = {
        "files": {name: str(workspace.path(name)) for name in STAGES[stage].writes}
    }
    for name in STAGES[stage].writes:
        artifact = ARTIFACTS[name]
        if artifact.storage == "json":
            made[name] = json.loads(workspace.path(name).read_bytes())
        elif artifact.storage == "table" and not (
            artifact.personal or "source_row" in artifact.key
        ):
            made[name] = workspace.rows(name)
    return made
