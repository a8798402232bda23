"""custseg against the usual notebook on the same workbook, in one go, stage by stage.

Usage: python benchmarks/against_notebook.py "online+retail.zip" [repetitions]
Each side runs in a fresh process; of several repetitions each stage's fastest counts, for both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("download", "clean", "features", "reduce", "select-k", "fit", "profile")
NOTEBOOK = Path(__file__).with_name("notebook.py")


def run(command: list[str]) -> tuple[dict[str, object], float]:
    """Run a command that prints JSON; return that and the seconds it took, start-up included."""
    started = time.perf_counter()
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, object] = json.loads(printed)
    return result, time.perf_counter() - started


def notebook(source: str) -> dict[str, float]:
    """Seconds of the notebook's stages and its start-up."""
    laps, wall = run([sys.executable, str(NOTEBOOK), source])
    seconds = {stage: float(str(laps[stage])) for stage in STAGES}
    return seconds | {"start-up": wall - sum(seconds.values())}


def custseg(source: str) -> dict[str, float]:
    """Seconds of custseg's stages and its start-up; recommend, which the notebook lacks, is out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "custseg", "run-all", source, "-w", f"{folder}/w"]
        result, wall = run([*command, "--json", "--quiet"])
    stages = result["stages"]
    assert isinstance(stages, list)
    seconds = {entry["stage"]: float(entry["seconds"]) for entry in stages}
    rest = wall - sum(seconds.values())
    return {stage: seconds[stage] for stage in STAGES} | {"start-up": rest}


def main(source: str, repetitions: int) -> None:
    """Print the comparison."""
    sides = [[measure(source) for _ in range(repetitions)] for measure in (custseg, notebook)]
    ours, theirs = (
        {s: min(lap[s] for lap in laps) for s in (*STAGES, "start-up")} for laps in sides
    )
    print(f"{'stage':<10} {'notebook s':>11} {'custseg s':>10} {'ratio':>7}")
    for stage in ours:
        print(
            f"{stage:<10} {theirs[stage]:>11.2f} {ours[stage]:>10.2f} {ratio(ours, theirs, stage)}"
        )
    total = sum(theirs.values()), sum(ours.values())
    print(f"{'total':<10} {total[0]:>11.2f} {total[1]:>10.2f} {total[1] / total[0]:>7.3f}")


def ratio(ours: dict[str, float], theirs: dict[str, float], stage: str) -> str:
    """Divide custseg's seconds by the notebook's."""
    return f"{ours[stage] / theirs[stage]:>7.3f}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)  # noqa: PLR2004
