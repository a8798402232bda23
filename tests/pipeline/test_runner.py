"""Staleness, and that the same input gives the same bytes by every way."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.parquet import read_frame
from custseg.errors import WorkspaceError
from custseg.pipeline.runner import Runner
from custseg.pipeline.stages import STAGES
from custseg.settings.loading import load_settings
from custseg.workspace.files import sha256
from custseg.workspace.workspace import Workspace
from tests.shops import EARLY

if TYPE_CHECKING:
    from pathlib import Path

MAIN = [name for name, stage in STAGES.items() if not stage.side]
TABLES = [name for name, artifact in ARTIFACTS.items() if artifact.columns]
ALL = [name for name, artifact in ARTIFACTS.items() if artifact.storage != "pickle"]


def digests(folder: Path) -> dict[str, str]:
    workspace = Workspace(folder)
    paths = {name: workspace.path(name) for name in ALL}
    return {name: sha256(path) for name, path in paths.items() if path.exists()}


def ran(result) -> list[str]:
    """The stages that a run-all --json did not skip."""
    assert result.exit_code == 0, result.output
    return [stage["stage"] for stage in json.loads(result.stdout)["stages"] if not stage["fresh"]]


@pytest.fixture
def shop(custseg, finished):
    """A workspace in which everything has run, and a way to run it again."""

    def run_all(*arguments):
        return ran(custseg("run-all", "-w", finished, "--json", *arguments))

    run_all.folder = finished
    return run_all


def test_a_second_run_finds_everything_fresh(shop):
    assert list(Workspace(shop.folder).manifest().stages) == MAIN
    assert shop() == []


def test_a_model_setting_reruns_from_the_model_on_only(finished, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MODEL__SEED", "7")
    states = Runner(Workspace(finished), load_settings()).staleness.status()
    fresh = [name for name in MAIN if states[name] is None]
    # Product groups, lists of products and campaigns' results are made from what was bought.
    assert fresh == ["download", "clean", "features", "groups", "recommend", "campaign"]
    assert states["reduce"] == states["select-k"] == "[model] settings have changed"


@pytest.mark.usefixtures("unlooked")
def test_a_profile_setting_reruns_the_profile_only(shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_PROFILE__TOP", "3")
    assert shop() == ["profile", "habits", "summarise", "report"]


@pytest.mark.usefixtures("unlooked")
def test_k_reruns_what_depends_on_it(shop):
    assert shop("--k", "2") == [
        "outlook",
        "select-k",
        "fit",
        "profile",
        "habits",
        "reduce",
        "movement",
        "shelves",
        "rfm",
        "customers",
        "playbook",
        "summarise",
        "report",
    ]


@pytest.mark.parametrize(
    ("artifact", "stages"),
    [("ledger", ["clean"]), ("features", ["features"]), ("shelves", ["shelves"])],
)
def test_a_deleted_artifact_reruns_just_what_makes_it(shop, artifact, stages):
    before = digests(shop.folder)
    Workspace(shop.folder).path(artifact).unlink()
    assert shop() == stages
    assert digests(shop.folder) == before


def test_an_edited_artifact_is_made_again(shop):
    path = Workspace(shop.folder).path("profiles")
    path.write_bytes(path.read_bytes() + b"x")
    assert shop() == ["profile"]


def test_force_runs_everything_and_changes_nothing_not_even_own_files_among_the_charts(shop):
    before = digests(shop.folder)
    charts = Workspace(shop.folder).path("charts")
    (charts / "mine").mkdir()
    (charts / "mine/notes.txt").write_text("precious")
    (charts / "mine.png").write_text("precious")
    assert shop() == []
    assert shop("--force") == MAIN
    assert digests(shop.folder) == before
    assert (charts / "mine/notes.txt").read_text() == (charts / "mine.png").read_text()


@pytest.mark.parametrize("artifact", ["report", "charts"])
def test_what_is_in_the_way_of_the_report_is_told_and_nothing_is_replaced(custseg, shop, artifact):
    workspace = Workspace(shop.folder)
    path = workspace.path(artifact)
    path.rename(shop.folder / "kept")
    if artifact == "report":
        path.mkdir()
    else:
        path.write_text("mine")
    before = digests(shop.folder)
    result = custseg("report", "-w", shop.folder, "--force")
    assert result.exit_code == 4, result.output
    assert "Move it away." in result.stderr
    assert digests(shop.folder) == before
    assert not workspace.scratch.exists()


def test_a_source_that_grew_is_read_again(custseg, small_shop, tmp_path):
    source = tmp_path / "mine.csv"
    lines = small_shop.read_text().splitlines(keepends=True)
    source.write_text("".join(lines[:-50]))
    assert custseg("download", source, "-w", tmp_path / "w").exit_code == 0
    source.write_text("".join(lines))
    again = custseg("download", "-w", tmp_path / "w", "--json")
    assert json.loads(again.stdout)["fresh"] is False
    raw = Workspace(tmp_path / "w").manifest().stages["download"].outputs["raw"]
    assert raw.rows == len(lines) - 1


def test_a_source_touched_but_equal_is_not_read_again(custseg, small_shop, tmp_path):
    source = tmp_path / "mine.csv"
    source.write_bytes(small_shop.read_bytes())
    assert custseg("download", source, "-w", tmp_path / "w").exit_code == 0
    os.utime(source, (1, 1))
    again = custseg("download", "-w", tmp_path / "w", "--json")
    assert json.loads(again.stdout)["fresh"] is True


def test_another_source_needs_to_be_meant(custseg, shop, small_shop, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes(small_shop.read_bytes())
    before = digests(shop.folder)
    result = custseg("run-all", other, "-w", shop.folder)
    assert result.exit_code == 4
    assert "--replace-source" in result.stderr
    assert digests(shop.folder) == before
    meant = custseg("download", other, "-w", shop.folder, "--replace-source", "--json")
    assert json.loads(meant.stdout)["fresh"] is False


def test_a_stage_whose_input_is_missing_or_stale_says_what_to_run(custseg, shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_CLEAN__RETURNS", "drop")
    result = custseg("features", "-w", shop.folder)
    assert result.exit_code == 4
    assert "[clean] settings have changed" in result.stderr
    assert "Run: custseg clean" in result.stderr


@pytest.mark.parametrize(
    "whole", ["undisturbed", pytest.param("studied_early", marks=pytest.mark.nightly)]
)
def test_stages_one_by_one_of_shuffled_rows_on_one_thread_equal_run_all(
    whole, custseg, small_shop, tmp_path, monkeypatch, request
):
    at_once = request.getfixturevalue(whole)
    early = whole == "studied_early"
    if early:
        request.getfixturevalue("thorough")
    monkeypatch.setenv("CUSTSEG_ENGINE__THREADS", "1")
    monkeypatch.setenv("CUSTSEG_RUN__WORKERS", "1")
    header, *lines = small_shop.read_text().splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    shuffled, chained = tmp_path / "orders.csv", tmp_path / "chained"
    shuffled.write_text(header + "".join(lines))
    options = {"download": (shuffled,)}
    if early:
        # An option of one command holds for those after it.
        options |= {"clean": ("--as-of", EARLY), "select-k": ("--k", "4")}
    for stage in STAGES if early else MAIN:
        result = custseg(stage, *options.get(stage, ()), "-w", chained, "--quiet")
        assert result.exit_code == 0, result.output
    facts = Workspace(chained).manifest().facts()
    if early:
        assert (facts["as_of"], facts["k"]) == (EARLY, 4)
    straight, mixed = digests(at_once), digests(chained)
    assert straight.keys() == mixed.keys()
    in_its_order = {"raw", "transactions", "removed"}
    assert {name for name in straight if straight[name] != mixed[name]} == in_its_order
    for name in in_its_order:
        one, other = (rows_of(Workspace(folder).path(name)) for folder in (at_once, chained))
        assert one == other


def rows_of(path: Path) -> Counter[tuple[object, ...]]:
    """How often there is each row, without the number that the source gave it."""
    columns = pq.read_table(path).to_pydict()
    columns.pop("source_row", None)
    return Counter(zip(*columns.values(), strict=True))


@pytest.mark.usefixtures("thorough")
def test_everything_is_studied_by_default_and_fresh_the_second_time(custseg, studied, tmp_path):
    folder = shutil.copytree(studied, tmp_path / "w")
    assert list(Workspace(folder).manifest().stages) == list(STAGES)
    assert ran(custseg("run-all", "-w", folder, "--json")) == []
    assert set(digests(folder)) == set(ALL)


def test_more_workers_make_nothing_stale(shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_RUN__WORKERS", "3")
    assert shop() == []


def test_a_stage_that_fails_leaves_the_earlier_artifacts(custseg, shop):
    before = digests(shop.folder)
    result = custseg("run-all", "-w", shop.folder, "--as-of", "2001-01-01")
    assert result.exit_code == 5
    assert digests(shop.folder) == before
    assert shop() == []


def test_the_manifest_records_what_was_used(shop):
    manifest = Workspace(shop.folder).manifest()
    assert manifest.source is not None
    assert len(manifest.source.sha256) == 64
    record = manifest.stages["clean"]
    assert record.inputs == {"raw": manifest.stages["download"].outputs["raw"].sha256}
    assert record.settings["clean"]["returns"] == "net"
    assert record.libraries["pandas"]
    assert record.outputs["transactions"].rows


def test_status_tells_what_waits_for_what(shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_CLEAN__DUPLICATES", "keep")
    states = Runner(Workspace(shop.folder), load_settings()).staleness.status()
    assert states["download"] is None
    assert states["clean"] == "[clean] settings have changed"
    assert states["fit"] == "clean has to run first"


def test_a_stage_in_an_empty_workspace_says_where_to_start(tmp_path):
    with pytest.raises(WorkspaceError, match="download.*has not run yet"):
        Runner(Workspace(tmp_path), load_settings()).run("clean")


@pytest.mark.usefixtures("unlooked")
def test_a_source_without_products_has_plans_but_no_lists(custseg, small_shop, tmp_path):
    orders = pd.read_csv(small_shop, dtype=str).drop(columns=["StockCode", "Description"])
    orders.to_csv("orders.csv", index=False)
    result = custseg("run-all", "orders.csv", "-w", tmp_path / "w", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    for command in ("recommend", "backtest", "shelves", "inventory", "bundles", "playbook"):
        assert custseg(command, "-w", tmp_path / "w").exit_code == 0
    workspace = Workspace(tmp_path / "w")
    assert (
        workspace.manifest()
        .facts()["backtest_verdict"]
        .startswith("Not back-tested: no order before")
    )
    lists = ("recommendations", "shelves", "backtest", "inventory", "bundles")
    rows = {name: len(read_frame(workspace.path(name))) for name in ("plans", *lists)}
    assert rows["plans"] == told["k"]
    assert [rows[name] for name in lists] == [0] * len(lists)


def test_an_artifact_that_was_changed_is_named_with_what_to_run(custseg, undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "w")
    with (tmp_path / "w/features.parquet").open("ab") as stream:
        stream.write(b"x")
    result = custseg("fit", "-w", "w")
    assert result.exit_code == 4
    assert "features.parquet is not as it left it (its SHA-256 differs)." in result.stderr
    assert "Hint: Run: custseg features" in result.stderr
