"""Read mutated files as a run would, in processes that may crash, and tell which did.

Usage: python tests/fuzz/run.py --count 10000 --seed 1 [--keep DIR]
       python tests/fuzz/run.py --seed 1 --only 4711      (one of them again)
       python tests/fuzz/run.py --read FILE               (a file that was kept)
Exit code 1 if a file led to anything but rows or an error of custseg's own.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.fuzz import mutations, seeds  # noqa: E402  (found by way of the line above)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SECONDS: Final = 10.0
"""What reading a file may take; the machine may be busy, so a file gets a second chance."""
BYTES: Final = 3 << 29
"""What it may take of memory at its peak: 1.5 GB."""
_MOST_ADDRESSES: Final = 12 << 30
"""Of a worker: what wants more must not take the machine down with it."""
_PER_WORKER: Final = 50
"""Files that a worker reads before it makes room for a fresh one."""
_OUTCOMES: Final = ("read", "refused", "FAILED")


@dataclass(frozen=True)
class Result:
    """How reading a file ended."""

    index: int
    outcome: str
    detail: str = ""
    kind: str = ""
    seconds: float = 0
    peak: int = 0
    """Bytes."""


def main() -> int:
    """Read as many files as asked for; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--only", type=int, help="read this one alone, and show its error")
    parser.add_argument("--read", type=Path, help="read this file, and show its error")
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    asked = parser.parse_args()
    _import_everything()
    # Nothing is hashed by the key of whoever runs this.
    os.environ["CUSTSEG_KEY"] = "a key for tests, of no one"
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        if asked.read:
            content = asked.read.read_bytes()
            cases = [
                mutations.Case(i, asked.read.suffix, asked.read.name, content, on_bad_row)
                for i, on_bad_row in enumerate(("stop", "reject"))
            ]
            return _explain(cases, Path(temporary))
        seeded = seeds.load(Path(temporary))
        if asked.only is not None:
            return _explain([mutations.case(seeded, asked.seed, asked.only)], Path(temporary))

        def case(index: int) -> mutations.Case:
            return mutations.case(seeded, asked.seed, index)

        numbers = range(asked.start, asked.start + asked.count)
        return _report(results(numbers, case, Path(temporary)), case, asked)


def _explain(cases: Sequence[mutations.Case], folder: Path) -> int:
    failed = False
    for found in results(range(len(cases)), cases.__getitem__, folder):
        made = cases[found.index]
        print(f"{made.kind} as {made.name!r}, --on-bad-row {made.on_bad_row}: {found.outcome}")
        print(f"{found.detail}\n{found.seconds:.1f} s, {found.peak / 1e6:,.0f} MB\n")
        failed = failed or found.outcome == "FAILED"
    return int(failed)


def _report(
    found: Iterator[Result], case: Callable[[int], mutations.Case], asked: argparse.Namespace
) -> int:
    counts: Counter[tuple[str, str]] = Counter()
    slowest, largest, started = (0.0, -1), (0.0, -1), time.monotonic()
    for result in found:
        counts[result.kind, result.outcome] += 1
        slowest = max(slowest, (result.seconds, result.index))
        largest = max(largest, (result.peak / 1e6, result.index))
        if result.outcome == "FAILED":
            made = case(result.index)
            print(f"\nFile {made.index} ({made.kind}, named {made.name!r}): {result.detail}")
            print(f"  Again: python tests/fuzz/run.py --seed {asked.seed} --only {made.index}")
            if asked.keep:
                asked.keep.mkdir(parents=True, exist_ok=True)
                safe = re.sub(r"[^\w.-]", "_", f"{asked.seed}-{made.index}-{made.kind}")
                (asked.keep / safe).write_bytes(made.content)
                print(f"  Or:    python tests/fuzz/run.py --read {asked.keep / safe}", flush=True)
    print(f"\n{'':24}" + "".join(f"{outcome:>9}" for outcome in _OUTCOMES))
    for kind in sorted({kind for kind, _ in counts}):
        print(f"{kind:24}" + "".join(f"{counts[kind, outcome]:9,}" for outcome in _OUTCOMES))
    totals = [sum(n for (_, each), n in counts.items() if each == o) for o in _OUTCOMES]
    print(f"{'all':24}" + "".join(f"{total:9,}" for total in totals))
    print(
        f"{time.monotonic() - started:,.0f} s; slowest {slowest[0]:.1f} s (file {slowest[1]}), "
        f"largest peak {largest[0]:,.0f} MB (file {largest[1]})"
    )
    return int(totals[-1] > 0)


def results(
    numbers: range, case: Callable[[int], mutations.Case], folder: Path
) -> Iterator[Result]:
    """Read the files of some numbers, in order."""
    left = list(numbers)
    again = False
    while left:
        batch = left[:1] if again else left[:_PER_WORKER]
        stopped = None
        for result in _one_worker(batch, case, folder):
            if result.outcome == "late":
                stopped = result
                break
            left.pop(0)
            again = False
            yield result
        if stopped and again:
            left.pop(0)
            yield replace(stopped, outcome="FAILED")
        again = stopped is not None and not again


def _one_worker(
    batch: Sequence[int], case: Callable[[int], mutations.Case], folder: Path
) -> Iterator[Result]:
    """Read files in a forked process; ends where that dies or is late."""
    reading, writing = os.pipe()
    worker = os.fork()
    if not worker:
        os.close(reading)
        _work(batch, case, folder, os.fdopen(writing, "w"))
    os.close(writing)
    scratch = folder / f"worker-{worker}"
    current: dict[str, Any] | None = None
    held = bytearray()
    try:
        # A worker makes its files, too; that counts for nothing.
        while line := _told(reading, held, worker, SECONDS if current else 10 * SECONDS):
            told = json.loads(line)
            current = None if "outcome" in told else told
            if not current:
                yield Result(**told)
        if line is None:
            late = current or {"index": batch[0], "kind": ""}
            said = f"took more than {SECONDS:.0f} s"
            yield Result(late["index"], "late", said, late["kind"], SECONDS)
            return
    finally:
        os.close(reading)
        os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        crash = scratch / "crash.txt"
        said = crash.read_text(errors="replace") if crash.exists() else ""
        shutil.rmtree(scratch, ignore_errors=True)
    if current:
        how = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "exit"
        yield Result(current["index"], "FAILED", f"died of {how}\n{said}", current["kind"])


def _told(reading: int, held: bytearray, worker: int, seconds: float) -> bytes | None:
    """The worker's next line; an empty one at its end, None if that takes too long.

    On a busy machine a worker waits for its turn: unless it used half of the time, it gets more.
    """
    started, used = time.monotonic(), _used(worker)
    while b"\n" not in held:
        waited = time.monotonic() - started
        if waited > 6 * seconds or (waited > seconds and _used(worker) - used > seconds / 2):
            return None
        if select.select([reading], [], [], 0.5)[0]:
            piece = os.read(reading, 1 << 16)
            if not piece:
                return b""
            held += piece
    line, _, rest = bytes(held).partition(b"\n")
    held[:] = rest
    return line


def _used(process: int) -> float:
    """Seconds that a process and its children have computed."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _work(
    batch: Sequence[int],
    case: Callable[[int], mutations.Case],
    folder: Path,
    messages: Any,
) -> None:
    """Read files one after the other, in a process that is there for nothing else."""
    home = folder / f"worker-{os.getpid()}"
    home.mkdir()
    crash = (home / "crash.txt").open("w")
    os.dup2(crash.fileno(), 1)
    os.dup2(crash.fileno(), 2)
    faulthandler.enable(crash)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", DeprecationWarning)
    tempfile.tempdir = str(home)
    for index in batch:
        made = case(index)
        own = home / str(index)
        (own / "scratch").mkdir(parents=True)
        path = own / made.name
        path.write_bytes(made.content)
        print(json.dumps({"index": index, "kind": made.kind}), file=messages, flush=True)
        # Linux begins to count the peak anew.
        Path("/proc/self/clear_refs").write_text("5")
        started = time.monotonic()
        outcome, detail = _outcome(path, own / "scratch", made.on_bad_row)
        seconds, peak = time.monotonic() - started, _peak()
        if peak > BYTES:
            outcome, detail = "FAILED", f"took {peak / 1e9:.2f} GB of memory; {detail}"
        result = Result(index, outcome, detail, made.kind, seconds, peak)
        print(json.dumps(asdict(result)), file=messages, flush=True)
        shutil.rmtree(own)
    os._exit(0)


def _outcome(path: Path, scratch: Path, on_bad_row: str) -> tuple[str, str]:
    """Read one file; how that ended, and what was said."""
    from custseg.errors import CustsegError
    from custseg.settings import SourceSettings

    try:
        read(path, scratch, SourceSettings.model_validate({"on_bad_row": on_bad_row}))
    except CustsegError as error:
        said = f"{error.message}\n{error.hint}"
        if any(part in said.casefold() for part in seeds.PLANTED):
            return "FAILED", f"its error quotes a customer: {said}"
        return "refused", said
    except BaseException:  # noqa: BLE001  (whatever it is, it is what is looked for)
        return "FAILED", traceback.format_exc()
    return "read", ""


def read(path: Path, scratch: Path, settings: Any) -> Mapping[str, int]:
    """Read a file as the stage `download` does, and as `custseg columns`; rows of each table."""
    from custseg.artifacts import ARTIFACTS
    from custseg.engine import parquet
    from custseg.sources.columns.inspection import inspect
    from custseg.sources.files.places import places
    from custseg.sources.raw import read_orders
    from custseg.sources.tables.choosing import choose_tables

    found = places([str(path)])
    choice = choose_tables(found, scratch, settings)
    [inspect(table, {}).shown(table.header) for table in choice.orders]
    raw = read_orders(found, scratch, settings)
    return {
        name: parquet.write(getattr(raw, name), ARTIFACTS[name], BytesIO())
        for name in ("raw", "rejected")
    }


def _peak() -> int:
    """The most memory that this process had since counting began."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _import_everything() -> None:
    """Import what reading needs, once for all workers.

    No engine is started: its threads would not survive a fork.
    """
    for module in ("ibis.backends.duckdb", "pandas", "pyarrow.compute", "pyarrow.csv"):
        import_module(module)
    for path in (ROOT / "src/custseg/sources").rglob("*.py"):
        if path.stem not in {"postgres", "uci", "demo"}:
            parts = path.relative_to(ROOT / "src").with_suffix("").parts
            import_module(".".join(parts).removesuffix(".__init__"))


if __name__ == "__main__":
    sys.exit(main())
