from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pytest

from custseg.engine.base import fetch, fetch_frame
from custseg.engine.duckdb import connect
from custseg.errors import DataError, ModelError, SettingsError
from custseg.orders.cleaning import clean, clean_before
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.orders.rules import RETURN_RULES
from custseg.outlook.hindsight import Hindsight, each_date, lines_before
from custseg.outlook.past import PreparedPast, prepare_past
from custseg.settings import (
    BacktestSettings,
    CleanSettings,
    InventorySettings,
    ValidationSettings,
    ValueSettings,
)
from tests.conftest import nightly, raw_lines

if TYPE_CHECKING:
    import ibis.expr.types as ir

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


def prepared(*rows: dict[str, Any], as_of: str = "2024-02-11", **settings: Any) -> PreparedPast:
    raw, ends = raw_lines(*rows), CleanSettings(as_of=date.fromisoformat(as_of))
    return prepare_past(raw, clean(raw, settings=ends).transactions, "none", as_of, 2, **settings)


def look(*rows: dict[str, Any], days: int = 10, settings: CleanSettings | None = None) -> Hindsight:
    """The customers known ten days before an as-of date, and what they did in these days."""
    ahead, as_of = ValueSettings(horizon_days=days), (CUT_OFF + timedelta(days=days)).isoformat()
    past = prepared(*rows, as_of=as_of, value_settings=ahead, clean_settings=settings)
    (found,) = each_date(past.past_value)
    return found


@pytest.fixture(scope="module")
def seen() -> Hindsight:
    """What is seen of all orders there are."""
    ibis.set_backend(connect())
    return look(*BEFORE, *AFTER)


def test_customers_known_at_the_cut_off_with_what_they_did_in_the_days_after(seen):
    past = seen
    assert past.cut_off == CUT_OFF
    assert past.customers["customer_id"].tolist() == ["anna", "bob", "cleo"]
    assert past.customers["orders_after"].tolist() == [2, 1, 0]
    assert past.customers["spend_after"].tolist() == [6.0, 10.0, 0.0]


def test_nothing_after_the_cut_off_is_in_the_features(seen):
    now = seen.customers.drop(columns=["orders_after", "spend_after"])
    then = look(*BEFORE).customers.drop(columns=["orders_after", "spend_after"])
    pd.testing.assert_frame_equal(now, then)
    assert now["recency_days"].tolist() == [21, 11, 0]


def test_a_return_after_the_cut_off_undoes_nothing_that_was_known():
    later = {"customer_id": "anna", "order_id": "9", "ordered_at": "2024-02-02 12:00"}
    past = look(*BEFORE, later | {"quantity": -3}).customers
    assert past["monetary"].tolist() == [6.0, 2.0, 2.0]
    assert past["return_rate"].tolist() == [0.0, 0.0, 0.0]
    assert past["spend_after"].tolist() == [0.0, 0.0, 0.0]


def test_what_was_bought_after_the_cut_off_and_given_back_in_time_is_not_counted():
    back = {"customer_id": "bob", "order_id": "9", "ordered_at": "2024-02-10 23:59:30"}
    past = look(*BEFORE, *AFTER, back | {"quantity": -5}).customers
    assert past["orders_after"].tolist() == [2, 0, 0]
    assert past["spend_after"].tolist() == [6.0, 0.0, 0.0]


@pytest.mark.parametrize("as_of", ["2024-02-12", *nightly(["2024-02-11"])])
def test_a_return_after_the_days_does_not_change_them(as_of):
    back = {"customer_id": "bob", "order_id": "9", "ordered_at": "2024-02-11 12:00"}
    asked = ValidationSettings(dates=(CUT_OFF,), horizon_days=10)
    lines = (*BEFORE, *AFTER, back | {"quantity": -6})
    past = prepared(*lines, as_of=as_of, validation_settings=asked)
    (found,) = each_date(past.past_validation)
    assert found.customers["spend_after"].tolist() == [6.0, 10.0, 0.0]


def test_the_as_of_date_of_the_settings_is_not_used():
    past = look(*BEFORE, *AFTER, settings=CleanSettings(as_of=date(2024, 1, 15)))
    assert len(past.customers) == 3


def test_a_cut_off_before_the_first_order_is_refused():
    with pytest.raises(DataError, match="nothing is known"):
        known_at(judge(raw_lines(*AFTER), "none"), CUT_OFF)


def test_each_study_gets_its_own_dates_with_what_it_reads():
    asked = date(2024, 1, 25)
    past = prepared(
        *BEFORE,
        *AFTER,
        value_settings=ValueSettings(horizon_days=5),
        validation_settings=ValidationSettings(dates=(asked, CUT_OFF), horizon_days=10),
        backtest_settings=BacktestSettings(dates=(CUT_OFF,), horizon_days=10),
        inventory_settings=InventorySettings(horizon_days=10, tests=3, min_history_days=20),
    )
    dates = {
        name: [str(one.cut_off) for one in each_date(getattr(past, f"past_{name}"))]
        for name in ("value", "validation", "backtest", "inventory")
    }
    assert dates == {
        "value": ["2024-02-06"],
        "validation": ["2024-01-25", "2024-02-01"],
        "backtest": ["2024-02-01"],
        "inventory": ["2024-02-01"],
    }
    (backtested,) = each_date(past.past_backtest)
    assert backtested.customers[["customer_id", "frequency", "segment"]].to_numpy().tolist() == [
        ["anna", 1, 1],
        ["bob", 1, 2],
        ["cleo", 1, 2],
    ]


def test_orders_given_back_since_are_kept_as_they_counted_then():
    returns = (
        {"customer_id": "anna", "order_id": "9", "ordered_at": "2024-02-05", "quantity": -3},
        {"customer_id": "bob", "order_id": "10", "ordered_at": "2024-02-03", "quantity": -1},
    )
    rows = (*BEFORE, *AFTER, *returns)
    tested = InventorySettings(horizon_days=11, tests=1, min_history_days=20)
    past = prepared(*rows, as_of="2024-02-12", inventory_settings=tested)
    # Anna's return undoes her order of 1 February, and 2 of the 3 units of 10 January.
    changed = fetch_frame(past.past_inventory_lines.order_by("order_id"))
    assert changed[["order_id", "quantity"]].to_numpy().tolist() == [["1", 3.0], ["2", 1.0]]
    today = clean(raw_lines(*rows)).transactions
    lines = fetch_frame(lines_before(CUT_OFF, today, past.past_inventory_lines))
    assert dict(zip(lines["order_id"], lines["quantity"], strict=True)) == {
        "1": 3.0,
        "2": 1.0,
        "3": 1.0,
    }


def test_without_dates_of_ones_own_the_reason_is_told_where_there_are_no_segments():
    old = {"customer_id": "anna", "order_id": "0", "ordered_at": "2023-06-01 12:00"}
    young = prepared(*BEFORE, *AFTER)
    assert young.not_validated_because == "not enough history: 32 days, 180 needed"
    past = prepared(old, *AFTER)
    assert past.not_backtested_because.startswith("2 segments need at least 2 different customers")
    # Who was known is told all the same, but a forecast by segment has none to be tested on.
    assert [len(one.customers) for one in each_date(past.past_validation)] == [1]
    assert list(each_date(past.past_inventory)) == []


def test_a_date_asked_for_that_cannot_be_prepared_is_refused():
    old = {"customer_id": "anna", "order_id": "0", "ordered_at": "2023-06-01 12:00"}
    asked = BacktestSettings(dates=(date(2023, 9, 1),))
    with pytest.raises(ModelError, match="2 segments need at least 2 different customers"):
        prepared(old, *AFTER, backtest_settings=asked)
    asked = BacktestSettings(dates=(date(2024, 2, 5),))
    with pytest.raises(SettingsError, match=r"backtest\.dates: the 90 days after 2024-02-05"):
        prepared(old, *AFTER, backtest_settings=asked)


@pytest.mark.parametrize("returns", ["net", "subtract", "drop"])
def test_lines_judged_once_are_cleaned_at_any_date_as_if_for_it_alone(returns):
    draw = np.random.default_rng(5)
    lines = [
        {
            "customer_id": f"c{draw.integers(8)}" if draw.random() > 0.1 else None,
            "order_id": f"{i // 2}",
            "product_id": f"p{draw.integers(4)}",
            "quantity": int(draw.integers(1, 5)) * (-1 if draw.random() < 0.3 else 1),
            "ordered_at": f"{CUT_OFF + timedelta(days=i // 4)} 12:00",
        }
        for i in range(400)
    ]
    only_returned = {"customer_id": "dora", "order_id": "r", "quantity": -1}
    raw = raw_lines(*lines, *lines[:20], {**only_returned, "ordered_at": "2024-02-02 12:00"})
    settings = CleanSettings(returns=returns)
    judged, undone = judge(raw, "none", settings), set()
    for days in (30, 70, 101):
        day = CUT_OFF + timedelta(days=days)
        transactions, removed = clean_before(judged, day)
        alone = clean(raw, settings=settings.model_copy(update={"as_of": day}))
        assert texts(transactions) == texts(alone.transactions)
        by_returns = alone.removed.filter(alone.removed.rule.isin(RETURN_RULES[returns]))
        assert texts(removed.select(by_returns.columns)) == texts(by_returns)
        undone.update(texts(removed))
    assert undone


def texts(table: ir.Table) -> list[str]:
    """The rows as text, sorted."""
    return sorted(map(repr, fetch(table.select(*sorted(table.columns)))))
