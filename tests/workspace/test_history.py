"""Published snapshots, made of small files."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.errors import UsageError, WorkspaceError
from custseg.workspace.files import sha256
from custseg.workspace.history import History
from custseg.workspace.manifest import Output
from custseg.workspace.snapshot import Before, Snapshot
from custseg.workspace.workspace import Workspace
from tests.workspaces import edited


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty one."""
    return Workspace(tmp_path / "shop")


def publish(workspace: Workspace, as_of: str, model: str, before: Snapshot | None = None):
    """Publish a snapshot whose model is a text."""
    with workspace.writing():
        source = workspace.path("model")
        source.write_text(model)
        output = Output(sha256(source), source.stat().st_size, None)
        snapshot = Snapshot(
            workspace.history.folder / as_of,
            as_of,
            Before(before.as_of, before.sha256("model")) if before else None,
            {},
            {"model": output},
            "0.1.0",
        )
        new = workspace.history.publish(snapshot, {"model": source}, workspace.scratch)
    return workspace.history.find(as_of), new


def test_a_snapshot_is_found_by_its_date(workspace):
    assert workspace.history.snapshots() == []
    assert workspace.history.latest() is None
    june, new = publish(workspace, "2011-06-01", "m")
    assert new
    july, _ = publish(workspace, "2011-07-01", "m", june)
    assert workspace.history.snapshots() == [june, july]
    assert workspace.history.latest() == july
    assert workspace.history.before("2011-07-01") == june
    assert workspace.history.before("2011-07-02") == july
    assert workspace.history.before("2011-06-01") is None
    with pytest.raises(UsageError, match="No snapshot of 2011-08-01") as raised:
        workspace.history.find("2011-08-01")
    assert raised.value.hint == "There are: 2011-06-01, 2011-07-01."


def test_only_its_owner_can_read_it(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    assert stat.S_IMODE(june.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.history.folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in june.folder.iterdir())


def test_the_very_same_is_not_published_again(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    inode = june.folder.stat().st_ino
    _, new = publish(workspace, "2011-06-01", "m")
    assert not new
    assert june.folder.stat().st_ino == inode
    _, new = publish(workspace, "2011-06-01", "another")
    assert new
    assert (june.folder / "model.json").read_text() == "another"
    assert [path.name for path in workspace.history.folder.iterdir()] == ["2011-06-01"]


def test_a_damaged_one_is_told_and_published_anew(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    (june.folder / "model.json").write_text("x")
    assert workspace.history.states() == {"2011-06-01": "damaged"}
    with pytest.raises(WorkspaceError, match="model.json: is not as it was published") as raised:
        june.path("model")
    assert raised.value.hint.endswith("custseg history --rebuild")
    _, new = publish(workspace, "2011-06-01", "m")
    assert new
    assert workspace.history.states() == {"2011-06-01": "current"}
    (june.folder / "model.json").unlink()
    with pytest.raises(WorkspaceError, match="model.json: is gone"):
        june.verify()


def test_what_started_from_another_model_is_superseded_and_so_is_what_follows(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    september, _ = publish(workspace, "2011-09-01", "m", june)
    publish(workspace, "2011-12-01", "n", september)
    assert set(workspace.history.states().values()) == {"current"}
    july, _ = publish(workspace, "2011-07-01", "m2", june)
    assert workspace.history.states() == {
        "2011-06-01": "current",
        "2011-07-01": "current",
        "2011-09-01": "superseded",
        "2011-12-01": "superseded",
    }
    publish(workspace, "2011-09-01", "m", july)
    # The December snapshot started from a model that is the same again.
    assert set(workspace.history.states().values()) == {"current"}


def test_the_oldest_kept_starts_the_chain(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    july, _ = publish(workspace, "2011-07-01", "m", june)
    publish(workspace, "2011-08-01", "m", july)
    with workspace.writing():
        assert workspace.history.prune(5, workspace.scratch) == []
        assert workspace.history.prune(2, workspace.scratch) == ["2011-06-01"]
    assert workspace.history.states() == {"2011-07-01": "current", "2011-08-01": "current"}
    assert not june.folder.exists()


def test_a_run_starts_from_the_one_before_or_from_its_own_where_the_past_is_gone(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    july, _ = publish(workspace, "2011-07-01", "m", june)
    assert workspace.history.start("2011-07-01") == june
    assert workspace.history.start("2011-06-01") is None
    with workspace.writing():
        workspace.history.prune(1, workspace.scratch)
    assert workspace.history.start("2011-07-01") == july
    assert workspace.history.start("2011-06-01") is None
    assert workspace.history.start("2011-08-01") == july


@pytest.mark.parametrize("renamed", [False, True], ids=["before the new one", "after it"])
def test_a_crash_while_one_replaces_another_loses_neither(workspace, renamed):
    june, _ = publish(workspace, "2011-06-01", "m")
    aside = june.folder.with_name(".replaced-2011-06-01")
    june.folder.rename(aside)
    if renamed:
        publish_folder = june.folder
        publish_folder.mkdir()
        for path in aside.iterdir():
            (publish_folder / path.name).write_bytes(path.read_bytes())
    found = workspace.history.find("2011-06-01")
    found.verify()
    assert len(workspace.history.snapshots()) == 1
    with workspace.writing():
        pass
    workspace.history.find("2011-06-01").verify()
    assert [path.name for path in workspace.history.folder.iterdir()] == ["2011-06-01"]


def test_a_record_that_cannot_be_read_is_an_error_with_a_way_out(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    record = june.folder / "snapshot.json"
    edited(record, "snapshot", lambda content: content.pop("files"))
    with pytest.raises(WorkspaceError, match="snapshot.json: damaged") as raised:
        workspace.history.snapshots()
    assert "custseg run-all --as-of 2011-06-01" in raised.value.hint
    edited(record, "snapshot", lambda content: content.update(version=99))
    with pytest.raises(WorkspaceError, match="written by another version of custseg") as raised:
        workspace.history.snapshots()
    assert raised.value.hint == "Upgrade custseg, or use another workspace."


@pytest.mark.parametrize("missing", [True, False])
def test_a_folder_without_its_own_record_is_an_error_with_a_way_out(workspace, missing):
    june, _ = publish(workspace, "2011-06-01", "m")
    copy = shutil.copytree(june.folder, june.folder.with_name("2011-07-01"))
    if missing:
        (copy / "snapshot.json").unlink()
    with pytest.raises(WorkspaceError, match=r"2011-07-01/snapshot\.json: ") as raised:
        workspace.history.snapshots()
    assert f"or move {copy} away and run: custseg run-all --as-of 2011-07-01" in raised.value.hint


def test_what_is_no_folder_in_the_place_of_history_is_an_error(workspace):
    workspace.root.mkdir()
    workspace.history.folder.write_text("mine")
    with pytest.raises(WorkspaceError, match="history: is no folder; snapshots have their place"):
        publish(workspace, "2011-06-01", "m")


def test_a_history_on_another_disk_is_an_error(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    with TemporaryDirectory(dir="/dev/shm") as elsewhere:
        if Path(elsewhere).stat().st_dev == workspace.root.stat().st_dev:
            pytest.skip("there is no other disk")
        with pytest.raises(WorkspaceError, match="history: is on another disk than the workspace"):
            workspace.history.publish(june, {}, Path(elsewhere))
        assert list(Path(elsewhere).iterdir()) == []


def test_one_that_started_from_another_model_did_not_start_from_the_one_before(workspace):
    june, _ = publish(workspace, "2011-06-01", "m")
    july, _ = publish(workspace, "2011-07-01", "n", june)
    assert workspace.history.started_from(june) is None
    assert workspace.history.started_from(july) == june
    publish(workspace, "2011-06-01", "another")
    assert workspace.history.started_from(july) is None


def test_a_model_in_another_form_is_an_error_with_a_way_out(workspace):
    june, _ = publish(workspace, "2011-06-01", '{"as_of": "2011-06-01"}')
    with pytest.raises(WorkspaceError, match=r"model\.json: is not in the form that") as raised:
        june.read("model")
    assert f"move {june.folder} away" in raised.value.hint


def test_other_folders_in_history_are_somebodys_own(workspace):
    publish(workspace, "2011-06-01", "m")
    for name in ("notes", "2011-13-01", "20110701"):
        (workspace.history.folder / name).mkdir()
    assert [one.as_of for one in workspace.history.snapshots()] == ["2011-06-01"]


def test_every_artifact_a_snapshot_holds_exists():
    from custseg.workspace.snapshot import HELD

    assert set(HELD) <= set(ARTIFACTS)
    assert isinstance(History, type)
