from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.artifacts import ARTIFACTS
from custseg.errors import SettingsError
from custseg.offers.recommendations.histories import histories
from custseg.offers.recommendations.item_weights import EASE_PRODUCTS, decayed, ease
from custseg.offers.recommendations.lists import most_recent
from custseg.offers.recommendations.recommend import recommend
from custseg.orders.cleaning import clean, clean_before
from custseg.orders.judging import judge
from custseg.settings import RecommendSettings
from tests.conftest import examples, raw_lines, table

AS_OF = date(2024, 7, 1)


def line(customer: str, product: str, days_ago: int, **more: Any) -> dict[str, Any]:
    day = AS_OF - timedelta(days=days_ago)
    return {
        "customer_id": customer,
        "order_id": f"{customer}-{days_ago}",
        "product_id": product,
        "ordered_at": f"{day} 12:00",
    } | more


def lists(*lines: dict[str, Any], **more: Any) -> pd.DataFrame:
    cleaned = clean(raw_lines(*lines))
    chosen = RecommendSettings.model_validate(more)
    found = recommend(cleaned.transactions, cleaned.removed, AS_OF.isoformat(), chosen)
    assert set(found.column_names) == set(ARTIFACTS["recommendations"].column_names())
    frame: pd.DataFrame = found.to_pandas()
    return frame


def codes(found: pd.DataFrame, name: str, customer: str) -> list[str]:
    mine = found[(found["list"] == name) & (found["customer_id"] == customer)]
    return mine.sort_values("rank")["product_id"].tolist()


def test_buy_again_ranks_own_products_by_orders_then_by_recent_buyers_then_by_code():
    found = lists(
        line("anna", "mug", 100),
        line("anna", "mug", 90),
        line("anna", "pot", 100),
        line("anna", "cup", 100),
        line("anna", "ash", 100),
        line("bob", "pot", 5),
        line("cleo", "pot", 6),
        line("dora", "cup", 7),
    )
    assert codes(found, "buy_again", "anna") == ["mug", "pot", "cup", "ash"]
    own = found[(found["customer_id"] == "anna") & (found["list"] == "buy_again")]
    assert own["score"].tolist() == [2.0, 1.0, 1.0, 1.0]
    assert own["because"].tolist() == own["product_id"].tolist()


def test_new_for_you_names_what_goes_with_the_history_and_the_product_that_says_so():
    together = [line(f"c{i}", p, 30 + i) for i in range(8) for p in ("tea", "pot")]
    others = [line(f"d{i}", p, 30 + i) for i in range(8) for p in ("saw", "nail")]
    found = lists(*together, *others, line("anna", "tea", 20), size=2)
    new = found[(found["customer_id"] == "anna") & (found["list"] == "new_for_you")]
    assert new["product_id"].tolist() == ["pot", "nail"]
    assert new["because"].fillna("popular").tolist() == ["tea", "popular"]
    assert new["score"].notna().tolist() == [True, False]


def test_what_was_ever_bought_is_not_new_even_if_it_went_back():
    together = [line(f"c{i}", p, 30 + i) for i in range(8) for p in ("tea", "pot")]
    back = [line("anna", "pot", 25), line("anna", "pot", 24, quantity=-1)]
    found = lists(*together, line("anna", "tea", 20), *back)
    assert codes(found, "new_for_you", "anna") == []
    assert codes(found, "buy_again", "anna") == ["tea"]


def test_only_the_last_products_of_a_history_count_but_all_of_it_is_excluded():
    pairs = [line(f"c{i}", p, 30 + i) for i in range(8) for p in ("tea", "pot", "saw")]
    more = [line(f"d{i}", p, 30 + i) for i in range(8) for p in ("hat", "cap")]
    found = lists(*pairs, *more, line("anna", "tea", 20), line("anna", "hat", 3), history=1, size=1)
    assert codes(found, "new_for_you", "anna") == ["cap"]
    assert "tea" not in codes(found, "new_for_you", "anna")


def test_without_products_there_are_no_lists():
    found = lists(line("anna", None, 3), line("bob", None, 4))
    assert len(found) == 0


def test_one_customer_and_one_product_have_nothing_new():
    found = lists(line("anna", "mug", 3))
    assert found[["list", "rank", "product_id"]].to_numpy().tolist() == [["buy_again", 1, "mug"]]


PURCHASES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 6), st.integers(1, 200)), min_size=1, max_size=40
)


@examples(3)
@given(PURCHASES, st.randoms(use_true_random=False))
def test_the_lists_are_those_of_the_formula_whatever_the_order_of_rows(purchases, random):
    chosen = RecommendSettings(size=4, neighbours=2, half_life_days=50, history=4)
    lines = [line(f"c{who}", f"p{what}", ago) for who, what, ago in purchases]
    random.shuffle(lines)
    found = lists(*lines, **chosen.model_dump())
    for customer in {row["customer_id"] for row in lines}:
        expected = by_the_formula(pd.DataFrame(lines), customer, chosen)
        assert codes(found, "new_for_you", customer) == expected


def by_the_formula(lines: pd.DataFrame, customer: str, chosen: RecommendSettings) -> list[str]:
    """New for you, computed densely and naively."""
    day = pd.to_datetime(lines["ordered_at"]).dt.normalize()
    lines = lines.assign(age=(pd.Timestamp(AS_OF) - day).dt.days)
    last = lines.pivot_table(values="age", index="customer_id", columns="product_id", aggfunc="min")

    def buyers(days: int) -> pd.Series:
        return (last <= days).sum()

    popular = buyers(chosen.popular_days)
    order = sorted(last.columns, key=lambda code: (-popular[code], code))
    last = last[order]
    keys = last.rank(axis=1, method="first")
    recent = last.where(keys <= chosen.history)
    interest = (0.5 ** (recent / chosen.half_life_days)).fillna(0.0)
    weights = interest.div(np.sqrt(interest.sum(axis=1)), axis=0).to_numpy()
    gram = weights.T @ weights
    norms = np.sqrt(np.diag(gram))
    similarity = gram / (np.outer(norms, norms) + chosen.shrinkage)
    np.fill_diagonal(similarity, 0)
    for row in similarity:
        row[np.argsort(-row, kind="stable")[chosen.neighbours :]] = 0
    trend = ((buyers(28) + 1) / (buyers(180) + 3)) ** 0.5
    history = recent.loc[customer].notna().to_numpy()
    score = similarity[history].sum(axis=0) * trend[order].to_numpy()
    unseen = last.loc[customer].isna().to_numpy()
    listed = [i for i in np.argsort(-score.round(12), kind="stable") if unseen[i] and score[i] > 0]
    fill = [i for i in range(len(order)) if unseen[i] and i not in listed and popular[order[i]]]
    return [order[i] for i in (listed + fill)[: chosen.size]]


def test_ease_is_the_closed_form_and_lists_by_it():
    draw = np.random.default_rng(3)
    lines = [
        line(f"c{who}", f"p{what}", int(draw.integers(1, 90)))
        for who in range(20)
        for what in draw.choice(9, 4, replace=False)
    ]
    found = lists(*lines, method="ease", size=3)
    cleaned = clean(raw_lines(*lines))
    known = histories(cleaned.transactions, cleaned.removed, AS_OF, 60)
    recent, ages = most_recent(known, 500)
    interest = decayed(recent, ages, 90.0)
    inverse = np.linalg.inv((interest.T @ interest).toarray() + 10 * np.eye(9))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    weights = ease(interest, 10.0)
    np.testing.assert_allclose(weights, expected, atol=1e-12)
    first = found[(found["list"] == "new_for_you") & found["score"].notna()].iloc[0]
    who = known.customers.to_pylist().index(first["customer_id"])
    products = known.products.to_pylist()
    mine = recent[[who]].toarray()[0] > 0
    what = products.index(first["product_id"])
    assert first["because"] == products[int(np.argmax(np.where(mine, expected[:, what], -9)))]


def test_ease_refuses_a_large_catalogue_and_says_what_to_set():
    from scipy import sparse

    with pytest.raises(SettingsError, match="takes up to 10,000 products") as error:
        ease(sparse.csr_array((1, EASE_PRODUCTS + 1)), 10.0)
    assert "neighbours" in error.value.hint


def random_shop(seed: int, customers: int = 30) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    return [
        line(f"c{who:02d}", f"p{what}", int(draw.integers(1, 180)))
        for who in range(customers)
        for what in draw.choice(12, draw.integers(1, 6), replace=False)
    ]


def test_nothing_that_comes_after_the_cut_off_changes_a_recommendation():
    lines = random_shop(5)
    cut_off = AS_OF - timedelta(days=60)
    draw = np.random.default_rng(6)
    later = [row for row in lines if row["ordered_at"] >= f"{cut_off}"]
    shuffled = [
        row | {"product_id": f"p{draw.integers(12)}", "customer_id": f"c{draw.integers(30):02d}"}
        for row in later
    ]
    before = [row for row in lines if row not in later]
    bought = line("c00", "p11", 1)
    returned = line("c01", before[0]["product_id"], 2, quantity=-1)
    alternatives = [[*before, *later], [*before, *shuffled], [*before, *later, bought, returned]]
    found = []
    for alternative in alternatives:
        judged = judge(raw_lines(*alternative), "none")
        found.append(recommend(*clean_before(judged, cut_off), cut_off.isoformat()))
    assert len(found[0]) > 30
    assert all(other.equals(found[0]) for other in found[1:])


def test_a_catalogue_of_60_000_products_has_lists_too():
    products = 60_000
    who = np.arange(products) % 5_000
    lines = pd.DataFrame(
        {
            "customer_id": np.char.add("c", who.astype(str)),
            "order_id": np.char.add("o", who.astype(str)),
            "product_id": np.char.add("p", np.arange(products).astype(str)),
            "quantity": 1,
            "ordered_at": pd.Timestamp("2024-06-01 12:00"),
            "rule": "undone",
        }
    )
    bought = table(lines)
    found = recommend(bought, bought.filter(ibis.literal(False)), AS_OF.isoformat())
    assert found.num_rows == 2 * 5_000 * 10


def test_purchases_that_weigh_nothing_any_more_do_no_harm():
    old = [line(f"c{i}", p, 3000 + i) for i in range(8) for p in ("tea", "pot")]
    new = [line(f"d{i}", p, 3 + i) for i in range(8) for p in ("saw", "nail")]
    found = lists(*old, *new, line("anna", "saw", 2), half_life_days=1, shrinkage=0)
    assert codes(found, "new_for_you", "anna")[0] == "nail"
