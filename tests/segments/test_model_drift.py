"""Drift, on figures that can be checked by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.segments.model.drift import Drift, measure, months, no_drift, stability_index
from custseg.segments.model.monthly import segment
from custseg.segments.model.spread import spread
from custseg.settings import ModelSettings, MonthlySettings
from tests.conftest import planted_customers

VALUES = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=200).map(np.array)


@given(VALUES)
def test_a_spread_has_a_share_for_each_bin_and_finds_its_own_customers_there(values):
    own = spread("frequency", values)
    assert len(own.shares) == len(own.edges) + 1
    assert sum(own.shares) == pytest.approx(1)
    assert own.shares_of(values).tolist() == list(own.shares)
    assert all(share > 0 for share in own.shares)


def test_bins_of_a_feature_with_few_values_are_those_values():
    own = spread("frequency", np.array([1.0] * 6 + [2.0] * 3 + [9.0]))
    assert own.edges == (1.0, 2.0)
    assert own.shares == (0.6, 0.3, 0.1)
    assert own.median == 1.0


def test_the_stability_index_is_the_formulas():
    before, now = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    expected = -0.25 * log(0.5) + 0.25 * log(1.5)
    assert stability_index(before, now, (100, 100)) == pytest.approx(expected)
    assert stability_index(before, before, (100, 7)) == 0
    # Nobody among 50 is half a customer: 0.01.
    gone = stability_index(np.array([0.5, 0.5]), np.array([0.0, 1.0]), (100, 50))
    assert gone == pytest.approx((0.01 - 0.5) * log(0.01 / 0.5) + 0.5 * log(2))


@given(VALUES, VALUES)
def test_the_stability_index_is_never_negative(before, now):
    own = spread("frequency", before)
    shares = own.shares_of(now)
    index = stability_index(np.array(own.shares), shares, (len(before), len(now)))
    assert index >= 0 or index == pytest.approx(0)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("2011-06-01", "2011-09-01", 3), ("2010-12-31", "2011-12-31", 12)],
)
def test_whole_months(start, end, expected):
    assert months(start, end) == expected


def test_a_day_more_than_three_months_is_more_than_three():
    assert 3 < months("2011-06-01", "2011-09-02") < 4
    assert 2 < months("2011-06-30", "2011-09-01") < 3


def test_the_customers_of_the_fit_have_not_drifted():
    table = planted_customers()
    first = segment(table, 3, "2011-06-01")
    values = first.model.scoring.matrix(table)
    labels = first.segments["segment"].to_numpy()
    drift = measure(first.model, values, labels, "2011-07-01", MonthlySettings())
    assert drift.error == pytest.approx(1)
    assert drift.relabelled == 0
    assert drift.exceeded(MonthlySettings()) == []
    shown = drift.table.set_index(["measure", "subject"])
    assert shown.loc[("age", ""), "value"] == 1
    assert (shown.loc["psi", "value"] == 0).all()
    assert (shown.loc["share", "value"] == 0).all()
    assert shown.loc[("refit_gain", ""), "value"] == pytest.approx(0, abs=1e-9)


def test_customers_twice_as_far_are_said_to_be():
    table = planted_customers()
    first = segment(table, 3, "2011-06-01")
    values = first.model.scoring.matrix(table)
    points = first.model.scoring.points(values)
    labels = first.segments["segment"].to_numpy()
    centroids = np.array(first.model.scoring.centroids)[labels - 1]
    apart = first.model.scoring.reconstruct(centroids + np.sqrt(2) * (points - centroids))
    further = first.model.scoring.restore(apart)
    drift = measure(first.model, further, labels, "2011-07-01", MonthlySettings())
    assert drift.error == pytest.approx(2, rel=0.01)
    (told,) = drift.exceeded(MonthlySettings())
    assert "times as far from the centroids" in told
    assert drift.table.set_index("measure").loc["error", "exceeded"]


def test_a_figure_just_past_its_threshold_is_not_told_as_the_threshold():
    error, relabelled = Drift(no_drift(), 1.2504, 0.1004, 0.06).exceeded(MonthlySettings())
    assert error.startswith("customers are 1.26 times as far")
    assert relabelled.startswith("fitting anew puts 10.1 % of customers")
    error, relabelled = Drift(no_drift(), 1.2712, 0.1182, 0.06).exceeded(MonthlySettings())
    assert error.startswith("customers are 1.27 times as far")
    assert relabelled.startswith("fitting anew puts 11.8 % of customers")


def test_another_partition_that_is_no_better_is_no_drift():
    settings = MonthlySettings()
    assert Drift(no_drift(), 1.1, 0.3, 0.04).exceeded(settings) == []
    told = Drift(no_drift(), 1.1, 0.3, 0.04).figures(settings)
    assert told.endswith("30.0 % would be relabelled by fitting anew, to come 4.0 % nearer to the "
                         "centroids")  # fmt: skip
    worse = Drift(no_drift(), 1.1, 0.3, -0.01).figures(settings)
    assert worse.endswith("to come 0.0 % nearer to the centroids")
    assert len(Drift(no_drift(), 1.1, 0.3, 0.06).exceeded(settings)) == 1


def test_customers_who_stay_on_their_centroids_have_not_drifted():
    table = planted_customers(2)
    table["recency_days"] = [1.0, 1.0, 9.0, 9.0, 9.0, 9.0]
    only = ModelSettings(features=("recency_days",), transform={"recency_days": "none"})
    june = segment(table, 2, "2011-06-01", only)
    assert june.model.training.mean_squared_distance == 0
    july = segment(
        table, 2, "2011-07-01", only, previous_model=june.model, previous_pipeline=b"as published"
    )
    assert july.drifted == ""
    assert july.drift.set_index("measure").loc["error", "value"] == 1


def test_a_first_model_has_no_drift():
    assert no_drift().empty
