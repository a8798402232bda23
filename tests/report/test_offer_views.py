from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from custseg.report.tables.stages import VIEWS
from custseg.workspace.workspace import Workspace
from tests.shops import STUDIED


@pytest.fixture(scope="module")
def shown(studied, tmp_path_factory):
    """What a command about a small shop prints."""
    from typer.testing import CliRunner

    from custseg.cli.app import app

    folder = str(shutil.copytree(studied, tmp_path_factory.mktemp("offers") / "w"))

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "-w", folder], env=STUDIED)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    call.workspace = Workspace(Path(folder))
    return call


def test_lists_are_counted_and_nobody_is_named(shown):
    (table,) = VIEWS["recommend"](shown.workspace)
    rows = {row["list"]: row for row in table.rows}
    assert rows["new_for_you"]["places"] == 10 * rows["new_for_you"]["customers"]
    assert rows["buy_again"]["popular"] == 0
    told = json.loads(shown("recommend", "--json"))
    assert "recommendations" not in told
    assert told["files"]["recommendations"].endswith("recommendations.parquet")


def test_segments_without_a_taste_of_their_own_are_named(shown):
    assert "# nothing distinctive is bought by: " in shown("shelves")


def test_groups_of_customers_stand_beside_everyone_in_the_back_test(shown):
    shown("backtest", "--quiet")
    tables = {table.name: table.rows for table in VIEWS["backtest"](shown.workspace)}
    groups = {row["customer_group"] for row in tables["backtest_groups"]}
    assert {"everyone", "one order"} <= groups
    everyone = [row for row in tables["backtest"] if row["task"] == "new products"]
    assert everyone == sorted(everyone, key=lambda row: -row["ndcg"])
