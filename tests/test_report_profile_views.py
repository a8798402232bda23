from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from custseg.cli import app


@pytest.fixture(scope="module")
def shown(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the profile's commands print as JSON of a demo store in 3 segments."""
    folder = str(tmp_path_factory.mktemp("views") / "w")
    call = CliRunner().invoke
    ran = call(app, ["run-all", str(small_shop), "-w", folder, "--k", "3", "--quiet"])
    assert ran.exit_code == 0, ran.output
    shown: dict[str, Any] = {}
    for stage in ("profile", "groups", "rules"):
        content = json.loads(call(app, [stage, "-w", folder, "--json"]).stdout)
        shown |= {"product_groups": content["groups"]} if stage == "groups" else content
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
