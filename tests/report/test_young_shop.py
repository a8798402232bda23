"""A shop ten days old: what is said of it rests on ten days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.parquet import read_frame
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.words.language import FIELDS
from custseg.workspace import storage
from custseg.workspace.workspace import Workspace
from tests.shops import run_here

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sharing import Shared

OPENED = pd.Timestamp("2024-03-01")


@pytest.fixture(scope="module")
def young(shared: Shared) -> Path:
    """A workspace of 300 customers, a third of whom come every three days or so."""

    def make(folder: Path) -> None:
        folder.mkdir()
        random = np.random.default_rng(5)
        lines = [
            {
                "InvoiceNo": f"{customer}-{day}",
                "StockCode": str(22000 + random.integers(25)),
                "Quantity": int(random.integers(1, 6)),
                "InvoiceDate": OPENED + pd.Timedelta(days=day, hours=int(random.integers(8, 21))),
                "UnitPrice": round(float(random.lognormal(2, 0.6)), 2),
                "CustomerID": f"C{customer:04}",
            }
            for customer in range(300)
            for day in range(10)
            for _ in range(3)
            if day == customer % 10
            or (day > customer % 10 and random.random() < (0.3, 0.05)[customer % 3 > 0])
        ]
        pd.DataFrame(lines).to_csv(folder / "orders.csv", index=False)
        run_here(folder / "orders.csv", folder / "w", reported=False, CUSTSEG_RUN__THOROUGH="true")

    return shared.once("young-shop", make) / "w"


def table(young: Path, artifact: str) -> pd.DataFrame:
    return read_frame(Workspace(young).path(artifact), ARTIFACTS[artifact].column_names())


def said(young: Path) -> list[str]:
    """Every sentence of the report's summary, and of the plans."""
    summary = storage.read(young / "summary.json", ARTIFACTS["summary"])
    told = [part for one in findings(summary) for part in (one.sentence, one.basis)]
    told += [part for one in insights(summary) for part in (one.sentence, one.basis)]
    plans = table(young, "plans")
    return [*told, *summary.verdicts.values(), *plans[list(FIELDS)].to_numpy().ravel()]


def test_nothing_is_expected_of_anybody(young):
    value = table(young, "value").drop(columns="customer_id")
    assert value.isna().all(axis=None)
    assert table(young, "segment_value")["customers"].sum() == len(value) == 300
    assert table(young, "inventory").empty
    plans = table(young, "plans")
    assert plans["buying_probability"].isna().all()
    assert not {"win_back", "let_go"} & set(plans["aim"])


def test_no_sentence_foretells_or_lacks_a_figure(young):
    for sentence in said(young):
        assert not re.search(r"\bnan\b|None|unknown|likely to|is expected|are expected", sentence)


def test_what_a_forecast_lacks_is_said_once_for_each_with_what_to_set(young):
    facts = Workspace(young).manifest().facts()
    assert facts["value_note"] == (
        "No forecast: 90 days ahead take 180 days of orders, and 9 whole days are known. To get "
        "one, set [value] horizon_days to 4 or less, or wait 171 days."
    )
    assert facts["inventory_note"] == (
        "No units are forecast: 30 days ahead take 60 days of orders, and 10 are known. To get a "
        "forecast, set [inventory] horizon_days to 5 or less, or wait 50 days."
    )
    assert facts["value_off"] is None


@pytest.mark.usefixtures("thorough")
def test_a_list_of_it_has_no_buying_probability_and_says_why(young, custseg: Any, tmp_path):
    file = tmp_path / "list.csv"
    made = custseg("export", "-w", young, "--segment", "1", "--output", file, "--holdout", "20%")
    assert made.exit_code == 0, made.output
    assert "the shop is too young for a forecast" in " ".join(made.output.split())
    assert "buying_probability" not in pd.read_csv(file)
