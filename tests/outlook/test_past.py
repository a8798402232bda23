from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from custseg.errors import DataError
from custseg.outlook.past import look_back
from custseg.settings import CleanSettings
from tests.conftest import raw_lines

CUT_OFF = date(2024, 2, 1)
BEFORE = (
    {"customer_id": "anna", "order_id": "1", "ordered_at": "2024-01-10 12:00", "quantity": 3},
    {"customer_id": "bob", "order_id": "2", "ordered_at": "2024-01-20 12:00"},
    {"customer_id": "cleo", "order_id": "3", "ordered_at": "2024-01-31 23:59"},
)
AFTER = (
    {"customer_id": "anna", "order_id": "4", "ordered_at": "2024-02-01 00:00"},
    {"customer_id": "anna", "order_id": "5", "ordered_at": "2024-02-09 12:00", "quantity": 2},
    {"customer_id": "bob", "order_id": "6", "ordered_at": "2024-02-10 23:59", "quantity": 5},
    {"customer_id": "bob", "order_id": "7", "ordered_at": "2024-02-11 00:00"},
    {"customer_id": "dora", "order_id": "8", "ordered_at": "2024-02-05 12:00"},
)


def look(*rows, days=10, settings=None):
    return look_back(raw_lines(*rows), "none", CUT_OFF, days, settings)


def test_customers_known_at_the_cut_off_with_what_they_did_in_the_days_after():
    past = look(*BEFORE, *AFTER)
    assert past.cut_off == CUT_OFF
    assert past.features["customer_id"].tolist() == ["anna", "bob", "cleo"]
    assert past.orders.tolist() == [2, 1, 0]
    assert past.spend.tolist() == [6.0, 10.0, 0.0]


def test_nothing_after_the_cut_off_is_in_the_features():
    now = look(*BEFORE, *AFTER)
    then = look(*BEFORE)
    pd.testing.assert_frame_equal(now.features, then.features)
    assert now.features["recency_days"].tolist() == [21, 11, 0]


def test_a_return_after_the_cut_off_undoes_nothing_that_was_known():
    later = {"customer_id": "anna", "order_id": "9", "ordered_at": "2024-02-02 12:00"}
    past = look(*BEFORE, later | {"quantity": -3})
    assert past.features["monetary"].tolist() == [6.0, 2.0, 2.0]
    assert past.features["return_rate"].tolist() == [0.0, 0.0, 0.0]
    assert past.transactions.count().to_pyarrow().as_py() == 3
    assert past.spend.tolist() == [0.0, 0.0, 0.0]


def test_what_was_bought_after_the_cut_off_and_given_back_in_time_is_not_counted():
    back = {"customer_id": "bob", "order_id": "9", "ordered_at": "2024-02-10 23:59:30"}
    past = look(*BEFORE, *AFTER, back | {"quantity": -5})
    assert past.orders.tolist() == [2, 0, 0]
    assert past.spend.tolist() == [6.0, 0.0, 0.0]


def test_a_return_after_the_days_does_not_change_them():
    back = {"customer_id": "bob", "order_id": "9", "ordered_at": "2024-02-11 12:00"}
    past = look(*BEFORE, *AFTER, back | {"quantity": -6})
    assert past.spend.tolist() == [6.0, 10.0, 0.0]


def test_the_as_of_date_of_the_settings_is_not_used():
    past = look(*BEFORE, *AFTER, settings=CleanSettings(as_of=date(2024, 1, 15)))
    assert len(past.features) == 3


def test_a_cut_off_before_the_first_order_is_refused():
    with pytest.raises(DataError, match="nothing is before it"):
        look(*AFTER)
