"""Who comes back, and what a change of revenue is made of, on tables checked by hand."""

from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custseg.report.summary.cohorts import cohorts
from custseg.report.summary.movement import windows
from custseg.report.summary.revenue_tree import explained, factors, revenue_tree
from custseg.report.summary.silence import Silence
from custseg.report.summary.studies import CustomerGroup, RevenueTree, Window
from custseg.words.language import english
from tests.conftest import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from custseg.report.summary.studies import Cohort

Line = tuple[str, str, int]
"""Customer, day of an order, whole amount; below zero, something sent back."""


def transactions(lines: Iterable[Line]) -> ir.Table:
    """Order lines, an order each."""
    return table(
        pd.DataFrame(
            [
                {
                    "customer_id": customer,
                    "order_id": str(number),
                    "ordered_at": pd.Timestamp(day),
                    "quantity": Decimal(1 if amount > 0 else -1),
                    "amount": Decimal(f"{amount}.0000"),
                }
                for number, (customer, day, amount) in enumerate(lines)
            ]
        )
    )


def segments(lines: Iterable[Line], **chosen: int) -> ir.Table:
    """Everyone's segment: 1 unless another is chosen."""
    everyone = sorted({customer for customer, *_ in lines})
    return table(
        pd.DataFrame({"customer_id": everyone, "segment": [chosen.get(one, 1) for one in everyone]})
    )


def told(
    lines: list[Line], first: str, as_of: str, least: int = 0, **chosen: int
) -> tuple[dict[str, list[object]], dict[int, list[object]]]:
    """Shares by month of first order and by segment, in whole percent, first their customers."""
    by_month, by_segment = cohorts(
        transactions(lines),
        segments(lines, **chosen),
        date.fromisoformat(first),
        date.fromisoformat(as_of),
        Silence(least),
        money=True,
    )
    months: dict[str, list[object]] = {}
    for one in by_month:
        key = one.first_month if one.first_month == one.last_month else f"..{one.last_month}"
        months.setdefault(key, [one.customers]).append(_percent(one))
    parts: dict[int, list[object]] = {}
    for one in by_segment:
        parts.setdefault(one.segment, [one.customers]).append(_percent(one))
    return months, parts


def _percent(one: Cohort) -> int | None:
    return None if one.share is None else round(100 * one.share)


SHOP: list[Line] = [
    ("ann", "2024-01-02", 10),
    ("ann", "2024-02-10", 20),
    ("ann", "2024-03-31", 5),
    ("ann", "2024-03-31", -4),
    ("bob", "2024-01-31", 30),
    ("bob", "2024-03-01", 40),
    ("cat", "2024-02-01", 7),
    # of a month that is not over
    ("cat", "2024-04-01", 100),
    ("dan", "2024-04-02", 100),
]


def test_each_month_of_first_order_has_who_ordered_again():
    months, _ = told(SHOP, "2024-01-01", "2024-04-15")
    assert months == {"2024-01": [2, 100, 50, 100], "2024-02": [1, 100, 0]}


def test_months_that_orders_do_not_cover_are_left_out():
    months, _ = told(SHOP, "2024-01-04", "2024-04-15")
    assert list(months) == ["2024-02"]
    assert told(SHOP, "2024-01-01", "2024-02-29") == ({}, {})


def test_revenue_per_customer_adds_up_net_of_what_came_back():
    by_month, _ = cohorts(
        transactions(SHOP),
        segments(SHOP),
        date(2024, 1, 1),
        date(2024, 4, 15),
        Silence(0),
        money=True,
    )
    spent = [one.revenue_per_customer for one in by_month if one.first_month == "2024-01"]
    # 10 + 30, then 20, then 5 - 4 + 40, of two customers
    assert spent == [20.0, 30.0, 50.5]


def test_without_amounts_no_revenue_is_told():
    by_month, by_segment = cohorts(
        transactions(SHOP),
        segments(SHOP),
        date(2024, 1, 1),
        date(2024, 4, 15),
        Silence(0),
        money=False,
    )
    assert {one.revenue_per_customer for one in (*by_month, *by_segment)} == {None}


def test_segments_are_of_customers_whose_first_order_is_long_ago():
    _, parts = told(SHOP, "2024-01-01", "2024-04-15", bob=2)
    # Of three months the earlier two have one after them.
    assert parts == {1: [2, 100, 50], 2: [1, 100, 0], 0: [3, 100, 33]}


def test_of_five_years_the_last_thirteen_months_stand_alone():
    every = [f"{2019 + month // 12}-{month % 12 + 1:02}-05" for month in range(60)]
    lines = [(f"c{number}", day, 1) for number, day in enumerate(every)]
    lines += [("c0", day, 1) for day in every[1:]]
    months, parts = told(lines, "2019-01-01", "2024-01-01")
    assert list(months) == ["..2022-11", *(f"2022-{12}",), *(f"2023-{n:02}" for n in range(1, 13))]
    assert months["..2022-11"] == [47, 100, *[2] * 12]
    assert months["2022-12"] == [1, 100, *[0] * 12]
    assert parts == {1: [48, 100, *[2] * 12], 0: [48, 100, *[2] * 12]}


def test_what_came_back_before_a_first_order_is_of_no_month():
    lines: list[Line] = [("ann", "2024-01-05", -9), ("ann", "2024-02-05", 10), *SHOP[4:]]
    months, _ = told(lines, "2024-01-01", "2024-04-15")
    assert months["2024-02"] == [2, 100, 0]


MANY: list[Line] = [
    line
    for n in range(60)
    for line in (
        (f"jan{n}", "2024-01-05", 10),
        (f"feb{n}", "2024-02-05", 10),
        *([(f"jan{n}", "2024-02-06", 10)] if n < 30 else []),
        *([(f"jan{n}", "2024-03-06", 10)] if n < 3 else []),
        *([(f"feb{n}", "2024-03-06", 10)] if n < 20 else []),
    )
]


def test_a_share_of_few_is_not_told_nor_what_they_spent():
    by_month, _ = cohorts(
        transactions(MANY),
        segments(MANY),
        date(2024, 1, 1),
        date(2024, 4, 1),
        Silence(10),
        money=True,
    )
    january = [one for one in by_month if one.first_month == "2024-01"]
    assert [(one.customers, one.ordered) for one in january] == [(60, 60), (60, 30), (60, None)]
    assert [one.revenue_per_customer for one in january] == [10.0, 15.0, None]
    assert [one.ordered for one in by_month if one.first_month == "2024-02"] == [60, 20]


def test_the_others_do_not_give_a_segment_of_few_away():
    lines = MANY + [(f"jan{n}", "2024-02-07", 10) for n in range(33, 35)]
    shop, _ = told(lines, "2024-01-01", "2024-03-01", 10)
    assert shop["2024-01"] == [60, 100, 53]
    few = {f"jan{n}": 2 for n in range(30, 60)}
    _, parts = told(lines, "2024-01-01", "2024-03-01", 10, **few)
    # Two of segment 2 ordered again; what segment 1 did would tell.
    assert parts == {1: [30, 100, None], 2: [30, 100, None], 0: [60, 100, 53]}


def tree(lines: list[Line], as_of: str, days: int = 30, least: int = 0) -> RevenueTree | None:
    bought = transactions(lines)
    end, first = date.fromisoformat(as_of), date.fromisoformat(min(day for _, day, _ in lines))
    return revenue_tree(bought, end, windows(bought, end, days, first), least)


TWO_MONTHS: list[Line] = [
    ("old", "2024-02-01", 8),
    ("kept", "2024-03-10", 100),
    ("kept", "2024-04-10", 120),
    ("kept", "2024-04-11", 30),
    ("lost", "2024-03-11", 50),
    ("lost", "2024-04-12", -20),
    ("new", "2024-04-20", 70),
    ("old", "2024-04-21", 25),
    ("sender", "2024-02-01", 9),
    ("sender", "2024-04-30", -9),
]


def test_customers_are_kept_new_returned_or_lost():
    found = tree(TWO_MONTHS, "2024-05-01")
    assert found == RevenueTree(
        Window(30, 30, 2, 2, Decimal(150)),
        Window(30, 0, 3, 4, Decimal(216)),
        (
            CustomerGroup("kept", 1, 1, 2, Decimal(100), Decimal(150)),
            CustomerGroup("new", 1, 0, 1, Decimal(0), Decimal(70)),
            CustomerGroup("returned", 1, 0, 1, Decimal(0), Decimal(25)),
            CustomerGroup("lost", 1, 1, 0, Decimal(50), Decimal(-20)),
            CustomerGroup("others", 1, 0, 0, Decimal(0), Decimal(-9)),
        ),
    )


def test_the_same_days_a_year_before_go_first():
    lines: list[Line] = [("ann", "2023-01-01", 1), ("ann", "2023-04-20", 5), *TWO_MONTHS]
    found = tree(lines, "2024-05-01")
    assert found is not None
    assert found.before == Window(30, 365, 1, 1, Decimal(5))
    assert explained(found, english("£"), money=True).startswith(
        "In the last 30 days revenue rose 4220 % on the same days a year before (£5 → £216): "
    )


def test_without_days_before_nothing_is_explained():
    assert tree(TWO_MONTHS, "2024-03-20") is None
    assert tree([("ann", "2024-01-01", 5), ("ann", "2024-04-20", 5)], "2024-05-01") is None


def test_groups_of_few_are_not_told_and_the_factors_are():
    found = tree(TWO_MONTHS, "2024-05-01", least=2)
    assert found is not None
    assert found.groups == ()
    assert len(factors(found, money=True)) == 3


def change(before: tuple[int, int, int], now: tuple[int, int, int]) -> RevenueTree:
    """Two stretches of days: customers, orders and revenue of each."""
    was, is_now = (Window(90, ago, c, o, Decimal(r)) for ago, (c, o, r) in ((90, before), (0, now)))
    return RevenueTree(was, is_now, ())


@pytest.mark.parametrize(
    ("before", "now", "sentence"),
    [
        # By hand: L(200, 100) = 100 / ln 2; each factor's logarithm over that of 2.
        (
            (10, 10, 100),
            (20, 20, 200),
            "rose 100 % on the 90 days before (€100 → €200): 100 points from more customers.",
        ),
        (
            (10, 20, 800_000),
            (10, 10, 400_000),
            "fell 50 % on the 90 days before (€800k → €400k): 50 points from fewer orders each.",
        ),
        (
            (100, 100, 1_000_000),
            (200, 200, 1_000_000),
            (
                "was about as high as in the 90 days before (€1m → €1m): +69 points from more "
                "customers and −69 from smaller orders."
            ),
        ),
        (
            (100, 100, 1000),
            (100, 100, 1000),
            "was about as high as in the 90 days before (€1,000 → €1,000).",
        ),
        ((10, 10, -5), (20, 20, 200), "can't be compared with the 90 days before."),
    ],
)
def test_a_sentence_says_how_much_each_factor_explains(before, now, sentence):
    found = explained(change(before, now), english("€"), money=True)
    assert found == f"In the last 90 days revenue {sentence}"


def test_without_amounts_orders_are_explained():
    found = explained(change((10, 10, 0), (10, 20, 0)), english(), money=False)
    assert found == (
        "In the last 90 days the number of orders rose 100 % on the 90 days before (10 → 20): "
        "100 points from more orders each."
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.dates(date(2024, 1, 1), date(2024, 4, 30)).map(str),
            st.integers(-20, 100).filter(bool),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_groups_reconcile_with_the_windows_in_any_order_of_rows(lines, chance: random.Random):
    found = tree([("first", "2024-01-01", 1), *lines], "2024-05-01")
    if found is None:
        return
    for window, when in ((found.before, "before"), (found.now, "now")):
        assert sum(getattr(one, f"revenue_{when}") for one in found.groups) == window.revenue
        assert sum(getattr(one, f"orders_{when}") for one in found.groups) == window.orders
    by_name = {one.group: one.customers for one in found.groups}
    assert by_name.get("kept", 0) + by_name.get("lost", 0) == found.before.customers
    if parts := factors(found, money=True):
        total = float(found.now.revenue / found.before.revenue) - 1
        assert sum(one.explains for one in parts) == pytest.approx(total)
    shuffled = [("first", "2024-01-01", 1), *lines]
    chance.shuffle(shuffled)
    assert tree(shuffled, "2024-05-01") == found


def test_a_run_tells_of_cohorts_in_its_summary(undisturbed):
    summary = json.loads((undisturbed / "summary.json").read_text())
    first = [one for one in summary["cohorts"] if one["months_since"] == 0]
    assert all(one["share"] == 1 for one in first)
    now = summary["revenue_tree"]["now"]
    assert now == summary["windows"][0]
