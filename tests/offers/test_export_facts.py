"""What a list says of each customer."""

import pandas as pd
import pytest

from custseg.offers.export.facts import describe, products
from custseg.offers.export.selection import Segment

LISTED = pd.DataFrame({"customer_id": ["b", "a"], "segment": 2, "segment_name": "Big baskets"})
FEATURES = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "recency_days": [1, 20, 3],
        "frequency": [4, 5, 6],
        "monetary": [10.5, -2.25, 0.0],
        "country": ["Norway", None, "Italy"],
    }
)


def test_figures_are_put_beside_each_customer_in_the_lists_order():
    rows = describe(LISTED, FEATURES, None, [Segment(2, "Big baskets")], "spring")
    assert rows.loc[0, ["customer_id", "segment_slug", "days_since_order", "orders"]].tolist() == [
        "b",
        "big-baskets",
        20,
        5,
    ]
    assert rows["spend"].tolist() == [-2.25, 10.5]
    assert rows["campaign"].tolist() == ["spring", "spring"]
    assert "buying_probability" not in rows


def test_probabilities_are_there_where_they_are_known():
    value = pd.DataFrame({"customer_id": ["a", "b"], "buying_probability": [0.123456, 0.5]})
    rows = describe(LISTED, FEATURES, value, [Segment(2, "Big baskets")], "spring")
    assert rows["buying_probability"].tolist() == [0.5, 0.1235]


def test_the_first_products_of_each_list_are_spread_over_columns():
    lists = pd.DataFrame(
        [
            ("a", "buy_again", 1, "001"),
            ("a", "buy_again", 2, "002"),
            ("a", "buy_again", 3, "003"),
            ("b", "buy_again", 1, "002"),
            ("a", "new_for_you", 1, "009"),
        ],
        columns=["customer_id", "list", "rank", "product_id"],
    )
    described = pd.Series({"001": "A MUG ", "002": None, "003": "A JAR"})
    found = products(LISTED["customer_id"], lists, described, 2)
    assert found.to_dict("list") == {
        "buy_again_1": ["002", "A MUG"],
        "buy_again_1_id": ["002", "001"],
        "buy_again_2": ["", "002"],
        "buy_again_2_id": ["", "002"],
        "new_for_you_1": ["", "009"],
        "new_for_you_1_id": ["", "009"],
    }


@pytest.mark.parametrize("described", [pd.Series(dtype="str")])
def test_without_lists_there_are_no_columns(described):
    none = pd.DataFrame(columns=["customer_id", "list", "rank", "product_id"])
    assert products(LISTED["customer_id"], none, described, 3).shape == (2, 0)
