"""Kill run-all at random moments: nothing published is lost, and the next run mends the rest.

Usage: python tests/crash/run.py --count 200 --seed 1 [--signal KILL] [--workers 2]
A demo store of about 5,000 lines has one month published; the run of the next is killed, what is
published is verified, the run is repeated, and every file is held against that of an undisturbed
run. Exit code 1 where any differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

BEFORE: Final = "2023-10-01"
NOW: Final = "2024-01-01"
LINES: Final = 5000
_SETTINGS: Final = {
    "CUSTSEG_MONTHLY__MODEL": "refit",
    "CUSTSEG_RUN__WORKERS": "1",
    "CUSTSEG_MODEL__RESAMPLES": "2",
    "CUSTSEG_MODEL__KMAX": "3",
    "CUSTSEG_RUN__THOROUGH": "false",
    "CUSTSEG_REPORT__CHARTS": "[]",
}
_NOT_RESULTS: Final = re.compile(r"\.lock(-owner)?$|\.lock.*|\.custseg-token|source/.*")
"""Files that tell of the run and not of the shop."""


def main() -> int:
    """Kill as often as asked for; returns the exit code."""
    options = _options()
    os.environ |= _SETTINGS
    if options.workers > 1:
        # However little there is to do, stages run side by side.
        lanes = import_module("custseg.pipeline.lanes")
        lanes._WORTH_LINES = 0  # type: ignore[attr-defined]
        os.environ["CUSTSEG_RUN__WORKERS"] = str(options.workers)
    _import_everything()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="custseg-crash-") as folder:
        root = Path(folder)
        orders = _orders(root / "orders.csv")
        start, whole = root / "start", root / "whole"
        _finish(_fork(orders, start, BEFORE))
        shutil.copytree(start, whole)
        clock = time.perf_counter()
        _finish(_fork(orders, whole, NOW))
        seconds = time.perf_counter() - clock
        expected = _files(whole)
        print(f"an undisturbed run takes {seconds:.1f} s and leaves {len(expected)} files")
        outcomes: Counter[str] = Counter()
        for i in range(options.count):
            outcome = _kill_once(
                orders, start, root / "killed", draw.uniform(0, seconds), options.signal, expected
            )
            outcomes[outcome] += 1
            if outcome.startswith("FAILED"):
                print(f"{i}: {outcome}", flush=True)
    failed = sum(n for outcome, n in outcomes.items() if outcome.startswith("FAILED"))
    print(f"killed {options.count} times: {dict(sorted(outcomes.items()))}; {failed} failed")
    return int(failed > 0)


def _kill_once(
    orders: Path, start: Path, workspace: Path, after: float, how: str, expected: dict[str, bytes]
) -> str:
    """Kill a run after some seconds, verify, run again, compare; returns what became of it."""
    shutil.rmtree(workspace, ignore_errors=True)
    shutil.copytree(start, workspace)
    child = _fork(orders, workspace, NOW)
    time.sleep(after)
    os.kill(child, signal.Signals[f"SIG{how}"])
    _, status = os.waitpid(child, 0)
    ended = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
    from custseg.workspace.history import History

    history = History(workspace / "history")
    published = [one.as_of for one in history.snapshots()]
    for one in history.snapshots():
        one.verify()
    if BEFORE not in published:
        return "FAILED: the published snapshot is gone"
    again = os.waitstatus_to_exitcode(os.waitpid(_fork(orders, workspace, NOW), 0)[1])
    if again:
        return f"FAILED: the next run ended with {again}"
    found = _files(workspace)
    if found != expected:
        differ = sorted(name for name in found | expected if found.get(name) != expected.get(name))
        return f"FAILED after {after:.2f} s: {', '.join(differ[:5])} differ"
    return "had ended" if ended else "after publishing" if NOW in published else "before publishing"


def _fork(orders: Path, workspace: Path, as_of: str) -> int:
    """Start a run in a process of its own; returns its id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    from custseg.cli.app import app

    try:
        app(["run-all", str(orders), "-w", str(workspace), "--as-of", as_of, "--quiet"])
    except SystemExit as stop:
        os._exit(int(stop.code or 0))
    os._exit(70)


def _finish(child: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(f"an undisturbed run ended with {code}")


def _files(workspace: Path) -> dict[str, bytes]:
    """Every file that a run leaves, the manifest without its times."""
    found = {
        path.relative_to(workspace).as_posix(): path.read_bytes()
        for path in workspace.rglob("*")
        if path.is_file()
    }
    found = {name: data for name, data in found.items() if not _NOT_RESULTS.fullmatch(name)}
    found["manifest.json"] = _timeless(found["manifest.json"])
    return found


def _timeless(manifest: bytes) -> bytes:
    content: dict[str, Any] = json.loads(manifest)
    # Of the times too.
    del content["signature"]
    for record in content["stages"].values():
        del record["started"], record["finished"]
    return json.dumps(content).encode()


def _orders(path: Path) -> Path:
    """The first lines of a demo store's customers, about 5,000 of them."""
    from custseg.settings import DemoSettings
    from custseg.sources.files.demo import simulate, write_csv

    with path.open("wb") as stream:
        write_csv(simulate(DemoSettings(customers=50, seed=1)).lines, stream)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([header, *lines[:: max(len(lines) // LINES, 1)]]))
    return path


def _import_everything() -> None:
    """Import what a run needs once: killed imports would show nothing."""
    from custseg.pipeline.stages import STAGES

    for stage in STAGES.values():
        import_module(stage.function.partition(":")[0])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=("KILL", "TERM", "INT"), default="KILL")
    parser.add_argument("--workers", type=int, default=1, help="stages run side by side")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
