from __future__ import annotations

from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.segments.profiles.rfm import (
    RULES,
    _within,
    quantile_groups,
    quantile_limits,
    rfm_scores,
    rfm_segments,
    score_rfm,
)

CELLS = pd.DataFrame(
    list(product(range(1, 6), repeat=3)),
    columns=["recency_score", "frequency_score", "monetary_score"],
)


def shop(**columns) -> pd.DataFrame:
    """Ten customers, each column from best to worst unless given."""
    standard = {
        "recency_days": range(1, 11),
        "frequency": range(10, 0, -1),
        "monetary": np.arange(100.0, 0, -10),
    }
    table = pd.DataFrame(standard | columns)
    table.insert(0, "customer_id", [f"c{n}" for n in range(len(table))])
    return table


def in_segments(features: pd.DataFrame) -> pd.DataFrame:
    first = np.arange(len(features)) < 4
    return pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "segment": np.where(first, 1, 2),
            "segment_name": np.where(first, "RFM Champions", "New"),
        }
    )


def test_the_rules_hold_each_of_the_125_cells_exactly_once():
    value = (CELLS["frequency_score"] + CELLS["monetary_score"]).to_numpy() / 2
    recency = CELLS["recency_score"].to_numpy()
    boxes = [box for rule in RULES for box in rule.boxes]
    hits = sum(
        (_within(recency, box.recency) & _within(value, box.value)).astype(int) for box in boxes
    )
    assert hits.tolist() == [1] * 125


def test_every_rule_takes_some_cell():
    assert len(RULES) == 11
    assert set(rfm_segments(CELLS)) == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ((5, 5, 5), "RFM Champions"),
        ((4, 3, 5), "RFM Champions"),
        ((4, 3, 4), "RFM Loyal customers"),
        ((3, 5, 5), "RFM Loyal customers"),
        ((5, 3, 3), "RFM Potential loyalists"),
        ((5, 1, 2), "RFM New customers"),
        ((4, 1, 1), "RFM Promising"),
        ((3, 3, 3), "RFM Needs attention"),
        ((3, 1, 2), "RFM About to sleep"),
        ((1, 5, 5), "RFM Can't lose them"),
        ((2, 3, 3), "RFM At risk"),
        ((2, 1, 3), "RFM Hibernating"),
        ((1, 1, 1), "RFM Lost"),
    ],
)
def test_cells_and_their_names(scores, name):
    cell = pd.DataFrame([scores], columns=list(CELLS))
    assert rfm_segments(cell).tolist() == [name]


def test_scores_are_fifths_and_five_is_best():
    scores = rfm_scores(shop())
    for column in scores:
        assert scores[column].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_equal_values_have_equal_scores():
    once = [1, 1, 1, 1, 1, 1, 2, 2, 3, 9]
    assert rfm_scores(shop(frequency=once))["frequency_score"].tolist() == [*[1] * 6, 4, 4, 5, 5]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.sampled_from([5, 10]),
    st.randoms(use_true_random=False),
)
def test_groups_follow_the_values_and_nothing_else(values, groups, random):
    found = quantile_groups(np.array(values), groups)
    assert found.min() >= 1
    assert found.max() <= groups
    ordered = np.argsort(values, kind="stable")
    steps = np.diff(found[ordered])
    assert (steps >= 0).all()
    assert (steps[np.diff(np.array(values)[ordered]) == 0] == 0).all()
    shuffled = list(range(len(values)))
    random.shuffle(shuffled)
    again = quantile_groups(np.array(values)[shuffled], groups)
    assert again.tolist() == found[shuffled].tolist()


def test_limits_are_values_that_occur():
    assert quantile_limits(np.array([1.0, 2, 3, 4, 100]), 5).tolist() == [1, 2, 3, 4]


def test_limits_tell_the_scores_as_a_person_would_apply_them():
    features = shop(frequency=[1, 1, 1, 1, 1, 1, 2, 2, 3, 9])
    scored = score_rfm(features, in_segments(features))
    limits = scored.rfm_scores.set_index(["feature", "score"])
    assert limits.loc[("recency_days", 5), "up_to"] == 2
    assert pd.isna(limits.loc[("recency_days", 5), "above"])
    assert limits.loc[("recency_days", 1), "above"] == 8
    assert pd.isna(limits.loc[("recency_days", 1), "up_to"])
    assert limits.loc["frequency", "customers"].to_dict() == {1: 6, 2: 0, 3: 0, 4: 2, 5: 2}
    for column, feature in (("recency_score", "recency_days"), ("frequency_score", "frequency")):
        for customer, score in zip(features[feature], scored.rfm[column], strict=True):
            above, up_to = limits.loc[(feature, score), ["above", "up_to"]]
            assert not customer <= above
            assert not customer > up_to


def test_rules_come_with_their_days_sizes_and_money():
    features = shop()
    rules = score_rfm(features, in_segments(features)).rfm_rules.set_index("rfm_segment")
    assert rules["rank"].tolist() == list(range(1, 12))
    champions = rules.loc["RFM Champions"]
    assert champions["rule"] == "R 4-5 (up to 4 days), FM 4-5"
    assert rules.loc["RFM Loyal customers", "rule"] == (
        "R 4-5 (up to 4 days), FM 3.5; or R 3 (5 to 6 days), FM 3.5-5"
    )
    assert (champions["customers"], champions["customer_share"]) == (4, 0.4)
    assert (champions["revenue"], champions["revenue_share"]) == (Decimal("340.0000"), 340 / 550)
    assert rules.loc["RFM Hibernating", "rule"] == "R 2 (7 to 8 days), FM 1-2"
    assert rules.loc["RFM Lost", "rule"] == "R 1 (over 8 days), FM 1-2"
    assert rules.loc["RFM Promising", ["customers", "revenue"]].tolist() == [0, 0]
    assert rules["customers"].sum() == 10
    assert rules["revenue"].sum() == Decimal(550)


def test_the_cross_table_counts_every_customer_once():
    features = shop()
    crosstab = score_rfm(features, in_segments(features)).rfm_crosstab
    assert crosstab.to_dict("records")[0] == {
        "segment": 1,
        "segment_name": "RFM Champions",
        "rfm_segment": "RFM Champions",
        "customers": 4,
        "share": 1.0,
    }
    second = crosstab[crosstab["segment"] == 2].set_index("rfm_segment")["customers"]
    assert second.to_dict() == {"RFM Needs attention": 2, "RFM Hibernating": 2, "RFM Lost": 2}


def test_a_shop_without_revenue_has_no_shares_of_it():
    features = shop(monetary=np.zeros(10))
    rules = score_rfm(features, in_segments(features)).rfm_rules
    assert rules["revenue_share"].isna().all()


def test_without_amounts_frequency_alone_stands_beside_recency():
    features = shop(monetary=np.nan)
    found = score_rfm(features, in_segments(features))
    assert found.rfm["monetary_score"].isna().all()
    assert found.rfm["rfm_segment"].iloc[0] == "RFM Champions"
    assert found.rfm["rfm_segment"].iloc[-1] == "RFM Lost"
    assert set(found.rfm_scores["feature"]) == {"recency_days", "frequency"}
    assert found.rfm_rules["revenue"].isna().all()
    assert found.rfm_rules["revenue_share"].isna().all()
    assert found.rfm_rules["rule"].iloc[0] == "R 4-5 (up to 4 days), F 4-5"
