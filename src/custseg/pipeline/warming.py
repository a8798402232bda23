"""Load what later stages need while a source is read, which leaves a core idle."""

from __future__ import annotations

import gc
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

from custseg.engine.processes import executor
from custseg.pipeline.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator


def warm_up(workers: int) -> None:
    """Import what the stages need, let the engine start once, and start worker processes."""
    # Whatever is wrong shows where it is needed. Here it can be no more than that the run was
    # stopped, which leaves modules half imported that both threads wanted.
    with suppress(Exception), _uncollected():
        from custseg.engine.duckdb import connect

        connect().raw_sql("select 1")
        # What checks the lines once they are parsed.
        import_module("custseg.sources.lines.reading")
        for stage in STAGES.values():
            stage.load()
        # They import as much, and are not needed before the lines are clean.
        if workers:
            executor(workers).submit(int)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep what is loaded out of the searches for garbage, which take a second in all: it stays."""
    gc.disable()
    try:
        yield
    finally:
        # Once in a process, or garbage of a run before would be kept with it.
        if not gc.get_freeze_count():
            gc.freeze()
        gc.enable()
