"""What a run publishes, and what about it somebody asked to be warned of."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.workspace.history import History
from tests.recalling import recalling
from tests.shops import SMALL_RUN, run_here, unreported

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND, LAST = "2023-07-01", "2023-10-01", "2024-01-01"
KEEP_ONE = {"CUSTSEG_MONTHLY__KEEP": "1"}


@pytest.fixture(scope="module")
def first(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one month."""
    workspace = tmp_path_factory.mktemp("published") / "shop"
    run_here(small_shop, workspace, "--as-of", FIRST, reported=False)
    return workspace


@pytest.fixture(scope="module")
def only_second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace with a second month by which the first was removed, and what the run said."""
    workspace = shutil.copytree(first, tmp_path_factory.mktemp("second") / "shop")
    arguments = ["run-all", "-w", str(workspace), "--as-of", SECOND]
    with recalling(), unreported():
        return workspace, CliRunner().invoke(app, arguments, env=SMALL_RUN | KEEP_ONE)


@pytest.fixture(scope="module")
def undated(first: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace with a month of the day after the last order, and what the run printed."""
    workspace = shutil.copytree(first, tmp_path_factory.mktemp("undated") / "shop")
    arguments = ["run-all", "-w", str(workspace), "--json", "--fail-on", "no-new-orders"]
    with recalling(), unreported():
        return workspace, CliRunner().invoke(app, arguments, env=SMALL_RUN)


@pytest.fixture
def workspace(first: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(first, tmp_path / "shop")


def run(workspace: Path, *more: str, as_of: str | None = SECOND) -> tuple[Any, dict[str, Any]]:
    """Run all; returns the result and what it printed."""
    dated = ["--as-of", as_of] if as_of else []
    arguments = ["run-all", "-w", str(workspace), *dated, "--json", *more]
    with recalling(), unreported():
        result = CliRunner().invoke(app, arguments)
    return result, json.loads(result.stdout) if result.stdout else {}


def dates(workspace: Path) -> list[str]:
    """Of the snapshots."""
    return [one.as_of for one in History(workspace / "history").snapshots()]


def test_a_run_publishes_and_says_so(undated, tmp_path):
    workspace, result = undated
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["published"] == {"as_of": LAST, "new": True, "held_back": False}
    assert dates(workspace) == [FIRST, LAST]
    assert f"Published the snapshot of {LAST}." in result.stderr
    result, told = run(shutil.copytree(workspace, tmp_path / "shop"), as_of=None)
    assert told["published"]["new"] is False
    assert "Published" not in result.stderr


def test_a_month_that_has_lost_customers_takes_its_place_with_a_warning(
    workspace, small_shop, tmp_path
):
    orders = pd.read_csv(small_shop, dtype=str)
    fewer = tmp_path / "fewer.csv"
    orders[~orders["CustomerID"].fillna("").str.endswith("1")].to_csv(fewer, index=False)
    then = History(workspace / "history").find(FIRST).customers
    result, told = run(workspace, str(fewer), "--replace-source", as_of=FIRST)
    assert told["published"]["new"] is True
    now = History(workspace / "history").find(FIRST).customers
    assert 0 < now < then
    assert f"Warning: The snapshot of {FIRST} had {then} customers, now it has {now}." in (
        result.stderr
    )
    assert f"Published the snapshot of {FIRST}, in the place of another one." in result.stderr


def test_a_condition_ends_with_9_instead_of_publishing_or_after_it(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__MOST_ERROR", "1.0000001")
    monkeypatch.setenv("CUSTSEG_MONTHLY__MODEL", "frozen")
    for held_back in (True, False):
        monkeypatch.setenv("CUSTSEG_MONTHLY__PUBLISH_FAILED", str(not held_back))
        result, told = run(workspace, "--fail-on", "drift")
        assert result.exit_code == 9
        assert told["published"]["held_back"] is held_back
        assert "more than 1" in told["conditions"]["drift"]
        assert "drift" in result.stderr
        assert dates(workspace) == ([FIRST] if held_back else [FIRST, SECOND])


def test_a_condition_counts_whoever_reads_the_summary(undated, tmp_path):
    workspace = shutil.copytree(undated[0], tmp_path / "shop")
    program = [sys.executable, "-m", "custseg", "run-all", "-w", str(workspace)]
    with subprocess.Popen(
        [*program, "--fail-on", "no-new-orders"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 9, told
    assert "The run was asked to fail on no-new-orders." in told
    assert "Exception ignored" not in told


def test_a_condition_that_nobody_fails_on_is_told(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__MIN_SHARE", "0.49")
    result, told = run(workspace, "--fail-on", "no-new-orders")
    assert result.exit_code == 0
    assert told["conditions"]["small-segment"].startswith("Below 49.0 % of customers: ")
    assert "small-segment: Below 49.0 % of customers" in result.stderr
    result, told = run(workspace, "--fail-on", "small-segment")
    assert result.exit_code == 9


def test_no_new_orders_since_the_snapshot_before(undated, tmp_path):
    # The demo store closes with the year 2023.
    workspace, result = undated
    assert result.exit_code == 0, result.stderr
    assert "no-new-orders" not in json.loads(result.stdout)["conditions"]
    workspace = shutil.copytree(workspace, tmp_path / "shop")
    again, told = run(workspace, "--fail-on", "no-new-orders", as_of=None)
    assert again.exit_code == 9
    assert told["conditions"]["no-new-orders"].startswith("No order has come since")
    result, told = run(workspace, "--fail-on", "no-new-orders", as_of="2024-03-01")
    assert result.exit_code == 9
    assert told["conditions"]["no-new-orders"] == f"No order has come since the snapshot of {LAST}."


def test_an_order_later_on_the_last_day_is_a_new_one(undated, small_shop, tmp_path):
    workspace = shutil.copytree(undated[0], tmp_path / "shop")
    with small_shop.open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    last = max((line for line in lines if line["CustomerID"]), key=lambda one: one["InvoiceDate"])
    later = last | {"InvoiceNo": "990001", "InvoiceDate": f"{last['InvoiceDate'][:10]} 23:59:00"}
    with (tmp_path / "more.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(last))
        writer.writeheader()
        writer.writerows([*lines, later | {"Quantity": "7"}])
    more = (str(tmp_path / "more.csv"), "--replace-source", "--fail-on", "no-new-orders")
    result, told = run(workspace, *more, as_of=None)
    assert result.exit_code == 0, result.stderr
    assert "no-new-orders" not in told["conditions"]


def test_only_so_many_snapshots_are_kept(only_second):
    workspace, result = only_second
    assert dates(workspace) == [SECOND]
    assert f"Removed by [monthly] keep: {FIRST}." in result.stderr
    assert History(workspace / "history").states() == {SECOND: "current"}


def test_a_month_whose_past_is_gone_is_fresh_and_still_tells_who_moved(
    only_second, tmp_path, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    workspace = shutil.copytree(only_second[0], tmp_path / "shop")
    listed = CliRunner().invoke(app, ["export", "-w", str(workspace), "--segment", "1"])
    assert listed.exit_code == 0, listed.stderr
    result, told = run(workspace)
    assert all(stage["fresh"] for stage in told["stages"])
    assert told["published"]["new"] is False
    assert f"Since {FIRST}, " in result.stdout


def test_a_month_whose_past_is_gone_starts_from_its_own_model(only_second, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    workspace = shutil.copytree(only_second[0], tmp_path / "shop")
    (kept,) = History(workspace / "history").snapshots()
    result, told = run(workspace, "--force")
    assert result.exit_code == 0
    (again,) = History(workspace / "history").snapshots()
    assert again.before == kept.before
    assert again.sha256("model") == kept.sha256("model")
    assert again.sha256("segments") == kept.sha256("segments")
    assert "no-new-orders" not in told["conditions"]
    assert "Since" not in result.stdout


def test_a_month_filled_in_before_those_that_are_kept_is_not_said_to_be_published(
    workspace, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    result, told = run(workspace, as_of="2023-06-01")
    assert dates(workspace) == [FIRST]
    assert told["published"]["new"] is False
    assert "Published the snapshot" not in result.stderr
    assert "Removed by [monthly] keep: 2023-06-01." in result.stderr


def test_a_month_filled_in_says_what_it_supersedes(undated, tmp_path):
    workspace = shutil.copytree(undated[0], tmp_path / "shop")
    result, _ = run(workspace)
    assert f"Of another chain now: {LAST}. custseg history --rebuild" in result.stderr
    assert dates(workspace) == [FIRST, SECOND, LAST]
