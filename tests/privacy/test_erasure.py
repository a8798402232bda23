"""The forgotten are in no byte of a workspace and never come back; who objects is in no segment."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import joblib
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.privacy.traces import search
from custseg.workspace.left_out import FILE, read_left_out
from custseg.workspace.workspace import Workspace
from tests.shops import KEY, SMALL_RUN

AFTER_CLEAN = [
    artifact.name
    for artifact in ARTIFACTS.values()
    if artifact.personal and artifact.name not in {"raw", "transactions", "removed"}
]


def texts_in(path: Path) -> bytes:
    """All that a file says, decoded: its bytes, its columns' cells, its packed parts."""
    content = path.read_bytes()
    if content[:4] == b"PAR1":
        content += repr(pq.read_table(path, partitioning=None).to_pydict()).encode()
    if is_zipfile(path):
        with ZipFile(path) as archive:
            content += b"".join(archive.read(name) for name in archive.namelist())
    return content


def where(folder: Path, ids: list[str]) -> set[str]:
    """The files of a workspace that name one of some customers anywhere."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix()
        for path in files
        if any(one.encode() in texts_in(path) for one in ids)
    }


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a workspace that tells of the shop, and of what was asked."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock") and "receipts" not in path.parts
    }


def counting(folder: Path) -> set[str]:
    """The customers whose orders count."""
    return set(pq.read_table(folder / "transactions.parquet")["customer_id"].to_pylist())


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has the key by which the fixtures' customers were left out."""
    monkeypatch.setenv("CUSTSEG_KEY", KEY)


@pytest.fixture(scope="module")
def listed(secret_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of two months with lists and scores of every form; not to be changed."""
    folder = tmp_path_factory.mktemp("listed") / "w"
    shutil.copytree(secret_shop, folder)
    orders = secret_shop.parent / "orders.csv"
    for call in (
        ["export", "--segment", "1", "--segment", "2", "--segment", "3", "--all-members"],
        ["export", "--segment", "1", "--segment", "2", "--segment", "3", "--format", "xlsx"],
        ["score", str(orders)],
        ["score", str(orders), "--output", str(folder / "exports" / "scores.parquet")],
    ):
        done = CliRunner().invoke(
            app, [*call, "-w", str(folder), "-q"], env=SMALL_RUN | {"CUSTSEG_KEY": KEY}
        )
        assert done.exit_code == 0, done.output
    (folder / "exports" / "notes.txt").write_text("Call the printer.")
    return folder


@pytest.fixture(scope="module")
def some(listed: Path) -> list[str]:
    """Five customers who are on every list."""
    ids = counting(listed)
    for path in (listed / "exports").glob("*.csv"):
        ids &= set(pd.read_csv(path, dtype="str")["customer_id"])
    book = next((listed / "exports").glob("*.xlsx"))
    ids &= set(pd.read_excel(book, dtype="str")["customer_id"])
    return random.Random(1).sample(sorted(ids), 5)


@pytest.fixture(scope="module")
def forgotten(listed: Path, some: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after they were forgotten; not to be changed."""
    folder = tmp_path_factory.mktemp("forgotten") / "w"
    shutil.copytree(listed, folder)
    call = ["forget", *some, "--verify", "-w", str(folder), "--json"]
    done = CliRunner().invoke(app, call, env=SMALL_RUN | {"CUSTSEG_KEY": KEY})
    assert done.exit_code == 0, done.output
    (folder.parent / "said.json").write_text(done.stdout)
    return folder


def test_no_byte_and_no_cell_names_the_forgotten(listed, forgotten, some):
    known = where(listed, some)
    assert {f"{name}.parquet" for name in AFTER_CLEAN} & known
    assert {"raw.parquet", "removed.parquet", "transactions.parquet"} <= known
    assert sum(name.startswith("exports/") for name in known) == 4
    assert sum(name.startswith("history/") for name in known) == 4
    assert where(forgotten, some) == set()
    # The fixture's own words name nobody either.
    assert not any(one in (forgotten.parent / "said.json").read_text() for one in some)


def test_the_rows_of_others_are_as_they_were(listed, forgotten, some):
    gone = pa.array(some)
    for path in sorted(listed.rglob("*.parquet")):
        before = pq.read_table(path, partitioning=None)
        after = pq.read_table(forgotten / path.relative_to(listed), partitioning=None)
        if "customer_id" in before.column_names:
            theirs = pc.fill_null(pc.is_in(before["customer_id"], gone), False)
            before = before.filter(pc.invert(theirs))
        assert after.equals(before), path
    for path in (listed / "exports").glob("*.csv"):
        lines = path.read_text().splitlines()
        left = [line for line in lines if not any(one in line for one in some)]
        assert (forgotten / "exports" / path.name).read_text().splitlines() == left
    book = next((listed / "exports").glob("*.xlsx"))
    before, after = (pd.read_excel(f / "exports" / book.name) for f in (listed, forgotten))
    left = before[~before["customer_id"].isin(some)].reset_index(drop=True)
    pd.testing.assert_frame_equal(after, left)


def test_the_receipt_says_what_was_done_where_and_names_nobody(listed, forgotten, some):
    (path,) = (forgotten / "receipts").iterdir()
    receipt = json.loads(path.read_text())
    assert receipt["kind"] == "forget"
    assert receipt["customers"] == 5
    assert path.stat().st_mode & 0o777 == 0o600
    done = {change["file"]: change for change in receipt["changes"]}
    raw = pq.read_table(listed / "raw.parquet")
    theirs = pc.sum(pc.is_in(raw["customer_id"], pa.array(some))).as_py()
    assert done["raw.parquet"]["rows"] == theirs
    assert {done[name]["done"] for name in ("summary.json", "report.html")} == {"deleted"}
    for name, change in done.items():
        there = forgotten / name
        assert there.exists() == (change["done"] != "deleted")
    assert "exports/notes.txt" in " ".join(receipt["out_of_reach"])
    said = json.loads((forgotten.parent / "said.json").read_text())
    assert said["found_in"] == []
    assert said["changes"] == receipt["changes"]


@pytest.mark.parametrize(
    "call",
    [
        ("run-all",),
        pytest.param(("history", "--rebuild", "--all"), marks=pytest.mark.nightly),
    ],
    ids=["run", "rebuild"],
)
def test_the_next_run_and_the_same_export_read_anew_leave_them_out(
    call, forgotten, secret_shop, some, custseg, tmp_path
):
    folder = Path(shutil.copytree(forgotten, tmp_path / "w"))
    raw = (folder / "raw.parquet").read_bytes()
    assert custseg("status", "-w", folder).stdout.splitlines()[2].split("\t")[1] == "fresh"
    export = secret_shop.parent / "orders.csv"
    again = custseg("download", export, "--force", "--replace-source", "-w", folder)
    assert again.exit_code == 0, again.output
    assert (folder / "raw.parquet").read_bytes() == raw
    assert "of customers who were forgotten: not read" in again.stderr
    done = custseg(*call, "-w", folder, "-q")
    assert done.exit_code == 0, done.output
    assert where(folder, some) == set()


def test_a_score_of_the_export_leaves_them_out(forgotten, secret_shop, some, custseg, tmp_path):
    file = tmp_path / "scores.csv"
    done = custseg("score", secret_shop.parent / "orders.csv", "-w", forgotten, "--output", file)
    assert done.exit_code == 0, done.output
    assert not any(one in file.read_text() for one in some)
    assert where(forgotten, some) == set()


def test_to_forget_them_again_changes_nothing(forgotten, some, custseg, tmp_path):
    folder = Path(shutil.copytree(forgotten, tmp_path / "w"))
    before = content(folder)
    done = custseg("forget", *some, "-w", folder, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["changes"] == []
    assert content(folder) == before


def test_who_is_unknown_stops_all_of_it_and_is_not_named(listed, some, custseg, tmp_path):
    folder = Path(shutil.copytree(listed, tmp_path / "w"))
    before = content(folder)
    people = tmp_path / "people.txt"
    people.write_text(f"{some[0]}\n\n0secret-nobody\n")
    done = custseg("forget", "--file", people, "-w", folder)
    assert done.exit_code == 5
    assert "by place: 2" in done.stderr
    assert "0secret" not in done.output
    assert content(folder) == before


def test_another_key_finds_nobody_and_is_refused(
    forgotten, secret_shop, custseg, tmp_path, monkeypatch
):
    folder = Path(shutil.copytree(forgotten, tmp_path / "w"))
    monkeypatch.setenv("CUSTSEG_KEY", "another key of some length")
    assert custseg("verify", "--adopt", "-w", folder).exit_code == 0
    export = secret_shop.parent / "orders.csv"
    for call in (["download", export, "--force", "--replace-source"], ["forget", "x"]):
        done = custseg(*call, "-w", folder)
        assert done.exit_code == 5
        assert "is not the one that the customers left out" in done.stderr


def test_a_damaged_register_stops_every_run(forgotten, custseg, tmp_path):
    folder = Path(shutil.copytree(forgotten, tmp_path / "w"))
    (folder / FILE).write_text("{}")
    done = custseg("run-all", "-w", folder)
    assert done.exit_code == 4
    assert "put it back from a backup" in done.stderr.lower()


def test_who_objects_is_in_nothing_after_clean(listed, secret_shop, some, custseg, tmp_path):
    folder = Path(shutil.copytree(listed, tmp_path / "w"))
    before = pq.read_table(folder / "raw.parquet")
    at_once = custseg("object", *some, "-w", folder)
    assert at_once.exit_code == 0, at_once.output
    kept = {"raw.parquet", "transactions.parquet", "removed.parquet"}
    assert where(folder, some) == kept
    export = custseg("export", "--segment", "1", "-w", folder)
    assert export.exit_code == 4
    done = custseg("run-all", "-w", folder, "-q")
    assert done.exit_code == 0, done.output
    assert where(folder, some) == kept - {"transactions.parquet"}
    raw = pq.read_table(folder / "raw.parquet")
    assert raw.drop_columns("objected").equals(before.drop_columns("objected"))
    removed = pq.read_table(folder / "removed.parquet").to_pandas()
    ledger = pq.read_table(folder / "ledger.parquet").to_pandas().set_index("rule")
    counted = removed[removed["rule"] == "objected"]
    assert set(counted["customer_id"]) == set(some)
    assert ledger.loc["objected", "rows_removed"] == len(counted)
    assert ledger.loc["objected", "value_removed"] == counted["amount"].sum()
    source = [secret_shop.parent / "orders.csv", "--replace-source", "-w", folder, "-q"]
    assert custseg("download", "--force", *source).exit_code == 0
    assert pq.read_table(folder / "raw.parquet").equals(raw)

    withdrawn = custseg("object", "--withdraw", *some, "-w", folder)
    assert withdrawn.exit_code == 0, withdrawn.output
    assert custseg("download", *source).exit_code == 0
    assert not pc.any(pq.read_table(folder / "raw.parquet")["objected"]).as_py()
    again = custseg("object", "--withdraw", some[0], "-w", folder)
    assert again.exit_code == 5


def test_a_file_of_objections_holds_ids_or_addresses(hashed_shop, custseg, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", KEY)
    folder = Path(shutil.copytree(hashed_shop / "w", tmp_path / "w"))
    orders = pd.read_csv(hashed_shop / "people.csv", dtype="str")
    people = orders["CustomerID"].dropna().drop_duplicates()
    known = counting(folder)
    file = tmp_path / "objections.csv"
    file.write_text(f"name;mail\nAnna;{people.iloc[0].upper()}\nBert;{people.iloc[3]}\n")
    (tmp_path / "custseg.toml").write_text('[privacy]\nobjections = "objections.csv"\n')
    status = custseg("status", "-w", folder)
    assert "others object now" in status.stdout
    source = [hashed_shop / "people.csv", "--replace-source", "-w", folder, "-q"]
    for left_out in (2, 0):
        assert custseg("download", *source).exit_code == 0
        assert custseg("clean", "-w", folder, "-q").exit_code == 0
        assert len(known - counting(folder)) == left_out
        file.write_text("")
    file.unlink()
    gone = custseg("download", *source)
    assert gone.exit_code == 5
    assert "objections.csv" in gone.stderr


def forget_and_die(folder: Path, some: list[str], at: int) -> int:
    """Forget customers in a process that is killed at a call that changes the disk.

    Returns
    -------
    int
        How many such calls there were where it was not.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def dying(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal done
                done += 1
                if done == at:
                    os.kill(os.getpid(), 9)
                return function(*arguments, **named)

            return call

        for name in ("rename", "replace", "fsync", "open", "mkdir", "unlink", "rmdir"):
            setattr(os, name, dying(getattr(os, name)))
        result = CliRunner().invoke(app, ["forget", *some, "-w", str(folder), "-q"])
        os.write(tell, str(done if result.exit_code == 0 else -1).encode())
        os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    calls = int(os.read(told, 20) or 0)
    os.close(told)
    return calls


@pytest.mark.parametrize("kills", [pytest.param(4), pytest.param(50, marks=pytest.mark.nightly)])
def test_a_killed_erasure_ends_as_all_or_nothing(listed, forgotten, some, tmp_path, kills):
    before, after = content(listed), content(forgotten)
    whole = Path(shutil.copytree(listed, tmp_path / "whole"))
    calls = forget_and_die(whole, some, -1)
    assert calls > 40
    assert content(whole) == after
    ends = set()
    draw = random.Random(kills)
    moments = [draw.randint(1, calls) for _ in range(kills - 2)]
    for moment in (*moments, calls // 2, calls - 3):
        folder = tmp_path / "w"
        shutil.copytree(listed, folder)
        forget_and_die(folder, some, moment)
        with Workspace(folder).writing():
            pass
        there = content(folder)
        assert there in (before, after), moment
        ends.add(there == after)
        shutil.rmtree(folder)
    assert ends == {True, False}


def test_the_search_finds_a_customer_in_every_form(tmp_path):
    ids = {"0secret17", "anna b. smith"}
    for place, (name, text) in enumerate(
        [("a.txt", "of 0secret17, today"), ("b.html", "<td>anna b. smith</td>"), ("c.bin", "\0")]
    ):
        (tmp_path / name).write_text(text)
        assert len(search(tmp_path, ids).found) == min(place + 1, 2)
    (tmp_path / "d.json").write_text(json.dumps({"x": [{"0secret17": 1}]}))
    (tmp_path / "e.json").write_text(json.dumps({"x": 17, "text": "0secret170"}))
    pq.write_table(pa.table({"order_id": ["0secret17 2024-01-03"]}), tmp_path / "f.parquet")
    pq.write_table(pa.table({"order_id": ["0secret170 2024-01-03"]}), tmp_path / "g.parquet")
    with ZipFile(tmp_path / "h.xlsx", "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<t>0secret17</t>")
    joblib.dump({"of": ["0secret17"]}, tmp_path / "i.joblib")
    found = search(tmp_path, ids)
    assert found.files == 9
    assert set(found.found) == {"a.txt", "b.html", "d.json", "f.parquet", "h.xlsx", "i.joblib"}


def test_the_register_keeps_marks_only(forgotten, some):
    register = read_left_out(forgotten)
    # As it is, and as each hash: the shop may choose later to have its customers hashed.
    assert len(register.forgotten) == 3 * len(some)
    assert register.objected == frozenset()
    assert (forgotten / FILE).stat().st_mode & 0o777 == 0o600
