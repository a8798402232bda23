"""Runs that are killed at random moments, and publishing that is killed at every one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from custseg.workspace.history import History
from tests.conftest import ROOT

COUNT = 20
PUBLISH = """
import os, sys
from pathlib import Path
from custseg.workspace.files import sha256
from custseg.workspace.manifest import Output
from custseg.workspace.snapshot import Snapshot
from custseg.workspace.workspace import Workspace

workspace, text, at = Workspace(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
done = 0

def dying(function):
    def call(*arguments, **named):
        global done
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
print(done)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_run_killed_at_any_moment_leaves_what_was_published_and_the_next_mends_the_rest():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/crash/run.py"), "--count", str(COUNT), "--seed", "7"],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"killed {COUNT} times" in done.stdout
    assert "; 0 failed" in done.stdout
    assert "before publishing" in done.stdout


def publish(workspace: object, text: str, at: int) -> subprocess.CompletedProcess[str]:
    """Publish a snapshot, and die at a call that changes the disk."""
    return subprocess.run(
        [sys.executable, "-c", PUBLISH, str(workspace), text, str(at)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_publishing_killed_at_any_call_leaves_the_old_or_the_new(tmp_path):
    calls = int(publish(tmp_path / "first", "old", 0).stdout)
    assert publish(tmp_path / "first", "new", 0).returncode == 0
    seen = set()
    for at in range(1, calls + 10):
        workspace = tmp_path / str(at)
        publish(workspace, "old", 0)
        killed = publish(workspace, "new", at).returncode == -9
        (one,) = History(workspace / "history").snapshots()
        one.verify()
        text = (one.folder / "model.json").read_text()
        seen.add((text, killed))
        assert publish(workspace, "new", 0).returncode == 0
        (again,) = History(workspace / "history").snapshots()
        again.verify()
        assert (again.folder / "model.json").read_text() == "new"
        assert [path.name for path in (workspace / "history").iterdir()] == ["2011-06-01"]
        if not killed:
            break
    # It was killed before and after the renames, and the last one lived.
    assert seen == {("old", True), ("new", True), ("new", False)}
