from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.report.tables.disclosed import Disclosed
from custseg.report.tables.model import select_k
from custseg.report.tables.pictures import Bar, Picture, Sparkline
from custseg.report.tables.profile import habits, profile
from custseg.report.tables.stages import VIEWS
from custseg.workspace.workspace import Workspace
from tests.shops import SMALL_RUN, run_here

if TYPE_CHECKING:
    from custseg.report.tables.table import Table


@pytest.fixture(scope="module")
def folder(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The workspace of a demo store in 3 segments."""
    folder = str(tmp_path_factory.mktemp("views") / "w")
    run_here(small_shop, Path(folder), "--k", "3", reported=False)
    return folder


@pytest.fixture(scope="module")
def shown(folder: str) -> dict[str, Any]:
    """The rows of the profile's tables, and the facts beside them."""
    workspace = Workspace(Path(folder))
    called = CliRunner().invoke(app, ["rules", "-w", folder, "--quiet"], env=SMALL_RUN)
    assert called.exit_code == 0, called.output
    shown: dict[str, Any] = workspace.manifest().facts()
    for stage in ("profile", "habits", "groups", "rules"):
        rows = {table.name: table.rows for table in VIEWS[stage](Disclosed(workspace.root))}
        shown |= {"product_groups": rows["groups"]} if stage == "groups" else rows
    return shown


def test_the_profile_has_a_row_per_segment_with_medians(shown):
    assert [row["segment"] for row in shown["profiles"]] == [1, 2, 3]
    assert all(row["monetary"] > 0 for row in shown["profiles"])


def test_three_features_set_a_segment_apart_the_most_telling_first(shown):
    own = [row for row in shown["differences"] if row["segment"] == 1]
    sizes = [abs(row["standardised_difference"]) for row in own]
    assert len(own) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert "frequency" in {row["feature"] for row in own}


def test_a_segments_product_groups_are_those_it_buys_more_of(shown):
    assert all(row["lift"] > 1 and row["group"] > 0 for row in shown["groups"])
    assert {row["segment"] for row in shown["groups"]} <= {1, 2, 3}


def test_the_product_groups_are_listed_with_the_rest_last(shown):
    numbers = [row["group"] for row in shown["product_groups"]]
    assert numbers == [*range(1, len(numbers)), 0] or numbers == list(range(1, len(numbers) + 1))
    sizes = [row["products"] for row in shown["product_groups"] if row["group"]]
    assert sizes == sorted(sizes, reverse=True)


def test_each_segment_has_its_busiest_times(shown):
    assert [row["segment"] for row in shown["times"]] == [1, 2, 3]
    for row in shown["times"]:
        assert row["weekday"].endswith("day")
        assert 8 <= row["hour"] <= 19
        assert row["month"].startswith("2023-")
        assert 1 / 7 <= row["weekday_share"] <= 1


def test_the_rules_come_with_their_fidelity(shown):
    assert {row["segment"] for row in shown["rules"]} == {1, 2, 3}
    assert f"{shown['fidelity'] * 100:.1f} % of" in shown["fidelity_note"]
    assert shown["fidelity_note"].startswith(f"{len(shown['rules'])} rules put ")


def pictures(table: Table) -> dict[str, Picture]:
    """The pictures of a table's columns."""
    return {column.key: column.picture for column in table.columns if column.picture}


def test_lines_show_when_each_segment_orders(folder, shown):
    times = pictures(habits(Workspace(Path(folder)))[-1])
    assert list(times) == ["weekday_share", "hour_share", "month_share"]
    for key, picture in times.items():
        assert isinstance(picture, Sparkline)
        for row, line in zip(shown["times"], picture.series, strict=True):
            assert max(line) == row[key]
            assert sum(line) == pytest.approx(1)
    weekday, _, month = times.values()
    assert isinstance(weekday, Sparkline)
    assert {len(line) for line in weekday.series} == {7}
    assert month.note.startswith("months: 2023-")


def test_no_picture_is_in_the_rows(shown):
    assert set(shown["times"][0]) == {
        *("segment", "segment_name", "weekday", "weekday_share"),
        *("hour", "hour_share", "month", "month_share"),
    }


def test_shares_of_customers_and_revenue_are_drawn_on_one_scale(folder):
    workspace = Workspace(Path(folder))
    for table in (VIEWS["summarise"](Disclosed(workspace.root))[1], profile(workspace)[0]):
        drawn = pictures(table)
        assert drawn["customer_share"] == drawn["revenue_share"]


def test_the_chosen_number_of_segments_stands_out_and_stability_shows_what_it_must_be(folder):
    (table,) = select_k(Workspace(Path(folder)))
    assert [row["k"] for row in table.rows if row[table.bold]] == [3]
    stability = pictures(table)["stability"]
    assert isinstance(stability, Bar)
    assert (stability.full, stability.tick) == (1, 0.75)
