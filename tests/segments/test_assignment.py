"""Customers of other sources in the segments of a published model."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import stat
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg import score_customers
from custseg.cli.app import app
from custseg.errors import ModelError
from custseg.segments.customers import assignment
from custseg.segments.model.monthly import segment
from custseg.settings import ModelSettings, SegmentSettings
from custseg.workspace.workspace import Workspace
from tests.conftest import planted_customers
from tests.shops import KEY, SMALL_RUN, run_here

EVIL = "=cmd|calc"


@pytest.fixture(scope="module")
def planted():
    customers = planted_customers()
    return customers, segment(customers, 3, "2024-01-01")


def test_the_customers_of_the_fit_get_their_published_segments_and_none_is_unlike(planted):
    customers, segmented = planted
    scored = score_customers(customers, segmented.model)
    for name in ("customer_id", "segment", "segment_name", "next_segment", "ambiguous"):
        assert scored[name].tolist() == segmented.segments[name].tolist()
    for name in ("distance", "margin"):
        assert scored[name].tolist() == pytest.approx(segmented.segments[name].tolist(), abs=1e-12)
    assert not scored["unlike_training"].any()
    assert set(scored["why_unlike"]) == {""}


def test_neither_the_order_of_rows_nor_batches_matter(planted, monkeypatch):
    customers, segmented = planted
    whole = score_customers(customers, segmented.model)
    monkeypatch.setattr(assignment, "_BATCH", 7)
    mixed = customers.sample(frac=1, random_state=1).reset_index(drop=True)
    scored = score_customers(mixed, segmented.model)
    assert scored["customer_id"].tolist() == mixed["customer_id"].tolist()
    again = scored.sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(again, whole, rtol=1e-12)


@pytest.mark.parametrize("clip", [0, 3])
def test_a_monster_is_marked_with_the_feature_that_makes_it_one(planted, clip):
    customers, segmented = planted
    if clip:
        segmented = segment(customers, 3, "2024-01-01", ModelSettings(clip=clip))
    monster = customers[customers["group"] == "loyal"].head(1).assign(customer_id="monster")
    rich = monster.assign(monetary=monster["monetary"] * 1e6)
    scored = score_customers(pd.concat([customers, rich]), segmented.model).iloc[-1]
    assert scored["customer_id"] == "monster"
    assert scored["unlike_training"]
    assert "farther from the segment's centroid" in scored["why_unlike"]
    assert "spend of" in scored["why_unlike"]
    assert "standard deviations above" in scored["why_unlike"]


def test_features_that_nobody_had_together_are_told_from_distance(planted):
    customers, segmented = planted
    model = segmented.model
    assert len(model.scoring.components) < len(model.scoring.features)
    # Many different products and few of all that goes with them: in the middle, but off the plane.
    odd = customers[customers["group"] == "lapsed"].head(1).assign(customer_id="odd")
    odd = odd.assign(distinct_products=60.0)
    scored = score_customers(odd, model).iloc[0]
    assert "features that nobody at the fit had together" in scored["why_unlike"]
    assert "60 different products" in scored["why_unlike"]


def test_names_and_the_margin_come_from_the_settings(planted):
    customers, segmented = planted
    ours = segmented.model.rules[1]
    naming = SegmentSettings(names={ours: "Our best"}, ambiguous_margin=1)
    scored = score_customers(customers, segmented.model, naming)
    assert set(scored.loc[scored["segment"] == 1, "segment_name"]) == {"Our best"}
    assert set(scored.loc[scored["next_segment"] == 1, "next_segment_name"]) <= {"Our best"}
    assert scored["ambiguous"].all()


def test_a_feature_without_value_is_named_with_how_many_lack_it(planted):
    customers, segmented = planted
    lacking = customers.assign(monetary=customers["monetary"].where(customers.index > 1))
    with pytest.raises(ModelError, match=r"no value of: monetary \(2 customers\)"):
        score_customers(lacking, segmented.model)
    with pytest.raises(ModelError, match=r"monetary \(120 customers\)"):
        score_customers(customers.drop(columns="monetary"), segmented.model)
    with pytest.raises(ModelError, match="monetary"):
        score_customers(customers.head(0).drop(columns="monetary"), segmented.model)


def test_nobody_to_score_is_an_empty_table(planted):
    customers, segmented = planted
    scored = score_customers(customers.head(0), segmented.model)
    assert len(scored) == 0
    assert scored.columns.tolist() == score_customers(customers, segmented.model).columns.tolist()


@pytest.fixture(scope="module")
def shop(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with orders of customers who are attacks on a spreadsheet, and a workspace."""
    folder = tmp_path_factory.mktemp("scored")
    orders = pd.read_csv(small_shop, dtype=str)
    orders["CustomerID"] = EVIL + orders["CustomerID"]
    orders.to_csv(folder / "orders.csv", index=False)
    run_here(folder / "orders.csv", folder / "w", "--k", "3", reported=False)
    return folder


@pytest.fixture
def workspace(shop: Path) -> Path:
    return Path(shutil.copytree(shop / "w", Path("w")))


@pytest.fixture
def orders(shop: Path) -> Path:
    return shop / "orders.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_the_same_orders_get_the_published_segments_and_nothing_else_changes(
    custseg, workspace, orders
):
    before = contents(workspace)
    result = custseg("score", orders, "-w", workspace, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    published = pd.read_parquet(workspace / "segments.parquet")
    assert (told["customers"], told["new"], told["unlike_training"]) == (len(published), 0, 0)
    assert told["as_of"] == told["snapshot"]
    path = workspace / "exports" / f"scores-{told['as_of']}.csv"
    assert told["file"] == str(path)
    rows = rows_of(path)
    assert {row["customer_id"]: row["segment_name"] for row in rows} == {
        "'" + row.customer_id: row.segment_name for row in published.itertuples()
    }
    after = contents(workspace)
    assert after.pop(f"exports/{path.name}")
    assert after == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = custseg("score", orders, "-w", workspace)
    assert again.exit_code == 2
    assert "Pass --force" in again.stderr
    first = path.read_bytes()
    result = custseg("score", orders, "-w", workspace, "--force")
    assert result.exit_code == 0
    assert "new since that snapshot: 0" in result.stdout
    assert "cmd|" not in result.output
    assert path.read_bytes() == first


def test_new_customers_are_counted_and_a_monster_is_marked(custseg, workspace, orders):
    lines = pd.read_csv(orders, dtype=str)
    own = lines[lines["CustomerID"].notna()].head(1)
    monster = own.assign(CustomerID="monster", InvoiceNo="M1", UnitPrice="900000", Quantity="9000")
    new = own.assign(CustomerID="newcomer", InvoiceNo="N1")
    unread = new.assign(Quantity="many")
    pd.concat([lines, monster, new, unread]).to_csv("more.csv", index=False)
    call = ("score", "more.csv", "-w", workspace, "--on-bad-row", "reject")
    result = custseg(*call, "--output", "scored.parquet", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["new"], told["rejected_rows"]) == (2, 1)
    scored = pd.read_parquet("scored.parquet").set_index("customer_id")
    assert scored["unlike_training"].sum() == told["unlike_training"]
    assert "spend" in scored.loc["monster", "why_unlike"]
    assert sum(row["customers"] for row in told["segments"]) == len(scored)
    for word in ("monster", "newcomer", "cmd|"):
        assert word not in result.output


def test_a_workbook_has_identifiers_that_compute_nothing(custseg, workspace, orders):
    result = custseg("score", orders, "-w", workspace, "--output", "scored.xlsx")
    assert result.exit_code == 0, result.output
    header, *rows = openpyxl.load_workbook("scored.xlsx").active.iter_rows()
    assert [cell.value for cell in header][:3] == ["customer_id", "segment", "segment_name"]
    assert all(row[0].data_type == "s" and row[0].value.startswith(EVIL) for row in rows)
    assert stat.S_IMODE(Path("scored.xlsx").stat().st_mode) == 0o600


@pytest.mark.usefixtures("recalled", "unlooked")
def test_an_earlier_date_and_an_earlier_snapshot(custseg, workspace, orders):
    latest = Workspace(workspace).history.latest()
    assert latest is not None
    early = f"{latest.as_of[:8]}01"
    result = custseg("run-all", "-w", workspace, "--as-of", early, "-q")
    assert result.exit_code == 0, result.output
    published = pd.read_parquet(workspace / "segments.parquet")
    call = ("score", orders, "-w", workspace, "--as-of", early, "--snapshot", early, "--json")
    told = json.loads(custseg(*call).stdout)
    assert (told["as_of"], told["snapshot"]) == (early, early)
    rows = rows_of(Path(told["file"]))
    assert [int(row["segment"]) for row in rows] == published["segment"].tolist()
    none = custseg("score", orders, "-w", workspace, "--snapshot", "2001-01-01")
    assert none.exit_code == 2
    assert early in none.stderr


def test_standard_input_and_other_columns(workspace, orders):
    lines = pd.read_csv(orders, dtype=str).rename(columns={"CustomerID": "Kunde"})
    text = io.StringIO()
    lines.to_csv(text, index=False)
    call = ["score", "-", "-w", str(workspace), "--column", "customer_id=Kunde"]
    result = CliRunner().invoke(app, [*call, "--json"], input=text.getvalue(), env=SMALL_RUN)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["new"] == 0


def test_what_does_not_fit_is_refused_and_no_id_is_printed(custseg, workspace, orders):
    copy = Path(shutil.copy(orders, "copy.csv"))
    lines = pd.read_csv(orders, dtype=str)
    lines.drop(columns="UnitPrice").to_csv("unpriced.csv", index=False)
    lines.assign(Quantity="many").to_csv("broken.csv", index=False)
    cases = {
        (copy, "--output", copy): (2, "that is a file that is scored"),
        (copy, "--output", workspace / "mine.csv"): (2, "the workspace's own files"),
        (copy, "--output", "a.txt"): (2, "ends in .csv, .xlsx, .parquet"),
        (copy, "--output", "nowhere/a.csv"): (4, "cannot be written to"),
        (copy, "--url", "https://example.com"): (2, "goes with uci"),
        ("none.csv",): (5, "no such file"),
        ("unpriced.csv",): (6, "monetary"),
        ("broken.csv",): (5, "Quantity"),
    }
    before = copy.read_bytes()
    for arguments, (code, message) in cases.items():
        result = custseg("score", *arguments, "-w", workspace)
        told = " ".join(result.stderr.split())
        assert (result.exit_code, message in told) == (code, True), told
        assert "cmd|" not in result.output
    assert copy.read_bytes() == before
    assert not (workspace / "exports").exists()
    assert custseg("score", copy, "-w", "none").exit_code == 4
    assert not Path("none").exists()
    with Workspace(workspace).writing():
        assert custseg("score", copy, "-w", workspace).exit_code == 8


def test_rows_that_cannot_be_read_are_left_out_and_counted(custseg, workspace, orders):
    lines = pd.read_csv(orders, dtype=str)
    lines.loc[:1, "Quantity"] = "many"
    lines.to_csv("broken.csv", index=False)
    call = ("score", "broken.csv", "-w", workspace, "--on-bad-row", "reject")
    assert "left out: 2" in custseg(*call).stdout


def test_customers_hashed_with_the_same_key_are_known_and_with_another_are_not_told(
    custseg, small_shop, hashed_shop, monkeypatch
):
    monkeypatch.setenv("CUSTSEG_KEY", KEY)
    people = hashed_shop / "people.csv"
    shutil.copytree(hashed_shop / "w", "w")
    told = json.loads(custseg("score", people, "-w", "w", "--json").stdout)
    assert told["new"] == 0
    assert "example.com" not in Path(told["file"]).read_text()
    other = json.loads(custseg("score", small_shop, "-w", "w", "--json", "--force").stdout)
    assert other["new"] is None
    assert any("keyed hashes, this source's are ids" in note for note in other["notes"])
    monkeypatch.setenv("CUSTSEG_KEY", "another key of some length")
    assert custseg("verify", "--adopt", "-w", "w").exit_code == 0
    result = custseg("score", people, "-w", "w", "--json", "--force")
    assert json.loads(result.stdout)["new"] is None
    assert "another key" in result.stdout
