"""What a run was given on its command line holds for single commands after it."""

from __future__ import annotations

import json
import shutil

import pytest

from custseg.pipeline.stages import STAGES
from custseg.workspace.workspace import Workspace
from tests.conftest import EARLY

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
    record = Workspace(shop).manifest().stages["value"]
    assert record.settings["clean"]["as_of"] == EARLY
    assert record.settings["value"]["calibrate"] == "none"
    assert record.options == {"clean.as_of": EARLY}


def test_an_option_given_anew_takes_the_place_of_the_runs(custseg, shop):
    assert not is_fresh(custseg("select-k", "--k", "3", "-w", shop, "--json"))
    assert Workspace(shop).manifest().stages["select-k"].options == {"model.k": 3}
    # What depends on it goes on with what it was given, not with what the run was.
    assert not is_fresh(custseg("fit", "-w", shop, "--json"))
    assert Workspace(shop).manifest().stages["fit"].options == {"model.k": 3}
    assert is_fresh(custseg("select-k", "-w", shop, "--json"))
    assert is_fresh(custseg("fit", "-w", shop, "--json"))


def test_an_option_of_one_command_leaves_those_of_other_sections(custseg, shop):
    dates = ("--date", "2023-06-01")
    assert not is_fresh(custseg("validate", *dates, "-w", shop, "--json"))
    record = Workspace(shop).manifest().stages["validate"]
    assert record.options["clean.as_of"] == EARLY
    assert record.options["validation.dates"] == ["2023-06-01"]
    assert is_fresh(custseg("validate", "-w", shop, "--json"))


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
