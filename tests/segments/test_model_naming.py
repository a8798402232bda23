"""Names and the figures behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custseg.segments.model.fit import fit
from custseg.segments.model.naming import name_segments, reasons, rename, standardised_means
from custseg.settings import SegmentSettings
from tests.conftest import planted_customers


def z(*rows: tuple[float, float, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["recency", "frequency", "monetary", "tenure", "order_value"])


def test_names_follow_the_rules_in_turn():
    names = name_segments(
        z(
            (-1.0, 2.0, 2.0, 0.5, 0.5),
            (-0.5, 0.9, 0.9, 0.4, 0.2),
            (0.4, -0.1, 0.5, 0.2, 1.0),
            (0.0, -0.1, -0.2, 0.3, -0.5),
            (-0.4, -0.7, -0.6, -1.6, 0.0),
            (0.9, -0.8, -0.7, 0.3, 0.0),
            (0.8, -0.9, -1.5, 0.1, -1.2),
        )
    )
    assert list(names.values()) == [
        "New",
        "Champions",
        "Loyal",
        "Big baskets, slipping",
        "Needs attention",
        "Hibernating",
        "Lapsed small buyers",
    ]
    assert names[4] == "New"
    assert names[0] == "Champions"


def test_surplus_segments_get_a_number():
    names = name_segments(z(*[(1.0, -1.0, -float(n), 0.0, 0.0) for n in range(6)]))
    assert list(names.values())[1:] == [
        "Hibernating",
        "Lapsed small buyers",
        "Dormant",
        "Dormant 2",
        "Dormant 3",
    ]


@pytest.mark.parametrize("missing", ["tenure", "order_value", "monetary", "recency", "frequency"])
def test_rules_whose_feature_is_missing_are_skipped(missing):
    table = z((-1.0, 2.0, 2.0, 0.5, 0.5), (0.9, -0.8, -0.7, -1.3, 0.9), (0.5, 0.0, 0.1, 0.0, 0.6))
    names = name_segments(table.drop(columns=missing))
    assert len(set(names.values())) == 3


def test_standardised_means_are_of_log_values():
    table = planted_customers()
    means = standardised_means(table, (table["group"] == "loyal").astype(int))
    assert means.loc[1, "monetary"] > 1
    assert means.loc[0, "monetary"] < 0


def ordering(orders: list[int], price: float, customers: int = 40) -> pd.DataFrame:
    """Customers who have made so many orders in turn, all at one price."""
    frequency = np.resize(orders, customers)
    # Each sum is a decimal amount as a double; dividing it may miss the price by a rounding.
    monetary = np.round(frequency * price, 2)
    recency = 1.0 + np.arange(customers) % 9
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:02}" for i in range(customers)],
            "recency_days": recency,
            "frequency": frequency,
            "monetary": monetary,
            "tenure_days": recency + 30 * (frequency - 1),
            "active_days": frequency,
            "average_order_value": monetary / frequency,
            "distinct_products": 1,
        }
    )


@pytest.mark.parametrize("price", [49.0, 49.99, 0.1])
def test_an_order_value_that_is_the_same_for_all_makes_no_big_baskets(price):
    features = ordering([1, 2, 3, 6, 12], price)
    assert "order_value" not in standardised_means(features, pd.Series(0, features.index))
    names = set(fit(features, 4).segment_names["rule"])
    assert not any(name.startswith("Big baskets") for name in names)
    assert "Champions" in names


def test_where_everyone_has_ordered_once_nobody_is_loyal_or_a_champion():
    features = ordering([1], 49.0, 60)
    features["monetary"] = features["average_order_value"] = np.resize([9.0, 15, 30, 80, 200], 60)
    names = set(fit(features, 4).segment_names["rule"])
    assert names.isdisjoint({"Champions", "Loyal", "Potential loyal", "Needs attention"})


def test_thresholds_are_settings():
    table = z((-1.0, 2.0, 2.0, 0.5, 0.5), (-0.5, 0.4, 0.9, 0.4, 0.2))
    assert name_segments(table)[1] == "Needs attention"
    assert name_segments(table, SegmentSettings(loyal_above=0.3))[1] == "Loyal"
    assert name_segments(table, SegmentSettings(attention_above=0.4))[1] == "Hibernating"


def test_a_shops_own_names_stay_distinct():
    names = rename({0: "Champions", 1: "Loyal", 2: "Dormant"}, {"Dormant": "Loyal"})
    assert list(names.values()) == ["Champions", "Loyal", "Loyal 2"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"Loyall": "Fans"}, 'did you mean "Loyal"'),
        ({"Loyal": " "}, "blank or cannot be printed"),
        ({"Loyal": "Fans\x1b[2J"}, "blank or cannot be printed"),
        ({"Dormant 1": "Gone"}, '"Dormant 1" is no name'),
        ({"Champions": "Loyal"}, 'name of another segment, "Loyal", that keeps it'),
        ({"Loyal": "Fans", "New": "Fans"}, "the same name"),
    ],
)
def test_names_that_cannot_be_given_are_refused(names, message):
    with pytest.raises(ValidationError, match=message):
        SegmentSettings(names=names)


def test_every_name_comes_with_medians_beside_those_of_all():
    features = pd.DataFrame(
        {
            "recency_days": [238.0, 240.0, 236.0, 10.0, 12.0],
            "frequency": [1.0, 1.0, 1.0, 6.0, 8.0],
            "monetary": [100.0, 120.0, 110.0, 2000.0, 3000.0],
        }
    )
    told = reasons(features, pd.Series([1, 1, 1, 0, 0]), {0: "Champions", 1: "Dormant 2"})
    assert told[1] == "last order 238 days ago (236 for all), 110 spent (120 for all); medians"
    assert told[0].startswith("last order 11 days ago (236 for all), 7 orders (1 for all)")


def test_the_artifact_tells_our_rule_beside_the_shops_name():
    own = SegmentSettings(names={"Hibernating": "Sleeping"})
    fitted = fit(planted_customers(), 3, segments_settings=own)
    named = fitted.segment_names.set_index("segment_name")
    assert named["rule"].to_dict() == {
        "Champions": "Champions",
        "Sleeping": "Hibernating",
        "New": "New",
    }
    assert set(fitted.segments["segment_name"]) == set(named.index)
    assert named["reason"].str.contains("for all").all()


def test_without_money_names_go_by_recency_frequency_and_tenure():
    figures = z(
        (-1.0, 2.0, 0, 0.5, 0),
        (-0.5, 0.9, 0, 0.4, 0),
        (0.0, -0.1, 0, 0.3, 0),
        (0.9, -0.8, 0, 0.3, 0),
        (0.8, -0.9, 0, 0.1, 0),
    ).drop(columns=["monetary", "order_value"])
    assert name_segments(figures) == {
        0: "Champions",
        1: "Loyal",
        2: "Needs attention",
        3: "Hibernating",
        4: "Dormant",
    }


def test_a_reason_names_no_figure_that_is_not_known():
    features = planted_customers().assign(monetary=float("nan"), average_order_value=float("nan"))
    told = reasons(features, pd.Series(0, index=features.index), {0: "Champions"})
    assert "orders" in told[0]
    assert "spent" not in told[0]
    assert "nan" not in told[0]
