from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from custseg.artifacts import ARTIFACTS
from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.offers.backtest.backtest import Backtested, backtest_lists
from custseg.offers.backtest.metrics import METRICS, coverage, scores, standard_errors
from custseg.offers.backtest.verdict import verdict
from custseg.orders.cleaning import clean
from custseg.outlook.past import prepare_past
from custseg.settings import BacktestSettings, InventorySettings, RecommendSettings
from tests.conftest import raw_lines

END = date(2024, 7, 1)
PAST = END - timedelta(days=90)


def random_shop(customers: int = 60, days: int = 300, seed: int = 1) -> list[dict[str, Any]]:
    """Customers who each buy of one half of twenty products, again and again."""
    draw = np.random.default_rng(seed)
    lines = []
    for who in range(customers):
        half = 10 * (who % 2)
        visits = draw.choice(days, int(draw.integers(2, 12)), replace=False)
        for ago in [*visits.tolist(), 0] if who == 0 else visits.tolist():
            for what in draw.choice(10, 3, replace=False):
                day = END - timedelta(days=int(ago) + 1)
                lines.append(
                    {
                        "customer_id": f"c{who:02d}",
                        "order_id": f"{who}-{ago}",
                        "product_id": f"p{half + what:02d}",
                        "ordered_at": f"{day} 12:00",
                        "quantity": int(draw.integers(1, 9)),
                    }
                )
    return lines


def backtested(*lines: dict[str, Any], size: int = 10, **settings: Any) -> Backtested:
    raw = raw_lines(*lines)
    chosen = BacktestSettings.model_validate(settings)
    lists = RecommendSettings(size=size)
    today = clean(raw)
    past = prepare_past(
        raw,
        today.transactions,
        "none",
        END.isoformat(),
        2,
        backtest_settings=chosen,
        inventory_settings=InventorySettings(tests=0),
    )
    return backtest_lists(
        past.past_backtest,
        past.past_backtest_lines,
        today.transactions,
        today.removed,
        past.not_backtested_because,
        chosen,
        recommend_settings=lists,
    )


@pytest.fixture(scope="module")
def by_default() -> Backtested:
    ibis.set_backend(connect())
    return backtested(*random_shop())


def test_scores_of_lists_by_hand():
    bought = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]], dtype=float))
    items = np.array([[3, 1], [0, 1], [2, -1]], dtype=np.int32)
    second = 1 / np.log2(3)
    expected = {
        "hit_rate": [1, 0, 1],
        "precision": [0.5, 0, 0.5],
        "recall": [0.5, 0, 0.25],
        "ndcg": [second / (1 + second), 0, 1 / (1 + second)],
    }
    np.testing.assert_allclose(scores(items, bought).T, [expected[name] for name in METRICS])


def test_the_standard_error_is_that_of_a_mean():
    values = np.random.default_rng(2).normal(size=(400, 2)) * [1, 5]
    expected = values.std(axis=0) / np.sqrt(400)
    np.testing.assert_allclose(standard_errors(values, seed=3), expected, rtol=0.1)


def test_coverage_counts_what_anybody_is_shown():
    items = np.array([[0, 1], [1, -1], [1, 0]], dtype=np.int32)
    share, error = coverage(items, 8, seed=1)
    assert share == 2 / 8
    # Product 0 is missed by a resample of the second customer only: 1 in 27.
    assert error == pytest.approx(np.sqrt(26 / 27 * 1 / 27) / 8, rel=0.5)


def test_every_method_is_told_for_everyone_each_segment_and_those_with_one_order(by_default):
    found = by_default.backtest
    assert set(found.columns) == set(ARTIFACTS["backtest"].column_names())
    assert found["date"].unique().tolist() == [PAST.isoformat()]
    by_task = found.groupby("task")["method"].unique()
    popular = ["best-sellers", "recent best-sellers", "segment best-sellers"]
    assert sorted(by_task["new products"]) == sorted([*popular, "plain cosine", "new for you"])
    assert set(by_task["any product"]) == {*by_task["new products"], "buy again"}
    assert {0, 1, 2} <= set(found["segment"])
    everyone = found[(found["segment"] == 0) & (found["task"] == "any product")]
    parts = found[(found["segment"] > 0) & (found["task"] == "any product")]
    total = parts.groupby("method")["customers"].sum()
    assert total.tolist() == [everyone["customers"].iloc[0]] * len(total)
    recent = everyone[everyone["method"] == "recent best-sellers"].iloc[0]
    assert (recent["ndcg_lead"], recent["ndcg_lead_se"]) == (0, 0)
    again = everyone[everyone["method"] == "buy again"].iloc[0]
    assert again["hit_rate_lead"] == pytest.approx(again["hit_rate"] - recent["hit_rate"])


def test_the_methods_are_scored_on_what_was_bought_and_kept_after_the_cut_off():
    # Everybody buys tea before, and pot afterwards; the saw that was bought too goes back.
    lines = []
    for who in range(40):
        for what, ago, n in (
            ("tea", 200 - who, 1),
            ("pot", 40, 1),
            ("saw", 40, 1),
            ("saw", 30, -1),
        ):
            day = END - timedelta(days=ago)
            lines.append(
                {
                    "customer_id": f"c{who}",
                    "order_id": f"{who}-{ago}-{n}",
                    "product_id": what,
                    "ordered_at": f"{day} 12:00",
                    "quantity": n,
                    "unit_price": f"{who % 7 + 1}.00",
                }
            )
    lines += [
        lines[0] | {"order_id": f"x{i}", "customer_id": f"x{i}", "product_id": p}
        for i, p in enumerate(("pot", "saw"))
    ]
    found = backtested(*lines, dates=[END - timedelta(days=125)], size=2).backtest
    best = found[(found["segment"] == 0) & (found["method"] == "best-sellers")].set_index("task")
    assert best["customers"].tolist() == [40, 40]
    # What they have not: pot and saw. They bought one of the two, shown by code.
    assert best.loc["new products", "recall"] == 1
    assert best.loc["new products", "ndcg"] == 1
    assert best.loc["any product", "precision"] == pytest.approx(0.5)


def test_nothing_after_the_cut_off_reaches_a_list(by_default):
    lines = random_shop()
    before = [row for row in lines if row["ordered_at"] < f"{PAST}"]
    later = [row for row in lines if row["ordered_at"] >= f"{PAST}"]
    twice = [row | {"order_id": f"more {i}"} for i, row in enumerate(later)]
    again = backtested(*before, *later, *twice, dates=[PAST]).backtest
    # Everything later happened twice: what counts is which products, so no figure moves.
    pd.testing.assert_frame_equal(by_default.backtest, again)


def test_the_order_of_rows_changes_nothing(by_default):
    lines = random_shop()
    other = [lines[i] for i in np.random.default_rng(1).permutation(len(lines))]
    pd.testing.assert_frame_equal(by_default.backtest, backtested(*other).backtest)


def test_of_very_many_customers_some_are_drawn():
    found = backtested(*random_shop(), customers=35).backtest
    assert found.loc[found["segment"] == 0, "customers"].max() == 35


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (random_shop(days=100), "Not back-tested: not enough history"),
        (random_shop(customers=20), "Not back-tested: 1"),
        (
            [row | {"product_id": None} for row in random_shop()],
            "Not back-tested: no order before 2024-04-02 names a product.",
        ),
        pytest.param(
            [row | {"product_id": row["product_id"][:2]} for row in random_shop()],
            "Not back-tested: 2 products had been bought",
            marks=pytest.mark.nightly,
        ),
    ],
    ids=["young", "small", "no products", "two products"],
)
def test_where_nothing_can_be_tested_the_sentence_says_why(lines, reason):
    found = backtested(*lines)
    assert len(found.backtest) == 0
    assert list(found.backtest.columns) == ARTIFACTS["backtest"].column_names()
    assert found.backtest_verdict.startswith(reason)


def test_a_date_asked_for_that_cannot_be_tested_is_an_error():
    with pytest.raises(DataError, match="it takes 30"):
        backtested(*random_shop(customers=20), dates=[PAST])


def rows(new: float, segment: float, again: float = 0.6) -> pd.DataFrame:
    """A back-test in which best-sellers hit 30 % and others what is given, ± 1 point."""
    hits = {
        "new products": {
            "recent best-sellers": 0.3,
            "segment best-sellers": segment,
            "new for you": new,
        },
        "any product": {"recent best-sellers": 0.3, "buy again": again},
    }
    return pd.DataFrame(
        [
            {
                "date": "2024-01-01",
                "task": task,
                "segment": 0,
                "method": method,
                "customers": 1000,
                "hit_rate": hit,
                "hit_rate_lead": hit - 0.3,
                "hit_rate_lead_se": 0.01,
                "ndcg_lead": hit - 0.3,
                "ndcg_lead_se": 0.01,
            }
            for task, methods in hits.items()
            for method, hit in methods.items()
        ]
    )


def test_the_sentence_says_who_is_ahead_whichever_way_it_went():
    told = verdict(rows(0.5, 0.31), days=90, size=10)
    assert (
        "50.0 % bought one of the 10 products of their own New for you list, 20.0 ± 1.0 points "
        in told
    )
    assert "more than for the shop's recent best-sellers (30.0 %)" in told
    assert "31.0 % one of their segment's best-sellers, no clear difference" in told
    told = verdict(rows(0.2, 0.4, again=0.3), days=90, size=10)
    assert "10.0 ± 1.0 points fewer than for the shop's recent best-sellers" in told
    assert "10.0 ± 1.0 points more than for the shop's" in told
    assert told.endswith(
        "no clear difference from the share for recent best-sellers (30.0 %; +0.0 ± 1.0 points)."
    )


def test_over_several_dates_a_lead_has_to_hold_at_each():
    turning = pd.concat([rows(0.5, 0.4), rows(0.5, 0.2).assign(date="2024-02-01")])
    told = verdict(turning, days=90, size=10)
    assert "Of 2,000 customers" in told
    assert "segment's best-sellers, no clear difference" in told
