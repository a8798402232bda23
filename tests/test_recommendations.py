from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.recommendations.playbook import plans
from custseg.recommendations.products import shelves
from custseg.settings import RecommendSettings

NAMES = {1: "Champions", 2: "New"}


TIMES = pd.DataFrame(
    {
        "segment": [1, 1, 1, 2, 3, 4],
        "weekday": [3, 3, 1, 0, 6, 6],
        "hour": [10, 11, 10, 18, 18, 18],
        "orders": [2, 2, 3, 9, 9, 9],
    }
)


def pairs(buyers: dict[int, list[int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"segment": s, "segment_name": NAMES[s], "product_id": f"p{i}", "buyers": n}
            for s, counts in buyers.items()
            for i, n in enumerate(counts)
            if n
        ]
    )


def sizes(first: int, second: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"segment": [1, 2], "segment_name": [NAMES[1], NAMES[2]], "customers": [first, second]}
    )


def descriptions(products: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": [f"p{i}" for i in range(products)],
            "description": [f"PRODUCT {i}" for i in range(products)],
        }
    )


def shelf(buyers: dict[int, list[int]], customers: int = 500, **settings: float) -> pd.DataFrame:
    return shelves(
        pairs(buyers),
        sizes(customers, customers),
        descriptions(len(buyers[1])),
        RecommendSettings.model_validate(settings),
    )


def test_best_sellers_are_ranked_by_buyers_and_then_by_code():
    found = shelf({1: [5, 9, 9, 1], 2: [1, 1, 1, 1]}, shelf_size=3)
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


def test_the_z_score_is_that_of_monroe_colaresi_and_quinn():
    found = shelf({1: [60, 40], 2: [40, 60]}, prior_strength=100.0, min_buyers=1)
    row = found[(found["segment"] == 1) & (found["product_id"] == "p0")].iloc[0]
    log_odds = np.log((60 + 50) / (40 + 50)) - np.log((40 + 50) / (60 + 50))
    assert row["z"] == pytest.approx(log_odds / np.sqrt(1 / (60 + 50) + 1 / (40 + 50)))


def test_a_product_with_too_few_buyers_is_never_over_bought():
    counts = [100] * 20
    found = shelf({1: [19, *counts], 2: [0, *counts]}, customers=100)
    assert "over_buys" not in set(found["list"])


def test_segments_drawn_at_random_over_buy_almost_nothing():
    draw = np.random.default_rng(5)
    discoveries = 0
    for _ in range(20):
        buyers = {s: draw.poisson(60, 300).tolist() for s in (1, 2)}
        discoveries += (shelf(buyers)["list"] == "over_buys").sum()
    # Segments with a false discovery, at a rate of 5 % among 40, are at most 5 in 99 of 100 cases.
    assert discoveries <= 5


def members() -> pd.DataFrame:
    base = {"gap_days_mean": 20.0}
    kinds = {
        (1, "Champions"): (5, 20, 8000.0, 350, 400.0, 10),
        (2, "New"): (10, 1, 90.0, 12, 90.0, 40),
        (3, "Slipping"): (200, 4, 900.0, 360, 225.0, 15),
        (4, "Gone"): (300, 1, 40.0, 300, 40.0, 15),
    }
    names = ["recency_days", "frequency", "monetary", "tenure_days", "average_order_value"]
    return pd.DataFrame(
        [
            {"segment": segment, "segment_name": name}
            | dict(zip(names, values[:5], strict=True))
            | base
            | ({"gap_days_mean": np.nan} if values[1] == 1 else {})
            for (segment, name), values in kinds.items()
            for _ in range(values[5])
        ]
    )


def test_plans_follow_from_the_segments_figures():
    found = plans(members(), shelf({1: [5, 9], 2: [1, 1]}), TIMES).set_index("segment_name")
    assert found["objective"].to_dict() == {
        "Champions": "Protect",
        "New": "Win the second order",
        "Slipping": "Win back",
        "Gone": "One last try, then let go",
    }
    champions = found.loc["Champions"]
    assert "20 orders" in champions["because"]
    assert "12.5% of customers" in champions["because"]
    assert champions["products"] == "Their best-sellers: PRODUCT 1; PRODUCT 0."
    assert champions["timing"].startswith("They order most on Thursdays around 10:00; those who")
    assert "1 customers drawn at random" in champions["measure"]
    assert "nobody has come back yet" in found.loc["Gone", "timing"]


def test_no_sentence_of_a_plan_fits_another_segment():
    found = plans(members(), shelf({1: [5, 9], 2: [1, 1]}), TIMES)
    for column in ("because", "message", "offer"):
        assert found[column].is_unique
