"""Load what later stages need while a source is read, which leaves a core idle."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from custseg.engine.processes import executor, uncollected
from custseg.pipeline.stages import STAGES


def warm_up(workers: int) -> None:
    """Import what the stages need, let the engine start once, and start worker processes."""
    # Whatever is wrong shows where it is needed. Here it can be no more than that the run was
    # stopped, which leaves modules half imported that both threads wanted.
    with suppress(Exception), uncollected():
        from custseg.engine.duckdb import connect

        connect().raw_sql("select 1")
        # What checks the lines once they are parsed.
        import_module("custseg.sources.lines.reading")
        for stage in STAGES.values():
            stage.load()
        # They import as much, and are not needed before the lines are clean.
        if workers:
            executor(workers).submit(int)
