"""Two snapshots side by side, and lists of who came from where, as a user asks for them."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.workspace.storage import read
from custseg.workspace.workspace import Workspace
from tests.shops import run_here
from tests.workspaces import edited

ALL_SHOWN = {"CUSTSEG_PRIVACY__SMALLEST_GROUP": "0"}
"""By default this shop's moves, of few customers each, would be left out."""
FIRST, SECOND, THIRD = "2023-07-01", "2023-10-01", "2024-01-01"


@pytest.fixture(autouse=True)
def _all_is_shown(monkeypatch):
    for name, value in ALL_SHOWN.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def three_months(small_shop, tmp_path_factory):
    """A workspace with snapshots of three months, the last by a new model."""
    folder = tmp_path_factory.mktemp("months") / "w"
    for as_of, model in ((FIRST, "auto"), (SECOND, "frozen"), (THIRD, "refit")):
        given = ("--k", "4", "--as-of", as_of)
        reported = as_of == THIRD
        more = {"CUSTSEG_MONTHLY__MODEL": model} | ALL_SHOWN
        run_here(small_shop, folder, *given, reported=reported, **more)
    return folder


@pytest.fixture
def workspace(three_months, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__MODEL", "refit")
    monkeypatch.setenv("CUSTSEG_MODEL__K", "4")
    copy = tmp_path / "w"
    shutil.copytree(three_months, copy)
    return copy


def segments(workspace: Path, as_of: str) -> pd.Series:
    table = pd.read_parquet(workspace / "history" / as_of / "segments.parquet")
    return table.set_index("customer_id")["segment"]


def test_fit_tells_of_a_later_month_what_became_of_the_segments_before(custseg, workspace):
    result = custseg("fit", "-w", workspace)
    assert result.exit_code == 0, result.output
    assert "# Identity" in result.stdout
    kept = [line for line in result.stdout.splitlines() if f"\tkept\t{FIRST}" in line]
    assert len(kept) == 4
    assert "# The model before on this month's customers" in result.stdout
    assert "centroid" in result.stdout


def test_compare_tells_of_the_latest_and_what_it_started_from(custseg, workspace):
    result = custseg("compare", "-w", workspace, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["since"], told["as_of"]) == (SECOND, THIRD)
    then, now = segments(workspace, SECOND), segments(workspace, THIRD)
    both = then.index.intersection(now.index)
    assert told["both"] == len(both)
    assert told["kept"] == (then[both] == now[both]).sum()
    assert told["new"] + told["returning"] == len(now.index.difference(then.index))
    sizes = {one["segment"]: one["customers"] for one in told["segments"]}
    assert {n: own["before"] for n, own in sizes.items() if own["before"]} == dict(
        then.value_counts()
    )
    assert {n: own["now"] for n, own in sizes.items() if own["now"]} == dict(now.value_counts())
    revenue = sum(float(one["revenue"]["now"]) for one in told["segments"])
    features = pd.read_parquet(workspace / "history" / THIRD / "features.parquet")
    assert revenue == pytest.approx(float(features["monetary"].sum()))


def test_compare_prints_sizes_matrix_and_the_sentence(custseg, workspace):
    result = custseg("compare", FIRST, SECOND, "-w", workspace)
    assert result.exit_code == 0, result.output
    assert f"From {FIRST} to {SECOND}" in result.output
    assert "moved by the model\t0 (0.0 %)" in result.output
    assert f"Since {FIRST}, of " in result.output
    for title in ("# Customers\n", "# Revenue\n", "by segment then (rows) and now (columns)"):
        assert title in result.output


def test_one_date_is_compared_with_the_latest(custseg, workspace):
    told = json.loads(custseg("compare", FIRST, "-w", workspace, "--json").stdout)
    assert (told["since"], told["as_of"]) == (FIRST, THIRD)


def test_compare_needs_nothing_but_the_snapshots_and_takes_no_lock(custseg, workspace):
    expected = custseg("compare", "-w", workspace, "--json").stdout
    for path in workspace.iterdir():
        if path.is_file():
            path.unlink()
    with Workspace(workspace).writing():
        assert custseg("compare", "-w", workspace, "--json").stdout == expected


def test_the_stage_and_the_command_tell_the_same(custseg, workspace):
    compared = json.loads(custseg("compare", "-w", workspace, "--json").stdout)
    facts = json.loads((workspace / "manifest.json").read_text())["stages"]["movement"]["facts"]
    assert facts == {"movement_note": compared["sentence"], "compared_with": SECOND}
    summary = read(workspace / "summary.json", ARTIFACTS["summary"])
    assert summary.movement.sentence == compared["sentence"]
    assert summary.movement.kept == compared["kept"]
    assert len(summary.movement.segments) == len(compared["segments"])
    shown = custseg("movement", "-w", workspace, "--json")
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    assert told["fresh"]
    now: Counter[int] = Counter()
    for row in told["migration"]:
        now[row["to_segment"]] += row["customers"]
    assert [now[one["segment"]] for one in compared["segments"]] == [
        one["customers"]["now"] for one in compared["segments"]
    ]


def test_the_end_of_a_run_and_the_report_tell_who_moved(custseg, workspace):
    result = custseg("summarise", "-w", workspace)
    assert f"moved\tSince {SECOND}, of " in result.output
    assert "model\tthe model is fitted anew on the customers" in result.output
    assert 'id="moved"' in (workspace / "report.html").read_text()


def test_a_first_snapshot_has_nobody_who_moved(custseg, finished):
    folder = finished
    run = custseg("run-all", "-w", folder)
    assert run.exit_code == 0, run.output
    assert "moved\t" not in run.output
    assert 'id="moved"' not in (folder / "report.html").read_text()
    shown = custseg("movement", "-w", folder)
    assert "no snapshot is before" in shown.output
    refused = custseg("compare", "-w", folder)
    assert refused.exit_code == 2
    assert "no snapshot before" in refused.output
    listed = custseg("export", "-w", folder, "--segment", 1, "--from", 2)
    assert listed.exit_code == 2
    assert "no snapshot before" in listed.output


def test_dates_that_cannot_be_compared_are_refused(custseg, workspace, tmp_path):
    for dates, said in (
        ((THIRD, FIRST), f"{THIRD} is not before {FIRST}"),
        ((SECOND, SECOND), f"{SECOND} is not before {SECOND}"),
        (("2022-01-01",), "No snapshot of 2022-01-01"),
    ):
        refused = custseg("compare", *dates, "-w", workspace)
        assert refused.exit_code == 2
        assert said in refused.output
    refused = custseg("compare", "-w", tmp_path / "empty")
    assert refused.exit_code == 2
    assert "no snapshot yet" in refused.output


def changed(workspace: Path, as_of: str, **content: object) -> None:
    path = workspace / "history" / as_of / "snapshot.json"
    edited(path, "snapshot", lambda record: record.update(content))


def test_snapshots_of_two_chains_are_refused(custseg, workspace):
    changed(workspace, SECOND, before={"as_of": FIRST, "model": "0" * 64})
    refused = custseg("compare", FIRST, THIRD, "-w", workspace)
    assert refused.exit_code == 4
    assert f"that of {FIRST} was made anew after that of {SECOND}" in refused.output
    assert "custseg history --rebuild" in refused.output
    # The other link holds.
    assert custseg("compare", SECOND, THIRD, "-w", workspace).exit_code == 0
    changed(workspace, SECOND, before=None)
    refused = custseg("compare", FIRST, THIRD, "-w", workspace)
    assert refused.exit_code == 4
    assert f"that of {SECOND} did not start from it" in refused.output


def test_a_snapshot_that_is_gone_between_two_breaks_their_chain(custseg, workspace):
    shutil.rmtree(workspace / "history" / SECOND)
    refused = custseg("compare", FIRST, THIRD, "-w", workspace)
    assert refused.exit_code == 4
    assert f"that of {SECOND}, which is between them, is not there" in refused.output


def test_a_pruned_past_does_not_matter(custseg, workspace):
    shutil.rmtree(workspace / "history" / FIRST)
    assert custseg("compare", SECOND, THIRD, "-w", workspace).exit_code == 0


def test_a_damaged_snapshot_is_refused(custseg, workspace):
    (workspace / "history" / SECOND / "features.parquet").write_bytes(b"PAR1")
    refused = custseg("compare", "-w", workspace)
    assert refused.exit_code == 4
    assert "is not as it was published" in refused.output


def way(workspace: Path) -> tuple[int, int, set[str]]:
    """The most frequent move, and whose it is."""
    movers = pd.read_parquet(workspace / "movers.parquet")
    moved = movers[movers["cause"].isin(["behaviour", "model", "both"])]
    whose: dict[tuple[int, int], set[str]] = {}
    for row in moved.to_dict("records"):
        whose.setdefault((row["from_segment"], row["to_segment"]), set()).add(row["customer_id"])
    (source, target), ids = max(whose.items(), key=lambda pair: len(pair[1]))
    return source, target, ids


def test_a_list_of_those_who_came_from_a_segment(custseg, workspace):
    source, target, ids = way(workspace)
    result = custseg(
        "export",
        "-w",
        workspace,
        "--segment",
        target,
        "--from",
        source,
        "--holdout",
        "40%",
        "--json",
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    (named,) = told["from"]
    (chosen,) = told["segments"]
    assert told["campaign"] == f"{chosen}-from-{named}-{THIRD}"
    listed = set()
    for name in ("file", "control_file"):
        with Path(told[name]).open(newline="") as stream:
            listed |= {row["customer_id"] for row in csv.DictReader(stream)}
    assert listed == ids
    assert told["sent"] + told["control"] == len(ids)


def test_a_name_of_another_segment_before_is_refused(custseg, workspace):
    refused = custseg("export", "-w", workspace, "--segment", 1, "--from", "champion")
    assert refused.exit_code == 2
    assert "--from champion: no such segment" in refused.output


def test_a_way_that_nobody_went_is_told(custseg, workspace):
    movers = pd.read_parquet(workspace / "movers.parquet")
    there = set(movers["to_segment"]) - {0}
    before = set(movers["from_segment"]) - {0}
    went = set(zip(movers["from_segment"], movers["to_segment"], strict=True))
    source, target = next((a, c) for a in before for c in there if (a, c) not in went)
    refused = custseg("export", "-w", workspace, "--segment", target, "--from", source)
    assert refused.exit_code == 5
    assert "in the snapshot before" in refused.output
    assert not (workspace / "exports").exists()
