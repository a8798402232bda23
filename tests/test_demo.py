from __future__ import annotations

import io

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from custseg.settings import DemoSettings
from custseg.sources.demo import TYPES, simulate, write_csv

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


def test_the_pipeline_recovers_the_planted_types(custseg, tmp_path, capsys):
    result = custseg("run-all", "demo", "-w", tmp_path / "w", "--quiet")
    assert result.exit_code == 0, result.output
    truth = pd.read_csv(tmp_path / "w/source/demo-store-truth.csv", dtype=str)
    segments = pd.read_parquet(tmp_path / "w/segments.parquet").merge(
        truth, left_on="customer_id", right_on="CustomerID"
    )
    score = adjusted_rand_score(segments["type"], segments["segment"])
    with capsys.disabled():
        found = segments["segment"].nunique()
        print(f"\nplanted types: {len(TYPES)}, segments: {found}, adjusted Rand index {score:.3f}")
    assert len(segments) > 3000
    assert score >= 0.75
