"""Runs that are killed at random moments, and publishing that is killed at every one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custseg.workspace.history import History
from tests.conftest import ROOT

KILLS = 60
PUBLISH = """
import os, sys
from pathlib import Path
from custseg.workspace.files import sha256
from custseg.workspace.manifest import Output
from custseg.workspace.snapshot import Snapshot
from custseg.workspace.workspace import Workspace

def publish(root, text, at):
    # Publish a snapshot, and die at a call that changes the disk; returns how many there were.
    workspace = Workspace(Path(root))
    done = 0

    def dying(function):
        def call(*arguments, **named):
            nonlocal done
            done += 1
            if done == at:
                os.kill(os.getpid(), 9)
            return function(*arguments, **named)
        return call

    with workspace.writing():
        source = workspace.path("model")
        source.write_text(text)
        output = Output(sha256(source), source.stat().st_size)
        folder = workspace.history.folder / "2011-06-01"
        snapshot = Snapshot(folder, "2011-06-01", None, {}, {"model": output}, "0.1.0")
        for name in ("rename", "replace", "fsync", "open", "mkdir", "unlink", "rmdir"):
            setattr(os, name, dying(getattr(os, name)))
        workspace.history.publish(snapshot, {"model": source}, workspace.scratch)
    return done

# One process has imported all of it; of each order that it reads, a child of its own dies or not.
for line in sys.stdin:
    root, text, at = line.rstrip("\\n").split("\\t")
    counted, told = os.pipe()
    if (child := os.fork()) == 0:
        os.write(told, str(publish(root, text, int(at))).encode())
        os._exit(0)
    os.close(told)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, os.read(counted, 20).decode() or 0, flush=True)
    os.close(counted)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.nightly  # in every run, test_signals.py kills one at a stage that it names
def test_a_run_killed_at_any_moment_leaves_what_was_published_and_the_next_mends_the_rest():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/crash/run.py"), "--count", str(KILLS), "--seed", "7"],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"killed {KILLS} times" in done.stdout
    assert "; 0 failed" in done.stdout
    assert "before publishing" in done.stdout


Publish = Callable[[Path, str, int], tuple[int, int]]


@pytest.fixture
def publish() -> Iterator[Publish]:
    """Publish a text, killed at a call (0: none); returns exit code and how many calls it made."""
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def call(workspace: Path, text: str, at: int) -> tuple[int, int]:
            assert server.stdin is not None
            assert server.stdout is not None
            print(workspace, text, at, sep="\t", file=server.stdin, flush=True)
            code, calls = server.stdout.readline().split()
            return int(code), int(calls)

        yield call


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_publishing_killed_at_any_call_leaves_the_old_or_the_new(publish, tmp_path):
    _, calls = publish(tmp_path / "first", "old", 0)
    assert publish(tmp_path / "first", "new", 0)[0] == 0
    seen = set()
    for at in range(1, calls + 30):
        workspace = tmp_path / str(at)
        publish(workspace, "old", 0)
        killed = publish(workspace, "new", at)[0] == -9
        (one,) = History(workspace / "history").snapshots()
        one.verify()
        text = (one.folder / "model.json").read_text()
        seen.add((text, killed))
        assert publish(workspace, "new", 0)[0] == 0
        (again,) = History(workspace / "history").snapshots()
        again.verify()
        assert (again.folder / "model.json").read_text() == "new"
        assert [path.name for path in (workspace / "history").iterdir()] == ["2011-06-01"]
        if not killed:
            break
    # It was killed before and after the renames, and the last one lived.
    assert seen == {("old", True), ("new", True), ("new", False)}
