from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import gamma

from custseg.outlook.lifetime.spending import Spending, fit, steady

PUBLISHED = Spending(6.25, 3.74, 15.44)
"""Fader & Hardie (2013), of CDNOW."""


def test_the_published_parameters_of_cdnow_are_found(real_data):
    names = ["master", "customer", "date", "discs", "dollars"]
    path = real_data("cdnow/CDNOW_sample.txt")
    lines = pd.read_csv(path, sep=r"\s+", names=names).query("date <= 19970930")
    days = lines.groupby(["customer", "date"], as_index=False)["dollars"].sum()
    repeats = days[days["customer"].duplicated()].groupby("customer")["dollars"]
    found = fit(repeats.size().to_numpy(float), repeats.sum().to_numpy())
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.02)


def test_the_likelihood_of_one_customer_by_hand():
    # p = 1, q = 2, v = 3, one day of 5: an exponential whose rate is gamma(2, 3): q v^q / (v + 5)^3
    found = Spending(1, 2, 3).log_likelihood(np.array([1.0]), np.array([5.0]))
    assert np.exp(found) == pytest.approx(gamma(3) / gamma(2) * 3**2 / 8**3)


def test_a_mean_is_drawn_to_the_shops_the_more_the_fewer_days_it_rests_on():
    days, spend = np.array([1.0, 100.0]), np.array([100.0, 10_000.0])
    few, many = PUBLISHED.expected(days, spend)
    shop = 6.25 * 15.44 / (3.74 - 1)
    assert shop < few < many < 100
    assert many == pytest.approx(100, rel=0.01)


def test_the_parameters_of_a_simulation_are_found():
    random = np.random.default_rng(3)
    days = random.integers(1, 8, 20_000).astype(float)
    rate = random.gamma(4, 1 / 20, len(days))
    spend = random.gamma(3 * days) / rate
    found = fit(days, spend)
    assert (found.p, found.q, found.v) == pytest.approx((3, 4, 20), rel=0.05)


def test_a_customer_whose_returns_exceed_purchases_is_drawn_up_from_zero():
    days, spend = np.array([2.0, 1.0, 3.0]), np.array([-50.0, 30.0, 90.0])
    for model in (fit(days, spend), steady(days, spend)):
        expected = model.expected(days, spend)
        assert expected[0] == model.expected(days[:1], np.zeros(1))[0]
        assert (expected >= 0).all()
        assert np.isfinite(expected).all()


def test_the_steady_mean_counts_the_shops_as_one_more_day():
    days, spend = np.array([1.0, 3.0]), np.array([10.0, 70.0])
    expected = steady(days, spend).expected(days, spend)
    assert expected == pytest.approx([(10 + 20) / 2, (70 + 20) / 4])


def test_the_order_of_customers_changes_no_bit_of_the_fit():
    random = np.random.default_rng(4)
    days, spend = random.integers(1, 9, 300).astype(float), random.lognormal(3, 1, 300)
    order = random.permutation(300)
    assert fit(days[order], spend[order]) == fit(days, spend)
    assert steady(days[order], spend[order]) == steady(days, spend)
