"""What a killed run leaves in the folder of temporary files, and what only looks like it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from custseg.workspace.leftovers import TemporaryFolder, remove_abandoned
from custseg.workspace.workspace import Workspace

HOLD = """
import sys, tempfile
from pathlib import Path
from custseg.workspace.leftovers import TemporaryFolder
tempfile.tempdir = sys.argv[1]
with TemporaryFolder() as folder:
    (Path(folder) / "orders.csv").write_text("unpacked")
    (Path(folder) / "more").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder of temporary files, of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def abandoned(temporary: Path) -> Path:
    """What a killed process left."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, temporary],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        # While the process lives, it stays.
        remove_abandoned()
        assert (folder / "orders.csv").exists()
        process.send_signal(signal.SIGKILL)
    return folder


def test_a_run_of_any_workspace_removes_what_a_killed_one_unpacked(abandoned, temporary, tmp_path):
    with Workspace(tmp_path / "another").writing():
        assert not abandoned.exists()
    assert list(temporary.iterdir()) == []


def test_a_command_that_only_reads_a_workspace_removes_nothing(abandoned, custseg):
    custseg("status", "-w", "w")
    assert abandoned.exists()


def test_nothing_is_left_of_a_folder_that_is_done_with(temporary):
    with TemporaryFolder() as name:
        assert Path(name).stat().st_mode & 0o777 == 0o700
        (Path(name) / "a").mkdir()
        (Path(name) / "link").symlink_to(temporary)
    assert list(temporary.iterdir()) == []
    folder = TemporaryFolder()
    folder.cleanup()
    folder.cleanup()
    assert list(temporary.iterdir()) == []


def test_a_copy_of_the_mark_marks_nothing(abandoned, temporary):
    copy = temporary / "custseg-mine"
    shutil.copytree(abandoned, copy)
    remove_abandoned()
    assert not abandoned.exists()
    assert (copy / "orders.csv").read_text() == "unpacked"


@pytest.mark.parametrize("name", ["custseg-mine", "custseg-"])
def test_a_folder_without_our_mark_stays(name, temporary):
    (temporary / name).mkdir()
    (temporary / name / "diary.txt").write_text("precious")
    remove_abandoned()
    assert (temporary / name / "diary.txt").exists()


def test_a_link_to_a_marked_folder_and_one_of_another_name_stay(abandoned, temporary):
    mine = temporary / "mine"
    abandoned.rename(mine)
    (temporary / "custseg-link").symlink_to(mine)
    remove_abandoned()
    assert (mine / "orders.csv").exists()
    assert (temporary / "custseg-link").is_symlink()


def test_a_folder_that_others_may_write_to_or_whose_mark_is_a_link_stays(abandoned, temporary):
    abandoned.chmod(0o777)
    remove_abandoned()
    assert abandoned.exists()
    abandoned.chmod(0o700)
    mark = abandoned / ".custseg-temporary"
    mark.rename(temporary / "mark")
    mark.symlink_to(temporary / "mark")
    remove_abandoned()
    assert abandoned.exists()


def test_what_a_link_in_an_abandoned_folder_leads_to_stays(abandoned, temporary):
    mine = temporary / "mine"
    mine.mkdir()
    (mine / "diary.txt").write_text("precious")
    (abandoned / "link").symlink_to(mine)
    (abandoned / "more" / "link").symlink_to(mine / "diary.txt")
    remove_abandoned()
    assert not abandoned.exists()
    assert (mine / "diary.txt").read_text() == "precious"
