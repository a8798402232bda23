from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.artifacts import NUMERIC_FEATURES
from custseg.outlook.validation.predictive_power import Outcome
from custseg.outlook.validation.rivals import compare
from custseg.settings import ModelSettings


@pytest.fixture
def customers() -> pd.DataFrame:
    """Two hundred customers, every feature uniform noise."""
    draw = np.random.default_rng(5)
    return pd.DataFrame({name: draw.random(200) for name in NUMERIC_FEATURES})


def driven_by(feature: pd.Series[float]) -> Outcome:
    """The half that is lower in a feature buys, and spends the more the lower it is."""
    bought = (feature < 0.5).to_numpy()
    return Outcome(np.where(bought, 2 - feature, 0.0), bought)


def test_segments_that_tell_buyers_are_ahead_of_groups_that_know_nothing(customers):
    outcome = driven_by(customers["overdue"])
    table = compare(customers, outcome.bought.astype(int), outcome, ModelSettings())
    table = table.set_index("method")
    assert list(table.index) == [
        "segments",
        "RFM rules",
        "RFM deciles",
        "K-means on raw RFM",
        "boosted trees",
    ]
    assert table["segments"].tolist()[:1] == [2]
    assert table.loc["K-means on raw RFM", "segments"] == 2
    assert table["segments"].isna().tolist() == [False, False, False, False, True]
    assert table.loc["segments", "auc"] == 1.0
    assert table.loc["boosted trees", "r2"] > 0.9
    rules = table.loc["RFM rules"]
    assert rules["r2"] < 0.05
    assert rules["lead"] == pytest.approx(table.loc["segments", "r2"] - rules["r2"])
    assert rules["lead"] > 5 * rules["lead_se"] > 0


def test_there_is_no_share_of_a_ceiling_that_foretells_nothing(customers):
    draw = np.random.default_rng(1)
    bought = draw.random(200) < 0.5
    outcome = Outcome(np.where(bought, draw.random(200), 0.0), bought)
    table = compare(customers, draw.integers(0, 3, 200), outcome, ModelSettings())
    assert table["r2"].tolist()[-1] < 0
    assert table["share_of_ceiling"].isna().all()


def test_raw_rfm_that_tells_fewer_customers_apart_makes_fewer_groups(customers):
    alike = customers.assign(recency_days=1, frequency=[1, 2] * 100, monetary=3.0)
    outcome = driven_by(customers["overdue"])
    table = compare(alike, np.arange(200) % 5, outcome, ModelSettings())
    assert table["segments"].tolist()[3] == 2


def test_a_feature_that_no_customer_has_a_value_of_is_left_out(customers):
    outcome = driven_by(customers["overdue"])
    segments = np.arange(200) % 2
    lacking = compare(customers.assign(gap_days_sd=np.nan), segments, outcome, ModelSettings())
    assert lacking["r2"].tolist()[-1] > 0.9
