"""Differences, their intervals, and what a thousand campaigns of known effect say of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from custseg.offers.campaigns.estimate import Effect, difference, enough_buyers, pool
from tests.offers.campaigns.simulation import campaigns

RUNS = 1000
CLAIMS = 0.05
CHANCE = 3.09
"""Standard errors that one in a thousand passes."""


def groups(listed: list[float], control: list[float]) -> tuple[np.ndarray, np.ndarray]:
    outcome = np.array([*listed, *control])
    return outcome, np.arange(len(outcome)) < len(listed)


def test_without_anything_known_it_is_the_difference_of_the_means():
    # 20 of 40 against 10 of 40: 25 points. HC3 variance of each mean: p(1 - p) n / (n - 1)².
    found = difference(*groups([1.0] * 20 + [0.0] * 20, [1.0] * 10 + [0.0] * 30), None)
    assert found is not None
    assert (found.listed, found.control, found.effect) == pytest.approx((0.5, 0.25, 0.25))
    assert found.error == pytest.approx(((0.25 + 0.1875) * 40) ** 0.5 / 39)
    assert found.high - found.effect == pytest.approx(found.effect - found.low)
    assert 1.99 < (found.high - found.effect) / found.error < 2.0


def test_what_was_known_before_is_taken_off():
    # Spend after is 2 × spend before, and 3 more for those on the list; the list spent more before.
    before = np.arange(80.0)
    treated = np.arange(80) >= 40
    outcome = 2 * before + 3 * treated
    plain, adjusted = (difference(outcome, treated, x) for x in (None, before[:, None]))
    assert plain is not None
    assert adjusted is not None
    assert plain.effect == pytest.approx(83)
    assert adjusted.effect == pytest.approx(3)
    assert adjusted.high - adjusted.low < 1e-6
    assert (adjusted.listed, adjusted.control) == (plain.listed, plain.control)


def test_columns_that_tell_nothing_new_change_nothing():
    draw = np.random.default_rng(1)
    known = draw.normal(size=(100, 1))
    outcome, treated = draw.normal(size=100), draw.permutation(100) < 50
    one = difference(outcome, treated, known)
    more = difference(outcome, treated, np.column_stack([known, 3 * known + 1, np.full(100, 7.0)]))
    assert one is not None
    assert more is not None
    assert (more.effect, more.error) == pytest.approx((one.effect, one.error))


def test_a_group_of_19_has_no_interval():
    assert difference(*groups([0.0, 1.0] * 50, [0.0, 1.0] * 9 + [1.0]), None) is None
    assert difference(*groups([0.0, 1.0] * 50, [0.0, 1.0] * 10), None) is not None


def test_a_small_control_group_is_not_adjusted_by_more_than_it_can_bear():
    draw = np.random.default_rng(2)
    outcome, treated, known = (
        draw.normal(size=125),
        np.arange(125) < 100,
        draw.normal(size=(125, 2)),
    )
    assert difference(outcome, treated, known) == difference(outcome, treated, None)
    assert difference(outcome, treated, known[:, :1]) != difference(outcome, treated, None)


def test_nobody_who_orders_gives_a_difference_of_nothing():
    found = difference(*groups([0.0] * 30, [0.0] * 30), None)
    assert found is not None
    assert (found.effect, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(("buyers", "enough"), [(9, False), (10, True), (90, True), (91, False)])
def test_a_share_takes_five_buyers_and_five_others_in_the_smaller_group(buyers, enough):
    bought, treated = np.arange(100) < buyers, np.arange(100) % 2 == 0
    assert enough_buyers(bought, treated) == enough


def test_a_pool_weighs_by_one_over_the_variance():
    # Weights 1/0.01² = 10,000 and 1/0.02² = 2,500: (10,000 × 4 + 2,500 × 9) / 12,500 = 5 points.
    found = pool([0.04, 0.09], [0.01, 0.02])
    assert found.effect == pytest.approx(0.05)
    assert found.high - found.effect == pytest.approx(1.96 / 12_500**0.5, rel=1e-4)


@dataclass(frozen=True)
class Simulated:
    """What a thousand campaigns gave, with and without adjustment."""

    plain: list[Effect]
    adjusted: list[Effect]


def simulated(points: float) -> Simulated:
    drawn = campaigns(RUNS, points, seed=round(1000 * points) + 1)

    def each(*, adjusts: bool) -> list[Effect]:
        found = [
            difference(drawn.bought[i], drawn.treated[i], drawn.known[i] if adjusts else None)
            for i in range(RUNS)
        ]
        return [one for one in found if one is not None]

    return Simulated(each(adjusts=False), each(adjusts=True))


@pytest.mark.parametrize("points", [0.0, 0.02, 0.05, 0.10])
def test_intervals_of_a_thousand_campaigns_hold_the_effect(points):
    found = simulated(points)
    for effects in (found.plain, found.adjusted):
        assert len(effects) == RUNS
        covered = np.mean([one.low <= points <= one.high for one in effects])
        assert 0.93 <= covered <= 0.97
        means = np.array([one.effect for one in effects])
        assert abs(means.mean() - points) < CHANCE * means.std() / RUNS**0.5
        if not points:
            claims = np.mean([one.low > 0 or one.high < 0 for one in effects])
            # So many false claims in a thousand runs are no sign of more than 5 % of all.
            assert claims <= CLAIMS + CHANCE * (CLAIMS * (1 - CLAIMS) / RUNS) ** 0.5
    # docs/campaigns.md says a quarter to a third.
    widths = (np.mean([one.high - one.low for one in own]) for own in (found.adjusted, found.plain))
    ratio = float(np.divide(*widths))
    assert 0.67 < ratio < 0.75
    five = [found.adjusted[i : i + 5] for i in range(0, RUNS, 5)]
    pooled = [pool([one.effect for one in own], [one.error for one in own]) for own in five]
    effects_ = np.array([one.effect for one in pooled])
    assert abs(effects_.mean() - points) < CHANCE * effects_.std() / len(pooled) ** 0.5
    covered = np.mean([one.low <= points <= one.high for one in pooled])
    assert abs(covered - 0.95) < CHANCE * (0.95 * 0.05 / len(pooled)) ** 0.5


def test_spend_is_adjusted_by_spend_before():
    drawn = campaigns(200, 0.05, seed=9)
    ratios = []
    for i in range(200):
        known = np.expm1(drawn.known[i])
        plain, adjusted = (difference(drawn.spend[i], drawn.treated[i], x) for x in (None, known))
        assert plain is not None
        assert adjusted is not None
        ratios.append(adjusted.error / plain.error)
    assert np.mean(ratios) < 0.65
