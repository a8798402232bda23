"""What a run publishes, and what about it somebody asked to be warned of."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.workspace.history import History

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "2023-07-01", "2023-10-01"


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """How stable segments are is no matter here."""
    monkeypatch.setenv("CUSTSEG_MODEL__RESAMPLES", "5")


@pytest.fixture(scope="module")
def first(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one month."""
    workspace = tmp_path_factory.mktemp("published") / "shop"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTSEG_RUN__THOROUGH", "false")
        patch.setenv("CUSTSEG_REPORT__CHARTS", "[]")
        patch.setenv("CUSTSEG_MODEL__RESAMPLES", "5")
        arguments = ["run-all", str(small_shop), "-w", str(workspace), "--as-of", FIRST, "-q"]
        assert CliRunner().invoke(app, arguments).exit_code == 0
    return workspace


@pytest.fixture
def workspace(first: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(first, tmp_path / "shop")


def run(workspace: Path, *more: str, as_of: str | None = SECOND) -> tuple[Any, dict[str, Any]]:
    """Run all; returns the result and what it printed."""
    dated = ["--as-of", as_of] if as_of else []
    result = CliRunner().invoke(app, ["run-all", "-w", str(workspace), *dated, "--json", *more])
    return result, json.loads(result.stdout) if result.stdout else {}


def dates(workspace: Path) -> list[str]:
    """Of the snapshots."""
    return [one.as_of for one in History(workspace / "history").snapshots()]


def test_a_run_publishes_and_says_so(workspace):
    result, told = run(workspace)
    assert result.exit_code == 0
    assert told["published"] == {"as_of": SECOND, "new": True, "held_back": False}
    assert dates(workspace) == [FIRST, SECOND]
    assert f"Published the snapshot of {SECOND}." in result.stderr
    result, told = run(workspace)
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
    result, _ = run(workspace, "--quiet", str(small_shop), "--replace-source", as_of=FIRST)
    assert result.stderr == ""


@pytest.mark.parametrize("held_back", [False, True])
def test_a_condition_ends_with_9_after_publishing_or_instead(workspace, monkeypatch, held_back):
    monkeypatch.setenv("CUSTSEG_MONTHLY__MOST_ERROR", "1.0000001")
    monkeypatch.setenv("CUSTSEG_MONTHLY__MODEL", "frozen")
    monkeypatch.setenv("CUSTSEG_MONTHLY__PUBLISH_FAILED", str(not held_back))
    result, told = run(workspace, "--fail-on", "drift")
    assert result.exit_code == 9
    assert "drift" in told["conditions"]
    assert told["published"]["held_back"] is held_back
    assert "more than 1" in told["conditions"]["drift"]
    assert "drift" in result.stderr
    assert dates(workspace) == ([FIRST] if held_back else [FIRST, SECOND])


def test_a_condition_counts_whoever_reads_the_summary(workspace):
    run(workspace)
    program = [sys.executable, "-m", "custseg", "run-all", "-w", str(workspace)]
    options = ["--as-of", SECOND, "--fail-on", "small-segment"]
    small = {"CUSTSEG_MODEL__MIN_SHARE": "0.49", "CUSTSEG_MODEL__K": "4"}
    with subprocess.Popen(
        [*program, *options],
        env=os.environ | small,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 9, told
    assert "The run was asked to fail on small-segment." in told
    assert "Exception ignored" not in told


def test_a_condition_that_nobody_fails_on_is_told(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__MIN_SHARE", "0.45")
    result, told = run(workspace, "--fail-on", "no-new-orders")
    assert result.exit_code == 0
    assert told["conditions"]["small-segment"].startswith("Below 45.0 % of customers: ")
    assert "small-segment: Below 45.0 % of customers" in result.stderr
    result, told = run(workspace, "--fail-on", "small-segment")
    assert result.exit_code == 9


def test_no_new_orders_since_the_snapshot_before(workspace):
    # The demo store closes with the year 2023.
    assert run(workspace, as_of="2024-01-01")[0].exit_code == 0
    result, told = run(workspace, "--fail-on", "no-new-orders", as_of="2024-03-01")
    assert result.exit_code == 9
    assert told["conditions"]["no-new-orders"] == (
        "No order has come since the snapshot of 2024-01-01."
    )


def test_no_new_orders_where_the_date_follows_the_orders(workspace):
    first, told = run(workspace, "--fail-on", "no-new-orders", as_of=None)
    assert first.exit_code == 0, first.stderr
    assert "no-new-orders" not in told["conditions"]
    again, told = run(workspace, "--fail-on", "no-new-orders", as_of=None)
    assert again.exit_code == 9
    assert told["conditions"]["no-new-orders"].startswith("No order has come since")


def test_an_order_later_on_the_last_day_is_a_new_one(workspace, small_shop, tmp_path):
    run(workspace, as_of=None)
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


def test_only_so_many_snapshots_are_kept(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    result, _ = run(workspace)
    assert dates(workspace) == [SECOND]
    assert f"Removed by [monthly] keep: {FIRST}." in result.stderr
    assert History(workspace / "history").states() == {SECOND: "current"}


def test_a_month_whose_past_is_gone_is_fresh_and_still_tells_who_moved(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    run(workspace)
    listed = CliRunner().invoke(app, ["export", "-w", str(workspace), "--segment", "champions"])
    assert listed.exit_code == 0, listed.stderr
    result, told = run(workspace)
    assert all(stage["fresh"] for stage in told["stages"])
    assert told["published"]["new"] is False
    assert f"Since {FIRST}, " in result.stdout


def test_a_month_whose_past_is_gone_starts_from_its_own_model(workspace, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    run(workspace)
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


def test_a_month_filled_in_says_what_it_supersedes(workspace):
    run(workspace, as_of="2024-01-01")
    result, _ = run(workspace)
    assert "Of another chain now: 2024-01-01. custseg history --rebuild" in result.stderr
    assert dates(workspace) == [FIRST, SECOND, "2024-01-01"]
