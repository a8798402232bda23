"""What a stage made before of the same inputs is put in place instead of made again.

For tests that need a run's results and look at what comes before or after: which stages run, what
is published, what is said at the end. That the same inputs give the same bytes is what other tests
prove, by runs that recall nothing.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.pipeline.code import code_version
from custseg.pipeline.execution import Execution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.pipeline.execution import _Given
    from custseg.pipeline.stage import Stage
    from custseg.workspace.manifest import Manifest, Record

_MADE: dict[str, tuple[Record, dict[str, bytes]]] = {}
"""Of each stage with its inputs: the record, and each artifact's bytes."""
_LARGEST = 5_000_000
"""Bytes of a stage's artifacts: those of a small shop are kept in memory, not of a large one."""
_make = Execution._make


@contextmanager
def recalling() -> Iterator[None]:
    """Let runs in this process recall what an earlier one made, and keep what they make.

    A report is always made, for tests replace what writes it, and so is what comes from a database.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Execution, "_make", _recalled)
        yield


def _recalled(
    execution: Execution, stage: Stage, given: _Given, manifest: Manifest, *, aside: bool = False
) -> Record:
    from_elsewhere = stage.reads_source and not (given.source and given.source.files)
    if from_elsewhere or any(ARTIFACTS[name].storage == "folder" for name in stage.writes):
        return _make(execution, stage, given, manifest, aside=aside)
    asked = _asked(execution, stage, given, manifest)
    workspace = execution.workspace
    if asked in _MADE:
        record, contents = _MADE[asked]
        writing = workspace.preparing if aside else workspace.replacing
        for name, content in contents.items():
            with writing(workspace.path(name)) as sink:
                sink.write(content)
        return record
    record = _make(execution, stage, given, manifest, aside=aside)
    outputs = record.outputs.values()
    size = sum(output.bytes for output in outputs)
    if not aside and size < _LARGEST and not any(output.elsewhere for output in outputs):
        contents = {name: workspace.path(name).read_bytes() for name in stage.writes}
        _MADE[asked] = record, contents
    return record


def _asked(execution: Execution, stage: Stage, given: _Given, manifest: Manifest) -> str:
    """All that what a stage makes depends on, and what is recorded of it."""
    found: dict[str, Any] = manifest.facts()
    used = execution._staleness.settings_used(stage, {})
    source = given.source if stage.reads_source else None
    return repr(
        (
            stage.name,
            code_version(stage),
            sorted(given.digests.items()),
            # Lines name their file.
            source and [replace(file, mtime_ns=0) for file in source.files],
            [(name, found[name]) for name in execution._facts(stage)],
            used,
            execution._staleness.engine,
            execution.options_used(stage, used),
            os.environ.get("CUSTSEG_KEY"),
        )
    )
