"""A workspace of somebody else's, with links in it to what is yours: none is followed."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace.snapshot import HELD
from custseg.workspace.workspace import Workspace
from tests.conftest import nightly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Custseg = Callable[..., Any]

SNAPSHOT = "history/SNAPSHOT"
"""The published snapshot's folder, whose name is a date."""
IN_SNAPSHOT = tuple(f"{SNAPSHOT}/{ARTIFACTS[name].file}" for name in HELD)
IN_CHARTS = ("charts/.custseg-made", "charts/a.svg")
PLACES = (
    *("manifest.json", ".lock", ".lock-owner", ".custseg-token", ".custseg-unfinished"),
    *("source", "exports", "history", SNAPSHOT, "history/.replaced-2020-01-01"),
    *("left-out.json", ".custseg-step"),
    f"{SNAPSHOT}/snapshot.json",
    *IN_SNAPSHOT,
    *IN_CHARTS,
)
FILES = tuple(artifact.file for artifact in ARTIFACTS.values())
KINDS = ("file", "folder", "nowhere")
CASES = [
    *((place, KINDS[i % 3]) for i, place in enumerate((*PLACES, *FILES))),
    *nightly(
        (place, kind) for i, place in enumerate(PLACES) for kind in KINDS if kind != KINDS[i % 3]
    ),
]


@pytest.fixture(scope="module")
def evil(undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished workspace, with a chart, that each test leaves as it was."""
    folder = tmp_path_factory.mktemp("evil") / "w"
    shutil.copytree(undisturbed, folder)
    (folder / "charts" / ".custseg-made").write_text("a.svg\n")
    (folder / "charts" / "a.svg").write_text("<svg/>")
    return folder


@contextmanager
def linked(path: Path, target: Path) -> Iterator[None]:
    """Have a link in a place of the workspace; what was there is put back afterwards."""
    aside = target.parent / "aside"
    there = path.exists()
    if there:
        path.rename(aside)
    path.symlink_to(target)
    try:
        yield
        assert path.is_symlink()
    finally:
        path.unlink()
        if there:
            aside.rename(path)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: the bytes of files, None of folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def precious(folder: Path) -> Path:
    """Somebody's folder, named and filled as what custseg removes."""
    mine = folder / "custseg-mine"
    (mine / "2020-01-01").mkdir(parents=True)
    for name in ("diary.txt", ".draft.csv.unfinished", "snapshot.json", "segments.parquet"):
        (mine / name).write_text("precious")
    return mine


def in_words(output: str) -> str:
    """A message as one line."""
    return " ".join(output.split())


@pytest.mark.parametrize(("place", "kind"), CASES)
def test_no_link_in_a_workspace_is_followed(place, kind, evil, custseg, tmp_path):
    published = next(path.name for path in (evil / "history").iterdir())
    in_snapshot = [one.replace("SNAPSHOT", published) for one in IN_SNAPSHOT]
    place = place.replace("SNAPSHOT", published)
    outside = tmp_path / "outside"
    mine = precious(outside)
    before = contents(mine)
    target = {"file": mine / "diary.txt", "folder": mine, "nowhere": mine / "new"}[kind]
    with linked(evil / place, target):
        told = {
            command: custseg(command, "-w", evil, *more)
            for command, *more in (("status",), ("history",), ("export", "--segment", "1"))
        }
    assert contents(mine) == before
    refused = [result for result in told.values() if result.exit_code]
    for result in refused:
        assert result.exit_code == 4, result.output
        assert f"{place} is a symbolic link" in in_words(result.stderr)
        assert "Move it away" in in_words(result.stderr)
    told_by = "status" if place in IN_CHARTS else "history" if place in in_snapshot else "export"
    assert told[told_by] in refused
    shutil.rmtree(evil / "exports", ignore_errors=True)


def test_a_file_that_is_as_recorded_is_not_read_through_a_link_either(evil, custseg, tmp_path):
    """The digest holds: that alone would let a manifest vouch for any file of yours."""
    (tmp_path / "outside").mkdir()
    copied = tmp_path / "outside" / "copy"
    for artifact in ("segments", "plans", "features"):
        path = Workspace(evil).path(artifact)
        shutil.copy(path, copied)
        with linked(path, copied):
            result = custseg("export", "--segment", "1", "-w", evil)
        assert result.exit_code == 4
        assert f"{path.name} is a symbolic link" in in_words(result.stderr)


@pytest.mark.parametrize("stage", ["clean", "report", "run-all"])
def test_no_run_writes_through_a_link(stage, evil, custseg, tmp_path):
    mine = precious(tmp_path / "outside")
    before = contents(mine)
    for place in ("segments.xlsx", "charts", "history", "source"):
        with linked(evil / place, mine):
            result = custseg(stage, "-w", evil, "--force")
        assert result.exit_code == 4, result.output
    assert contents(mine) == before


def test_the_link_that_an_older_custseg_left_to_what_it_unpacked_deletes_nothing(
    evil, custseg, tmp_path
):
    mine = precious(tmp_path / "outside")
    before = contents(mine)
    scratch = evil / ".custseg-unfinished"
    scratch.mkdir()
    (scratch / "unpacked").symlink_to(mine)
    result = custseg("export", "--segment", "1", "-w", evil, "--output", tmp_path / "list.csv")
    assert result.exit_code == 0, result.output
    assert contents(mine) == before
    assert not scratch.exists()


@pytest.mark.parametrize("name", ["a.csv", "a-control.csv", "sub/a.csv"])
@pytest.mark.parametrize("more", [(), ("--force",)])
def test_no_list_is_written_through_a_link_in_the_folder_of_lists(
    name, more, evil, custseg, tmp_path
):
    mine = precious(tmp_path / "outside")
    before = contents(mine)
    exports = evil / "exports"
    exports.mkdir()
    place = exports / name
    link = exports / "sub" if name.startswith("sub") else place
    with linked(link, mine if name.startswith("sub") else mine / "diary.txt"):
        result = custseg(
            *("export", "--segment", "1", "-w", evil, "--holdout", "20%", *more),
            *("--output", exports / name.replace("-control", "")),
        )
    assert result.exit_code == 4, result.output
    assert "is a symbolic link" in in_words(result.stderr)
    assert contents(mine) == before
    exports.rmdir()


def test_a_file_named_as_an_unfinished_list_of_anybodys_stays(evil, custseg, tmp_path):
    mine = tmp_path / ".list.csv.unfinished"
    mine.write_text("precious")
    options = ("--segment", "1", "--output", tmp_path / "list.csv")
    assert custseg("export", "-w", evil, *options).exit_code == 0
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("token", ["*", "../../x", "", "a" * 15, "A" * 16])
def test_a_token_that_is_none_of_ours_is_made_anew(token, tmp_path):
    workspace = Workspace(tmp_path / "w")
    workspace.exports.mkdir(parents=True)
    mine = workspace.exports / ".mine.csv.unfinished"
    mine.write_text("precious")
    file = workspace.root / ".custseg-token"
    file.write_text(token)
    with workspace.writing():
        pass
    assert mine.exists()
    assert len(file.read_text().strip()) == 16
    assert file.read_text().strip() != token
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", [".lock", ".lock-owner"])
def test_no_lock_overwrites_a_file_that_it_is_another_name_of(name, custseg, tmp_path, evil):
    mine = tmp_path / "diary.txt"
    mine.write_text("precious")
    place = evil / name
    aside = tmp_path / "aside"
    if place.exists():
        place.rename(aside)
    place.hardlink_to(mine)
    result = custseg("export", "--segment", "1", "-w", evil, "--output", tmp_path / "list.csv")
    assert mine.read_text() == "precious"
    assert result.exit_code == {".lock": 4, ".lock-owner": 0}[name], result.output
    place.unlink(missing_ok=True)
    if aside.exists():
        aside.rename(place)


@pytest.mark.parametrize("place", ["manifest.json", ".custseg-token", "charts/.custseg-made"])
def test_no_pipe_in_a_workspace_is_waited_for(place, evil, custseg, tmp_path):
    aside = tmp_path / "aside"
    path = evil / place
    there = path.exists()
    if there:
        path.rename(aside)
    os.mkfifo(path)
    results = [custseg(*call, "-w", evil) for call in (("status",), ("export", "--segment", "1"))]
    assert 4 in {result.exit_code for result in results}
    assert {result.exit_code for result in results} <= {0, 4}
    assert any(f"{path.name}: is no file" in in_words(result.stderr) for result in results)
    path.unlink()
    shutil.rmtree(evil / "exports", ignore_errors=True)
    if there:
        aside.rename(path)


@pytest.mark.parametrize("place", [".custseg-unfinished", "source"])
def test_a_file_in_the_place_of_a_folder_is_told_and_stays(place, custseg, tmp_path):
    workspace = tmp_path / "w"
    workspace.mkdir()
    (workspace / place).write_text("precious")
    result = custseg("run-all", "demo", "-w", workspace)
    assert result.exit_code == 4, result.output
    assert f"{place}: is not a folder" in in_words(result.stderr)
    assert (workspace / place).read_text() == "precious"


def test_a_workspace_that_is_itself_a_link_is_used(evil, custseg, tmp_path):
    (tmp_path / "link").symlink_to(evil)
    options = ("--segment", "1", "--output", tmp_path / "list.csv")
    result = custseg("export", "-w", tmp_path / "link", *options)
    assert result.exit_code == 0, result.output
    assert custseg("status", "-w", tmp_path / "link").exit_code == 0


def test_a_workspace_that_is_a_link_to_nowhere_is_told(custseg, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    result = custseg("run-all", "demo", "-w", tmp_path / "link")
    assert result.exit_code == 4
    assert "link: cannot be used as a workspace" in in_words(result.stderr)
    assert not (tmp_path / "nowhere").exists()


def test_settings_are_written_through_no_link_of_a_foreign_folder(custseg, tmp_path):
    mine = tmp_path / "diary.txt"
    mine.write_text("precious")
    Path(".custseg.toml.unfinished").symlink_to(mine)
    assert custseg("init").exit_code == 0
    assert mine.read_text() == "precious"
    Path("custseg.toml").unlink()
    Path("custseg.toml").symlink_to(tmp_path / "nowhere")
    assert custseg("init").exit_code == 3
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "plan",
    [
        {"replaced": {"000000": "../mine/diary.txt"}, "deleted": []},
        {"replaced": {"../../mine/diary.txt": "raw.parquet"}, "deleted": []},
        {"replaced": {"000000": "out/diary.txt"}, "deleted": []},
        {"replaced": {}, "deleted": ["../mine"]},
        {"replaced": {}, "deleted": ["out/diary.txt"]},
        {"replaced": {}, "deleted": ["{mine}"]},
        {"replaced": {}, "deleted": [""]},
        ["deleted"],
    ],
)
def test_a_forged_step_of_an_erasure_reaches_nothing_outside(plan, tmp_path):
    mine = precious(tmp_path / "mine")
    before = contents(tmp_path / "mine")
    workspace = Workspace(tmp_path / "w")
    step = workspace.root / ".custseg-step"
    step.mkdir(parents=True)
    (step / "000000").write_text("forged")
    (workspace.root / "out").symlink_to(mine)
    (step / "plan.json").write_text(json.dumps(plan).replace("{mine}", str(mine)))
    with pytest.raises(WorkspaceError), workspace.writing():
        pass
    assert contents(tmp_path / "mine") == before


def test_who_is_forgotten_is_taken_out_of_no_file_behind_a_link(evil, custseg, tmp_path):
    mine = precious(tmp_path / "outside")
    known = pq.read_table(evil / "features.parquet")["customer_id"][0].as_py()
    (mine / "list.csv").write_text(f"customer_id\n{known}\n")
    before = contents(mine)
    (evil / "exports").mkdir(exist_ok=True)
    whole = contents(evil)
    for place in ("exports/list.csv", "exports/sub", "receipts"):
        with linked(evil / place, mine / "list.csv" if place.endswith("csv") else mine):
            for command in ("forget", "object"):
                result = custseg(command, known, "-w", evil)
                assert result.exit_code == 4, result.output
                assert "is a symbolic link" in in_words(result.stderr)
        assert contents(mine) == before
    assert contents(evil) == whole
    (evil / "exports").rmdir()
