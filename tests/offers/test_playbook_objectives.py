from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.offers.playbook.objectives import OBJECTIVES, objective
from custseg.offers.playbook.terms import terms
from custseg.offers.playbook.trial import trial
from custseg.settings import PlaybookSettings
from tests.playbook_figures import SHOP, figures

NEVER_BACK = replace(SHOP, gap=None)
SURELY = {"confidence": 0.95, "power": 0.8}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "keep_rhythm"),
        # 90 % of the shop's basket is small no more.
        ({"basket": 89.9}, "grow_basket"),
        ({"basket": 90}, "keep_rhythm"),
        # Twice its share of customers in expected spend.
        ({"value": 40_000}, "protect"),
        ({"value": 39_999}, "keep_rhythm"),
        # Overdue by its own gap; or slower than the shop and less likely to order.
        ({"recency": 50}, "keep_rhythm"),
        ({"recency": 51}, "bring_back"),
        ({"recency": 70, "gap": 80, "buying": 0.39}, "bring_back"),
        ({"recency": 70, "gap": 80, "buying": 0.4}, "keep_rhythm"),
        # Two thirds as likely to order as the shop's 40 %, and overdue.
        ({"recency": 200, "buying": 0.27}, "bring_back"),
        ({"recency": 200, "buying": 0.26}, "win_back"),
        ({"recency": 40, "buying": 0.26}, "keep_rhythm"),
        # Little expected (a quarter of the shop's 100 each) and small baskets: both are needed.
        ({"recency": 200, "buying": 0.2, "value": 4_999, "basket": 99}, "let_go"),
        ({"recency": 200, "buying": 0.2, "value": 5_000, "basket": 99}, "win_back"),
        ({"recency": 200, "buying": 0.2, "value": 4_999, "basket": 100}, "win_back"),
        # One order, and recent by the shop's standards; else there is no rhythm to keep.
        ({"orders": 1, "tenure": 200}, "second_order"),
        ({"orders": 1, "tenure": 200, "recency": 51}, "second_order"),
        ({"orders": 1, "tenure": 201, "recency": 50}, "second_order"),
        ({"orders": 1, "tenure": 201, "recency": 51}, "bring_back"),
        ({"orders": 1, "tenure": 100, "recency": 61}, "bring_back"),
        ({"orders": 2, "tenure": 100}, "keep_rhythm"),
        # Fewer than one in a hundred expected: nobody is brought back, whatever their baskets.
        ({"recency": 200, "buying": 0.009, "basket": 300}, "let_go"),
        ({"recency": 70, "gap": 80, "buying": 0.009}, "let_go"),
        # The median customer is in time, but many are past a gap of their own.
        ({"late": 0.41}, "bring_back"),
        ({"late": 0.4}, "keep_rhythm"),
        ({"late": 0.41, "basket": 50}, "bring_back"),
        ({"late": 0.41, "buying": 0.2}, "win_back"),
        # One order, and no longer ago than the usual gap.
        ({"orders": 1, "tenure": 300, "recency": 65, "gap": 70}, "second_order"),
        # Once lapsed, no share of value protects.
        ({"recency": 200, "buying": 0.2, "value": 60_000}, "win_back"),
    ],
)
def test_an_objective_follows_from_the_figures(own, expected):
    assert objective(figures(**own)) == expected


def test_where_nobody_came_back_only_the_shop_tells_what_is_long_ago():
    shop = NEVER_BACK
    assert objective(figures(shop=shop, gap=None, recency=61, buying=0.2)) == "win_back"
    assert objective(figures(shop=shop, gap=None, recency=60, buying=0.2)) == "keep_rhythm"
    assert objective(figures(shop=shop, gap=None, orders=1, tenure=60)) == "second_order"


def test_one_segment_of_all_customers_has_nobody_to_be_set_against():
    whole = {"customers": 1000, "recency": 60, "value": 100_000}
    assert objective(figures(**whole)) == "bring_back"
    assert objective(figures(**whole, gap=70)) == "keep_rhythm"


figure = st.floats(0.01, 1000)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "keep_rhythm"),
        ({"basket": 89}, "grow_basket"),
        ({"orders": 1, "recency": 40}, "second_order"),
        # Nobody has lapsed where none could be seen to stay away.
        ({"recency": 51}, "bring_back"),
        ({"recency": 500, "basket": 5}, "bring_back"),
        ({"recency": 70, "gap": 80}, "keep_rhythm"),
        # What they brought so far stands in for what is expected.
        ({"brought": 0.4}, "protect"),
    ],
)
def test_without_a_forecast_the_facts_decide(own, expected):
    unknown = {"value": None, "orders_ahead": None, "buying": None}
    found = figures(shop=replace(SHOP, **unknown), **unknown | own)
    assert objective(found) == expected
    agreed = terms(found, objective(found), PlaybookSettings(letter_cost=0.01))
    assert (agreed.channel, agreed.contact_cost, agreed.discount) == ("email", 0.0, False)


@given(figure, figure, figure, figure, st.floats(0, 1), st.floats(1, 20))
def test_no_objective_contradicts_the_figures(recency, tenure, basket, value, buying, orders):
    found = figures(
        recency=recency,
        tenure=tenure,
        basket=basket,
        value=value * 200,
        buying=buying,
        orders=orders,
    )
    aim = objective(found)
    assert aim in OBJECTIVES
    if aim == "second_order":
        assert orders < 2
        assert recency <= 60
    if aim == "let_go":
        assert buying < 0.4
        assert value < 100 or buying < 0.01
    if aim == "keep_rhythm":
        assert orders >= 2
        assert recency <= 50
    if aim == "grow_basket":
        assert basket < 100


def test_a_discount_breaks_even_after_the_contacts_cost():
    # 5 extra orders of 100 at 40 % per 100 contacts: 2 each. 45 orders get the discount.
    by_mail = terms(figures(), "win_back", PlaybookSettings(letter_cost=1.01, least_discount=0.02))
    assert (by_mail.contact_worth, by_mail.channel, by_mail.contact_cost) == (2.0, "email", 0.0)
    assert by_mail.ceiling == pytest.approx(2 / 45)
    # A letter that takes just half of the 2: the other is left for discounts.
    by_letter = terms(figures(), "win_back", PlaybookSettings(letter_cost=1.0, least_discount=0.02))
    assert (by_letter.channel, by_letter.contact_cost) == ("letter", 1.0)
    assert by_letter.ceiling == pytest.approx(1 / 45)
    # Half of either, in whole coins: 2 off baskets of 100 is worth a try, 1 is not.
    assert (by_mail.voucher, by_mail.threshold) == (2, 100)
    assert not by_letter.discount


def test_the_dearest_channel_that_pays_is_chosen():
    agreed = terms(figures(basket=1000), "win_back", PlaybookSettings(call_cost=10.0))
    assert (agreed.contact_worth, agreed.channel) == (20.0, "call")


def test_a_discount_paid_mostly_to_those_who_order_anyway_is_not_offered():
    agreed = terms(figures(buying=0.95), "keep_rhythm", PlaybookSettings())
    assert agreed.ceiling == pytest.approx(0.02)
    assert not agreed.discount


def test_a_contact_is_not_hoped_to_more_than_double_who_orders():
    agreed = terms(figures(buying=0.01), "let_go", PlaybookSettings())
    assert agreed.extra_orders == 0.01
    assert agreed.ceiling == pytest.approx(0.2)


def test_the_protected_are_called_where_keeping_one_in_a_hundred_pays_for_it():
    # 100 expected of each, 40 of it margin.
    kept = terms(figures(), "protect", PlaybookSettings(call_cost=0.4))
    assert kept.channel == "personal"
    # Of the 60 in 100 not expected to order, 6 to 18 may be kept: 2.40 to 7.20, less the call.
    assert (kept.gain_low, kept.gain_high) == pytest.approx((2.0, 6.8))
    # Where nearly all order anyway, there is nobody to keep.
    sure = terms(figures(buying=0.99), "protect", PlaybookSettings(call_cost=0.4))
    assert sure.channel != "personal"
    called = terms(figures(), "protect", PlaybookSettings(call_cost=0.41, letter_cost=9))
    assert called.channel == "call"
    assert not called.discount


@pytest.mark.parametrize("own", [{"buying": 0.0}, {"basket": 0.0}, {"basket": -5.0}])
def test_where_nothing_is_to_be_earned_nothing_is_spent(own):
    agreed = terms(figures(**own), "win_back", PlaybookSettings())
    assert (agreed.channel, agreed.ceiling, agreed.discount) == ("email", 0.0, False)


def test_telling_10_from_15_percent_takes_686_in_each_group():
    # (1.960 √(2 · 0.125 · 0.875) + 0.842 √(0.1 · 0.9 + 0.15 · 0.85))² / 0.05² = 685.6
    found = trial(1372, 0.10, 0.05, 0, 0, **SURELY)
    assert (found.measured, found.found, found.rounds) == ("share", True, 1)
    assert 680 <= found.control <= 686
    short = trial(1300, 0.10, 0.05, 0, 0, **SURELY)
    assert (short.found, short.control, short.rounds) == (False, 650, 2)
    assert short.detectable is not None
    assert 0.05 < short.detectable < 0.052


def test_a_larger_segment_needs_a_smaller_share_left_alone():
    sizes = [trial(n, 0.10, 0.05, 0, 0, **SURELY).control for n in (1500, 3000, 100_000)]
    assert sizes == sorted(sizes, reverse=True)
    # With the other group beyond all bounds: (1.96 sqrt(pq) + 0.84 sqrt(pq))² / 0.05² or so.
    assert 250 < sizes[-1] < 400


def test_the_test_finds_what_it_promises_to_find():
    plan = trial(3000, 0.24, 0.05, 0, 0, **SURELY)
    assert plan.found
    draw = np.random.default_rng(0)
    contacted = 3000 - plan.control
    a = draw.binomial(plan.control, 0.24, 40_000) / plan.control
    b = draw.binomial(contacted, 0.29, 40_000) / contacted
    pooled = (a * plan.control + b * contacted) / 3000
    z = (b - a) / np.sqrt(pooled * (1 - pooled) * (1 / plan.control + 1 / contacted))
    assert np.mean(np.abs(z) > 1.95996) == pytest.approx(0.8, abs=0.015)


def test_where_nearly_all_order_spend_is_compared():
    # (1.960 + 0.842) · 100 · sqrt(1/200 + 1/200) = 28.016
    found = trial(400, 0.93, 0.05, 28.02, 100, **SURELY)
    assert (found.measured, found.found) == ("spend", True)
    assert 195 <= found.control <= 200
    short = trial(400, 0.93, 0.05, 28.0, 100, **SURELY)
    assert (short.found, short.control, short.rounds) == (False, 200, 2)
    assert short.detectable == pytest.approx(28.016, abs=0.001)
    assert trial(400, 0.93, 0.05, 0.01, 100, **SURELY).rounds is None


def test_customers_who_all_spend_the_same_are_told_apart_by_few():
    found = trial(400, 0.93, 0.05, 5, 0, **SURELY)
    assert (found.found, found.control, found.detectable) == (True, 20, 0.0)


def test_no_test_is_proposed_for_few_customers_or_no_hope():
    assert trial(39, 0.4, 0.05, 5, 100, **SURELY).measured == "nothing"
    assert trial(40, 0.4, 0.05, 5, 100, **SURELY).measured == "share"
    assert trial(400, 0.0, 0.0, 5, 100, **SURELY).measured == "nothing"


def test_where_too_few_would_order_for_any_test_there_is_no_smallest_rise():
    # Half of 40 at 1 %: 0.2 buyers, where the normal approximation takes 5.
    short = trial(40, 0.01, 0.01, 5, 100, **SURELY)
    assert (short.found, short.detectable) == (False, None)
    assert short.rounds is not None


@given(st.integers(40, 5000), st.floats(0.01, 0.99), st.floats(0.01, 0.1))
def test_a_control_group_is_at_most_half(customers, buying, extra):
    plan = trial(customers, buying, extra, 10, 50, **SURELY)
    assert 0 < plan.control <= customers // 2
    assert plan.found == (plan.rounds == 1)
    if plan.found:
        assert plan.detectable is not None
        assert plan.detectable <= (extra if plan.measured == "share" else 10) + 1e-9
