from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from custseg.outlook.lifetime.purchasing import History, Purchasing, fit, fit_likelier, steady
from tests.conftest import examples

if TYPE_CHECKING:
    from pathlib import Path

WEEK = 7.0
PUBLISHED = Purchasing("bg-nbd", 0.243, 4.414 * WEEK, 0.793, 2.426)
"""Fader, Hardie & Lee (2005), table 2, in days."""


def one(repeats: float, last: float, age: float) -> History:
    return History(np.array([repeats]), np.array([last]), np.array([age]))


def simulated(model: Purchasing, customers: int, seed: int) -> History:
    """Customers who buy and stop as the model says, seen for 100 to 400 days."""
    random = np.random.default_rng(seed)
    rate = random.gamma(model.r, 1 / model.alpha, customers)
    stop = random.beta(model.a, model.b, customers)
    age = random.uniform(100, 400, customers)
    clock, repeats, last = np.zeros((3, customers))
    active = np.ones(customers, bool)
    if model.model == "mbg-nbd":
        active &= random.random(customers) >= stop
    while active.any():
        clock = clock + random.exponential(1 / rate)
        active &= clock < age
        repeats, last = repeats + active, np.where(active, clock, last)
        active &= random.random(customers) >= stop
    return History(repeats, last, age)


def cdnow_sample(path: Path) -> History:
    """The 2,357 customers of the paper, known until 1997-09-30."""
    names = ["master", "customer", "date", "discs", "dollars"]
    lines = pd.read_csv(path, sep=r"\s+", names=names, dtype={"date": str})
    end = pd.Timestamp("1997-09-30")
    days = lines.assign(day=pd.to_datetime(lines["date"])).query("day <= @end")
    seen = days.groupby("customer")["day"].agg(["min", "max", "nunique"])
    return History(
        seen["nunique"].to_numpy(np.float64) - 1,
        np.asarray((seen["max"] - seen["min"]).dt.days, np.float64),
        np.asarray((end - seen["min"]).dt.days, np.float64),
    )


def test_the_published_parameters_of_cdnow_are_found(real_data):
    history = cdnow_sample(real_data("cdnow/CDNOW_sample.txt"))
    found = fit(history, "bg-nbd")
    assert len(history.age) == 2_357
    assert (found.r, found.alpha / WEEK, found.a, found.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), abs=0.002
    )
    weeks = found.log_likelihood(history).sum() + history.repeats.sum() * np.log(WEEK)
    assert weeks == pytest.approx(-9582.4, abs=0.1)


def test_a_first_purchase_that_may_be_the_last_is_likelier_on_cdnow(real_data):
    assert fit_likelier(cdnow_sample(real_data("cdnow/CDNOW_sample.txt"))).model == "mbg-nbd"


def test_the_published_forecast_of_a_cdnow_customer():
    customer = one(2, 30.43 * WEEK, 38.86 * WEEK)
    assert PUBLISHED.expected(customer, 39 * WEEK) == pytest.approx(1.226, abs=0.001)


@pytest.mark.parametrize(
    ("model", "history", "likelihood"),
    [
        # Nothing seen for a day: one half who wait on, their rate exponential about 1.
        ("bg-nbd", (0, 0, 1), 1 / 2),
        # Half stop at once, of the others one half wait on.
        ("mbg-nbd", (0, 0, 1), 1 / 2 + 1 / 2 * 1 / 2),
        # Active: 1/2 (1 + 3)^-2; stopped after it: 1/2 (1 + 1)^-2.
        ("bg-nbd", (1, 1, 3), 1 / 32 + 1 / 8),
        # Active: B(1, 3) / 16; stopped after the second: B(2, 2) / 4.
        ("mbg-nbd", (1, 1, 3), 1 / 48 + 1 / 24),
    ],
)
def test_the_likelihood_of_one_customer_by_hand(model, history, likelihood):
    found = Purchasing(model, 1, 1, 1, 1).log_likelihood(one(*history))
    assert np.exp(found) == pytest.approx(likelihood)


def test_who_is_active_and_who_buys_by_hand():
    model = Purchasing("bg-nbd", 1, 1, 1, 1)
    assert model.active(one(1, 1, 3)) == pytest.approx((1 / 32) / (1 / 32 + 1 / 8))
    assert model.buying(one(1, 1, 3), 4) == pytest.approx(0.2 * (1 - (4 / 8) ** 2))


def test_the_integral_is_the_published_closed_form():
    history = History(np.array([0.0, 1, 4, 30]), np.array([0.0, 5, 90, 200]), np.full(4, 210.0))
    r, alpha, a, b = PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b
    x, age, days = history.repeats, history.age, 90
    gauss = hyp2f1(r + x, b + x, a + b + x - 1, days / (alpha + age + days))
    left = ((alpha + age) / (alpha + age + days)) ** (r + x) * gauss
    closed = (a + b + x - 1) / (a - 1) * (1 - left) * PUBLISHED.active(history)
    assert PUBLISHED.expected(history, days) == pytest.approx(closed, rel=1e-4)


@pytest.mark.parametrize("model", ["mbg-nbd", "bg-nbd"])
def test_the_parameters_of_a_simulation_are_found(model):
    true = Purchasing(model, 0.8, 40, 0.6, 2.0)
    history = simulated(true, 20_000, seed=7)
    found = fit(history, model)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.8, 40, 0.6, 2.0), rel=0.15)
    assert fit_likelier(history).model == model


def test_a_simulations_next_days_are_as_forecast():
    model = Purchasing("mbg-nbd", 0.8, 40, 0.6, 2.0)
    newcomers = one(0, 0, 0)
    later = simulated(model, 40_000, seed=8)
    expected = np.mean([model.expected(newcomers, age)[0] for age in later.age[:300]])
    assert later.repeats.mean() == pytest.approx(expected, rel=0.05)
    buys = np.mean([model.buying(newcomers, age)[0] for age in later.age[:300]])
    assert (later.repeats > 0).mean() == pytest.approx(buys, rel=0.05)


def test_the_order_of_customers_changes_no_bit_of_the_fit():
    history = simulated(PUBLISHED, 500, seed=1)
    shuffled = np.random.default_rng(2).permutation(500)
    other = History(history.repeats[shuffled], history.last[shuffled], history.age[shuffled])
    assert fit(other, "mbg-nbd") == fit(history, "mbg-nbd")
    assert steady(other) == steady(history)


def test_steady_customers_go_on_at_their_rate_drawn_to_the_shops():
    # 1 repeat and half an order in 9 + 1 and 19 + 1 days: a rate of 1 / 20, so alpha is 10.
    history = History(np.array([0.0, 1]), np.array([0.0, 10]), np.array([9.0, 19]))
    model = steady(history)
    assert model.alpha == pytest.approx(10)
    assert model.expected(history, 30) == pytest.approx([0.5 / 19 * 30, 1.5 / 29 * 30])
    assert model.active(history).tolist() == [1, 1]


logs = st.floats(-7, 5)


@given(
    model=st.sampled_from(["mbg-nbd", "bg-nbd"]),
    parameters=st.tuples(logs, logs, st.floats(-9, 4), logs),
    repeats=st.integers(0, 500),
    days=st.integers(1, 1095),
    times=st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
)
@examples(60)
def test_no_forecast_is_negative_infinite_or_above_that_of_who_never_stops(
    model, parameters, repeats, days, times
):
    fitted = Purchasing(model, *np.exp(parameters))
    customer = one(repeats, min(times) if repeats else 0, max(times))
    most = (fitted.r + repeats) / (fitted.alpha + max(times)) * days
    expected, buying = fitted.expected(customer, days)[0], fitted.buying(customer, days)[0]
    assert 0 <= expected <= most * (1 + 1e-9)
    assert 0 <= buying <= 1
    assert np.isfinite(fitted.log_likelihood(customer)).all()
