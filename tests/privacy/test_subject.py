"""What is held on one customer: all of it, and nothing of anybody else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from tests.shops import EVIL_NAME, KEY


@pytest.fixture(scope="module")
def one(secret_shop: Path) -> str:
    """A customer of both months, some of whose orders were removed."""
    early, late = (
        set(pq.read_table(folder / "features.parquet")["customer_id"].to_pylist())
        for folder in sorted((secret_shop / "history").iterdir())
    )
    removed = pq.read_table(secret_shop / "removed.parquet")["customer_id"].to_pylist()
    found: str = min(early & late & set(removed))
    return found


def test_all_that_is_held_over_all_months_and_lists(secret_shop, one, custseg, tmp_path):
    folder = Path(shutil.copytree(secret_shop, tmp_path / "w"))
    segments = ["--segment", "1", "--segment", "2", "--segment", "3", "--all-members"]
    assert custseg("export", *segments, "-w", folder).exit_code == 0
    (folder / "exports" / "notes.csv").write_text("what\nCall the printer\n")
    told = custseg("subject", one, "-w", folder, "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    held = {part["file"]: part for part in found["held"]}
    for path in folder.rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        name = path.relative_to(folder).as_posix()
        if "customer_id" not in table.column_names:
            assert name not in held
            continue
        theirs = table.to_pandas().query("customer_id == @one")
        assert len(held[name]["rows"]) == len(theirs) if name in held else theirs.empty
    raw = pq.read_table(folder / "raw.parquet").to_pandas().query("customer_id == @one")
    assert sorted(row["source_row"] for row in held["raw.parquet"]["rows"]) == sorted(
        raw["source_row"]
    )
    assert len(found["reasons"]) == 2
    months = {part["month"] for part in found["held"]}
    assert months == {"", *found["reasons"]}
    assert any(name.startswith("exports/") for name in held)
    assert found["unread"] == ["exports/notes.csv"]
    # Nobody else is in it.
    assert set(re.findall(r"0secret\w+", told.stdout)) == {one}


def test_a_page_to_hand_out_on_which_names_are_text(secret_shop, one, custseg, tmp_path):
    page = tmp_path / "answer.html"
    done = custseg("subject", one, "-w", secret_shop, "--output", page)
    assert done.exit_code == 0, done.output
    assert one not in done.output
    content = page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    assert set(re.findall(r"0secret\w+", content)) == {one}
    assert EVIL_NAME not in content
    assert EVIL_NAME.replace('"', "&#34;") in content
    assert "http" not in content.replace("http://evil.example", "")
    assert "<script" not in content
    again = custseg("subject", one, "-w", secret_shop, "--output", page)
    assert again.exit_code == 3


def test_who_is_a_keyed_hash_is_found_by_the_address(hashed_shop, custseg, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", KEY)
    people = pd.read_csv(hashed_shop / "people.csv", dtype="str")["CustomerID"].dropna()
    told = custseg("subject", people.iloc[0].upper(), "-w", hashed_shop / "w")
    assert told.exit_code == 0, told.output
    assert "raw.parquet" in told.stdout
    unknown = custseg("subject", "nobody@example.com", "-w", hashed_shop / "w")
    assert unknown.exit_code == 5
    assert "nobody" not in unknown.output


@pytest.mark.parametrize("command", ["forget", "object", "subject"])
def test_where_nobody_is_named_that_is_said(command, finished):
    done = CliRunner().invoke(app, [command, "-", "-w", str(finished)], input="\n")
    assert done.exit_code == 5
    assert "No customer was named" in done.stderr
