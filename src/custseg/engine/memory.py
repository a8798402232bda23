"""How much memory an engine may take: what this process is allowed, and a share of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARE: Final = 0.5
"""Of what the process may use; the rest is for Python, for files read and for other programs."""
_MOST: Final = 1_800_000_000
"""More makes the engine hardly faster (27 million lines), and the process takes 0.4 GB besides."""
_MEGABYTE: Final = 1_000_000
_FILES: Final = (("cgroup", "memory.max"), ("cgroup/memory", "memory.limit_in_bytes"))
"""Of control groups, version 2 and 1: their folder, and the file of the limit."""


def default_limit() -> str:
    """Return the limit of an engine that no setting limits, as DuckDB writes it."""
    return f"{int(min(_SHARE * allowed_memory(), _MOST)) // _MEGABYTE}MB"


def allowed_memory(root: Path = Path("/")) -> int:
    """Return the bytes of memory that this process may use.

    They are the least of the machine's memory, the limit of its address space (`ulimit -v`) and
    those of the control groups that it is in, as containers and batch systems set them.

    Parameters
    ----------
    root
        Where proc and sys are.
    """
    limits = [*_of_machine(), *_of_process(), *_of_groups(root)]
    return min(limits, default=int(_MOST / _SHARE))


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes of memory that this process may use and that nobody else does now."""
    allowed = allowed_memory(root)
    try:
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        # Only Linux has it: half may well be taken.
        return allowed // 2
    free = dict(line.split(":", 1) for line in lines).get("MemAvailable")
    return min(allowed, int(free.split()[0]) * 1024) if free else allowed // 2


def _of_machine() -> Iterator[int]:
    if hasattr(os, "sysconf"):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_process() -> Iterator[int]:
    try:
        import resource
    except ImportError:
        # Windows has none.
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft


def _of_groups(root: Path) -> Iterator[int]:
    """The limits of the groups that the process is in, and of those that these are in."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers not in {"", "memory"}:
            continue
        folder, file = _FILES[controllers == "memory"]
        top = root / "sys/fs" / folder
        # In a container the outer groups are not to be seen: its own is the top.
        group = Path(name.lstrip("/"))
        for each in (group, *group.parents):
            try:
                text = (top / each / file).read_text().strip()
            except OSError:
                continue
            if text.isdigit():
                yield int(text)
