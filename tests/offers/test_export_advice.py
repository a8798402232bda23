"""What a control group can tell."""

import pandas as pd
import pytest

from custseg.offers.export.advice import advise
from custseg.settings import Settings

PLANS = pd.DataFrame({"segment": [1, 2], "buying_probability": [0.1, 0.3]})


def listed(customers: int, segment: int = 1, **figures: float) -> pd.DataFrame:
    values = {"segment": segment, "average_order_value": 80.0, "recent_spend": 0.0} | figures
    return pd.DataFrame([values] * customers)


def test_telling_10_from_15_percent_takes_half_of_1372():
    # 686 in each group: see the playbook's trial.
    advice = advise(listed(1372), 686, PLANS, Settings())
    assert (advice.sent, advice.control) == (686, 686)
    assert advice.buying == pytest.approx(0.1)
    assert advice.detectable_share == pytest.approx(0.05, abs=0.0005)
    assert advice.suffices
    assert "That is enough to find the 5.0 points hoped for" in advice.sentences()[1]


def test_too_small_a_group_is_told_which_would_do():
    advice = advise(listed(3000), 30, PLANS, Settings())
    assert not advice.suffices
    share = advice.needed_share
    assert share is not None
    needed = advice.needed.control
    assert needed <= share * 3000 < needed + 3
    assert f"takes --holdout {share * 100:g}%." in advice.sentences()[1]


def test_without_a_group_nothing_is_told_but_what_it_would_take():
    first, second = advise(listed(3000), 0, PLANS, Settings()).sentences()
    assert first.startswith("10.0 % of them are expected to order within 90 days")
    assert "can't be told" in first
    assert "--holdout" in second


def test_a_list_too_small_is_told_how_often_it_takes_and_a_hopeless_one_that_it_is():
    short = advise(listed(1300), 650, PLANS, Settings()).sentences()[1]
    assert "it takes 2 such lists" in short
    hopeless = advise(listed(60), 6, PLANS, Settings()).sentences()
    assert "a test finds no rise, however large" in hopeless[0]
    assert "not even a year of them" in hopeless[1]


def test_where_a_group_can_tell_nothing_it_is_told_how_to_do_without():
    hopeless = advise(listed(60), 6, PLANS, Settings()).sentences()
    assert hopeless[2].endswith("with --holdout 0 --force.")
    # Two held out find no rise, though a larger group would.
    small = advise(listed(3000), 2, PLANS, Settings()).sentences()
    assert "no rise, however large" in small[0]
    assert "takes --holdout" in small[1]
    assert small[2] == hopeless[2]
    for customers, control in ((1372, 686), (3000, 300), (60, 0)):
        assert len(advise(listed(customers), control, PLANS, Settings()).sentences()) == 2


def test_over_several_segments_the_share_is_that_of_those_listed():
    both = pd.concat([listed(100), listed(300, segment=2)])
    assert advise(both, 40, PLANS, Settings()).buying == pytest.approx(0.25)


def test_spend_is_told_of_beside_the_share():
    spends = listed(400)
    spends["recent_spend"] = [0.0, 200.0] * 200  # standard deviation 100, over as many days
    advice = advise(spends, 200, PLANS, Settings())
    # (1.960 + 0.842) · 100 · sqrt(1/200 + 1/200) = 28.016
    assert advice.detectable_spend == pytest.approx(28.016, abs=0.001)
    assert "or 28.02 more spend each" in advice.sentences()[0]


def test_where_nearly_all_order_anyway_spend_is_hoped_for():
    plans = PLANS.assign(buying_probability=0.93)
    spends = listed(400, average_order_value=600.0)
    spends["recent_spend"] = [0.0, 200.0] * 200
    advice = advise(spends, 200, plans, Settings())
    assert advice.suffices
    assert "the 30.00 more spend each hoped for" in advice.sentences()[1]
