from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from custseg.settings import DemoSettings
from custseg.sources.files.demo import GROUPS, TYPES, simulate, write_csv
from tests.shops import run_here

SETTINGS = DemoSettings(customers=400, seed=3)


def test_equal_seeds_are_equal_shops():
    first, second = io.BytesIO(), io.BytesIO()
    write_csv(simulate(SETTINGS).lines, first)
    write_csv(simulate(SETTINGS).lines, second)
    assert first.getvalue() == second.getvalue()
    other = simulate(DemoSettings(customers=400, seed=4))
    assert other.lines.num_rows != simulate(SETTINGS).lines.num_rows


def test_the_export_has_the_dirt_of_a_real_one():
    lines = simulate(SETTINGS).lines.to_pandas()
    assert lines["CustomerID"].isna().mean() == pytest.approx(0.2, abs=0.1)
    assert lines.duplicated().mean() > 0.005
    assert (lines["UnitPrice"] == 0).any()
    assert lines["StockCode"].isin(["POST", "M"]).any()
    assert lines["InvoiceNo"].str.startswith("A").sum() == 3
    returns = lines["InvoiceNo"].str.startswith("C")
    assert returns.mean() > 0.01
    assert (lines.loc[returns, "Quantity"] < 0).all()
    assert (lines.loc[~returns, "Quantity"] > 0).all()


def test_the_truth_names_a_type_for_every_customer_with_an_account():
    store = simulate(SETTINGS)
    truth = store.truth.to_pandas()
    known = set(store.lines.to_pandas()["CustomerID"].dropna())
    assert set(truth["CustomerID"]) == known
    assert set(truth["type"]) == {kind.name for kind in TYPES}
    assert sum(kind.share for kind in TYPES) == pytest.approx(1)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo store of fewer customers, run as a user would."""
    folder = tmp_path_factory.mktemp("demo") / "w"
    more = {
        "CUSTSEG_DEMO__CUSTOMERS": "1500",
        "CUSTSEG_MODEL__KMAX": "8",
        "CUSTSEG_MODEL__RESAMPLES": "10",
    }
    run_here("demo", folder, reported=False, **more)
    return folder


@pytest.fixture(scope="module")
def planted(workspace: Path) -> pd.DataFrame:
    """The segment of each customer beside the planted type."""
    truth = pd.read_csv(workspace / "source/demo-store-truth.csv", dtype=str)
    segments = pd.read_parquet(workspace / "segments.parquet")
    return segments.merge(truth, left_on="customer_id", right_on="CustomerID")


@pytest.mark.nightly
def test_the_pipeline_recovers_the_planted_types(planted, capsys):
    score = adjusted_rand_score(planted["type"], planted["segment"])
    with capsys.disabled():
        found = planted["segment"].nunique()
        print(f"\nplanted types: {len(TYPES)}, segments: {found}, adjusted Rand index {score:.3f}")
    assert len(planted) > 1000
    assert score >= 0.75


def test_the_shelves_find_the_planted_tastes(workspace, planted, capsys):
    favourites = {kind.name: kind.favourites for kind in TYPES}
    types = planted.groupby("segment")["type"].agg(lambda kinds: kinds.mode()[0])
    shelves = pd.read_parquet(workspace / "shelves.parquet")
    over = shelves[(shelves["list"] == "over_buys") & (shelves["rank"] <= 10)]
    number = (over["product_id"].str.extract(r"^(\d+)")[0].astype(int) - 20_000) // 7
    liked = [
        product % GROUPS in favourites[types[segment]]
        for product, segment in zip(number, over["segment"], strict=True)
    ]
    with capsys.disabled():
        print(f"\nof {len(liked)} products on top of the shelves {np.mean(liked):.0%} are planted")
    assert over["segment"].value_counts().to_dict() == dict.fromkeys(types.index, 10)
    assert np.mean(liked) >= 0.95
