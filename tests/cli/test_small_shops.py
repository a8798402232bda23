"""Shops too small to segment: a run ends well, says so, and shows what is known of customers."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from custseg.settings import DemoSettings
from custseg.sources.files.demo import simulate
from tests.conftest import nightly
from tests.shops import unreported

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def orders(customers: int, *, alike: bool = False) -> str:
    """As csv, three orders of each customer in 2010."""
    lines = [
        f"{number},{85123 + number % 7},MUG {number % 7},{1 if alike else 1 + number % 5},"
        f"2010-{4 + number // customers:02d}-{1 if alike else number % 27 + 1:02d},2.55,"
        f"{1000 + number % customers},UK\n"
        for number in range(3 * customers)
    ]
    return HEADER + "".join(lines)


@pytest.fixture(autouse=True)
def _all_is_shown(monkeypatch):
    """What is told of so few is the subject here; by default nothing is."""
    monkeypatch.setenv("CUSTSEG_PRIVACY__SMALLEST_GROUP", "0")


@pytest.fixture
def run(custseg, tmp_path):
    """Run all on orders, in a workspace."""

    def call(text: str, *options: str, reported: bool = False):
        Path("orders.csv").write_text(text)
        with nullcontext() if reported else unreported():
            return custseg("run-all", "orders.csv", "-w", tmp_path / "w", *options)

    return call


@pytest.mark.usefixtures("thorough")
def test_a_shop_of_five_customers_is_told_that_it_is_too_small(run, custseg, tmp_path):
    result = run(orders(5), reported=True)
    assert result.exit_code == 0, result.output
    reason = "k = 1: this shop is too small to segment: it has 5 customers, and a segment needs 20"
    known = "5 customers, 76 days of history, 5 with three orders or more: too few customers for"
    assert reason in result.stdout
    for table in ("# Features", "# Classical RFM segments", "All customers"):
        assert table in result.stdout
    # Told before the answer.
    assert result.stderr.index(f"select-k: {known}") < result.stderr.index("select-k: 0 numbers")
    page = (tmp_path / "w/evidence.html").read_text()
    for told in (reason, known, ": this shop is too small to segment."):
        assert told in page
    for untrue in ("nearly as close", "in 1 segments", "stand out most", "of 1 held-out"):
        assert untrue not in page
    for command in ("features", "rfm", "fit", "rules", "validate", "select-k"):
        assert custseg(command, "-w", tmp_path / "w").exit_code == 0
    compared = custseg("select-k", "-w", tmp_path / "w", "--compare")
    assert (compared.exit_code, "Not compared" in compared.stderr) == (0, True)
    explained = custseg("explain", "1001", "-w", tmp_path / "w")
    assert "All customers is the only segment." in explained.stdout
    written = custseg("export", "-w", tmp_path / "w", "--segment", "All customers")
    assert written.exit_code == 0, written.output


@pytest.mark.parametrize(
    ("customers", "alike", "why"),
    [
        (1, False, "it has 1 customer, and a segment needs 20"),
        # What is said of them is tried with the model, and such a run is like that of one customer.
        *nightly([(50, True, "its 50 customers are all alike")]),
    ],
)
def test_one_customer_and_customers_all_alike_are_no_error(run, tmp_path, customers, alike, why):
    result = run(orders(customers, alike=alike), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["k"] == 1
    assert told["k_reason"].endswith(why)
    assert told["eligibility"].startswith(f"{customers} customer")
    assert len(pd.read_parquet(tmp_path / "w/features.parquet")) == customers
    assert pd.read_parquet(tmp_path / "w/rfm.parquet")["customer_id"].is_unique


def test_where_every_k_is_tried_and_none_is_used_the_page_says_so(run, tmp_path):
    first = date(2024, 1, 1)
    lines = [
        f"{customer}-{order},85123,MUG,1,{first + timedelta(days=3 * customer + 30 * order)},49.00,"
        f"{1000 + customer},UK\n"
        for customer in range(42)
        for order in range(9 if customer % 7 < 2 else 1 + customer % 2)
    ]
    result = run(HEADER + "".join(lines), reported=True)
    assert result.exit_code == 0, result.output
    assert "k = 1: this shop is too small to segment: every k of" in result.stdout
    page = (tmp_path / "w/evidence.html").read_text()
    assert "segments were tried, and none of them is used." in page


def test_sixty_customers_have_segments_of_twenty_or_more(run, tmp_path):
    lines = simulate(DemoSettings(customers=60, seed=3)).lines.to_pandas()
    result = run(lines.to_csv(index=False))
    assert result.exit_code == 0, result.output
    sizes = pd.read_parquet(tmp_path / "w/segments.parquet")["segment"].value_counts()
    assert sizes.min() >= 20
    assert "60 customers, " in result.stderr
    assert "fewer than 500 customers make few and broad segments" in result.stderr


def test_a_k_that_is_asked_for_is_taken_with_a_warning(run):
    result = run(orders(45), "--k", "3", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["k_reason"].startswith("k = 3: asked for")
    assert any("fewer than 20 ([model] least_customers)" in one for one in told["warnings"])


@pytest.mark.nightly
def test_a_shop_that_has_grown_is_segmented(run, tmp_path):
    lines = simulate(DemoSettings(customers=120, seed=1)).lines.to_pandas()
    first = lines["CustomerID"].drop_duplicates().head(15)
    small = run(lines[lines["CustomerID"].isin(first)].to_csv(index=False), "--as-of", "2023-10-01")
    assert "too small to segment" in small.stdout
    grown = run(lines.to_csv(index=False))
    assert grown.exit_code == 0, grown.output
    assert "they were too few to segment before" in grown.stdout
    assert pd.read_parquet(tmp_path / "w/segments.parquet")["segment"].max() > 1


def test_by_default_nothing_is_told_of_five_customers(run, custseg, monkeypatch, tmp_path):
    monkeypatch.delenv("CUSTSEG_PRIVACY__SMALLEST_GROUP")
    result = run(orders(5), reported=True)
    assert result.exit_code == 0, result.output
    told = "Nothing is shown: there are fewer than 10 customers"
    assert result.stdout.startswith(f"# custseg\nwhat\tvalue\nwithheld\t{told}")
    assert told in (tmp_path / "w" / "report.html").read_text("utf-8")
    summary = json.loads((tmp_path / "w" / "summary.json").read_text("utf-8"))
    assert (summary["customers"], summary["segments"], summary["ledger"]) == (0, [], [])
    profiles = json.loads(custseg("profile", "-w", tmp_path / "w", "--json").stdout)
    assert profiles.keys() == {"format", "stage", "fresh", "withheld"}
