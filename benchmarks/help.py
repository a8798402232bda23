"""CPU seconds of `custseg --help` over a bare Typer app with two commands.

Usage: python benchmarks/help.py [repetitions]
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

BARE = """
import typer
app = typer.Typer()
@app.command()
def one() -> None:
    pass
@app.command()
def two() -> None:
    pass
app()
"""


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds, user and system, of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(repetitions: int) -> None:
    """Print both medians and their difference."""
    commands = {
        "bare Typer app": [sys.executable, "-c", BARE, "--help"],
        "custseg": [sys.executable, "-m", "custseg", "--help"],
    }
    for command in commands.values():
        cpu_seconds(command)  # the first run compiles bytecode
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repetitions):
        for name, command in commands.items():
            runs[name].append(cpu_seconds(command))
    bare, ours = (statistics.median(runs[name]) for name in commands)
    print(f"bare Typer app {bare:.3f} s, custseg {ours:.3f} s, difference {ours - bare:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
