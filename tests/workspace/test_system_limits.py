"""A failing disk, a limit on files, a refused thread: told as they are, and nothing is lost."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from custseg.cli import files
from custseg.errors import CustsegError, DataError, SettingsError, WorkspaceError
from custseg.workspace.full_disk import disk_errors_as
from custseg.workspace.workspace import Workspace
from tests.workspaces import differing, digests, left_over


def told(error: Exception, root: Path) -> CustsegError:
    """What an error becomes in a workspace."""
    with pytest.raises(CustsegError) as caught, disk_errors_as(root):
        raise error
    return caught.value


def failing(number: int) -> Any:
    """A call that the system refuses."""

    def call(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def limited(size: int) -> Any:
    """Let a process write no file larger than this."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("call", "size"),
    [
        (("clean", "--force"), 20_000),
        pytest.param(("run-all", "--force"), 2_000, marks=pytest.mark.nightly),
    ],
)
def test_a_limit_on_the_size_of_files_is_told_and_nothing_is_replaced(
    call, size, finished, undisturbed
):
    done = subprocess.run(
        [sys.executable, "-m", "custseg", *call, "-w", finished, "-q"],
        preexec_fn=limited(size),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "File too large" in done.stderr
    assert "ulimit -f" in done.stderr
    assert "bug" not in done.stderr
    assert left_over(finished) == []
    assert differing(finished) == []
    assert digests(finished) == digests(undisturbed)


def test_a_result_that_is_sent_to_a_file_above_the_limit_is_told_as_such(finished):
    with Path("out.txt").open("w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "custseg", "status", "--json", "-w", finished],
            preexec_fn=limited(0),
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 4, done.stderr
    assert "Standard output cannot be written: File too large." in done.stderr
    assert "ulimit -f" in done.stderr


@pytest.mark.parametrize("stage", ["download", "clean", "fit", "report"])
def test_a_disk_that_fails_while_it_is_written_to_is_told_and_nothing_is_replaced(
    stage, custseg, finished, undisturbed, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.EIO))
        result = custseg(stage, "-w", finished, "--force")
    assert result.exit_code == 4, result.output
    assert "Input/output error: the disk of" in result.stderr
    assert "bug" not in result.stderr
    assert left_over(finished) == []
    assert digests(finished) == digests(undisturbed)
    assert custseg(stage, "-w", finished).exit_code == 0


def test_a_disk_that_fails_while_a_workspace_is_looked_at_is_told(custseg, finished, monkeypatch):
    monkeypatch.setattr("hashlib.file_digest", failing(errno.EIO))
    os.utime(finished / "raw.parquet", (1, 1))
    result = custseg("status", "-w", finished)
    assert result.exit_code == 4, result.output
    assert "Input/output error" in result.stderr


def test_whose_disk_fails_is_told_where_it_is_known(tmp_path):
    path = str(tmp_path / "raw.parquet")
    ours = told(OSError(errno.EIO, "Input/output error", path), tmp_path)
    assert isinstance(ours, WorkspaceError)
    assert ours.message == f"{path}: Input/output error: its disk fails."
    source = told(OSError(errno.EIO, "Input/output error", "/orders/may.csv"), tmp_path)
    assert isinstance(source, DataError)
    assert source.message == "/orders/may.csv: Input/output error: its disk fails."


def test_what_the_engine_says_of_a_disk_is_understood(tmp_path):
    import duckdb

    for reason, said in (
        ("Input/output error", "Input/output error: its disk fails"),
        ("File too large", "File too large: one here would be larger"),
    ):
        text = f'IO Error: Could not write file "{tmp_path}/x.tmp": {reason}'
        found = told(duckdb.IOException(text), tmp_path)
        assert isinstance(found, WorkspaceError)
        assert said in found.message


@pytest.mark.parametrize("stage", ["clean", "fit"])
def test_a_thread_that_the_system_refuses_is_told_and_nothing_is_replaced(
    stage, custseg, finished, undisturbed, monkeypatch
):
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        result = custseg(stage, "-w", finished, "--force")
    assert result.exit_code == 3, result.output
    assert "The system refuses to start another thread." in result.stderr
    assert "ulimit -u" in result.stderr
    assert left_over(finished) == []
    assert digests(finished) == digests(undisturbed)


def test_another_runtime_error_stays_as_it_is(tmp_path):
    error = RuntimeError("x")
    with pytest.raises(RuntimeError) as caught, disk_errors_as(tmp_path):
        raise error
    assert caught.value is error
    assert not isinstance(told(RuntimeError("can't start new thread"), tmp_path), WorkspaceError)
    assert isinstance(told(RuntimeError("can't start new thread"), tmp_path), SettingsError)


def test_a_new_settings_file_is_its_owners_alone_and_an_edited_one_keeps_its_rights(custseg):
    previous = os.umask(0)
    try:
        assert custseg("init").exit_code == 0
    finally:
        os.umask(previous)
    path = Path("custseg.toml")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    files.write_file(path, "[model]\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert custseg("init", "--force").exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_workspace_is_as_private_as_before_after_a_limit(finished):
    token = finished / ".custseg-token"
    assert token.stat().st_mode & 0o777 == 0o600
    before = token.read_text()
    with Workspace(finished).writing():
        pass
    assert token.read_text() == before
