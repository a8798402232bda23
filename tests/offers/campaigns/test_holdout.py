"""Whom a shop-wide control group holds, and for how long."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from custseg.errors import SettingsError
from custseg.offers.campaigns.holdout import shop_wide
from custseg.settings import CampaignSettings
from custseg.settings.loading import load_settings

IDS = pd.Series([f"c{i}" for i in range(2000)], dtype="str")
JANUARY, FEBRUARY, JULY = date(2024, 1, 20), date(2024, 2, 20), date(2024, 7, 1)


def held(day: date, share: float = 0.1, ids: pd.Series = IDS, horizon: int = 90) -> set[str]:
    return set(ids[shop_wide(ids, day, share, 6, horizon).held])


def test_a_tenth_is_held_whatever_the_order_of_the_customers_and_the_day_of_the_period():
    assert 150 < len(held(JANUARY)) < 250
    assert held(JANUARY) == held(FEBRUARY) == held(JANUARY, ids=IDS[::-1])


def test_another_key_holds_others(monkeypatch):
    ours = held(JANUARY)
    monkeypatch.setenv("CUSTSEG_KEY", "the key of another shop")
    assert len(ours & held(JANUARY)) < 60


def test_everybodys_turn_comes_once_and_nobody_is_held_twice_running():
    periods = [held(date(2024 + i // 2, 1 + 6 * (i % 2), 1)) for i in range(10)]
    assert set().union(*periods) == set(IDS)
    assert sum(map(len, periods)) == len(IDS)


def test_who_was_held_waits_until_the_last_campaigns_of_the_period_are_measured():
    early, late = (shop_wide(IDS, day, 0.1, 6, 90) for day in (JULY, date(2024, 9, 29)))
    assert set(IDS[early.waiting]) == held(JANUARY)
    assert not (early.held & early.waiting).any()
    assert not late.waiting.any()
    assert set(IDS[late.held]) == set(IDS[early.held])


def test_nobody_is_held_by_default():
    assert not shop_wide(IDS, JANUARY, CampaignSettings().always_hold, 6, 90).held.any()


@pytest.mark.parametrize(
    ("given", "share"), [('"10%"', 0.1), ("0.1", 0.1), ('"12.5 %"', 0.125), ("0", 0.0)]
)
def test_the_share_can_be_given_in_per_cent(given, share, tmp_path):
    (tmp_path / "custseg.toml").write_text(f"[campaigns]\nalways_hold = {given}\n")
    assert load_settings(tmp_path / "custseg.toml").campaigns.always_hold == share


@pytest.mark.parametrize("given", ['"60%"', '"ten%"', "10", "-0.1"])
def test_a_share_that_is_none_is_refused(given, tmp_path):
    (tmp_path / "custseg.toml").write_text(f"[campaigns]\nalways_hold = {given}\n")
    with pytest.raises(SettingsError, match="always_hold"):
        load_settings(tmp_path / "custseg.toml")


def test_places_are_spread_evenly():
    counts = [len(held(date(2024, 1, 1), share)) for share in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert np.allclose(counts, [200, 400, 600, 800, 1000], atol=80)
