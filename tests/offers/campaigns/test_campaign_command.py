"""Three months of a shop that registers campaigns, and what the commands tell of them."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.offers.campaigns.holdout import shop_wide
from custseg.pipeline.publishing import publish
from custseg.privacy.traces import search
from custseg.settings import DemoSettings
from custseg.settings.loading import load_settings
from custseg.sources.files.demo import simulate
from custseg.words.figures import plain
from custseg.workspace.campaigns import read_register
from custseg.workspace.workspace import Workspace
from tests.outline import Outline
from tests.shops import SMALL_RUN, unreported

if TYPE_CHECKING:
    from tests.sharing import Shared

JULY, AUGUST, SEPTEMBER = "2023-07-01", "2023-08-01", "2023-09-01"
OVER = "2023-07-31"
"""Midnight at which the days of both campaigns are over."""
LIFT = 0.5
"""Part of those on the first list without an order of their own who are made to order."""
SHOWN = {"CUSTSEG_PRIVACY__SMALLEST_GROUP": "0"}


def call(*arguments: object, **more: str) -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments], env=SMALL_RUN | SHOWN | more)


def done(*arguments: object, **more: str) -> Any:
    """What a command tells as JSON."""
    result = call(*arguments, "--json", "-q", **more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def until(orders: pd.DataFrame, day: str, path: Path) -> None:
    orders[orders["InvoiceDate"] < day].to_csv(path, index=False)


def lift(orders: pd.DataFrame, listed: pd.Series[str]) -> pd.DataFrame:
    """Orders of the list's customers in the days after, of those who have none of their own."""
    after = orders[orders["InvoiceDate"].between(JULY, AUGUST)]
    idle = listed[~listed.isin(after["CustomerID"])]
    moved = idle[np.random.default_rng(5).random(len(idle)) < LIFT]
    line: dict[str, Any] = {"StockCode": "20084", "Description": "VINTAGE BUNTING 1", "Quantity": 4}
    line |= {"InvoiceDate": "2023-07-12 10:00:00", "UnitPrice": 5.0, "Country": "France"}
    numbers = [str(900_000 + i) for i in range(len(moved))]
    more = pd.DataFrame({"InvoiceNo": numbers, "CustomerID": moved.to_numpy()}).assign(**line)
    return pd.concat([orders, more[orders.columns]], ignore_index=True)


@pytest.fixture(scope="module")
def months(shared: Shared) -> Path:
    """A workspace as of each of three months, with two campaigns; not to be changed."""

    def make(folder: Path) -> None:
        folder.mkdir()
        source, place = folder / "orders.csv", folder / "w"
        orders = simulate(DemoSettings(customers=300, seed=8)).lines.to_pandas()
        until(orders, JULY, source)
        with unreported():
            done("run-all", source, "-w", place, "--as-of", JULY, "--k", "2")
        common = ("export", "-w", place, "--holdout", "40%", "--horizon", "30", "--all-members")
        done(*common, "--segment", "all", "--campaign", "Everybody", "--offer-cost", "0.25")
        done(*common, "--segment", "1", "--campaign", "The first")
        shutil.copytree(place, folder / "first")
        listed = pd.read_csv(place / "exports/everybody-csv.csv", dtype=str)["customer_id"]
        orders = lift(orders, listed)
        for month, name in ((AUGUST, "second"), (SEPTEMBER, "third")):
            until(orders, month, source)
            # Nobody looks at the page of the second month.
            with unreported() if name == "second" else nullcontext():
                done("run-all", source, "-w", place, "--as-of", month, "--k", "2")
            shutil.copytree(place, folder / name)

    return shared.once("campaign-months", make)


@pytest.fixture
def first(months: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(months / "first", tmp_path / "w"))


@pytest.fixture
def second(months: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(months / "second", tmp_path / "w"))


def by_hand(place: Path, name: str) -> pd.DataFrame:
    """Orders and spend of each customer on a campaign's two files, from the lines that count."""
    stem = place / "exports" / name
    lists = {"list": f"{stem}-csv.csv", "control": f"{stem}-csv-control.csv"}
    frames = [pd.read_csv(path, dtype=str)[["customer_id"]].assign(group=group)
              for group, path in lists.items()]  # fmt: skip
    lines = pd.read_parquet(place / "transactions.parquet")
    inside = lines[(lines["ordered_at"] >= JULY) & (lines["ordered_at"] < OVER)]
    found = inside.groupby("customer_id").agg(
        orders=("order_id", "nunique"), revenue=("amount", "sum")
    )
    whole = pd.concat(frames).merge(found.astype(float), on="customer_id", how="left")
    return whole.fillna({"orders": 0.0, "revenue": 0.0})


def test_the_months_after_tell_what_the_planted_lift_brought(months):
    told = done("campaign", "result", "everybody", "-w", months / "second")
    hand = by_hand(months / "second", "everybody")
    means = hand.assign(share=hand["orders"] > 0).groupby("group")[["share", "orders", "revenue"]]
    for measure, own in means.mean().items():
        assert told[f"{measure}_list"] == pytest.approx(own["list"])
        assert told[f"{measure}_control"] == pytest.approx(own["control"])
    sizes = hand["group"].value_counts()
    assert (told["listed"], told["control"]) == (sizes["list"], sizes["control"])
    assert (told["state"], told["verdict"], told["day"]) == ("finished", "effect", 30)
    idle = 1 - told["share_control"]
    assert told["share_low"] < LIFT * idle < told["share_high"]
    assert told["adjusted"]
    margin = told["margin_effect"] - 0.25
    assert told["gain"] == pytest.approx(margin * told["listed"])
    assert told["overlaps"] == "The first"


def test_every_run_all_tells_it_in_summary_page_and_workbook(months):
    early, late = (
        json.loads((months / name / "summary.json").read_text()) for name in ("second", "third")
    )
    assert [one["campaign"] for one in late["campaigns"]] == ["Everybody", "The first"]
    # What went back meanwhile was never bought.
    effects = [one["campaigns"][0]["share_effect"] for one in (early, late)]
    assert effects[0] == pytest.approx(effects[1], abs=0.02)
    assert {pool["aim"] for pool in late["campaign_pools"]} >= {"several"}
    book = openpyxl.load_workbook(months / "third/segments.xlsx")
    cells = [cell for row in book["Campaigns"].iter_rows(values_only=True) for cell in row]
    said = late["campaigns"][0]["sentence"]
    assert {"Everybody", "The first", "it worked", said} <= set(cells)
    page = Outline((months / "third/report.html").read_text()).text
    assert said in page
    assert re.match(r"Everybody: [\d.]+ to [\d.]+ more in 100 ordered than in the control", said)


def test_a_month_without_campaigns_has_no_sheet_of_them(undisturbed):
    book = openpyxl.load_workbook(undisturbed / "segments.xlsx")
    assert "Campaigns" not in book.sheetnames
    assert done("campaign", "-w", undisturbed)["campaigns"] == []


def test_before_its_days_are_over_it_says_how_far_along_it_is(first):
    told = done("campaign", "result", "Everybody", "-w", first)
    assert told["sentence"].startswith("Everybody: day 0 of 30, no result yet.")
    assert told["measures"] == []
    shown = call("campaign", "show", "Everybody", "-w", first).stdout
    assert "30 days from 2023-07-01" in shown
    assert re.search(r"cost per customer\s+£?0\.25", shown)
    listed = call("campaign", "list", "-w", first).stdout
    assert "Everybody" in listed
    assert "The first" in listed


def test_the_commands_speak_the_language_of_the_report(second):
    german = {"CUSTSEG_REPORT__LANGUAGE": "de", "CUSTSEG_REPORT__CURRENCY": "EUR"}
    shown = {
        name: call("campaign", *name.split(" ", 1), "-w", second, **german).stdout
        for name in ("list", "show Everybody", "result Everybody")
    }
    assert shown["list"].startswith("# Kampagnen\nKampagne\tZiel\t")
    assert "1. Juli 2023\t30 von 30" in shown["list"]
    assert "Kosten je Kunde\t0,25 EUR" in shown["show Everybody"]
    assert "Rohertrag, EUR" in shown["result Everybody"]
    told = done("campaign", "result", "Everybody", "-w", second, **german)
    notes = [line[2:] for line in shown["result Everybody"].splitlines() if line[:2] == "# "]
    assert plain(told["sentence"]) == " ".join(notes[1:3])
    assert "als in der Kontrollgruppe" in told["sentence"]
    # What programs read stays in English.
    assert [one["measure"] for one in told["measures"]][2:] == ["revenue", "margin"]
    closed = call("campaign", "close", "Everybody", "-w", second, **german).stdout
    assert closed.startswith("Die Kampagne Everybody ist geschlossen")


def test_what_was_known_before_is_registered(first):
    register = read_register(first)
    campaign = register.find("everybody")
    assert campaign is not None
    assert (campaign.aim, campaign.control, campaign.horizon_days) == ("several", "own", 30)
    members = pd.read_parquet(first / campaign.file)
    lines = pd.read_parquet(first / "transactions.parquet")
    before = lines[lines["ordered_at"] >= "2023-06-01"].groupby("customer_id")
    spend = before["amount"].sum().astype(float).reindex(members["customer_id"]).fillna(0)
    orders = before["order_id"].nunique().reindex(members["customer_id"]).fillna(0)
    assert members["spend_before"].tolist() == pytest.approx(spend.tolist())
    assert members["orders_before"].tolist() == orders.tolist()
    assert (members["group"] == "control").sum() == campaign.held


def test_only_a_named_list_is_registered(first):
    before = (first / "campaigns.json").read_bytes()
    assert not done("export", "-w", first, "--segment", 2, "--holdout", "10%")["registered"]
    assert (first / "campaigns.json").read_bytes() == before
    refused = call("export", "-w", first, "--segment", 2, "--offer-cost", "1")
    assert refused.exit_code == 2
    assert "--campaign" in refused.stderr


def test_the_same_list_again_is_the_same_campaign_and_another_is_refused(first):
    again = ("export", "-w", first, "--segment", "all", "--campaign", "EVERYBODY", "--all-members")
    same = ("--horizon", "30", "--offer-cost", "0.25", "--format", "xlsx")
    before = (first / "campaigns.json").read_bytes()
    # The name is the seed, and is written in the same way each time.
    own = tuple("Everybody" if one == "EVERYBODY" else one for one in again)
    assert done(*own, *same, "--holdout", "40%")["registered"]
    assert (first / "campaigns.json").read_bytes() == before
    for changed in (("--holdout", "30%", *same), ("--holdout", "40%")):
        refused = call(
            *again, *changed, "--output", "other.xlsx" if same[-1] in changed else "o.csv"
        )
        assert refused.exit_code == 2
        assert "registered already" in refused.stderr
        assert "--force" in refused.stderr
    assert (first / "campaigns.json").read_bytes() == before
    assert not Path("other.xlsx").exists()
    assert done(*own, "--holdout", "30%", "--force")["registered"]
    found = read_register(first).find("everybody")
    assert found is not None
    assert found.horizon_days == 90


def test_once_it_is_measured_no_force_takes_its_place(second):
    refused = call(
        *("export", "-w", second, "--segment", "1", "--campaign", "The first", "--force"),
    )
    assert refused.exit_code == 2
    assert 'campaign close "The first" --force' in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--sent", "2023-06-30"), "before the list"),
        (("--offer-cost", "much"), "no amount"),
        (("--offer-cost", "-1"), "no amount"),
        (("--offer-cost", "1.23456"), "no amount"),
    ],
)
def test_terms_that_cannot_be_measured_are_refused(options, said, first):
    refused = call("export", "-w", first, "--segment", 1, "--campaign", "Odd", *options)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert read_register(first).find("odd") is None
    assert not (first / "exports/odd-csv.csv").exists()


def test_a_list_that_is_sent_later_is_measured_from_then_on(first):
    done("export", "-w", first, "--segment", 1, "--campaign", "Later", "--sent", "2023-07-15")
    told = done("campaign", "show", "later", "-w", first)
    assert (told["state"], told["sent"], told["as_of"]) == ("planned", "2023-07-15", JULY)
    assert told["control_kind"] == "none"


def test_closing_keeps_the_result_and_deletes_the_customers(second):
    before = done("campaign", "result", "Everybody", "-w", second)
    closed = call("campaign", "close", "Everybody", "-w", second)
    assert closed.exit_code == 0, closed.stderr
    assert "the ids of its customers are deleted" in closed.stdout
    after = done("campaign", "result", "Everybody", "-w", second)
    assert after == before | {"state": "closed"}
    assert not (second / "campaigns/0001.parquet").exists()
    assert (second / "campaigns/0002.parquet").exists()
    other = done("campaign", "result", "The first", "-w", second)
    assert other["overlaps"] == "Everybody"
    assert call("campaign", "close", "Everybody", "-w", second).exit_code == 2
    assert call("verify", "-w", second).exit_code == 0


def test_closing_early_takes_force_and_frees_the_name(first):
    refused = call("campaign", "close", "The first", "-w", first)
    assert refused.exit_code == 2
    assert "day 0 of 30" in refused.stderr
    told = done("campaign", "close", "The first", "-w", first, "--force")
    assert told["stopped"]
    assert "without a result" in done("campaign", "result", "The first", "-w", first)["sentence"]
    named = ("--campaign", "The first", "--output", "again.csv")
    again = done("export", "-w", first, "--segment", 2, *named)
    assert again["registered"]


def test_a_damaged_file_of_customers_is_told_and_can_be_closed(first):
    (first / "campaigns/0002.parquet").write_bytes(b"PAR1")
    failed = call("campaign", "list", "-w", first, "-q")
    # What is fresh isn't read again.
    done("export", "-w", first, "--segment", 2, "--campaign", "Third")
    failed = call("campaign", "list", "-w", first, "-q")
    assert failed.exit_code == 4
    assert "close NAME --force" in failed.stderr
    assert call("campaign", "close", "The first", "--force", "-w", first).exit_code == 0
    assert call("campaign", "list", "-w", first).exit_code == 0


def test_an_altered_register_is_not_believed(first):
    path = first / "campaigns.json"
    path.write_text(path.read_text().replace('"held": ', '"held": 1'))
    refused = call("campaign", "list", "-w", first)
    assert refused.exit_code == 4
    assert "signature does not hold" in refused.stderr
    assert "campaigns.json\taltered" in call("verify", "-w", first).stdout


def test_a_campaign_that_is_not_there_is_told_with_those_that_are(first):
    refused = call("campaign", "result", "Nix", "-w", first)
    assert refused.exit_code == 5
    assert "Everybody, The first" in refused.stderr
    misplaced = call("campaign", "-w", first, "list")
    assert misplaced.exit_code == 2


@pytest.mark.parametrize("what", ["forget", "object"])
def test_who_is_forgotten_or_objects_is_on_no_register(what, second):
    campaign = read_register(second).find("Everybody")
    assert campaign is not None
    customer = pd.read_parquet(second / campaign.file)["customer_id"].iloc[0]
    assert call("about", customer, "-w", second).exit_code in {0, 2}
    assert call(what, customer, "-w", second).exit_code == 0
    assert search(second / "campaigns", [customer]).found == ()
    left = read_register(second).find("Everybody")
    assert left is not None
    assert (left.listed, left.held) == (campaign.listed, campaign.held)
    assert left.members != campaign.members
    assert call("verify", "-w", second).exit_code == 0


def test_what_may_not_be_kept_is_closed_with_its_result_once_it_is_measured(months, tmp_path):
    place = Path(shutil.copytree(months / "second", tmp_path / "w"))
    before = done("campaign", "result", "Everybody", "-w", place)
    settings = load_settings(None, {"privacy.keep_months": 1})
    workspace = Workspace(place)
    with workspace.writing():
        deleted = publish(workspace, settings).expired
    assert {"campaigns/0001.parquet", "campaigns/0002.parquet"} <= set(deleted)
    assert not list((place / "campaigns").iterdir())
    assert done("campaign", "result", "Everybody", "-w", place) == before | {"state": "closed"}


def test_a_shop_wide_group_is_on_no_list_and_is_what_lists_are_compared_with(first):
    hold = {"CUSTSEG_CAMPAIGNS__ALWAYS_HOLD": "20%"}
    common = ("export", "-w", first, "--segment", "all", "--all-members")
    told = done(*common, "--campaign", "Held", "--horizon", "30", **hold)
    assert told["control_kind"] == "shop-wide"
    assert told["notes"][0].startswith(f"compared with the {told['control']:,} of them")
    assert "a test finds" in told["notes"][1]
    segments = pd.read_parquet(first / "segments.parquet")["customer_id"]
    groups = shop_wide(segments, pd.Timestamp(JULY).date(), 0.2, 6, 90)
    exports = first / "exports"
    sent, control = (
        set(pd.read_csv(exports / name, dtype=str)["customer_id"])
        for name in ("held-csv.csv", "held-csv-control.csv")
    )
    assert control == set(segments[groups.held])
    assert sent == set(segments[~groups.held & ~groups.waiting])
    found = read_register(first).find("Held")
    assert found is not None
    assert (found.control, found.listed, found.held) == ("shop-wide", len(sent), len(control))
    # With a control group of its own, those held are on neither.
    own = done(*common, "--holdout", "10%", "--output", "own.csv", **hold)
    assert own["control_kind"] == "own"
    assert sent == set(pd.read_csv("own.csv", dtype=str)["customer_id"]) | set(
        pd.read_csv("own-control.csv", dtype=str)["customer_id"]
    )
    rules = {row["rule"]: row["customers"] for row in own["export"] if "rule" in row}
    assert rules["always_held"] == len(control)
