"""A shop whose orders have no amounts passes through everything, and nothing is made up for it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.engine.parquet import read_frame
from custseg.orders.money import has_money
from custseg.workspace import storage
from custseg.workspace.workspace import Workspace
from tests.shops import SMALL_RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_OF_MONEY = re.compile(r"£|\b(?i:spen[dt]|revenue|money)|\b(?:nan|None)\b")
_SAID = ("The orders have no amounts", "as the orders have no amounts")
"""Where money may be named: in saying that none is known."""


def test_money_is_known_where_anybody_has_some():
    assert has_money(pd.DataFrame({"monetary": [None, 0.0]}))
    assert not has_money(pd.DataFrame({"monetary": [None, None]}))
    assert not has_money(pd.DataFrame({"frequency": [1, 2]}))


def without(shop: Path, folder: Path, *columns: str) -> Path:
    """The same orders without these columns."""
    path = folder / "counted.csv"
    pd.read_csv(shop, dtype=str).drop(columns=list(columns)).to_csv(path, index=False)
    return path


def of_money(texts: Iterable[str]) -> list[str]:
    """Those that name money, but for what says that none is known."""
    found = [text for text in texts if _OF_MONEY.search(text)]
    return [text for text in found if not any(said in text for said in _SAID)]


@pytest.fixture(
    scope="module",
    params=["products", pytest.param("nothing but dates", marks=pytest.mark.nightly)],
)
def counted(request, small_shop, tmp_path_factory) -> Workspace:
    """A finished run, with all side studies, of orders without amounts."""
    folder = tmp_path_factory.mktemp("counted")
    bare = ["InvoiceNo", "StockCode", "Description", "Quantity", "Country"]
    gone = ["UnitPrice", *(bare if request.param == "nothing but dates" else [])]
    settings = folder / "custseg.toml"
    settings.write_text(
        '[source.columns]\ncustomer_id = "CustomerID"\nordered_at = "InvoiceDate"\n'
        "[inventory]\ntests = 1\n[model]\nkmax = 4\nresamples = 2\n[report]\ncharts = []\n"
    )
    orders = without(small_shop, folder, *gone)
    arguments = ["run-all", orders, "-w", folder / "w", "--config", settings]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    told = CliRunner().invoke(
        app, ["summarise", "-w", str(folder / "w"), "--config", str(settings)]
    )
    assert "not known: the orders have no amounts" in told.output
    return Workspace(folder / "w")


def test_a_run_without_amounts_shows_no_money_anywhere(counted):
    facts = counted.manifest().facts()
    summary = storage.read(counted.path("summary"), ARTIFACTS["summary"])
    assert facts["money"] is False
    assert summary.money is False
    assert "monetary" not in summary.method.features
    assert read_frame(counted.path("features"))["monetary"].isna().all()
    assert read_frame(counted.path("ledger"))["value_left"].isna().all()

    evidence = counted.path("evidence").read_text()
    page = counted.path("report").read_text() + evidence
    drawn = re.findall(r'"(?:title|description)":"([^"]*)"', page)
    texts = html.unescape(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", "\n", page)).splitlines()
    assert of_money(texts) == []
    assert evidence.count("The orders have no amounts") == 1
    assert of_money(drawn) == []

    book = openpyxl.load_workbook(counted.path("workbook"))
    cells = [
        str(cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert of_money(cells) == []


def test_orders_are_ranked_tested_and_forecast_in_place_of_money(counted):
    features = read_frame(counted.path("features"))
    members = features.merge(read_frame(counted.path("segments")), on="customer_id")
    means = members.groupby("segment")["frequency"].mean()
    assert means.is_monotonic_decreasing
    value = read_frame(counted.path("segment_value"))
    assert value["expected_spend"].isna().all()
    assert (value["expected_orders"] > 0).all()
    plans = read_frame(counted.path("plans"))
    assert plans["value_at_stake"].isna().all()
    assert not plans["offer"].str.contains("code", case=False).any()
    rules = read_frame(counted.path("rfm_rules"))
    assert rules["revenue"].isna().all()
    assert rules["customers"].sum() == len(features)


@pytest.fixture
def again(custseg, counted, monkeypatch) -> Callable[..., Any]:
    """Call a command on that run, with its settings."""
    for name in SMALL_RUN.keys() - {"CUSTSEG_KEY"}:
        monkeypatch.delenv(name)
    config = counted.root.parent / "custseg.toml"

    def call(*arguments: str | Path) -> Any:
        result = custseg(*arguments, "-w", counted.root, "--config", config)
        assert result.exit_code == 0, result.output
        return result

    return call


def test_every_command_shows_a_shop_without_amounts_without_money(again):
    for command in ("clean", "features", "profile", "rfm", "value", "validate", "playbook"):
        assert not re.search(r"£|\bnan\b", again(command).output)


def test_a_list_to_send_has_no_spend_where_none_is_known(again, tmp_path):
    path = tmp_path / "list.csv"
    result = again("export", "--segment", "1", "--output", path)
    assert "spend" not in result.output
    assert "spend" not in path.read_text().splitlines()[0]
    assert "orders" in path.read_text().splitlines()[0]
