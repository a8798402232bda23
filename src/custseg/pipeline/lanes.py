"""How many stages run side by side, and what each of them may take of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.engine.memory import available_memory, default_limit
from custseg.engine.processes import cores

if TYPE_CHECKING:
    from collections.abc import Collection

    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings
    from custseg.workspace.manifest import Manifest

_WORTH_LINES: Final = 100_000
"""Order lines below which starting processes takes longer than the work."""
_LANE_BYTES: Final = 1_000_000_000
"""What a process takes before it reads a line, with the engine's and its libraries' own."""
_LINE_BYTES: Final = 500
"""What a stage takes for each order line at most, measured on 0.5 and 5 million."""
_UNITS: Final = {"K": 10, "M": 20, "G": 30, "T": 40}


def lanes(settings: Settings, manifest: Manifest) -> int:
    """How many stages may run side by side: a process each, as cores and memory permit.

    Parameters
    ----------
    manifest
        Tells how many order lines there are.
    """
    lines = manifest.stages["download"].outputs["raw"].rows or 0
    # What another engine holds of the order lines, other processes don't see.
    if lines < _WORTH_LINES or settings.engine.backend != "duckdb":
        return 1
    fit = available_memory() // (_LANE_BYTES + lines * _LINE_BYTES)
    return max(1, min(cores(settings.run.workers), fit))


def of_a_lane(settings: Settings, count: int) -> Settings:
    """The settings of one of several lanes: its part of the engine's memory, and one process."""
    whole = _bytes(settings.engine.memory_limit or default_limit())
    own = {"memory_limit": f"{max(whole // count >> 20, 1)}MiB"}
    return settings.model_copy(
        update={
            "engine": settings.engine.model_copy(update=own),
            "run": settings.run.model_copy(update={"workers": 1}),
        }
    )


def ready(waiting: Collection[Stage], unfinished: Collection[Stage]) -> list[Stage]:
    """Of the stages that wait, those that need nothing of any that is not finished."""
    makes = {name for stage in unfinished for name in (*stage.writes, *stage.finds)}
    return [
        stage
        for stage in waiting
        if makes.isdisjoint(
            (*stage.reads, *stage.side_reads, *stage.uses, *stage.side_uses),
        )
    ]


def _bytes(limit: str) -> int:
    """The bytes of a limit such as "4GB", as the engine reads it: KB is 1,000, KiB 1,024."""
    unit = limit.lstrip("0123456789. ")
    power = _UNITS[unit[0]]
    size = 2**power if "i" in unit else 1000 ** (power // 10)
    return int(float(limit.removesuffix(unit)) * size)
