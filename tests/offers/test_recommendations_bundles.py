from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_matrix
from scipy.stats import false_discovery_control, hypergeom, poisson

from custseg.engine.parquet import read_frame
from custseg.offers.recommendations import baskets as baskets_module
from custseg.offers.recommendations.baskets import Baskets
from custseg.offers.recommendations.bundles import (
    COLUMNS,
    Bundles,
    _frequent,
    adjusted,
    find_bundles,
)
from custseg.settings import BundleSettings
from custseg.workspace.workspace import Workspace
from tests.conftest import examples, table

AS_OF = "2024-07-01"
"""The last 90 days begin on 2024-04-02."""
EARLY, LATE = "2024-01-01", "2024-06-01"


def orders(*kinds: tuple[str, int], day: str = EARLY, customers: int = 20) -> pd.DataFrame:
    """Order lines of so many orders of each basket ("cup saucer"), of customers in turn."""
    contents = [basket.split() for basket, count in kinds for _ in range(count)]
    lines = [
        (f"c{number % customers}", f"{day}-{number}", product)
        for number, products in enumerate(contents)
        for product in products
    ]
    frame = pd.DataFrame(lines, columns=["customer_id", "order_id", "product_id"])
    return frame.assign(ordered_at=pd.Timestamp(day))


def find(*lines: pd.DataFrame, as_of: str = AS_OF, **values: float) -> Bundles:
    """The bundles in these lines, of any lift; a product's description is its code in capitals."""
    bought = pd.concat(lines).assign(quantity=1)
    bought["product_id"] = bought["product_id"].astype("string")
    bought["description"] = bought["product_id"].str.upper()
    return find_bundles(
        table(bought), as_of, BundleSettings.model_validate({"min_lift": 1} | values)
    )


def pairs(found: Bundles) -> list[tuple[str, str]]:
    """Antecedent and consequent of each, by rank."""
    told = found.bundles.sort_values("rank")
    return list(zip(told["antecedent_id"], told["consequent_id"], strict=True))


TEA = (("cup saucer", 30), ("cup mug", 10), ("mug plate", 60))


def test_figures_are_those_of_a_hand_count():
    found = find(orders(*TEA))
    assert pairs(found) == [("plate", "mug"), ("saucer", "cup")]
    row = found.bundles.iloc[1]
    assert row[["antecedent", "consequent"]].tolist() == ["SAUCER", "CUP"]
    assert row[["orders", "customers", "antecedent_orders", "consequent_orders"]].tolist() == [
        *(30, 20, 30, 40)
    ]
    assert (row["support"], row["confidence"]) == (0.3, 1.0)
    # All orders are of two products: by chance 30 × 40 / 100 hold both.
    assert row["expected_orders"] == pytest.approx(12)
    assert row["lift"] == pytest.approx(2.5)
    assert row["raw_lift"] == pytest.approx(2.5)
    assert row["p_value"] == pytest.approx(poisson.sf(29, 12))
    # Four products, so six pairs were tested; this one's p value is the least.
    assert row["q_value"] == pytest.approx(6 * poisson.sf(29, 12))


def test_chance_is_counted_among_orders_of_the_same_size():
    small = orders(("cup saucer", 30), ("mug plate", 70))
    large = orders(("cup saucer mug plate", 10), ("cup mug jug bowl", 30), day=LATE)
    row = find(small, large).bundles.set_index("antecedent_id").loc["saucer"]
    assert row["orders"] == 40
    assert row["expected_orders"] == pytest.approx(30 * 30 / 100 + 40 * 10 / 40)
    assert row["raw_lift"] == pytest.approx(1 / (70 / 140))


def test_orders_of_one_product_lower_the_confidence_but_not_the_lift():
    alone = find(orders(*TEA, ("saucer", 5))).bundles.set_index("antecedent_id")
    assert alone.loc["saucer", "confidence"] == pytest.approx(30 / 35)
    assert alone.loc["saucer", "lift"] == pytest.approx(2.5)


def test_a_bundle_is_listed_in_its_more_confident_direction_only():
    found = find(orders(("cup saucer", 40), ("cup mug", 40), ("jug mug", 40)), min_confidence=0)
    assert sorted(pairs(found)) == [("jug", "mug"), ("saucer", "cup")]


def test_each_products_strongest_bundle_comes_before_its_others():
    found = find(
        orders(
            ("red blue", 90), ("red green", 80), ("red white", 70), ("cup saucer", 40), ("a b", 200)
        ),
        min_confidence=0.2,
    )
    assert pairs(found) == [
        ("a", "b"),
        ("blue", "red"),
        ("cup", "saucer"),
        ("green", "red"),
        ("white", "red"),
    ]


def test_a_customer_who_repeats_an_order_makes_no_bundle():
    again = orders(("cup saucer", 50), customers=1)
    others = orders(("cup mug", 50), ("jug mug", 50), day=LATE)
    assert ("saucer", "cup") not in pairs(find(again, others))
    assert ("saucer", "cup") in pairs(find(again, others, min_customers=1))


def test_a_bundle_comes_together_at_least_twice_as_often_as_by_chance():
    assert pairs(find(orders(*TEA), min_lift=2)) == [("saucer", "cup")]


def test_orders_of_more_products_than_the_largest_are_left_out():
    shop = (*TEA, ("p0 p1 x1 x2 x3", 30), ("p2 p3 x1 x2 x3", 60))
    assert ("p0", "p1") in pairs(find(orders(*shop)))
    assert pairs(find(orders(*shop), largest_order=4)) == pairs(find(orders(*TEA)))


def test_only_the_most_ordered_products_are_considered():
    assert pairs(find(orders(*TEA), most_products=2)) == [("plate", "mug")]
    assert pairs(find(orders(*TEA, ("x y", 200)), most_products=2)) == [("x", "y")]


def test_of_very_many_orders_some_are_taken_evenly(monkeypatch):
    everyday = pd.concat(
        orders(("cup saucer", 4), ("mug plate", 6), day=f"2024-01-{day:02}") for day in range(1, 31)
    )
    monkeypatch.setattr(baskets_module, "MOST_ORDERS", 150)
    row = find(everyday, min_customers=1).bundles.set_index("antecedent_id").loc["cup"]
    assert row["orders"] == 60
    assert row["support"] == pytest.approx(0.4)


def test_three_products_make_a_bundle_where_each_adds_to_it():
    # jam goes with bread and butter together, tea with cup whether or not there is a plate.
    lines = orders(
        ("bread butter jam", 60),
        ("bread x y", 60),
        ("butter x y", 60),
        ("cup tea plate", 60),
        ("cup tea z", 60),
        ("plate w v", 60),
    )
    found = find(lines, max_length=3)
    assert ("bread + butter", "jam") not in pairs(find(lines))
    assert ("bread + butter", "jam") in pairs(found)
    assert not {"cup", "tea", "plate"} & {
        product for first, then in pairs(found) if "+" in first for product in (first, then)
    }
    assert ("cup", "tea") in pairs(found)


def test_bundles_found_before_the_last_days_are_tested_in_them():
    before = orders(("cup saucer", 40), ("jug mug", 60))
    later = orders(("cup saucer", 20), ("cup x", 20), ("saucer x", 20), ("jug mug", 40), day=LATE)
    assert find(orders(("jug", 1), day="2023-12-01"), before, later).bundles_note == (
        "2 bundles; of 2 found before 2024-04-02, 100 % came together more often than by chance in "
        "the 90 days after (50 % significantly), and the confidence of those still sold went from "
        "100 % to 75 % on average, where chance gives 40 %"
    )


def test_bundles_found_before_days_without_orders_are_not_tested():
    assert find(orders(*TEA)).bundles_note == (
        "2 bundles; of 2 found before 2024-04-02, none can be tested: nothing came after"
    )


def test_a_bundle_not_found_before_the_last_days_has_no_later_figures():
    old = orders(("cup saucer", 40), ("jug mug", 60), day=EARLY)
    new = orders(("cup saucer", 20), ("jug mug", 30), ("x y", 50), day=LATE)
    found = find(orders(("jug", 1), day="2023-12-01"), old, new).bundles
    found = found.set_index("antecedent_id")
    assert found["later_orders"].dropna().to_dict() == {"cup": 20, "mug": 30}
    assert found.loc["cup", "later_confidence"] == 1
    assert found.loc["cup", "later_lift"] == pytest.approx(20 / (20 * 20 / 100))
    assert np.isnan(found.loc["x", "later_lift"])


def test_a_young_shop_has_bundles_but_no_test():
    note = find(orders(*TEA, day="2024-06-01")).bundles_note
    assert note == (
        "2 bundles; not tested on later orders: not enough history: 30 days, 180 needed"
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (orders(*TEA).assign(product_id=None), "no order names a product"),
        (orders(("cup saucer", 20)), "20 orders, 30 needed"),
        (orders(("cup", 40)), "fewer than two products are in 30 orders"),
        (
            orders(("cup", 40), ("mug", 40)),
            "no two products come together in 30 orders of 10 customers, in 30 % of the one's",
        ),
        (orders(("a b c d e", 40)), "no two products come together"),
    ],
)
def test_a_shop_without_bundles_is_told_why(lines, reason):
    found = find(lines)
    assert found.bundles_note.startswith(f"No bundles: {reason}")
    assert tuple(found.bundles.columns) == COLUMNS
    assert found.bundles.empty


SHOP = st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=5, max_size=25)


@given(shop=SHOP, seed=st.integers(0, 9))
@examples(2)
def test_the_order_of_lines_and_their_copies_change_nothing(shop, seed):
    lines = orders(*((" ".join(sorted(products)), 3) for products in shop))
    lenient = {"min_orders": 2, "min_customers": 1, "false_discovery_rate": 0.9}
    expected = find(lines, **lenient)
    copies = pd.concat([lines, lines.sample(frac=0.5, random_state=seed)])
    found = find(copies.sample(frac=1, random_state=seed), **lenient)
    pd.testing.assert_frame_equal(found.bundles, expected.bundles)


def random_baskets(seed: int) -> pd.DataFrame:
    """Orders of very different sizes, of products drawn by popularity and nothing else."""
    draw = np.random.default_rng(seed)
    sizes = np.minimum(1 + draw.negative_binomial(1, 0.1, 1000), 40)
    popularity = 1 / np.arange(3, 43)
    products = draw.choice(40, sizes.sum(), p=popularity / popularity.sum())
    order = np.repeat(np.arange(1000), sizes)
    frame = pd.DataFrame({"order_id": order, "product_id": products}).drop_duplicates().astype(str)
    frame["customer_id"] = (frame["order_id"].astype(int) % 200).astype(str)
    return frame.assign(ordered_at=pd.Timestamp(EARLY))


def test_random_baskets_have_no_bundles_though_the_plain_test_finds_many():
    found = plain = 0
    for seed in range(20):
        lines = random_baskets(seed)
        found += len(find(lines, min_confidence=0).bundles)
        held = pd.crosstab(lines["order_id"], lines["product_id"]).to_numpy()
        both, each = held.T @ held, held.sum(axis=0)
        one, other = np.triu_indices(len(each), 1)
        chance = hypergeom.sf(both[one, other] - 1, len(held), each[one], each[other])
        plain += int((false_discovery_control(chance) <= 0.05).sum())
    print(f"\nbundles in 20 shops of random baskets: {found}; Fisher's exact test: {plain:,}")
    assert found <= 1
    assert plain > 1000


@given(
    strata=st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20)),
        min_size=1,
        max_size=4,
    )
)
def test_the_p_value_is_no_smaller_than_that_of_the_exact_stratified_test(strata):
    strata = [(n, min(a, n), min(b, n)) for n, a, b in strata]
    chances = np.ones(1)
    for n, a, b in strata:
        chances = np.convolve(chances, hypergeom.pmf(np.arange(min(a, b) + 1), n, a, b))
    expected = sum(a * b / n for n, a, b in strata)
    for together in range(int(np.ceil(expected)) + 1, len(chances)):
        assert poisson.sf(together - 1, expected) >= chances[together:].sum() - 1e-12


def test_q_values_are_those_of_all_tests_where_the_rest_have_a_p_value_of_one():
    known = np.array([0.03, 0.001, 0.2, 0.001])
    everything = np.concatenate([known, np.ones(6)])
    assert adjusted(known, 10) == pytest.approx(false_discovery_control(everything)[:4])
    assert len(adjusted(np.array([]), 10)) == 0


@given(shop=SHOP, least=st.integers(1, 6))
@examples(20)
def test_sets_are_all_those_that_so_many_orders_hold(shop, least):
    held = np.array([[product in order for product in "abcde"] for order in shop], dtype=np.int64)
    nothing = np.zeros(len(shop), dtype=np.int64)
    counted = Baskets(csc_matrix(held), nothing, nothing, nothing, pd.DataFrame())
    for length, sets in zip((2, 3), _frequent(counted, least, 3), strict=True):
        expected = [
            list(some)
            for some in combinations(range(5), length)
            if held[:, some].all(axis=1).sum() >= least
        ]
        assert sets.tolist() == expected


def test_sets_counted_in_portions_are_the_same(monkeypatch):
    lines = orders(("bread butter jam", 60), ("bread x y", 60), ("butter x y", 60))
    whole = find(lines, max_length=3).bundles
    monkeypatch.setattr(baskets_module, "_CELLS", 100)
    pd.testing.assert_frame_equal(find(lines, max_length=3).bundles, whole)
    assert len(whole) > 1


def test_the_bundles_of_online_retail(studied_retail):
    workspace = Workspace(studied_retail)
    bundles = read_frame(workspace.path("bundles"))
    note = workspace.manifest().facts()["bundles_note"]
    print(f"\n{note}")
    top = bundles.head(5)
    print(top[["antecedent", "consequent", "orders", "confidence", "lift"]].to_string())
    first = top.iloc[0]
    assert (first["antecedent"], first["consequent"].strip()) == (
        "GREEN REGENCY TEACUP AND SAUCER",
        "ROSES REGENCY TEACUP AND SAUCER",
    )
    assert (first["orders"], first["antecedent_orders"]) == (508, 653)
    assert len(bundles) == 1943
    # No two of the first hundred share a product: the list can be read.
    ahead = bundles.head(100)
    assert pd.concat([ahead["antecedent_id"], ahead["consequent_id"]]).is_unique
    assert "95 % came together more often than by chance" in note
