"""Names and the figures behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custseg.segments.model.claims import claims_of, fits
from custseg.segments.model.fit import fit
from custseg.segments.model.naming import name_segments, reasons, rename, standardised_means
from custseg.settings import SegmentSettings
from tests.conftest import planted_customers


def shop(*groups: tuple[int, float, int, float, float]) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of some groups, and the group of each.

    Each group has its size, days since the last order, orders, days between them and spend per
    order; its customers differ by a few per cent.
    """
    frames = []
    for label, (size, recency, orders, wait, order_value) in enumerate(groups, 1):
        near = 1 + np.linspace(-0.05, 0.05, size)
        frames.append(
            pd.DataFrame(
                {
                    "recency_days": np.round(recency * near),
                    "frequency": orders,
                    "active_days": orders,
                    "tenure_days": np.round(recency * near) + wait * (orders - 1),
                    "average_order_value": order_value * near[::-1],
                    "monetary": orders * order_value * near[::-1],
                    "label": label,
                }
            )
        )
    features = pd.concat(frames, ignore_index=True)
    return features, features["label"].to_numpy()


SEVEN = (
    (20, 8, 12, 25, 90),
    (40, 20, 6, 35, 60),
    (30, 150, 1, 0, 400),
    (40, 80, 3, 60, 35),
    (30, 10, 1, 0, 50),
    (20, 330, 1, 0, 55),
    (40, 170, 1, 0, 20),
)


def test_a_name_goes_to_the_segment_whose_customers_it_is_true_of():
    assert name_segments(*shop(*SEVEN)) == {
        1: "Champions",
        2: "Loyal",
        3: "Big baskets, slipping",
        4: "Needs attention",
        5: "New",
        6: "Dormant",
        7: "Lapsed small buyers",
    }


def test_the_order_of_customers_does_not_matter():
    features, labels = shop(*SEVEN)
    order = np.random.default_rng(3).permutation(len(features))
    again = features.iloc[order].reset_index(drop=True)
    assert name_segments(again, labels[order]) == name_segments(features, labels)
    rules = name_segments(features, labels)
    assert (
        fits(again, labels[order], rules).tolist() == fits(features, labels, rules)[order].tolist()
    )


def test_a_name_that_is_true_of_fewer_than_nine_in_ten_is_not_given():
    features, labels = shop(*SEVEN)
    new = np.flatnonzero(labels == 5)
    # Of the 30 who are new, three ordered long ago already: 90 % are left, then fewer.
    features.loc[new[:3], "tenure_days"] = 1569
    assert name_segments(features, labels)[5] == "New"
    features.loc[new[:4], "tenure_days"] = 1569
    assert name_segments(features, labels)[5] == "One order, ordered lately"


def test_a_name_is_given_once_and_the_next_segment_gets_a_plain_one():
    features, labels = shop(*SEVEN, (20, 170, 1, 0, 21))
    names = name_segments(features, labels)
    assert [names[7], names[8]] == ["Lapsed small buyers", "Hibernating"]
    features, labels = shop(*SEVEN, (20, 170, 1, 0, 21), (20, 175, 1, 0, 18))
    names = name_segments(features, labels)
    assert {names[7], names[8], names[9]} == {
        "Hibernating",
        "Lapsed small buyers",
        "Low value, not seen lately",
    }


def test_segments_of_which_nothing_is_true_are_mixed():
    # Half of each of the two segments is of one kind, half of the other.
    features, _ = shop((30, 10, 9, 20, 60), (30, 100, 1, 0, 5))
    labels = np.arange(60) % 2 + 1
    assert set(name_segments(features, labels).values()) == {"Mixed", "Mixed 2"}


def test_a_name_that_is_held_is_not_given_again():
    features, labels = shop(*SEVEN)
    held = {2: "Champions"}
    names = name_segments(features, labels, held)
    assert 2 not in names
    assert names[1] == "Loyal"


@pytest.mark.parametrize(
    ("missing", "column"),
    [
        ("tenure", "tenure_days"),
        ("order_value", "average_order_value"),
        ("recency", "recency_days"),
        ("frequency", "frequency"),
    ],
)
def test_names_that_speak_of_a_missing_figure_are_not_given(missing, column):
    features, labels = shop(*SEVEN)
    names = name_segments(features.drop(columns=column), labels)
    assert len(set(names.values())) == 7
    told = {feature for name in names.values() for one in claims_of(name) for feature in one.signs}
    assert missing not in told


def test_standardised_means_are_of_log_values():
    table = planted_customers()
    means = standardised_means(table, (table["group"] == "loyal").to_numpy(dtype=np.int64))
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
    assert "order_value" not in standardised_means(
        features, np.zeros(len(features), dtype=np.int64)
    )
    names = set(fit(features, 4).segment_names["rule"])
    assert not any(name.startswith("Big baskets") for name in names)
    assert "Champions" in names


def test_where_everyone_has_ordered_once_nobody_is_loyal_or_a_champion():
    features = ordering([1], 49.0, 60)
    features["monetary"] = features["average_order_value"] = np.resize([9.0, 15, 30, 80, 200], 60)
    names = set(fit(features, 4).segment_names["rule"])
    assert names.isdisjoint({"Champions", "Loyal", "Potential loyal", "Needs attention"})


def test_a_shops_own_names_stay_distinct():
    names = rename({0: "Champions", 1: "Loyal", 2: "Dormant"}, {"Dormant": "Loyal"})
    assert list(names.values()) == ["Champions", "Loyal", "Loyal 2"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"Loyall": "Fans"}, 'did you mean "Loyal"'),
        ({"Loyal": " "}, "blank or cannot be printed"),
        ({"Loyal": "Fans\x1b[2J"}, "blank or cannot be printed"),
        ({"High value, low value": "Odd"}, '"High value, low value" is no name'),
        ({"Dormant 1": "Gone"}, '"Dormant 1" is no name'),
        ({"Champions": "Loyal"}, 'name of another segment, "Loyal", that keeps it'),
        ({"Loyal": "Fans", "New": "Fans"}, "the same name"),
    ],
)
def test_names_that_cannot_be_given_are_refused(names, message):
    with pytest.raises(ValidationError, match=message):
        SegmentSettings(names=names)


def test_plain_names_can_be_given_a_shops_own():
    own = SegmentSettings(names={"High value, repeat buyers": "Fans", "Mixed 2": "Others"}).names
    assert rename({1: "High value, repeat buyers", 2: "Mixed 2"}, own) == {1: "Fans", 2: "Others"}


def test_every_name_comes_with_medians_beside_those_of_all():
    features = pd.DataFrame(
        {
            "recency_days": [238.0, 240.0, 236.0, 10.0, 12.0],
            "frequency": [1.0, 1.0, 1.0, 6.0, 8.0],
            "monetary": [100.0, 120.0, 110.0, 2000.0, 3000.0],
        }
    )
    told = reasons(features, pd.Series([1, 1, 1, 0, 0]), {0: "Champions", 1: "Dormant 2"})
    assert told[1] == "last order 238 days ago (236 for all); medians"
    assert told[0].startswith("last order 11 days ago (236 for all), 7 orders (1 for all)")


def test_a_median_of_one_is_told_in_the_singular():
    features = pd.DataFrame(
        {
            "recency_days": [1.0, 1.0, 236.0],
            "frequency": [1.0, 1.0, 3.0],
            "monetary": [100.0, 120.0, 110.0],
        }
    )
    told = reasons(features, pd.Series([0, 0, 1]), {0: "Champions", 1: "Dormant 2"})
    assert told[0].startswith("last order 1 day ago (1 for all), 1 order (1 for all)")


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


def test_without_amounts_names_go_by_recency_frequency_and_tenure():
    features, labels = shop(*SEVEN)
    names = name_segments(features.assign(monetary=None, average_order_value=None), labels)
    assert names[1] == "Champions"
    assert names[2] == "Loyal"
    assert names[5] == "New"
    assert names[6] == "Dormant"
    assert not {"Big baskets", "Big baskets, slipping", "Lapsed small buyers"} & {*names.values()}


def test_a_reason_names_no_figure_that_is_not_known():
    features = planted_customers().assign(monetary=float("nan"), average_order_value=float("nan"))
    told = reasons(features, pd.Series(0, index=features.index), {0: "Champions"})
    assert "orders" in told[0]
    assert "spent" not in told[0]
    assert "nan" not in told[0]
