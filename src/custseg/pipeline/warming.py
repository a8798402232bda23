"""Load what later stages need while a source is read, which leaves a core idle."""

from __future__ import annotations

import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from custseg.engine.processes import executor
from custseg.pipeline.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator


def warm_up(workers: int) -> None:
    """Start worker processes, import what the stages need, and let the engine start once."""
    # Whatever is wrong shows where it is needed. Here it can be no more than that the run was
    # stopped, which leaves modules half imported that both threads wanted.
    with suppress(Exception), _uncollected():
        from custseg.engine.duckdb import connect

        if workers:
            executor(workers).submit(int)
        connect().raw_sql("select 1")
        for stage in STAGES.values():
            stage.load()


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
