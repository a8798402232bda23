"""What is older than [privacy] keep_months goes at the next run, by the orders' dates alone."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.errors import SettingsError
from custseg.privacy.retention import delete_expired
from custseg.settings import PrivacySettings
from custseg.settings.loading import load_settings
from custseg.sources.lines.ends import leave_out_expired, months_before
from custseg.workspace import journal
from custseg.workspace.workspace import Workspace
from tests.conftest import raw_lines, rows
from tests.shops import SMALL_RUN, run_here

EARLY = "2023-09-20"
FIRST = date(2023, 10, 1)
"""Three months before the as-of date that the small shop's orders give."""
MONTHS = PrivacySettings(keep_months=3)
LIST = "customer_id,segment\n12,1\n"


@pytest.fixture(scope="module")
def two_months(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a snapshot that is three months old; not to be changed."""
    folder = tmp_path_factory.mktemp("retention") / "w"
    for options in (["--as-of", EARLY], []):
        run_here(small_shop, folder, "--k", "3", *options, reported=False)
    return folder


@pytest.fixture
def copied(two_months: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(two_months, tmp_path / "w"))


def put(path: Path, content: str = LIST, written: date = date(2024, 1, 1)) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    seconds = pd.Timestamp(written).timestamp()
    os.utime(path, (seconds, seconds))
    return path


def expired(folder: Path, as_of: str = "2024-01-01") -> set[str]:
    workspace = Workspace(folder)
    with workspace.writing():
        return set(delete_expired(workspace, MONTHS, as_of))


@pytest.mark.usefixtures("unlooked")
def test_the_next_run_leaves_old_orders_out_and_deletes_what_is_old(copied, small_shop):
    put(copied / "exports" / f"loyal-{EARLY}-csv.csv")
    put(copied / "exports" / "loyal-2024-01-01-csv.csv")
    before = pq.read_table(copied / "raw.parquet")["ordered_at"].to_pylist()
    old = sum(one.date() < FIRST for one in before)
    assert 0 < old < len(before)
    call = ["run-all", str(small_shop), "-w", str(copied), "--k", "3"]
    done = CliRunner().invoke(app, call, env=SMALL_RUN | {"CUSTSEG_PRIVACY__KEEP_MONTHS": "3"})
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert f"{old:,} rows are older than [privacy] keep_months: not read" in told
    assert f"Deleted by [privacy] keep_months: history/{EARLY}" in told
    assert f"Deleted by [privacy] keep_months: exports/loyal-{EARLY}-csv.csv" in told
    kept = pq.read_table(copied / "raw.parquet")["ordered_at"].to_pylist()
    assert len(kept) == len(before) - old
    assert min(one.date() for one in kept) >= FIRST
    assert [path.name for path in (copied / "history").iterdir()] == ["2024-01-01"]
    assert [path.name for path in (copied / "exports").iterdir()] == ["loyal-2024-01-01-csv.csv"]
    again = CliRunner().invoke(app, call, env=SMALL_RUN | {"CUSTSEG_PRIVACY__KEEP_MONTHS": "3"})
    assert again.exit_code == 0, again.output
    assert "Deleted by" not in again.output


def test_the_setting_makes_only_reading_stale(two_months, monkeypatch):
    monkeypatch.setenv("CUSTSEG_PRIVACY__KEEP_MONTHS", "3")
    done = CliRunner().invoke(app, ["status", "-w", str(two_months), "--json"], env=SMALL_RUN)
    states = {one["stage"]: one["reason"] for one in json.loads(done.stdout)["stages"]}
    assert states["download"] == "[privacy] keep_months has changed"
    assert states["clean"] == "download has to run first"


def test_a_snapshots_age_is_by_the_runs_date_and_the_last_day_that_is_kept_stays(copied):
    assert expired(copied, "2023-12-20") == set()
    assert expired(copied, "2023-12-21") == {f"history/{EARLY}"}
    assert not (copied / "history" / EARLY).exists()


def test_without_the_setting_nothing_goes(copied):
    put(copied / "exports" / "loyal-1999-01-01-csv.csv")
    workspace = Workspace(copied)
    with workspace.writing():
        assert delete_expired(workspace, PrivacySettings(), "2024-01-01") == ()


def test_lists_are_dated_by_record_name_or_time_and_other_files_stay(copied):
    exports = copied / "exports"
    old, new = date(2023, 9, 30), FIRST
    put(exports / "spring-csv.csv", written=old)
    put(exports / "spring-csv-control.csv", written=old)
    put(exports / "autumn-csv.csv", written=new)
    put(exports / "scores-2023-09-30.csv")
    put(exports / "from-2022-01-01-to-2023-10-01.csv", written=old)
    put(exports / "recorded.csv")
    put(exports / "recorded-control.csv")
    put(exports / "recorded-record.json", json.dumps({"as_of": "2023-09-30"}))
    put(exports / "notes-2020-01-01.txt", "Call the printer.", old)
    put(exports / "prices-2020-01-01.csv", "product,price\nMUG,2\n", old)
    put(copied / "receipts" / "forget-2023-09-30T101500Z.json", "{}")
    put(copied / "receipts" / "forget-2023-10-01T101500Z.json", "{}")
    assert expired(copied) == {
        f"history/{EARLY}",
        "exports/spring-csv.csv",
        "exports/spring-csv-control.csv",
        "exports/scores-2023-09-30.csv",
        "exports/recorded.csv",
        "exports/recorded-control.csv",
        "exports/recorded-record.json",
        "receipts/forget-2023-09-30T101500Z.json",
    }
    left = {path.name for path in (*exports.iterdir(), *(copied / "receipts").iterdir())}
    assert left == {
        "autumn-csv.csv",
        "from-2022-01-01-to-2023-10-01.csv",
        "notes-2020-01-01.txt",
        "prices-2020-01-01.csv",
        "forget-2023-10-01T101500Z.json",
    }


def test_a_run_that_dies_at_it_leaves_the_rest_to_the_next(copied, monkeypatch):
    put(copied / "exports" / "scores-2023-09-30.csv")
    workspace = Workspace(copied)
    with monkeypatch.context() as patch:
        # The plan is there, and nothing of it is done.
        patch.setattr(journal, "carry_out", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError), workspace.writing():
            delete_expired(workspace, MONTHS, "2024-01-01")
    assert (copied / "history" / EARLY).exists()
    with Workspace(copied).writing():
        pass
    assert not (copied / "history" / EARLY).exists()
    assert not (copied / "exports" / "scores-2023-09-30.csv").exists()


def test_orders_are_cut_by_the_sources_end_without_a_slip_of_2099():
    days = ["2024-01-01", *["2024-02-01"] * 200, *["2024-03-31"] * 200, "2099-01-01"]
    lines = raw_lines(*({"ordered_at": day} for day in days))
    kept, cut = leave_out_expired(lines, 2)
    assert cut == 1
    assert min(row["ordered_at"] for row in rows(kept)).date() == date(2024, 2, 1)
    assert leave_out_expired(lines, None) == (lines, 0)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2024-03-31", 1, "2024-02-29"),
        ("2023-03-31", 1, "2023-02-28"),
        ("2024-01-01", 1, "2023-12-01"),
        ("2024-01-01", 3, "2023-10-01"),
        ("2024-12-15", 12, "2023-12-15"),
        ("2024-12-15", 24, "2022-12-15"),
    ],
)
def test_months_are_those_of_the_calendar(day, months, before):
    assert months_before(date.fromisoformat(day), months).isoformat() == before


def test_no_months_are_no_setting(monkeypatch):
    monkeypatch.setenv("CUSTSEG_PRIVACY__KEEP_MONTHS", "0")
    with pytest.raises(SettingsError, match="privacy.keep_months"):
        load_settings()
