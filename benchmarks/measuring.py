"""Run a command, and tell how long it takes and how much memory its processes have together."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_EVERY: Final = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Measured:
    """What a command took."""

    seconds: float
    processors: float
    """Seconds of processors, of all its processes."""
    peak: float
    """Most memory, in GB, that was resident in all its processes together."""
    printed: str


class Peak:
    """The most memory that a process and its children had together since the last restart."""

    def __init__(self, root: int) -> None:
        self.bytes = 0
        self._root = root
        threading.Thread(target=self._watch, daemon=True).start()

    def restart(self) -> None:
        """Forget what was."""
        self.bytes = 0

    def _watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, sum(map(_resident, family(self._root))))
            time.sleep(_EVERY)


def measured(command: list[str], **environment: str) -> Measured:
    """Run a command to its end, with some variables set.

    Raises
    ------
    SystemExit
        It failed; with what it said.
    """
    started, spent = time.perf_counter(), _processors_of_children()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as run:
        peak = Peak(run.pid)
        printed, told = run.communicate()
    if run.returncode:
        raise SystemExit(f"{' '.join(command)}\n{told}")
    seconds = time.perf_counter() - started
    return Measured(seconds, _processors_of_children() - spent, peak.bytes / 1e9, printed)


def family(root: int) -> list[int]:
    """A process and all that it and its children have started."""
    found = [root]
    for pid in found:
        for thread in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += map(int, thread.read_text().split())
            except OSError:
                continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def _processors_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
