"""Whole histories of a small shop: in order, filled in later, made anew."""

from __future__ import annotations

import csv
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from custseg.pipeline.rebuilding import rebuild
from custseg.workspace.history import History
from custseg.workspace.workspace import Workspace
from tests.shops import run_here
from tests.workspace.test_history import publish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATES = ("2023-07-01", "2023-10-01", "2024-01-01")


def files(workspace: Path) -> dict[str, bytes]:
    """Every file of a history."""
    folder = workspace / "history"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refit(orders: Path, workspace: Path, day: str, *options: str) -> None:
    """Run all as of a day, by a new model."""
    more = {"CUSTSEG_MONTHLY__MODEL": "refit"}
    run_here(orders, workspace, "--as-of", day, *options, reported=False, **more)


def states(workspace: Path) -> dict[str, str]:
    """Of each snapshot."""
    return dict(History(workspace / "history").states())


@pytest.fixture(scope="module")
def in_order(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose months were run one after the other."""
    workspace = tmp_path_factory.mktemp("order") / "shop"
    for day in DATES:
        refit(small_shop, workspace, day)
    return workspace


@pytest.fixture
def again(in_order: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    monkeypatch.setenv("CUSTSEG_MONTHLY__MODEL", "refit")
    return shutil.copytree(in_order, tmp_path / "shop")


def test_months_in_order_are_one_chain(in_order):
    known = History(in_order / "history").snapshots()
    assert [one.as_of for one in known] == list(DATES)
    assert set(states(in_order).values()) == {"current"}
    for earlier, one in pairwise(known):
        assert one.before is not None
        assert (one.before.as_of, one.before.model) == (earlier.as_of, earlier.sha256("model"))


def test_a_month_filled_in_later_is_the_very_same(again, in_order, small_shop):
    shutil.rmtree(again / "history" / DATES[1])
    assert states(again)[DATES[2]] == "superseded"
    refit(small_shop, again, DATES[1])
    assert files(again) == files(in_order)
    assert set(states(again).values()) == {"current"}


@pytest.mark.usefixtures("recalled")
def test_a_history_made_in_reverse_is_rebuilt_to_the_one_in_order(
    tmp_path, in_order, small_shop, custseg, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_MONTHLY__MODEL", "refit")
    workspace = tmp_path / "reverse"
    refit(small_shop, workspace, DATES[1])
    # As a run as of that date makes it, whatever follows.
    shutil.copytree(in_order / "history" / DATES[0], workspace / "history" / DATES[0])
    assert states(workspace) == {DATES[0]: "current", DATES[1]: "superseded"}
    shown = custseg("history", "-w", workspace)
    assert "superseded: made before the snapshot that it would start from now" in shown.stdout
    rebuilt = custseg("history", "--rebuild", "-w", workspace, "--json")
    assert rebuilt.exit_code == 0, rebuilt.stderr
    assert '"rebuilt": [\n    "2023-10-01"\n  ]' in rebuilt.stdout
    expected = files(in_order)
    assert files(workspace) == {
        name: content for name, content in expected.items() if not name.startswith(DATES[2])
    }


@pytest.mark.usefixtures("recalled")
def test_a_damaged_month_is_made_anew_and_the_others_are_left_alone(again, in_order, custseg):
    (again / "history" / DATES[1] / "segments.parquet").write_bytes(b"x")
    assert states(again)[DATES[1]] == "damaged"
    rebuilt = custseg("history", "--rebuild", "-w", again)
    assert f"{DATES[1]}: made anew" in rebuilt.stderr
    assert f"{DATES[2]}: made anew" not in rebuilt.stderr
    assert f"now, no more of {DATES[2]}: custseg run-all makes the report" in rebuilt.stderr
    assert files(again) == files(in_order)


@pytest.mark.nightly
def test_what_was_asked_of_a_month_is_asked_again_and_none_is_held_back_or_removed(
    again, small_shop, custseg, monkeypatch
):
    refit(small_shop, again, DATES[0], "--k", "3")
    first = files(again)[f"{DATES[0]}/profiles.parquet"]
    # Conditions and a limit that would keep a run's month from being published or kept.
    monkeypatch.setenv("CUSTSEG_MONTHLY__KEEP", "1")
    monkeypatch.setenv("CUSTSEG_MONTHLY__FAIL_ON", '["small-segment"]')
    monkeypatch.setenv("CUSTSEG_MONTHLY__PUBLISH_FAILED", "false")
    monkeypatch.setenv("CUSTSEG_MODEL__K", "5")
    monkeypatch.setenv("CUSTSEG_MODEL__MIN_SHARE", "0.19")
    rebuilt = custseg("history", "--rebuild", "--all", "-w", again)
    assert rebuilt.exit_code == 0, rebuilt.stderr
    assert files(again)[f"{DATES[0]}/profiles.parquet"] == first
    assert list(states(again).items()) == [(day, "current") for day in DATES]
    known = History(again / "history").snapshots()
    assert [one.files["profiles"].rows for one in known] == [3, 5, 5]


def test_the_oldest_kept_is_not_made_anew_without_what_it_started_from(again, custseg):
    shutil.rmtree(again / "history" / DATES[0])
    kept = files(again)
    assert custseg("history", "--rebuild", "--all", "-w", again, "-q").exit_code == 0
    assert files(again) == kept
    (again / "history" / DATES[1] / "model.json").write_bytes(b"x")
    damaged = custseg("history", "--rebuild", "-w", again)
    assert damaged.exit_code == 4
    assert "the snapshot of 2023-07-01 that it started from is no longer kept" in damaged.stderr


def test_what_another_run_publishes_or_removes_meanwhile_is_seen(tmp_path):
    workspace = Workspace(tmp_path / "shop")
    june, _ = publish(workspace, "2011-06-01", "m")
    july, _ = publish(workspace, "2011-07-01", "m", june)
    publish(workspace, "2011-08-01", "m", july)
    june, _ = publish(workspace, "2011-06-01", "n")

    class Making:
        def __init__(self, options: Mapping[str, Any]) -> None:
            self.as_of = options["clean.as_of"]

        def run_snapshot(self) -> None:
            if self.as_of == "2011-07-01":
                publish(workspace, "2011-09-01", "m", workspace.history.find("2011-08-01"))
                shutil.rmtree(workspace.history.folder / "2011-08-01")
            publish(workspace, self.as_of, "n", workspace.history.before(self.as_of))

    made = [as_of for as_of, _ in rebuild(workspace.history, Making)]
    assert made == ["2011-07-01", "2011-09-01"]
    assert set(workspace.history.states().values()) == {"current"}


def test_a_return_after_the_as_of_date_leaves_an_earlier_snapshot_unchanged(
    again, in_order, small_shop, tmp_path
):
    changed = returned_later(small_shop, tmp_path / "orders.csv")
    shutil.rmtree(again / "history" / DATES[1])
    refit(changed, again, DATES[1], "--replace-source")
    assert files(again) == files(in_order)


def returned_later(orders: Path, to: Path) -> Path:
    """The shop's orders, with ten lines of before the second date sent back after it."""
    with orders.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    sales = [
        row
        for row in rows
        if row["CustomerID"] and int(row["Quantity"]) > 0 and row["InvoiceDate"] < DATES[1]
    ]
    back = [
        row
        | {
            "InvoiceNo": f"C{990000 + i}",
            "Quantity": f"-{row['Quantity']}",
            "InvoiceDate": "2023-11-01 10:00:00",
        }
        for i, row in enumerate(sales[-10:])
    ]
    with to.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows, *back])
    return to


def test_all_goes_with_rebuild(custseg, tmp_path):
    result = custseg("history", "--all", "-w", tmp_path)
    assert result.exit_code == 2
    assert "goes with --rebuild" in result.stderr


def test_an_empty_history_says_how_it_is_filled(custseg, tmp_path):
    result = custseg("history", "-w", tmp_path / "shop")
    assert result.exit_code == 0
    assert "No snapshot yet: custseg run-all publishes one." in result.stdout
