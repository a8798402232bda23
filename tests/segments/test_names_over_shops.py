"""In shops of every kind, no name is said of a customer whose figures contradict it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from custseg.errors import DataError
from custseg.offers.export.audience import find_audience
from custseg.segments.model.fit import fit
from tests.claims_by_hand import by_hand

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

Orders = list[tuple[int, int, float]]
"""Customer, days ago, amount."""


def measured(orders: Orders) -> pd.DataFrame:
    """The features of a shop's customers."""
    lines = pd.DataFrame(orders, columns=["customer", "ago", "amount"])
    days = lines.drop_duplicates(["customer", "ago"]).sort_values(["customer", "ago"])
    gaps = days.groupby("customer")["ago"].diff()
    own = lines.groupby("customer")
    features = pd.DataFrame(
        {
            "recency_days": own["ago"].min(),
            "frequency": own.size(),
            "monetary": own["amount"].sum().round(2),
            "tenure_days": own["ago"].max(),
            "active_days": own["ago"].nunique(),
            "distinct_products": own["amount"].nunique(),
            "gap_days_mean": gaps.groupby(days["customer"]).mean(),
        }
    )
    features["average_order_value"] = features["monetary"] / features["frequency"]
    return features.reset_index().assign(
        customer_id=lambda table: table["customer"].map("c{:04d}".format)
    )


def shop_of(
    draw: Generator,
    customers: int,
    days: int,
    amount: Callable[[], float],
    first: Callable[[], int] | None = None,
) -> Orders:
    """Customers who order at their own pace until they stop, each with a size of basket."""
    orders: Orders = []
    for customer in range(customers):
        ago = first() if first else int(draw.integers(1, days + 1))
        wait, size = draw.gamma(2, days / 10), draw.lognormal(0, 0.7)
        while ago >= 1:
            orders.append((customer, ago, round(size * amount(), 2)))
            if draw.random() < 0.3:
                break
            ago -= int(draw.exponential(wait))
    return orders


def shops() -> dict[str, Callable[[Generator], Orders]]:
    def wholesale(draw: Generator) -> Orders:
        orders = shop_of(draw, 300, 400, lambda: draw.lognormal(3, 0.5))
        return orders + [(300, int(ago), 5000.0) for ago in draw.integers(1, 400, 500)]

    return {
        "ten days old": lambda draw: shop_of(draw, 300, 10, lambda: draw.lognormal(3, 0.5)),
        "one order each": lambda draw: [
            (n, int(draw.integers(1, 300)), float(draw.choice([9, 15, 30, 80, 200])))
            for n in range(300)
        ],
        "equal prices": lambda draw: [
            (one, ago, 49.0) for one, ago, _ in shop_of(draw, 300, 365, lambda: 1.0)
        ],
        "wholesale outlier": wholesale,
        "refunds only": lambda draw: shop_of(draw, 300, 365, lambda: -draw.lognormal(3, 0.5)),
        "one cohort": lambda draw: shop_of(
            draw, 300, 365, lambda: draw.lognormal(3, 0.5), lambda: 365
        ),
        "sixty customers": lambda draw: shop_of(draw, 60, 365, lambda: draw.lognormal(3, 0.5)),
        "a year": lambda draw: shop_of(draw, 600, 365, lambda: draw.lognormal(3, 0.5)),
    }


@pytest.mark.parametrize("k", [3, 6])
@pytest.mark.parametrize("kind", shops())
def test_a_name_is_true_of_a_customer_or_they_are_marked_and_never_exported(kind, k):
    features = measured(shops()[kind](np.random.default_rng(1)))
    fitted = fit(features, k)
    segments = fitted.segments
    rules = fitted.segment_names.set_index("segment")["rule"]
    true = np.array(by_hand(features, segments["segment"].map(rules)))
    assert segments["fits_name"].tolist() == true.tolist()
    assert (segments.groupby("segment")["fits_name"].mean() >= 0.9).all()

    for number in rules.index:
        members = segments[segments["segment"] == number]
        members = members[["customer_id", "segment", "segment_name", "fits_name"]]
        audience = find_audience(members, None)
        contradicted = set(features["customer_id"][~true])
        assert contradicted.isdisjoint(audience.listed["customer_id"])
        assert len(audience.listed) == audience.chosen - audience.left_out[0].customers


def named(kind: str) -> str:
    """All names of a shop's six segments."""
    features = measured(shops()[kind](np.random.default_rng(1)))
    return "; ".join(fit(features, 6).segment_names["rule"]).lower()


@pytest.mark.parametrize(
    ("kind", "contradicted"),
    [
        ("equal prices", ("big baskets", "large orders", "small orders")),
        ("one order each", ("champions", "loyal", "attention", "one order", "two orders")),
        ("ten days old", ("hibernating", "dormant", "lapsed", "not seen")),
        ("one cohort", ("new", "joined")),
    ],
)
def test_what_a_shop_tells_nothing_of_is_in_no_name(kind, contradicted):
    names = named(kind)
    assert not any(word in names for word in contradicted), names


def test_a_segment_that_nobody_fits_has_no_list():
    members = pd.DataFrame(
        {"customer_id": ["a"], "segment": 1, "segment_name": "New", "fits_name": False}
    )
    with pytest.raises(DataError, match="name is not true"):
        find_audience(members, None)
