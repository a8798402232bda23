"""What a run was given on its command line holds for single commands after it."""

from __future__ import annotations

import json
import shutil

import pytest

from custseg.pipeline.stages import STAGES
from custseg.workspace.workspace import Workspace
from tests.shops import EARLY

pytestmark = pytest.mark.usefixtures("thorough")


@pytest.fixture
def shop(studied_early, tmp_path):
    return shutil.copytree(studied_early, tmp_path / "w")


def is_fresh(result) -> bool:
    assert result.exit_code == 0, result.output
    fresh: bool = json.loads(result.stdout)["fresh"]
    return fresh


@pytest.mark.parametrize("stage", STAGES)
def test_after_a_run_with_options_every_single_command_shows_what_it_found(
    custseg, studied_early, stage
):
    before = (studied_early / "manifest.json").read_bytes()
    assert is_fresh(custseg(stage, "-w", studied_early, "--json"))
    assert (studied_early / "manifest.json").read_bytes() == before


def test_a_forced_stage_keeps_the_options_of_the_run(custseg, shop):
    kept = Workspace(shop).manifest().stages
    for stage in ("value", "reduce"):
        assert not is_fresh(custseg(stage, "-w", shop, "--force", "--json"))
    again = Workspace(shop).manifest().stages
    for stage in ("value", "reduce"):
        assert again[stage].settings == kept[stage].settings
        assert again[stage].options == kept[stage].options
        assert again[stage].outputs == kept[stage].outputs


def test_a_setting_that_changes_reruns_a_stage_with_the_options_of_the_run(
    custseg, shop, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_VALUE__CALIBRATE", "none")
    assert not is_fresh(custseg("value", "-w", shop, "--json"))
    records = Workspace(shop).manifest().stages
    assert records["value"].settings["value"]["calibrate"] == "none"
    # It looks back from the date of the run, not from the end of the orders.
    assert records["past"].settings["clean"]["as_of"] == EARLY
    assert records["past"].options == {"clean.as_of": EARLY, "model.k": 4}


def test_an_option_given_anew_takes_the_place_of_the_runs(custseg, shop):
    assert not is_fresh(custseg("select-k", "--k", "3", "-w", shop, "--json"))
    assert Workspace(shop).manifest().stages["select-k"].options == {"model.k": 3}
    # What depends on it goes on with what it was given, not with what the run was.
    assert not is_fresh(custseg("fit", "-w", shop, "--json"))
    assert Workspace(shop).manifest().stages["fit"].options == {"model.k": 3}
    assert is_fresh(custseg("select-k", "-w", shop, "--json"))
    assert is_fresh(custseg("fit", "-w", shop, "--json"))


def test_a_date_given_to_a_study_is_prepared_first_and_leaves_other_studies_fresh(custseg, shop):
    before = Workspace(shop).manifest().stages
    assert not is_fresh(custseg("validate", "--date", "2023-06-01", "-w", shop, "--json"))
    assert not is_fresh(custseg("backtest", "--date", "2023-06-15", "-w", shop, "--json"))
    after = Workspace(shop).manifest().stages
    assert after["validate"].options["validation.dates"] == ["2023-06-01"]
    assert after["past"].options["clean.as_of"] == EARLY
    assert after["past"].options["validation.dates"] == ["2023-06-01"]
    assert after["past"].options["backtest.dates"] == ["2023-06-15"]
    assert set(after["validate"].outputs) == {"validation", "validation_segments"}
    dates = {row["date"] for row in Workspace(shop).rows("validation")}
    assert dates == {"2023-06-01"}
    for stage in ("value", "inventory"):
        assert after[stage] == before[stage]
    assert is_fresh(custseg("validate", "-w", shop, "--json"))
    states = json.loads(custseg("status", "-w", shop, "--json").stdout)["stages"]
    stale = {row["stage"] for row in states if row["state"] != "fresh"}
    assert stale == {"summarise", "report"}


def test_past_shows_the_dates_of_each_study(custseg, studied_early):
    shown = custseg("past", "-w", studied_early).stdout.splitlines()
    rows = [line.split("\t")[:2] for line in shown if line.count("\t") == 2]
    # 90 days before the as-of date, and 30 for what is needed of each product.
    assert rows[1:] == [
        ["value", "2023-07-03"],
        ["validation", "2023-07-03"],
        ["backtest", "2023-07-03"],
        ["inventory", "2023-09-01"],
    ]


def test_what_is_no_study_says_that_the_past_dates_are_to_be_prepared(custseg, shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_INVENTORY__TESTS", "2")
    result = custseg("summarise", "-w", shop)
    assert result.exit_code == 4
    assert "summarise needs what past makes, and [inventory] settings have changed" in result.stderr
    assert "Run: custseg past" in result.stderr


@pytest.mark.usefixtures("unlooked")
def test_a_new_run_goes_by_its_own_options_only(custseg, shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_RUN__THOROUGH", "false")
    result = custseg("run-all", "-w", shop, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["as_of"] > EARLY
    records = Workspace(shop).manifest().stages
    assert not any(records[name].options for name, stage in STAGES.items() if not stage.side)
    assert records["clean"].settings["clean"]["as_of"] is None
    # A side study that the run has left out goes by that run's options too, not by its own old.
    assert not is_fresh(custseg("value", "-w", shop, "--json"))
    assert Workspace(shop).manifest().stages["value"].options == {}


def test_status_and_single_commands_agree(custseg, shop):
    states = json.loads(custseg("status", "-w", shop, "--json").stdout)
    assert all(row["state"] == "fresh" for row in states["stages"])
