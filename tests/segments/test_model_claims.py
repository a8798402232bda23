"""What names say of customers, on shops whose figures can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.segments.model.claims import PLAIN, RULES, TERMS, fits, meets, sentence
from custseg.segments.model.standing import Shop, customers_of, shop_of
from custseg.words.names import EVERYBODY, PARTS, PLAIN_NAMES, RULE_NAMES, SEGMENT_NAMES, parts_of

# The shop's usual wait is 30 days; half of its customers ordered within 60 days, three quarters
# within 120.
SHOP = Shop(
    usual_wait=30,
    recency=60,
    frequency=2,
    monetary=100,
    tenure=200,
    order_value=40,
    upper={"recency": 120, "frequency": 5, "monetary": 300, "tenure": 300, "order_value": 80},
)


def customer(
    recency: float, days: int = 1, wait: float = 30, spend: float = 50
) -> dict[str, float]:
    """A customer who ordered once on each of so many days, so many days apart."""
    return {
        "recency_days": recency,
        "frequency": days,
        "active_days": days,
        "tenure_days": recency + wait * (days - 1),
        "monetary": spend,
        "average_order_value": spend / days,
    }


def true_of(name: str, **figures: float) -> bool:
    features = pd.DataFrame([customer(**figures)])  # type: ignore[arg-type]
    return bool(meets(name, customers_of(features), SHOP).item())


@pytest.mark.parametrize(
    ("name", "figures", "true"),
    [
        # First order within the usual wait of 30 days, at most two orders.
        ("New", {"recency": 30}, True),
        ("New", {"recency": 31}, False),
        ("New", {"recency": 5, "days": 2, "wait": 20}, True),
        ("New", {"recency": 5, "days": 3, "wait": 10}, False),
        ("New", {"recency": 8, "days": 2, "wait": 1561}, False),
        # Two days or more, and last ordered within twice the own usual wait, or half of the shop.
        ("Potential loyal", {"recency": 60, "days": 2, "wait": 5}, True),
        ("Potential loyal", {"recency": 61, "days": 2, "wait": 5}, False),
        ("Potential loyal", {"recency": 100, "days": 2, "wait": 50}, True),
        ("Potential loyal", {"recency": 101, "days": 2, "wait": 50}, False),
        ("Potential loyal", {"recency": 5}, False),
        # … and more orders than the 2 of the median customer.
        ("Loyal", {"recency": 5, "days": 2}, False),
        ("Loyal", {"recency": 5, "days": 3}, True),
        ("Loyal", {"recency": 61, "days": 3, "wait": 5}, False),
        ("Loyal", {"recency": 5, "days": 1}, False),
        # … and more spend than the 100 of the median customer.
        ("Champions", {"recency": 5, "days": 2, "spend": 101}, True),
        ("Champions", {"recency": 5, "days": 2, "spend": 100}, False),
        ("Champions", {"recency": 5, "days": 1, "spend": 500}, False),
        ("Champions", {"recency": 200, "days": 9, "spend": 500}, False),
        # More than 80 per order; slipping beyond the wait (own, or 30) and the shop's 60 days.
        ("Big baskets", {"recency": 5, "spend": 81}, True),
        ("Big baskets", {"recency": 5, "spend": 80}, False),
        ("Big baskets, slipping", {"recency": 61, "spend": 81}, True),
        ("Big baskets, slipping", {"recency": 60, "spend": 81}, False),
        ("Big baskets, slipping", {"recency": 8, "days": 6, "spend": 600}, False),
        ("Big baskets, slipping", {"recency": 90, "days": 2, "wait": 90, "spend": 200}, False),
        ("Big baskets, slipping", {"recency": 91, "days": 2, "wait": 90, "spend": 200}, True),
        # Beyond the own wait, but not three of them.
        ("Needs attention", {"recency": 10, "days": 2, "wait": 10}, False),
        ("Needs attention", {"recency": 11, "days": 2, "wait": 10}, True),
        ("Needs attention", {"recency": 30, "days": 2, "wait": 10}, True),
        ("Needs attention", {"recency": 31, "days": 2, "wait": 10}, False),
        ("Needs attention", {"recency": 40}, False),
        ("Hibernating", {"recency": 61}, True),
        ("Hibernating", {"recency": 2}, False),
        ("Hibernating", {"recency": 61, "days": 2, "wait": 61}, False),
        ("Lapsed small buyers", {"recency": 61, "spend": 99}, True),
        ("Lapsed small buyers", {"recency": 61, "spend": 100}, False),
        ("Lapsed small buyers", {"recency": 3, "spend": 9}, False),
        ("Dormant", {"recency": 121}, True),
        ("Dormant", {"recency": 120}, False),
        # Numbers and pairs.
        ("Dormant 2", {"recency": 121}, True),
        ("High value, repeat buyers", {"recency": 5, "days": 2, "spend": 101}, True),
        ("High value, repeat buyers", {"recency": 5, "days": 1, "spend": 101}, False),
        ("High value, repeat buyers", {"recency": 5, "days": 2, "spend": 100}, False),
        ("Many orders", {"recency": 5, "days": 3}, True),
        ("Many orders", {"recency": 5, "days": 2}, False),
        ("One order", {"recency": 5, "days": 1}, True),
        ("One order", {"recency": 5, "days": 2}, False),
        ("One or two orders", {"recency": 5, "days": 2}, True),
        ("Fewer orders", {"recency": 5, "days": 2}, False),
        ("Ordered lately", {"recency": 59}, True),
        ("Ordered lately", {"recency": 60}, False),
        ("Not seen lately", {"recency": 61}, True),
        ("Not seen lately 2", {"recency": 60}, False),
        ("Joined later", {"recency": 199}, True),
        ("Joined earlier", {"recency": 201}, True),
        ("Large orders", {"recency": 5, "spend": 41}, True),
        ("Small orders", {"recency": 5, "spend": 39}, True),
        ("Mixed", {"recency": 5}, True),
    ],
)
def test_a_claim_is_true_of_whom_it_describes(name, figures, true):
    assert true_of(name, **figures) is true


def test_nobody_is_gone_after_days_only():
    ten_days_old = Shop(2, 3, 1, 20, 5, 20, {"recency": 5, "order_value": 30})
    customers = customers_of(pd.DataFrame([customer(9, spend=10)]))
    for name in ("Hibernating", "Dormant", "Lapsed small buyers", "Not seen lately"):
        assert not meets(name, customers, ten_days_old).item()


def test_the_usual_wait_is_the_mean_gap_and_the_shops_is_the_median_of_those():
    features = pd.DataFrame(
        [customer(5, 2, 10), customer(5, 5, 20), customer(5, 3, 90), customer(400)]
    )
    customers = customers_of(features)
    assert customers["wait"].tolist()[:3] == [10, 20, 90]
    assert np.isnan(customers["wait"].iloc[3])
    assert shop_of(customers).usual_wait == 20


def test_where_nobody_came_back_the_usual_wait_is_the_median_recency():
    features = pd.DataFrame([customer(10), customer(40), customer(300)])
    assert shop_of(customers_of(features)).usual_wait == 40


def test_what_is_the_same_for_all_makes_no_claim_of_more_or_less_true():
    features = pd.DataFrame([customer(10, spend=49)] * 20)
    customers = customers_of(features)
    shop = shop_of(customers)
    for name in ("High value", "Low value", "Large orders", "Small orders", "Big baskets"):
        assert not meets(name, customers, shop).any()


def test_without_amounts_no_name_of_money_is_true_and_champions_order_more():
    features = pd.DataFrame([customer(5, days) for days in (1, 2, 3, 4)])
    customers = customers_of(features.assign(monetary=None, average_order_value=None))
    shop = shop_of(customers)
    assert meets("Champions", customers, shop).tolist() == [False, False, True, True]
    for name in ("Big baskets", "High value", "Low value", "Lapsed small buyers"):
        assert not meets(name, customers, shop).any()


def test_each_customer_is_held_against_the_name_of_their_segment():
    features = pd.DataFrame([customer(5, 3), customer(5), customer(90), customer(400)])
    found = fits(features, np.array([1, 1, 2, 2]), {1: "Repeat buyers", 2: "Hibernating"})
    # Half of the customers ordered within 47.5 days.
    assert found.tolist() == [True, False, True, True]


def test_every_name_has_one_sentence_and_every_term_in_it_a_meaning():
    assert set(RULES) == set(RULE_NAMES)
    assert [part for parts in PARTS.values() for part in parts] == list(PLAIN)
    for name in SEGMENT_NAMES:
        assert sentence(name)
        if name != EVERYBODY:
            assert sentence(f"{name} 2") == sentence(name)
    told = " ".join(sentence(name) for name in SEGMENT_NAMES)
    assert all(term in told for term in TERMS)
    assert sentence("Champions", money=False).endswith(
        "ordered more often than half of the customers"
    )
    assert sentence("High value, one order") == (
        "spent more than half of the customers and ordered once"
    )


def test_plain_names_are_different_and_made_of_their_parts():
    assert len(set(SEGMENT_NAMES)) == len(SEGMENT_NAMES)
    assert all(part in PLAIN for name in PLAIN_NAMES for part in parts_of(name))
