"""The chosen model beside its rivals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.segments.model.comparison import compare
from custseg.settings import RunSettings
from tests.conftest import planted_customers


def test_every_model_finds_groups_that_are_well_apart():
    compared = compare(planted_customers(), 3).set_index("model")
    assert compared.index.tolist() == [
        "custseg",
        "Gaussian mixture",
        "agglomerative (Ward)",
        "bisecting K-means",
        "K-means on raw RFM",
    ]
    assert compared["stability"].to_numpy() == pytest.approx(1.0)
    assert compared["silhouette"].to_numpy() == pytest.approx(compared["silhouette"].iloc[0])
    assert compared["smallest_share"].to_numpy() == pytest.approx(1 / 3)


def test_raw_rfm_shows_its_blob_where_a_few_spend_a_thousand_times_more():
    table = planted_customers()
    table.loc[:2, ["monetary", "frequency"]] = 1e6
    compared = compare(table, 2).set_index("model")
    assert compared.loc["K-means on raw RFM", "largest_share"] > 0.9
    assert compared.loc["custseg", "largest_share"] < 0.9


def test_workers_change_no_bit(monkeypatch):
    monkeypatch.setattr("custseg.segments.model.resampling._WORTH_WORKERS", 0)
    table = planted_customers(20).assign(
        monetary=np.random.default_rng(0).lognormal(5, 1, 60), group=None
    )
    one, two = (compare(table, 4, run_settings=RunSettings(workers=n)) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
