from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from custseg.segments.profiles.grouping import coherence, product_groups, term_counts
from custseg.settings import GroupSettings

SMALL = GroupSettings(fewest=2, most=6)
ROOMS = {
    "kitchen": ("cake", "tin", "baking"),
    "garden": ("seed", "spade", "watering"),
    "christmas": ("christmas", "bauble", "wreath"),
}


def products(*descriptions: str | None, category: str | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": [f"p{i:03}" for i in range(len(descriptions))],
            "description": pd.Series(descriptions, dtype=object),
            "category": pd.Series([category] * len(descriptions), dtype=object),
        }
    )


def catalogue() -> pd.DataFrame:
    """Three rooms of 24 products, each described by two words of its room; and one oddity."""
    described = [
        f"{colour} {words[i]} {words[(i + 1) % 3]} {number}"
        for words in ROOMS.values()
        for i in range(3)
        for number, colour in enumerate(["RED", "blue", "Green", "SMALL"] * 2)
    ]
    return products(*described, "xylophone")


def test_the_sources_categories_are_the_groups_where_it_has_any():
    table = products("a mug", "a cup", "a fork", "a spade", "a rake")
    table["category"] = ["Tea", "Tea", "Cutlery", None, " "]
    found = product_groups(table, GroupSettings())
    assert found["group_name"].tolist() == ["Tea", "Tea", "Cutlery", "Other", "Other"]
    assert found["group"].tolist() == [1, 1, 2, 0, 0]


def test_groups_are_found_in_the_descriptions_and_named_by_their_terms():
    found = product_groups(catalogue(), SMALL)
    named = found.groupby("group_name")["product_id"].size().to_dict()
    groups = {frozenset(name.split(" · ")) for name in named if name != "Other"}
    assert groups == {frozenset(words) for words in ROOMS.values()}
    assert sorted(named.values()) == [1, 24, 24, 24]
    assert found.iloc[-1].tolist() == ["p072", 0, "Other"]


def test_groups_do_not_depend_on_how_often_they_are_found():
    assert product_groups(catalogue(), SMALL).equals(product_groups(catalogue(), SMALL))


def test_plurals_colours_and_stop_words_are_no_terms_of_their_own():
    counts, terms = term_counts(
        pd.Series(["RED CANDLES of glass", "Candle & GLASSES", "boxes, box", None, "box 12 XX"])
    )
    assert terms.tolist() == ["box", "candle", "glass"]
    assert counts.toarray().tolist() == [[0, 1, 1], [0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1, 1], [1, 1], [0, 0], [0, 0]], 1.0),
        ([[1, 0], [0, 1], [1, 0], [0, 1]], -1.0),
        ([[1, 1], [1, 0], [0, 1], [0, 0]], 0.0),
        ([[1, 1], [1, 1]], 1.0),
        # p(both) = 1/4, p(first) = 1/2, p(second) = 1/4: log 2 / log 4
        ([[1, 1], [1, 0], [0, 0], [0, 0]], 0.5),
    ],
)
def test_the_coherence_of_two_terms(rows, expected):
    counts = csr_matrix(np.array(rows, dtype=float))
    assert coherence(counts, np.array([0, 1])) == pytest.approx(expected)


def test_a_term_alone_has_no_coherence():
    assert coherence(csr_matrix(np.ones((3, 1))), np.array([0])) == 0.0


@pytest.mark.parametrize(
    "table",
    [products(), products(None, None), products("mug", "cup"), products(*["red"] * 50)],
    ids=["no products", "no descriptions", "two products", "nothing but a colour"],
)
def test_where_nothing_can_be_found_all_is_other(table):
    found = product_groups(table, GroupSettings())
    assert found["product_id"].tolist() == table["product_id"].tolist()
    assert found["group"].tolist() == [0] * len(table)
    assert set(found["group_name"]) <= {"Other"}
