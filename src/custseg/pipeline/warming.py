"""Load what later stages need while a source is read, which leaves a core idle."""

from __future__ import annotations

from contextlib import suppress

from custseg.engine.processes import executor
from custseg.pipeline.stages import STAGES


def warm_up(workers: int) -> None:
    """Start worker processes, import what the stages need, and let the engine start once."""
    # Whatever is wrong shows where it is needed. Here it can be no more than that the run was
    # stopped, which leaves modules half imported that both threads wanted.
    with suppress(Exception):
        from custseg.engine.duckdb import connect

        if workers:
            executor(workers).submit(int)
        connect().raw_sql("select 1")
        for stage in STAGES.values():
            stage.load()
