"""One writer per workspace, tried with real processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from custseg.cli.log import JsonProgress
from custseg.errors import WorkspaceError, WorkspaceLockedError
from custseg.pipeline.runner import Runner
from custseg.settings.loading import load_settings
from custseg.workspace.lock import OWNER, holding, owner_of
from custseg.workspace.manifest import Source
from custseg.workspace.workspace import Workspace
from tests.workspaces import differing, digests, left_over

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import sys
from pathlib import Path
from custseg.workspace.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
with workspace.writing(runs="run-all"), workspace.unpacking() as folder:
    (folder / "orders.csv").write_text("unpacked")
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[Any]:
    """A process that holds a workspace until its standard input ends; what it has unpacked."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        unpacked = Path(process.stdout.readline().strip())
        yield process, unpacked
        process.kill()
    shutil.rmtree(unpacked, ignore_errors=True)


def test_whoever_finds_a_workspace_held_is_told_by_whom(tmp_path):
    with holder(tmp_path) as (process, _):
        owner = json.loads((tmp_path / OWNER).read_text())
        with pytest.raises(WorkspaceLockedError) as caught, Workspace(tmp_path).writing():
            pass
    assert caught.value.exit_code == 8
    assert f"process {process.pid} on {socket.gethostname()}" in caught.value.message
    assert f"(custseg run-all since {owner['started']})" in caught.value.message
    assert "--lock-timeout" in caught.value.hint


def test_only_the_owner_can_read_who_holds_a_workspace_and_the_next_finds_no_trace(tmp_path):
    with Workspace(tmp_path).writing(runs="clean"):
        assert stat.S_IMODE((tmp_path / OWNER).stat().st_mode) == 0o600
        found = owner_of(tmp_path)
        assert found is not None
        assert (found.process, found.runs) == (os.getpid(), "clean")
    assert owner_of(tmp_path) is None
    assert left_over(tmp_path) == []


def test_the_end_of_the_holder_is_waited_for_and_told_once(tmp_path):
    told: list[str] = []
    with holder(tmp_path) as (process, _):

        def waiting(owner: str) -> None:
            told.append(owner)
            process.stdin.close()

        with Workspace(tmp_path).writing(60, waiting=waiting):
            assert process.wait() == 0
    assert len(told) == 1
    assert told[0].startswith(f"process {process.pid} on ")


def test_waiting_ends_with_the_time_given_for_it(tmp_path):
    with (
        holder(tmp_path) as (process, _),
        pytest.raises(WorkspaceLockedError, match=rf"after 0.3 s: process {process.pid} on"),
        Workspace(tmp_path).writing(0.3),
    ):
        pass


def test_what_a_killed_process_held_is_free_and_what_it_unpacked_is_removed(tmp_path):
    with holder(tmp_path) as (process, unpacked):
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (unpacked / "orders.csv").exists()
        assert (tmp_path / OWNER).exists()
        assert owner_of(tmp_path) is None
        with Workspace(tmp_path).writing():
            assert not unpacked.exists()
            assert owner_of(tmp_path).process == os.getpid()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff\x00",
        b"[]",
        b'{"process": 1}',
        b'{"process": "x"}',
        b"[" * 100_000,
        b'{"process": 1, "host": 3, "started": "", "runs": ""}',
        b'{"process": 1e999}',
    ],
)
def test_without_a_readable_owner_the_workspace_is_held_all_the_same(content, tmp_path):
    with holder(tmp_path):
        (tmp_path / OWNER).unlink()
        if content is not None:
            (tmp_path / OWNER).write_bytes(content)
        with (
            pytest.raises(WorkspaceLockedError, match="is working in this workspace\\.$"),
            Workspace(tmp_path).writing(),
        ):
            pass


def test_a_damaged_owner_steers_no_terminal(tmp_path):
    content = {"process": os.getpid(), "host": "\x1b[31mred", "started": "", "runs": "x" * 9999}
    (tmp_path / OWNER).write_text(json.dumps(content))
    owner = owner_of(tmp_path)
    assert owner is not None
    assert owner.host == " [31mred"
    assert len(owner.runs) == 100


def test_a_link_in_scratch_to_what_is_no_folder_of_ours_removes_nothing(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, target in (("w1", mine), ("w2", tmp_path / "custseg-nowhere")):
        workspace = Workspace(tmp_path / name)
        workspace.scratch.mkdir(parents=True)
        (workspace.scratch / "unpacked").symlink_to(target)
        with workspace.writing():
            pass
        assert left_over(workspace.root) == []
    assert mine.exists()


def test_a_run_that_waited_takes_no_source_from_the_one_it_waited_for(undisturbed):
    workspace = Workspace(Path("w"))
    workspace.root.mkdir()
    with contextlib.ExitStack() as other:
        other.enter_context(holding(workspace.root, "run-all"))

        class Ends(JsonProgress):
            def waiting(self, holder: str) -> None:  # noqa: ARG002
                shutil.copy(undisturbed / "manifest.json", workspace.root)
                other.close()

        settings = load_settings(None, {"run.lock_timeout": 60.0})
        runner = Runner(workspace, settings, listener=Ends())
        with pytest.raises(WorkspaceError, match="another made the workspace from"):
            runner.run_all(Source("uci"))
    assert workspace.manifest() == Workspace(undisturbed).manifest()


def test_what_is_stale_is_told_once_the_run_waited_for_has_ended(undisturbed):
    workspace = Workspace(Path("w"))
    shutil.copytree(undisturbed, workspace.root)
    features = workspace.path("features")
    features.rename("away")
    with contextlib.ExitStack() as other:
        other.enter_context(holding(workspace.root, "run-all"))

        class Ends(JsonProgress):
            def waiting(self, holder: str) -> None:  # noqa: ARG002
                Path("away").rename(features)
                other.close()

        settings = load_settings(None, {"run.lock_timeout": 60.0})
        assert Runner(workspace, settings, listener=Ends()).run("fit").fresh


def run_all(small_shop: Path, *more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "custseg", "run-all", small_shop, "-w", "w", *map(str, more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_of_two_runs_at_once_one_works_one_waits_and_a_third_is_refused(
    custseg, small_shop, undisturbed
):
    first = run_all(small_shop)
    while not Path("w", OWNER).exists():
        assert first.poll() is None
        time.sleep(0.02)
    second = run_all(small_shop, "--lock-timeout", "120", "--json", "--log-format", "json")
    waits = json.loads(second.stderr.readline())
    assert waits["event"] == "waiting"
    assert f"process {first.pid} on" in waits["message"]
    third = custseg("run-all", small_shop, "-w", "w")
    assert third.exit_code == 8
    assert f"process {first.pid} on" in third.stderr
    shown, events = second.communicate(timeout=120)
    first.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert all(stage["fresh"] for stage in json.loads(shown)["stages"])
    assert "waiting" not in events
    assert differing(Path("w")) == []
    assert digests(Path("w")) == digests(undisturbed)
