"""A workspace that somebody edited is refused, and none of what they put into it runs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pyarrow.parquet as pq
import pytest

from custseg import load_pipeline
from custseg.engine.parquet import read_frame
from custseg.errors import CustsegError, WorkspaceError
from custseg.segments.model.loading import unpickled
from custseg.workspace.inside import read_own
from custseg.workspace.left_out import FILE, LeftOut
from custseg.workspace.signing import judged, parsed
from tests.workspaces import edited

if TYPE_CHECKING:
    from collections.abc import Callable


class Attack:
    """What makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.file),)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot_of(folder: Path) -> Path:
    return next((folder / "history").iterdir())


def rewritten(path: Path, change: Callable[[Any], object]) -> None:
    """Edit a record as somebody does who has no key: its signature stays as it was."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def stripped(path: Path) -> None:
    """Take the signature out of a record."""
    path.write_bytes(judged(path.read_bytes(), "manifest").body)


def with_rows_edited(snapshot: Path) -> dict[str, Any]:
    """Edit a published table; what its record would say of it now."""
    path = snapshot / "segments.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    return {"sha256": digest(path), "bytes": path.stat().st_size, "rows": table.num_rows - 1}


def test_an_edited_history_with_recomputed_hashes_is_refused(finished, custseg):
    snapshot = snapshot_of(finished)
    now = with_rows_edited(snapshot)
    rewritten(snapshot / "snapshot.json", lambda record: record["files"].update(segments=now))
    for call in (["history"], ["run-all"], ["history", "--rebuild"]):
        refused = custseg(*call, "-w", finished)
        assert refused.exit_code == 4, call
        assert "snapshot.json: was altered after custseg wrote it" in refused.stderr
        assert f"move {snapshot} away" in refused.stderr


def test_an_edited_manifest_is_refused_by_every_command(finished, custseg):
    rewritten(
        finished / "manifest.json",
        lambda record: record["stages"]["clean"]["facts"].update(as_of="2020-01-01"),
    )
    for call in ("status", "run-all", "export", "profile"):
        refused = custseg(call, "-w", finished)
        assert refused.exit_code == 4, call
        assert "manifest.json: was altered" in refused.stderr
    assert custseg("verify", "-w", finished).exit_code == 4
    assert custseg("verify", "--adopt", "-w", finished).exit_code == 4


def test_an_edited_register_of_the_forgotten_is_refused(finished, custseg):
    register = finished / FILE
    register.write_bytes(LeftOut(frozenset({"ab"}), key_check="cd").stored())
    rewritten(register, lambda record: record.update(forgotten=[]))
    refused = custseg("run-all", "-w", finished)
    assert refused.exit_code == 4
    assert "left-out.json: was altered" in refused.stderr


def test_one_record_is_not_taken_for_another_kind(finished, custseg):
    snapshot = snapshot_of(finished)
    shutil.copy(snapshot / "snapshot.json", finished / FILE)
    refused = custseg("run-all", "-w", finished)
    assert refused.exit_code == 4
    assert "left-out.json: was altered" in refused.stderr


def test_a_signature_taken_off_is_missed_where_there_was_one(finished, custseg):
    record = snapshot_of(finished) / "snapshot.json"
    assert custseg("run-all", "-w", finished, "-q").exit_code == 0
    stripped(record)
    # Moved, it is known by its token; with another token, by its place.
    moved = Path(shutil.copytree(finished, finished.with_name("moved")))
    (finished / ".custseg-token").write_text("0" * 16)
    for folder in (moved, finished):
        refused = custseg("history", "-w", folder)
        assert refused.exit_code == 4
        assert "snapshot.json: has no signature" in refused.stderr
        checked = custseg("verify", "-w", folder, "--json")
        assert checked.exit_code == 4
        assert json.loads(checked.stdout)["states"]["unsigned"] == 1
    adopted = custseg("verify", "--adopt", "-w", finished)
    assert adopted.exit_code == 0, adopted.output
    assert custseg("history", "-w", finished).exit_code == 0


def test_a_workspace_of_an_older_version_is_signed_by_the_next_run(finished, custseg):
    records = [finished / "manifest.json", snapshot_of(finished) / "snapshot.json"]
    for record in records:
        stripped(record)
    assert custseg("status", "-w", finished).exit_code == 0
    assert custseg("verify", "-w", finished).exit_code == 4
    assert custseg("run-all", "-w", finished, "-q").exit_code == 0
    assert custseg("verify", "-w", finished).exit_code == 0
    assert all(b'"signature"' in record.read_bytes() for record in records)


def test_a_workspace_signed_with_another_key_is_adopted_by_a_decision_only(
    finished, custseg, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_KEY", "another key of some length")
    for call in (["status"], ["run-all"], ["verify"]):
        refused = custseg(*call, "-w", finished)
        assert refused.exit_code == 4
        assert call == ["verify"] or "CUSTSEG_KEY" in refused.stderr
    adopted = custseg("verify", "--adopt", "-w", finished)
    assert adopted.exit_code == 0, adopted.output
    assert "manifest.json" in adopted.stderr
    assert custseg("status", "-w", finished).exit_code == 0


def test_to_adopt_does_not_hide_an_edited_file(finished, custseg, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "another key of some length")
    with_rows_edited(snapshot_of(finished))
    checked = custseg("verify", "--adopt", "-w", finished)
    assert checked.exit_code == 4
    assert "segments.parquet: altered" in checked.stderr


@pytest.mark.parametrize("place", ["no home", "read-only"])
def test_a_key_in_the_environment_needs_no_home_folder(
    finished, small_shop, custseg, monkeypatch, tmp_path, place
):
    if place == "no home":
        monkeypatch.delenv("XDG_CONFIG_HOME")
        monkeypatch.setattr(Path, "expanduser", _homeless)
    else:
        # In a file nobody can make a folder, not even root.
        (tmp_path / "file").touch()
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert custseg("run-all", "-w", finished, "-q").exit_code == 0
    assert custseg("verify", "-w", finished).exit_code == 0
    monkeypatch.delenv("CUSTSEG_KEY")
    for call, code in (
        (["run-all", "-w", finished], 4),
        (["download", small_shop, "-w", "new"], 3),
    ):
        refused = custseg(*call)
        assert refused.exit_code == code
        assert "CUSTSEG_KEY" in refused.stderr


def _homeless(path: Path) -> Path:
    if path.parts[:1] == ("~",):
        raise RuntimeError("Could not determine home directory.")
    return path


def test_verify_lists_every_file_with_its_state(finished, custseg):
    (finished / "notes.txt").write_text("mine")
    (finished / "report.html").unlink()
    checked = custseg("verify", "-w", finished, "--json")
    assert checked.exit_code == 0, checked.output
    states = {one["file"]: one["state"] for one in json.loads(checked.stdout)["files"]}
    published = f"history/{snapshot_of(finished).name}"
    assert states["notes.txt"] == "not recorded"
    assert states["report.html"] == "to be made"
    assert states["raw.parquet"] == states[f"{published}/snapshot.json"] == "as recorded"
    (finished / published / "model.json").unlink()
    (finished / "raw.parquet").write_bytes(b"PAR1")
    checked = custseg("verify", "-w", finished, "--json")
    assert checked.exit_code == 4
    states = {one["file"]: one["state"] for one in json.loads(checked.stdout)["files"]}
    assert states[f"{published}/model.json"] == "gone"
    assert states["raw.parquet"] == "altered"


def test_a_pipeline_is_loaded_from_a_workspace_or_a_month(finished):
    snapshot = snapshot_of(finished)
    for place in (finished, finished / "pipeline.joblib", snapshot, str(snapshot)):
        loaded = load_pipeline(place)
        assert [name for name, _ in loaded.steps][-1] == "kmeans"
    theirs = joblib.load(finished / "pipeline.joblib")
    points = np.random.default_rng(1).gamma(2, size=(50, theirs.n_features_in_))
    assert (loaded.predict(points) == theirs.predict(points)).all()


def test_a_swapped_pipeline_runs_nothing(finished, tmp_path):
    made, path = tmp_path / "made", finished / "pipeline.joblib"
    joblib.dump(Attack(made), path)
    with pytest.raises(WorkspaceError, match="SHA-256 differs"):
        load_pipeline(finished)

    def recorded(record: Any) -> None:
        record["stages"]["fit"]["outputs"]["pipeline"]["sha256"] = digest(path)

    rewritten(finished / "manifest.json", recorded)
    with pytest.raises(WorkspaceError, match="signature|altered"):
        load_pipeline(finished)
    stripped(finished / "manifest.json")
    with pytest.raises(WorkspaceError, match="signature|altered"):
        load_pipeline(finished)
    # Even whoever has the key gets nothing run.
    edited(finished / "manifest.json", "manifest", recorded)
    with pytest.raises(WorkspaceError, match=r"holds posix\.mkdir"):
        load_pipeline(finished)
    assert not made.exists()
    joblib.load(path)
    assert made.exists()


def test_a_pipeline_beside_no_record_is_not_loaded(finished, tmp_path):
    copy = tmp_path / "alone"
    copy.mkdir()
    shutil.copy(finished / "pipeline.joblib", copy)
    with pytest.raises(WorkspaceError, match="no workspace that has a record"):
        load_pipeline(copy)
    with pytest.raises(WorkspaceError, match="no workspace"):
        load_pipeline(tmp_path / "nowhere")


def stored(value: object) -> bytes:
    stream = io.BytesIO()
    joblib.dump(value, stream)
    return stream.getvalue()


def pickles(made: Path) -> dict[str, bytes]:
    """Pickles that would make a folder, or are no pipeline."""
    attack = Attack(made)
    objects = np.empty(1, dtype=object)
    objects[0] = attack
    return {
        "call": pickle.dumps(attack),
        "list": stored([1, {"a": attack}]),
        "array of objects": stored(objects),
        "old protocol": pickle.dumps(attack, protocol=0),
        "eval": b"cbuiltins\neval\n(V1\ntR.",
        "attribute of what is allowed": b"\x80\x04\x8c\x05numpy\x8c\x0bdtype.mro.a\x93.",
        "change of a class": b"csklearn.pipeline\nPipeline\n}Vfit\ncnumpy\ndtype\nsb.",
        "reference": b"Pfile\n.",
        "no pipeline": stored({"a": np.arange(3)}),
        "huge array": stored(np.arange(3)).replace(b"K\x03\x85", b"J\xff\xff\xff\x7f\x85"),
        "cut": stored(np.arange(3))[:-5],
        "empty": b"",
        "noise": b"\x80\x04" + bytes(range(256)),
    }


@pytest.mark.parametrize("name", list(pickles(Path("made"))))
def test_what_is_no_pipeline_is_refused_before_anything_of_it_runs(name, tmp_path):
    made = tmp_path / "made"
    with pytest.raises(WorkspaceError, match="not loaded|no pipeline"):
        unpickled(pickles(made)[name], tmp_path / "pipeline.joblib")
    assert not made.exists()


@pytest.mark.parametrize("place", ["manifest.json", FILE, "snapshot.json"])
@pytest.mark.parametrize("content", ["large", "deep", "deep in objects"])
def test_huge_metadata_is_refused_at_once(finished, custseg, place, content):
    path = (snapshot_of(finished) if place == "snapshot.json" else finished) / place
    with path.open("wb") as stream:
        if content == "large":
            # Sparse: no disk is filled.
            stream.truncate(300 * 2**20)
        else:
            stream.write(b"[" * 500_000 if content == "deep" else b'{"a":' * 100_000)
    clock = time.perf_counter()
    refused = custseg("run-all", "-w", finished)
    assert time.perf_counter() - clock < 5
    assert refused.exit_code == 4, refused.output
    assert place in refused.stderr
    assert ("larger than anything" if content == "large" else "damaged") in refused.stderr


def test_a_number_of_a_million_digits_is_refused():
    with pytest.raises(ValueError, match="digits"):
        parsed(b'{"version": ' + b"9" * 1_000_000 + b"}")


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(WorkspaceError, match="larger than anything custseg writes"):
        read_own(path, tmp_path)


@pytest.mark.parametrize("claimed", [2**31 - 1, 40 * 2**20, 5000])
def test_a_table_with_absurd_metadata_is_refused(finished, custseg, claimed):
    path = finished / "profiles.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:-8] + claimed.to_bytes(4, "little") + b"PAR1")
    with pytest.raises(CustsegError, match="metadata claims"):
        read_frame(path)

    def recorded(record: Any) -> None:
        output = record["stages"]["profile"]["outputs"]["profiles"]
        output["sha256"] = digest(path)

    # As the workspace of somebody who signs nothing.
    rewritten(finished / "manifest.json", recorded)
    stripped(finished / "manifest.json")
    refused = custseg("profile", "-w", finished)
    assert refused.exit_code == 4
