"""How many stages run side by side, and what each of them may take of the machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
_MOST_BYTES: Final = 4_000_000_000
"""Memory that the engines of all lanes get together at most, where no setting says how much."""
_UNITS: Final = {"K": 10, "M": 20, "G": 30, "T": 40}
_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says how much a container may use."""


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
    fit = available_bytes() // (_LANE_BYTES + lines * _LINE_BYTES)
    return max(1, min(cores(settings.run.workers), fit))


def of_a_lane(settings: Settings, count: int) -> Settings:
    """The settings of one of several lanes: its part of the engine's memory, and one process."""
    limit = settings.engine.memory_limit
    whole = _bytes(limit) if limit else min(_MOST_BYTES, available_bytes() // 2)
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


def available_bytes() -> int:
    """Memory that is free for this process now; a container's limit counts."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        facts = dict(line.split(":", 1) for line in lines)
        found = int(facts["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        try:
            found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (AttributeError, ValueError, OSError):
            return _LANE_BYTES
    for path in _LIMITS:
        try:
            found = min(found, int(Path(path).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return found


def _bytes(limit: str) -> int:
    """The bytes of a limit such as "4GB", as the engine reads it: KB is 1,000, KiB 1,024."""
    unit = limit.lstrip("0123456789. ")
    power = _UNITS[unit[0]]
    size = 2**power if "i" in unit else 1000 ** (power // 10)
    return int(float(limit.removesuffix(unit)) * size)
