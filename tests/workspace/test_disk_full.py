"""Disks that are full or cannot be written to, tried with real small ones."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custseg.engine.duckdb import connect
from custseg.errors import DataError, SettingsError, WorkspaceError
from custseg.pipeline.stages import STAGES
from custseg.settings import EngineSettings
from custseg.workspace.full_disk import disk_errors_as, on_disk_of
from custseg.workspace.workspace import Workspace
from tests.conftest import nightly
from tests.workspaces import differing, digests, left_over

if TYPE_CHECKING:
    from collections.abc import Iterator


class SmallDisk:
    """A file system in memory, of a size that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self) -> str:
        """Returns why it cannot be mounted; empty if it can."""
        if shutil.which("mount") is None:
            return "there is no mount"
        command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr.strip()

    def become(self, option: str) -> None:
        """Change how it is mounted: size=…, ro, rw."""
        subprocess.run(["mount", "-o", f"remount,{option}", self.folder], check=True)

    def used(self) -> int:
        """Kilobytes."""
        return shutil.disk_usage(self.folder).used // 1024

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 16 kB; skips where none can be mounted, unless one is required."""
    found = SmallDisk(tmp_path / "disk")
    found.folder.mkdir()
    if refused := found.mount():
        if os.environ.get("CUSTSEG_REQUIRE_MOUNT") == "1":
            pytest.fail(f"a small disk is required: {refused}")
        pytest.skip(f"no small disk can be mounted: {refused}")
    yield found
    found.unmount()


MAIN = [name for name, stage in STAGES.items() if not stage.side]
FULL = "No space left on device: the disk that this folder is on is full."


def test_a_disk_that_fills_stops_the_run_and_a_larger_one_lets_it_go_on(
    disk, custseg, small_shop, undisturbed
):
    folder = disk.folder / "w"
    stopped_in: list[str] = []
    for size in (16, 220, 620, 8000):
        disk.become(f"size={size}k")
        result = custseg("run-all", small_shop, "-w", folder, "--log-format", "json")
        events = [json.loads(line) for line in result.stderr.splitlines()]
        assert left_over(folder) == []
        assert differing(folder) == []
        if result.exit_code == 0:
            break
        assert result.exit_code == 4, result.output
        assert events[-1]["message"] == f"{folder}: {FULL}"
        assert events[-1]["hint"].startswith("Free space there, or name another folder with -w.")
        stopped_in += [e["stage"] for e in events if e["event"] == "stage_started"][-1:]
        status = custseg("status", "-w", folder, "--json")
        assert status.exit_code == 0, status.output
    assert result.exit_code == 0
    assert len(set(stopped_in)) >= 2, stopped_in
    assert digests(folder) == digests(undisturbed)


IN_EVERY_RUN = ["download", "clean", "fit", "recommend", "report"]


@pytest.mark.parametrize(
    "stage", [*IN_EVERY_RUN, *nightly(stage for stage in MAIN if stage not in IN_EVERY_RUN)]
)
def test_a_disk_that_is_full_in_whichever_stage_replaces_none_of_its_files(
    stage, custseg, finished, undisturbed, monkeypatch
):
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        result = custseg(stage, "-w", finished, "--force")
    assert result.exit_code == 4, result.output
    assert f"{finished}: {FULL}" in result.stderr
    assert left_over(finished) == []
    assert differing(finished) == []
    assert digests(finished) == digests(undisturbed)
    assert custseg(stage, "-w", finished).exit_code == 0


def test_what_a_finished_run_made_survives_one_that_finds_no_space(disk, custseg, undisturbed):
    disk.become("size=16m")
    folder = disk.folder / "w"
    shutil.copytree(undisturbed, folder)
    before = digests(folder)
    disk.become(f"size={disk.used() + 40}k")
    result = custseg("clean", "-w", folder, "--force")
    assert result.exit_code == 4
    assert f"{folder}: {FULL}" in result.stderr
    assert digests(folder) == before
    assert custseg("status", "-w", folder).exit_code == 0


def test_a_snapshot_that_finds_no_space_is_published_by_the_next_run(disk, custseg, undisturbed):
    disk.become("size=16m")
    folder = disk.folder / "w"
    shutil.copytree(undisturbed, folder)
    shutil.rmtree(folder / "history")
    disk.become(f"size={disk.used() + 20}k")
    result = custseg("run-all", "-w", folder, "-q")
    assert result.exit_code == 4
    assert f"{folder}: {FULL}" in result.stderr
    assert not list(folder.glob("history/*"))
    disk.become("size=16m")
    assert custseg("run-all", "-w", folder, "-q").exit_code == 0
    assert digests(folder) == digests(undisturbed)


def test_a_disk_that_is_full_only_once_a_file_is_closed_replaces_none_of_a_stage(
    custseg, undisturbed, monkeypatch
):
    shutil.copytree(undisturbed, "w")
    before = digests(Path("w"))
    calls: list[int] = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    result = custseg("clean", "-w", "w", "--as-of", "2023-06-01")
    assert result.exit_code == 4, result.output
    assert f"w: {FULL}" in result.stderr
    assert digests(Path("w")) == before


def test_a_disk_of_temporary_files_that_is_full_is_the_one_that_is_named(
    disk, custseg, small_shop, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    for size in (16, 100):
        disk.become(f"size={size}k")
        result = custseg("download", small_shop, "-w", "w")
        assert result.exit_code == 4, result.output
        assert f"{disk.folder}: {FULL}" in result.stderr
        assert "set TMPDIR to a folder on another disk" in result.stderr
        assert list(disk.folder.iterdir()) == []


@pytest.mark.parametrize("spare", [0, 2000])
def test_an_engine_that_spills_until_the_disk_is_full_is_told_as_such(spare, disk):
    disk.become("size=4m")
    workspace = Workspace(disk.folder / "w")
    numbers = "SELECT range, hash(range)::VARCHAR AS text FROM range(1_500_000) ORDER BY text"

    def spill() -> None:
        with workspace.writing():
            (workspace.scratch / "filler").write_bytes(bytes((4000 - spare) * 1000))
            engine = connect(EngineSettings(memory_limit="50MB", threads=1), workspace.scratch)
            engine.raw_sql(f"CREATE TEMP TABLE sorted AS {numbers}")

    def copy() -> None:
        with workspace.writing():
            connect().raw_sql(f"COPY ({numbers}) TO '{workspace.scratch / 'copy.parquet'}'")

    for fill in (spill, copy):
        with pytest.raises(WorkspaceError, match=FULL):
            fill()
    assert left_over(workspace.root) == []


def test_a_disk_that_cannot_be_written_to_can_still_be_looked_at(disk, custseg, undisturbed):
    disk.become("size=16m")
    folder = disk.folder / "w"
    shutil.copytree(undisturbed, folder)
    disk.become("ro")
    result = custseg("run-all", "-w", folder)
    assert result.exit_code == 4
    assert f"{folder}: cannot be used as a workspace: Read-only file system." in result.stderr
    status = json.loads(custseg("status", "-w", folder, "--json").stdout)
    assert {stage["state"] for stage in status["stages"]} == {"fresh", "missing"}
    disk.become("rw")
    assert custseg("run-all", "-w", folder, "-q").exit_code == 0


def test_a_disk_that_becomes_read_only_meanwhile_is_told_as_such(tmp_path, monkeypatch):
    # A kernel does that to a damaged disk; with a file open for the lock, nobody else can.
    workspace = Workspace(tmp_path)
    file = str(workspace.path("raw"))

    def fail(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", file)

    def write() -> None:
        with workspace.writing():
            # Nothing can be cleared away either.
            monkeypatch.setattr(shutil, "rmtree", fail)
            fail()

    with pytest.raises(WorkspaceError, match="as a workspace: Read-only file system"):
        write()


def told(error: Exception, root: Path) -> Exception:
    with pytest.raises(Exception) as caught, disk_errors_as(root):  # noqa: PT011  (any of ours)
        raise error
    return caught.value


def test_an_error_about_a_full_disk_behind_one_of_ours_counts(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "x"))
    ours = DataError("orders.csv: the file is damaged.")
    ours.__cause__ = full
    found = told(ours, tmp_path)
    assert isinstance(found, WorkspaceError)
    assert found.message == f"{tmp_path}: {FULL}"


def test_an_error_that_has_nothing_to_do_with_the_disk_stays_as_it_is(tmp_path):
    for error in (
        ValueError("No space left on device"),
        DataError("x"),
        OSError(errno.ENXIO, "No such device or address"),
        WorkspaceError("x"),
    ):
        assert told(error, tmp_path) is error


def test_a_file_of_the_source_that_may_not_be_read_is_no_matter_of_the_workspace(tmp_path):
    error = PermissionError(errno.EACCES, "Permission denied", "/orders/may.csv")
    found = told(error, tmp_path)
    assert isinstance(found, DataError)
    assert found.message == "/orders/may.csv: Permission denied."
    ours = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "raw.parquet"))
    assert "cannot be used as a workspace" in str(told(ours, tmp_path))


def test_a_full_disk_that_holds_neither_workspace_nor_temporary_files_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    elsewhere = tmp_path / "elsewhere"

    def write() -> None:
        with disk_errors_as(tmp_path / "w"), on_disk_of(elsewhere):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

    (tmp_path / "w").mkdir()
    with pytest.raises(WorkspaceError) as caught:
        write()
    assert caught.value.message.startswith(f"{elsewhere}: Disk quota exceeded")


def test_an_engine_without_enough_memory_is_told_which_setting_to_change(tmp_path):
    import duckdb

    found = told(duckdb.OutOfMemoryException("Out of Memory Error: …"), tmp_path)
    assert isinstance(found, SettingsError)
    assert "[engine] memory_limit" in found.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_result_that_is_sent_to_a_full_disk_is_told_as_such(more):
    command = [sys.executable, "-m", "custseg", "status", *more]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == (
        "Error: Standard output cannot be written: No space left on device.\n"
        "Hint: Free space on the disk that it is sent to.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exit_code_is_right_also_where_the_log_is_on_a_full_disk(log_format):
    command = [sys.executable, "-m", "custseg", "run-all", "nowhere.csv", "-w", "w"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*command, "--log-format", log_format], stderr=full, check=False)
    # With JSON the first stage's start cannot be told, with text the missing file.
    assert done.returncode == {"text": 5, "json": 4}[log_format]
