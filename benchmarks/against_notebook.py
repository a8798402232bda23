"""custseg against the usual notebook on the same workbook: the first answer, and the whole.

Usage: python benchmarks/against_notebook.py "online+retail.zip" [pairs]
Each side runs in a fresh process, in pairs in turn, so that what else the machine does hits both;
the pair whose ratios are in the middle is shown stage by stage. Further options go to run-all:
python benchmarks/against_notebook.py "online+retail.zip" 3 --quick
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

STAGES = ("download", "clean", "features", "reduce", "select-k", "fit", "profile")
"""What both sides do."""
NOTEBOOK = Path(__file__).with_name("notebook.py")
_FIRST = "segments, objectives and report to follow"
"""In the title of the table that run-all prints first."""
_STAGE = re.compile(r"^([a-z-]+): .*\((\d+\.\d) s\)$")


@dataclass(frozen=True)
class Lap:
    """One run of a side."""

    first: float
    """Seconds from its start until the segments are on the screen."""
    whole: float
    processor: float
    """Seconds of processors that it took, its own processes' included."""
    stages: dict[str, float]


def notebook(source: str) -> Lap:
    """Run the notebook, which shows its segments at its end."""
    started, spent = time.perf_counter(), _processor()
    command = [sys.executable, str(NOTEBOOK), source]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    whole = time.perf_counter() - started
    laps = json.loads(printed)
    seconds = {stage: float(laps[stage]) for stage in STAGES}
    return Lap(whole, whole, _processor() - spent, seconds)


def custseg(source: str, options: list[str]) -> Lap:
    """Run everything from nothing, as on a terminal: the first table is timed as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder, "stderr")
        command = [sys.executable, "-m", "custseg", "run-all", source, "-w", f"{folder}/w"]
        started, spent, first = time.perf_counter(), _processor(), float("nan")
        with (
            errors.open("w", encoding="utf-8") as stderr,
            subprocess.Popen(
                [*command, *options], stdout=subprocess.PIPE, stderr=stderr, text=True
            ) as run,
        ):
            assert run.stdout is not None
            for line in run.stdout:
                if _FIRST in line:
                    first = time.perf_counter() - started
        whole = time.perf_counter() - started
        told = errors.read_text(encoding="utf-8")
        if run.returncode:
            raise SystemExit(told)
        matches = filter(None, map(_STAGE.match, told.splitlines()))
        stages = {match[1]: float(match[2]) for match in matches}
    return Lap(first, whole, _processor() - spent, stages)


def _processor() -> float:
    """Seconds of processors of all processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def main(source: str, pairs: int, options: list[str]) -> None:
    """Print the comparison."""
    laps = [(custseg(source, options), notebook(source)) for _ in range(pairs)]
    for ours, theirs in laps:
        print(
            f"first table {ours.first:6.1f} s of {theirs.whole:6.1f} s: "
            f"{ours.first / theirs.whole:.3f}; whole {ours.whole:6.1f} s: "
            f"{ours.whole / theirs.whole:.3f}; processors {ours.processor:.1f} s and "
            f"{theirs.processor:.1f} s"
        )
    laps.sort(key=lambda lap: lap[0].whole / lap[1].whole)
    ours, theirs = laps[len(laps) // 2]
    print(f"\n{'stage':<10} {'notebook s':>11} {'custseg s':>10}")
    for stage, seconds in ours.stages.items():
        known = theirs.stages.get(stage)
        print(f"{stage:<10} {'' if known is None else format(known, '.2f'):>11} {seconds:>10.1f}")


if __name__ == "__main__":
    given = sys.argv[2:]
    count = int(given.pop(0)) if given and given[0].isdigit() else 1
    main(sys.argv[1], count, given)
