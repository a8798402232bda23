from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from custseg.artifacts import FEATURES
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.settings import CleanSettings, FeatureSettings
from tests.conftest import raw_lines, rows

# Wednesday the 10th and Saturday the 20th of January; as of midnight before February.
AS_OF = "2024-02-01"


def measure(*lines: dict[str, Any], returns: str = "net", recent_days: int = 90) -> dict[str, Any]:
    """Features by customer."""
    cleaned = clean(raw_lines(*lines), settings=CleanSettings(as_of=AS_OF, returns=returns))
    table = features(
        cleaned.transactions,
        cleaned.removed,
        cleaned.as_of,
        FeatureSettings(recent_days=recent_days),
    )
    return {row["customer_id"]: row for row in rows(table)}


TWO_ORDERS = (
    {"order_id": "1", "product_id": "cup", "quantity": 2, "unit_price": "3.00"},
    {"order_id": "1", "product_id": "mug", "quantity": 1, "unit_price": "4.00"},
    {
        "order_id": "2",
        "product_id": "cup",
        "quantity": 5,
        "unit_price": "2.00",
        "ordered_at": "2024-01-20 09:30",
        "country": "Sweden",
    },
)


def test_where_no_order_has_a_time_nothing_is_told_of_the_time_of_day():
    days = [line | {"ordered_at": "2024-01-20"} for line in TWO_ORDERS]
    anna = measure(*days)["anna"]
    assert (anna["morning_share"], anna["top_hour"]) == (None, None)
    assert anna["top_weekday"] == 5


def test_the_seven_model_features_of_a_customer_with_two_orders():
    anna = measure(*TWO_ORDERS)["anna"]
    assert anna["recency_days"] == 11  # 11 days and 14.5 hours
    assert anna["frequency"] == 2
    assert anna["monetary"] == Decimal("20.00")
    assert anna["tenure_days"] == 21
    assert anna["active_days"] == 2
    assert anna["average_order_value"] == 10.0
    assert anna["distinct_products"] == 2


def test_the_further_features_of_a_customer_with_two_orders():
    anna = measure(*TWO_ORDERS)["anna"]
    assert anna["units_per_order"] == 4.0
    assert anna["products_per_order"] == 1.5
    assert anna["gap_days_mean"] == 10.0
    assert anna["gap_days_sd"] is None
    assert anna["tenure_per_active_day"] == 10.5
    assert anna["overdue"] == pytest.approx(11 / 10.5)
    assert anna["purchase_rate"] == pytest.approx(90 * 2.5 / 51)
    assert anna["lateness"] == pytest.approx(11 * 2.5 / 51)
    assert anna["return_rate"] == 0.0
    assert anna["weekend_share"] == 0.5
    assert anna["morning_share"] == 0.5
    assert anna["top_product_share"] == pytest.approx(0.8)
    assert anna["product_entropy"] == pytest.approx(0.5004024235)  # of shares .8 and .2
    assert anna["average_unit_price"] == 2.5
    assert anna["country"] == "Sweden"
    assert anna["top_hour"] == 9
    assert anna["top_weekday"] == 2


def test_gaps_between_three_active_days_have_a_deviation():
    days = ("2024-01-01", "2024-01-03", "2024-01-07")
    anna = measure(*({"order_id": day, "ordered_at": f"{day} 10:00"} for day in days))["anna"]
    assert anna["gap_days_mean"] == 3.0
    assert anna["gap_days_sd"] == pytest.approx(2**0.5)


def test_one_order_has_no_gap_and_no_trend_without_windows():
    anna = measure({"ordered_at": "2023-01-05 10:00"})["anna"]
    assert anna["gap_days_mean"] is None
    assert anna["spend_trend"] is None
    assert anna["recent_spend"] == 0


def test_recent_spend_and_its_trend_compare_two_windows_of_equal_length():
    anna = measure(
        {"order_id": "1", "unit_price": "9.00", "ordered_at": "2024-01-05 10:00"},
        {"order_id": "2", "unit_price": "3.00", "ordered_at": "2024-01-25 10:00"},
        recent_days=10,
    )["anna"]
    assert anna["recent_spend"] == Decimal("3.00")
    assert anna["recent_share"] == 0.25
    assert anna["spend_trend"] == 1.0
    wider = measure(
        {"order_id": "1", "unit_price": "9.00", "ordered_at": "2024-01-05 10:00"},
        {"order_id": "2", "unit_price": "3.00", "ordered_at": "2024-01-25 10:00"},
        recent_days=14,
    )["anna"]
    assert wider["spend_trend"] == pytest.approx(-0.5)


@pytest.mark.parametrize("returns", ["net", "drop", "subtract"])
def test_the_return_rate_is_the_same_however_returns_are_treated(returns):
    anna = measure(
        {"quantity": 8, "unit_price": "1.00"},
        {"quantity": 2, "unit_price": "1.00", "order_id": "2", "ordered_at": "2024-01-11"},
        {"quantity": -4, "unit_price": "1.00", "order_id": "3", "ordered_at": "2024-01-12"},
        returns=returns,
    )["anna"]
    assert anna["return_rate"] == pytest.approx(0.4)
    assert anna["monetary"] == (10 if returns == "drop" else 6)


def test_a_subtracted_return_counts_in_money_but_is_no_order():
    anna = measure(
        {"quantity": 8, "unit_price": "1.00"},
        {"quantity": -3, "unit_price": "1.00", "order_id": "2", "ordered_at": "2024-01-30"},
        returns="subtract",
    )["anna"]
    assert (anna["frequency"], anna["monetary"], anna["recency_days"]) == (1, 5, 21)


def test_an_order_id_shared_by_two_customers_is_an_order_of_each():
    found = measure({"customer_id": "anna"}, {"customer_id": "bob"})
    assert [found[name]["frequency"] for name in ("anna", "bob")] == [1, 1]


def test_columns_are_those_of_the_table_of_artifacts():
    anna = measure({})["anna"]
    assert list(anna) == ["customer_id", *(column.name for column in FEATURES)]


def test_what_the_orders_tell_nothing_of_is_missing():
    bare = {"unit_price": None, "amount": None, "product_id": None, "description": None}
    anna = measure(bare | {"quantity": 4})["anna"]
    known = {name for name, value in anna.items() if value is not None}
    assert known == {
        "customer_id",
        "recency_days",
        "frequency",
        "tenure_days",
        "active_days",
        "units_per_order",
        "tenure_per_active_day",
        "overdue",
        "purchase_rate",
        "lateness",
        "return_rate",
        "weekend_share",
        "morning_share",
        "country",
        "top_hour",
        "top_weekday",
    }
    assert anna["units_per_order"] == 4.0


def test_without_amounts_the_return_rate_is_of_units():
    bought = {"unit_price": None, "amount": None, "quantity": 4}
    back = bought | {"quantity": -1, "ordered_at": "2024-01-12 12:00"}
    for returns in ("net", "drop", "subtract"):
        assert measure(bought, back, returns=returns)["anna"]["return_rate"] == 0.25


def test_a_customer_without_named_products_has_none_where_others_have_some():
    found = measure({}, {"customer_id": "bob", "order_id": "2", "product_id": None})
    assert found["anna"]["distinct_products"] == 1
    assert found["bob"]["distinct_products"] == 0
