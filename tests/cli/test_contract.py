from __future__ import annotations

import json
from decimal import Decimal

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.pipeline.stages import FINDERS, STAGES
from custseg.workspace.workspace import Workspace

pytestmark = pytest.mark.usefixtures("all_shown")

OF_EVERY_STAGE = {"format", "stage", "fresh", "rows", "files"}


def test_no_fact_and_no_artifact_stands_in_anothers_place():
    names = [*OF_EVERY_STAGE, *FINDERS, *ARTIFACTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("stage", ["clean", "features", "fit", "profile", "rfm", "shelves"])
def test_json_has_every_row_and_column_of_what_names_nobody(stage, custseg, undisturbed):
    workspace = Workspace(undisturbed)
    result = custseg(stage, "-w", undisturbed, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["format"] == 1
    for name in STAGES[stage].writes:
        artifact = ARTIFACTS[name]
        assert told["files"][name] == str(workspace.path(name))
        if artifact.storage != "table" or artifact.personal:
            assert (name in told) == (artifact.storage == "json")
            continue
        rows = workspace.rows(name)
        assert len(told[name]) == len(rows) == told["rows"][name]
        assert [list(row) for row in told[name]] == [list(row) for row in rows]
    assert "customer_id" not in result.stdout


def test_amounts_are_exact_in_json(custseg, undisturbed):
    told = json.loads(custseg("clean", "-w", undisturbed, "--json").stdout)
    rows = Workspace(undisturbed).rows("ledger")
    assert [Decimal(row["value_left"]) for row in told["ledger"]] == [r["value_left"] for r in rows]


def test_a_profile_has_all_features_of_each_segment_not_only_three(custseg, undisturbed):
    told = json.loads(custseg("profile", "-w", undisturbed, "--json").stdout)
    segments = {row["segment"] for row in told["profiles"]}
    features = {row["feature"] for row in told["profile_features"]}
    assert len(features) > 20
    assert len(told["profile_features"]) == len(segments) * len(features)


def test_rows_of_the_source_are_told_by_their_file(custseg, undisturbed):
    told = json.loads(custseg("download", "-w", undisturbed, "--json").stdout)
    assert set(told["files"]) == {"raw", "rejected"}
    assert not {"raw", "rejected"} & set(told)
