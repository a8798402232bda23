"""SIGTERM and Ctrl-C stop a run cleanly, tried with real processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from custseg.cli.signals import StoppedBySignal, stopping
from custseg.pipeline.stages import STAGES
from custseg.workspace.workspace import Workspace
from tests.shops import run_here
from tests.workspaces import differing, digests, left_over

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = [name for name, stage in STAGES.items() if not stage.side]
# A shell starts background jobs, these tests perhaps among them, with Ctrl-C ignored.
LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
# However small the shop, worker processes start.
WITH_WORKERS = """
import custseg.segments.model.resampling
custseg.segments.model.resampling._WORTH_WORKERS = 0
from custseg.cli import main
main()
"""


# As destructors, callbacks and some C code do, the stage drops what is raised in it.
DEAF = """
import os
from custseg.orders import customer_features
own = customer_features.features
def deaf(*given, **settings):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
    return own(*given, **settings)
customer_features.features = deaf
from custseg.cli import main
main()
"""


def start(*arguments: object, program: str = WITH_WORKERS) -> subprocess.Popen[str]:
    """Start the command line in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING + program, *map(str, arguments), "--log-format", "json"],
        env=os.environ | {"CUSTSEG_RUN__WORKERS": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def living(session: int) -> list[int]:
    """Processes of a session, but for those that only wait to be counted."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(after_name[3]) == session and after_name[0] != "Z":
            found.append(int(folder.name))
    return found


def at_work(session: int) -> bool:
    """Whether a run and a worker resample, and no process of the session is starting.

    Both have loaded scikit-learn then. A process that the run started takes no notice of an
    interrupt once its interpreter is up; before that, an interrupt ends it with a traceback of
    Python's own on stderr.
    """
    loaded = 0
    for process in living(session):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            loaded += "/sklearn/" in Path(f"/proc/{process}/maps").read_text()
            if process != session and not ignores_interrupts(process):
                return False
    return loaded >= 2


def ignores_interrupts(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn:"))
    return bool(int(ignored.split()[1], 16) >> (signal.SIGINT - 1) & 1)


def wait_for(process: subprocess.Popen[str], stage: str) -> None:
    """Read a run's log until a stage begins."""
    assert process.stderr is not None
    for line in process.stderr:
        event = json.loads(line)
        if (event["event"], event.get("stage")) == ("stage_started", stage):
            return
    pytest.fail(f"{stage} did not start")


def stop(process: subprocess.Popen[str], number: signal.Signals, *, group: bool) -> dict[str, Any]:
    """Send a signal to a run, or to all its processes; return the last line of its log."""
    (os.killpg if group else os.kill)(process.pid, number)
    events = [json.loads(line) for line in process.communicate(timeout=60)[1].splitlines()]
    return events[-1] if events else {}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# When a run is stopped: at which stage, how many seconds after it has begun (None: when its workers
# are at work), by what, and whether the whole group gets it.
AT_NIGHT = (
    ("download", 0.3, signal.SIGTERM, False),
    ("clean", 0.1, signal.SIGINT, False),
    ("select-k", None, signal.SIGTERM, False),
    ("select-k", None, signal.SIGINT, True),
    ("recommend", 0.1, signal.SIGKILL, True),
    ("report", 0.5, signal.SIGTERM, True),
)
IN_EVERY_RUN = AT_NIGHT[3:4]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this machine")
@pytest.mark.parametrize(
    "moments", [IN_EVERY_RUN, pytest.param(AT_NIGHT, marks=pytest.mark.nightly)], ids=len
)
def test_a_run_stopped_again_and_again_ends_as_one_that_was_not(
    moments, small_shop, tmp_path, monkeypatch
):
    # Enough for the workers to be at it still when they are stopped.
    many = {"CUSTSEG_MODEL__KMAX": "5", "CUSTSEG_MODEL__RESAMPLES": "50"}
    for name, value in many.items():
        monkeypatch.setenv(name, value)
    folder, undisturbed = Path("w"), tmp_path / "undisturbed"
    run_here(small_shop, undisturbed, **many)
    for stage, seconds, number, group in moments:
        process = start("run-all", small_shop, "-w", folder)
        wait_for(process, stage)
        if seconds is None:
            wait_until(lambda session=process.pid: at_work(session))
        else:
            time.sleep(seconds)
        last = stop(process, number, group=group)
        wait_until(lambda session=process.pid: not living(session))
        if number == signal.SIGKILL:
            assert left_over(folder)
        else:
            assert process.returncode == 128 + number
            assert (last["event"], last["exit_code"]) == ("stopped", 128 + number)
            assert "Finished stages are kept" in last["message"]
            assert left_over(folder) == []
        assert differing(folder) == []
        kept = list(Workspace(folder).manifest().stages)
        assert kept[: MAIN.index(stage)] == MAIN[: MAIN.index(stage)]
    process = start("run-all", small_shop, "-w", folder)
    wait_for(process, "report")
    process.communicate()
    assert process.returncode == 0
    assert left_over(folder) == []
    assert digests(folder) == digests(undisturbed)


def test_a_run_stops_before_the_next_stage_where_a_library_has_lost_the_signal(small_shop):
    process = start("run-all", small_shop, "-w", "w", program=DEAF)
    events = [json.loads(line) for line in process.communicate()[1].splitlines()]
    assert process.returncode == 128 + signal.SIGINT
    assert (events[-1]["event"], events[-1]["exit_code"]) == ("stopped", 130)
    assert list(Workspace(Path("w")).manifest().stages) == ["download", "clean", "features"]
    assert left_over(Path("w")) == []


def test_a_hook_is_told_of_a_run_that_was_stopped(small_shop, monkeypatch):
    hook = f'{sys.executable} -c \'import sys; open("told", "w").write(sys.stdin.read())\''
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", hook)
    process = start("run-all", small_shop, "-w", "w")
    wait_for(process, "download")
    assert stop(process, signal.SIGTERM, group=False)["event"] == "stopped"
    told = json.loads(Path("told").read_text())
    assert (told["status"], told["exit_code"]) == ("failure", 143)
    assert told["error"]["message"].startswith("Stopped.")


def test_signals_do_afterwards_what_they_did_before():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def stopped() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    with stopping() as signals:
        assert signals.exit_code == 130
        with pytest.raises(StoppedBySignal):
            stopped()
        assert signals.exit_code == 143
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping() as signals:
            os.kill(os.getpid(), signal.SIGINT)
        assert signals.received is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_no_thread_but_the_main_one_changes_what_signals_do():
    found = []

    def look() -> None:
        with stopping():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]
