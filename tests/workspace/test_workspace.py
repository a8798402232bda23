from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError, WorkspaceLockedError
from custseg.pipeline.staleness import drop_outdated_records
from custseg.workspace.files import replacing, sha256, size, sync_folder
from custseg.workspace.manifest import Manifest, Output, Record, Source, read_manifest
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_a_workspace(tmp_path):
    workspace = Workspace(tmp_path / "w")
    with workspace.writing():
        with workspace.replacing(workspace.path("raw")) as stream:
            stream.write(b"x")
        workspace.save_manifest(Manifest())
    assert mode(workspace.root) == 0o700
    assert mode(workspace.downloads) == 0o700
    assert mode(workspace.path("raw")) == 0o600
    assert mode(workspace.manifest_path) == 0o600


def test_a_file_that_is_not_finished_replaces_nothing(tmp_path):
    workspace = Workspace(tmp_path)
    target = workspace.path("raw")
    target.write_bytes(b"old")

    def fail() -> None:
        with workspace.writing(), workspace.replacing(target) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_bytes() == b"old"
    assert not workspace.scratch.exists()


def fill(workspace: Workspace, **files: str) -> Path:
    """Replace the files in the folder of charts."""
    folder = workspace.path("charts")
    with workspace.writing(), workspace.replacing_files(folder, files) as unfinished:
        for name, content in files.items():
            (unfinished / name).write_text(content)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".custseg-made"
    }


def test_files_in_a_folder_are_replaced_and_what_others_put_there_stays(tmp_path):
    workspace = Workspace(tmp_path)
    folder = fill(workspace, a="1", b="2")
    assert mode(folder) == 0o700
    digest = sha256(folder)
    (folder / "sub").mkdir()
    (folder / "sub/mine").write_text("precious")
    (folder / "mine.png").write_text("precious")
    assert sha256(folder) == digest
    assert size(folder) == len("12")
    fill(workspace, b="3", c="4")
    mine = {"sub/mine": "precious", "mine.png": "precious"}
    assert contents(folder) == {"b": "3", "c": "4"} | mine
    assert sha256(folder) != digest
    fill(workspace, a="1", b="2")
    assert sha256(folder) == digest


def test_a_file_of_a_folder_that_is_edited_or_gone_gives_another_digest(tmp_path):
    folder = fill(Workspace(tmp_path), a="1", b="2")
    digest = sha256(folder)
    (folder / "a").write_text("changed")
    edited = sha256(folder)
    (folder / "a").unlink()
    assert len({digest, edited, sha256(folder)}) == 3


def test_files_of_a_folder_that_are_not_finished_replace_nothing(tmp_path):
    workspace = Workspace(tmp_path)
    folder = fill(workspace, a="1", b="2")

    def fail() -> None:
        with workspace.writing(), workspace.replacing_files(folder, {"a"}) as unfinished:
            (unfinished / "a").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert contents(folder) == {"a": "1", "b": "2"}


def test_names_of_made_files_lead_out_of_no_folder(tmp_path):
    workspace = Workspace(tmp_path)
    folder = fill(workspace, a="1")
    (tmp_path / "precious").write_text("x")
    (folder / ".custseg-made").write_text("a\n../precious\n..\n\n")
    fill(workspace, b="2")
    assert (tmp_path / "precious").exists()
    assert contents(folder) == {"b": "2"}


def test_a_list_that_was_not_finished_is_removed_by_the_next_run_and_others_stay(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.exports.mkdir()
    with workspace.writing():
        left = workspace.unfinished(workspace.exports / "may-csv.csv")
    kept = [".mine", ".own.unfinished", "may-csv.csv"]
    for name in (left.name, *kept):
        (workspace.exports / name).write_text("x")
    with workspace.writing():
        pass
    assert sorted(path.name for path in workspace.exports.iterdir()) == kept


def test_a_file_and_then_its_folder_are_on_disk(tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, (tmp_path / "file").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(tmp_path / "file", tmp_path / ".unfinished") as stream:
        stream.write(b"x")
    assert synced == [
        ((tmp_path / "file").stat().st_ino, False),
        (tmp_path.stat().st_ino, True),
    ]


def test_a_disk_that_knows_no_folders_is_no_error_but_one_that_fails_is(tmp_path, monkeypatch):
    def failing(number: int) -> Callable[[int], None]:
        def fsync(_: int) -> None:
            raise OSError(number, os.strerror(number))

        return fsync

    monkeypatch.setattr(os, "fsync", failing(errno.EINVAL))
    sync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        sync_folder(tmp_path)


def test_what_is_in_the_way_of_a_result_is_told(tmp_path):
    workspace = Workspace(tmp_path)
    charts = workspace.path("charts")
    charts.write_text("mine")
    with pytest.raises(WorkspaceError, match="charts: is not a folder"):
        fill(workspace, a="1")
    charts.unlink()
    (charts / "a").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="a: is a folder"):
        fill(workspace, a="1")
    workspace.path("report").mkdir()
    with (
        pytest.raises(WorkspaceError, match=r"report.html: is a folder"),
        workspace.writing(),
        workspace.replacing(workspace.path("report")),
    ):
        pass


def test_two_runs_cannot_write_at_once(tmp_path):
    workspace = Workspace(tmp_path)
    with (
        workspace.writing(),
        pytest.raises(WorkspaceLockedError, match="another custseg run"),
        Workspace(tmp_path).writing(),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WorkspaceError, match="cannot be used as a workspace"),
        Workspace(tmp_path / "file" / "w").writing(),
    ):
        pass


def test_a_manifest_survives_being_stored(tmp_path):
    record = Record(
        {"raw": "ab"}, {"k": 5}, {"model": {"k": None}}, {}, "0+1", "duckdb", {}, {"as_of": "x"}
    )
    outputs = {name: Output("ab", 3, 1) for name in ("transactions", "removed", "ledger")}
    record = Record(**(vars(record) | {"outputs": outputs}))
    manifest = Manifest(Source("uci", sha256="ab"), {"clean": record})
    workspace = Workspace(tmp_path)
    with workspace.writing():
        workspace.save_manifest(manifest)
    assert workspace.manifest() == manifest
    assert workspace.manifest().facts() == {"as_of": "x"}


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "stages": 3}']
)
def test_a_damaged_manifest_is_a_clear_error(content, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        read_manifest(path)


def test_what_stages_of_another_version_made_is_made_again(tmp_path):
    path = tmp_path / "manifest.json"
    record = {"inputs": {}, "facts": {}, "facts_read": {}, "settings": {}, "options": {}}
    record |= {
        "code": "",
        "engine": "",
        "outputs": {"other": {"sha256": "", "bytes": 1, "rows": 1}},
    }
    content = {
        "version": 1,
        "source": {"location": "demo"},
        "stages": {"clean": record, "gone": record},
    }
    path.write_text(json.dumps(content))
    assert drop_outdated_records(read_manifest(path)).stages == {}


def test_a_folder_that_is_there_becomes_private_and_keeps_what_is_in_it(tmp_path):
    folder = tmp_path / "w"
    (folder / ".tmp").mkdir(parents=True)
    (folder / ".tmp/mine").write_text("precious")
    folder.chmod(0o755)
    with Workspace(folder).writing():
        pass
    assert mode(folder) == 0o700
    assert (folder / ".tmp/mine").exists()


def test_a_full_disk_is_a_clear_error(tmp_path):
    workspace = Workspace(tmp_path)
    with (
        pytest.raises(WorkspaceError, match="No space left"),
        workspace.writing(),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_manifest_of_a_newer_version_is_a_clear_error(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"version": 2}))
    with pytest.raises(WorkspaceError, match="another version"):
        read_manifest(path)


def test_a_changed_file_has_another_digest(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    first = sha256(path)
    path.write_bytes(b"three")
    assert sha256(path) != first


def test_every_column_of_every_artifact_is_described():
    for artifact in ARTIFACTS.values():
        assert artifact.description
        for column in artifact.columns:
            assert column.description
        assert set(artifact.key) <= {column.name for column in artifact.columns}


def test_tables_with_a_row_per_customer_are_known_as_personal():
    personal = {name for name, artifact in ARTIFACTS.items() if artifact.personal}
    orders = {"raw", "transactions", "removed"}
    assert personal == orders | {
        "movers",
        "features",
        "components",
        "segments",
        "rfm",
        "customers",
        "past_value",
        "past_validation",
        "past_backtest",
        "past_backtest_lines",
        "past_inventory",
        "past_inventory_lines",
        "value",
        "recommendations",
    }
