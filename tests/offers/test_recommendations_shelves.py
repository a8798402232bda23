from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.offers.recommendations.shelves import fill_shelves
from custseg.settings import ShelfSettings
from tests.conftest import table

NAMES = {1: "Champions", 2: "New"}


def shelf(buyers: dict[int, list[int]], customers: int = 500, **settings: float) -> pd.DataFrame:
    """The shelves where so many customers of each segment bought p0, p1, … (once each)."""
    members = [(s, f"{s}-{i:04d}") for s in buyers for i in range(customers)]
    lines = [
        (f"{s}-{i:04d}", f"p{product}", f"PRODUCT {product}")
        for s, counts in buyers.items()
        for product, n in enumerate(counts)
        for i in range(n)
    ]
    bought = pd.DataFrame(lines, columns=["customer_id", "product_id", "description"])
    segments = pd.DataFrame(members, columns=["segment", "customer_id"])
    segments["segment_name"] = segments["segment"].map(NAMES)
    codes = bought["product_id"].drop_duplicates()
    groups = pd.DataFrame({"product_id": codes, "group": 1, "group_name": "All"})
    return fill_shelves(
        table(segments),
        table(bought.assign(quantity=1)),
        table(groups),
        ShelfSettings.model_validate(settings),
    )


def test_best_sellers_are_ranked_by_buyers_and_then_by_code():
    found = shelf({1: [5, 9, 9, 1], 2: [1, 1, 1, 1]}, size=3)
    best = found[(found["segment"] == 1) & (found["list"] == "best_sellers")]
    assert best["product_id"].tolist() == ["p1", "p2", "p0"]
    assert best["rank"].tolist() == [1, 2, 3]
    assert best["buyer_share"].iloc[0] == pytest.approx(9 / 500)


def test_a_product_that_a_segment_really_over_buys_is_found_with_its_lift():
    counts = [100] * 20
    found = shelf({1: [300, *counts], 2: [30, *counts]})
    over = found[found["list"] == "over_buys"]
    assert over["product_id"].tolist() == ["p0"]
    assert over["segment"].tolist() == [1]
    assert over["lift"].iloc[0] == pytest.approx((300 / 2300) / (330 / 4330))
    assert over["q_value"].iloc[0] < 0.001
    assert over["description"].iloc[0] == "PRODUCT 0"


def test_the_z_score_is_that_of_monroe_colaresi_and_quinn_with_customers_drawn_as_a_whole():
    found = shelf({1: [60, 40], 2: [40, 60]}, prior_strength=100.0, min_buyers=1)
    row = found[(found["segment"] == 1) & (found["product_id"] == "p0")].iloc[0]
    log_odds = np.log((60 + 50) / (40 + 50)) - np.log((40 + 50) / (60 + 50))
    # Of each 60 customers who bought, 40 bought two products and 20 one: mean 5/3, variance 2/9.
    of_share = (2 / 9) / (5 / 3) ** 2 * 1000 / (500 * 500)
    assert row["z"] == pytest.approx(log_odds / np.sqrt(1 / (60 + 50) + 1 / (40 + 50) + of_share))


def test_a_product_with_too_few_buyers_is_never_over_bought():
    counts = [100] * 20
    found = shelf({1: [19, *counts], 2: [0, *counts]}, customers=100)
    assert "over_buys" not in set(found["list"])


def test_segments_drawn_at_random_over_buy_almost_nothing():
    draw = np.random.default_rng(5)
    discoveries = 0
    for _ in range(8):
        buyers = {s: draw.poisson(60, 300).tolist() for s in (1, 2)}
        discoveries += (shelf(buyers)["list"] == "over_buys").sum()
    # Segments with a false discovery, at a rate of 5 % among 16, are at most 3 in 99 of 100 cases.
    assert discoveries <= 3
