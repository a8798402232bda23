"""Segments from month to month, on customers whose groups can be told by eye."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import TypeAdapter

from custseg.errors import ModelError
from custseg.segments.model.fit import fit
from custseg.segments.model.monthly import Segmented, segment
from custseg.segments.model.pipeline import matrix
from custseg.segments.model.published import PublishedModel
from custseg.settings import ModelSettings, MonthlySettings, SegmentSettings
from tests.conftest import planted_customers

if TYPE_CHECKING:
    import pandas as pd

JUNE, JULY, AUGUST = "2011-06-01", "2011-07-01", "2011-08-01"
SEGMENTS = {"loyal": 1, "lapsed": 2, "new": 3}


def next_month(
    features: pd.DataFrame, before: Segmented, as_of: str = JULY, k: int = 3, **monthly: object
) -> Segmented:
    """The month after another."""
    return segment(
        features,
        k,
        as_of,
        monthly_settings=MonthlySettings.model_validate(monthly),
        previous_model=before.model,
        previous_pipeline=b"as published",
    )


def groups(features: pd.DataFrame, found: Segmented) -> dict[str, set[int]]:
    """The segments that each planted group's customers are in."""
    labels = found.segments["segment"].groupby(features["group"].to_numpy())
    return {str(group): set(own) for group, own in labels}


@pytest.fixture
def june() -> Segmented:
    """A first month."""
    return segment(planted_customers(), 3, JUNE)


def test_a_first_month_is_a_fit(june):
    fitted = fit(planted_customers(), 3)
    assert june.segments.equals(fitted.segments)
    assert june.segment_names.equals(fitted.segment_names)
    assert (
        june.model_reason
        == "the model is fitted on the customers of 2011-06-01: there is no snapshot before"
    )
    assert june.model_of == JUNE
    assert june.drift.empty
    assert june.segment_identity["status"].tolist() == ["new"] * 3


@pytest.mark.parametrize("model", ["auto", "frozen"])
def test_a_model_that_still_fits_is_kept(june, model):
    features = planted_customers(seed=1)
    july = next_month(features, june, model=model)
    assert july.model.scoring == june.model.scoring
    assert july.model.training == june.model.training
    assert (july.model.as_of, july.model_of) == (JULY, JUNE)
    assert july.pipeline == b"as published"
    assert groups(features, july) == {group: {number} for group, number in SEGMENTS.items()}
    assert july.segment_identity["status"].tolist() == ["kept"] * 3
    assert july.model_reason.startswith("the model of 2011-06-01 is kept (30 days old; ")
    assert july.drifted == ""
    day = next_month(features, june, "2011-06-02", model=model)
    assert day.model_reason.startswith("the model of 2011-06-01 is kept (1 day old; ")


def test_a_refit_keeps_numbers_and_names_where_the_order_of_spend_turns(june):
    # The new now spend most: a first fit would call them segment 1.
    features = planted_customers(seed=1)
    features.loc[features["group"] == "new", "monetary"] *= 400
    alone = segment(features, 3, JULY)
    assert groups(features, alone)["new"] == {1}
    july = next_month(features, june, model="refit")
    assert groups(features, july) == {group: {number} for group, number in SEGMENTS.items()}
    named = dict(zip(july.segments["segment"], july.segments["segment_name"], strict=True))
    assert named == {1: "Champions", 2: "Hibernating", 3: "New"}
    assert july.segment_identity["status"].tolist() == ["kept"] * 3
    assert (july.segment_identity["shared"] == 1).all()
    assert july.model_reason == (
        "the model is fitted anew on the customers of 2011-07-01: "
        '[monthly] model = "refit" asks for it'
    )


def test_the_pipelines_prediction_is_the_row_of_the_segment(june):
    features = planted_customers(seed=1)
    features.loc[features["group"] == "new", "monetary"] *= 400
    july = next_month(features, june, model="refit")
    rows = july.pipeline.predict(matrix(features, ModelSettings()))
    assert (np.array(july.model.scoring.segments)[rows] == july.segments["segment"]).all()


def test_a_name_that_is_not_true_any_more_is_kept_once_and_then_replaced(june):
    assert june.names_note == ""
    assert june.segment_identity["rule_now"].tolist() == june.segment_identity["rule"].tolist()
    assert june.segment_identity["untrue_since"].isna().all()
    # The new are new no longer; by the model of June they are in segment 3 all the same.
    features = planted_customers(seed=1)
    new = features["group"] == "new"
    features.loc[new, "frequency"] = 3.0
    features.loc[new, "active_days"] = 3.0
    july = next_month(features, june, model="frozen")
    assert groups(features, july)["new"] == {3}
    assert july.names_note == (
        "New (segment 3) is true of only 0 % of its customers: if the next snapshot finds that "
        "too, the segment gets another name."
    )
    found = july.segment_identity.set_index("segment")
    assert found["rule"].to_dict() == june.model.rules
    assert found["untrue_since"].dropna().to_dict() == {3: JULY}
    assert july.segments["fits_name"].groupby(july.segments["segment"]).all().to_dict() == {
        1: True, 2: True, 3: False,
    }  # fmt: skip

    august = next_month(features, july, AUGUST, model="frozen")
    name = august.model.rules[3]
    assert august.names_note == (
        f"New (segment 3) is now called {name}: the old name was true of less than 80 % of its "
        "customers in two snapshots in a row."
    )
    assert name == found.loc[3, "rule_now"] != "New"
    assert august.segments["fits_name"].all()
    assert august.segment_identity["untrue_since"].isna().all()
    assert august.segment_identity["status"].tolist() == ["kept"] * 3
    again = next_month(features, august, "2011-09-01", model="frozen")
    assert again.names_note == ""
    assert again.model.rules == august.model.rules


def test_a_name_that_is_true_again_is_kept(june):
    features = planted_customers(seed=1)
    other = features.assign(frequency=3.0, active_days=3.0).where(
        features["group"] == "new", features
    )
    july = next_month(other, june, model="frozen")
    assert july.names_note
    august = next_month(features, july, AUGUST, model="frozen")
    assert august.names_note == ""
    assert august.segment_identity["untrue_since"].isna().all()
    september = next_month(other, august, "2011-09-01", model="frozen")
    assert september.model.rules == june.model.rules


def test_a_model_that_was_published_before_names_had_claims_can_still_be_read(june):
    adapter = TypeAdapter(PublishedModel)
    stored = adapter.dump_python(june.model, mode="json")
    for one in stored["identities"]:
        del one["untrue_since"]
    assert adapter.validate_python(stored) == june.model


def moved_away(features: pd.DataFrame) -> pd.DataFrame:
    """The lapsed are gone, and a kind of customer is there that never was."""
    features = features.copy()
    lapsed = features["group"] == "lapsed"
    features.loc[lapsed, ["recency_days", "frequency"]] = [2.0, 400.0]
    noise = np.exp(np.random.default_rng(7).normal(0, 0.1, (lapsed.sum(), 2)))
    features.loc[lapsed, ["recency_days", "frequency"]] *= noise
    features.loc[lapsed, "monetary"] = 4.0
    features.loc[lapsed, "active_days"] = features.loc[lapsed, "frequency"]
    features.loc[lapsed, "average_order_value"] = 0.01
    features.loc[lapsed, "tenure_days"] = 5.0
    return features


def test_a_segment_with_no_good_match_is_new_and_one_that_vanished_is_retired(june):
    features = moved_away(planted_customers(seed=1))
    july = next_month(features, june, model="refit")
    found = july.segment_identity.set_index("segment")
    assert found["status"].to_dict() == {1: "kept", 2: "retired", 3: "kept", 4: "new"}
    assert found.loc[2, "retired"] == JULY
    assert found.loc[4, "since"] == JULY
    assert groups(features, july) == {"loyal": {1}, "lapsed": {4}, "new": {3}}
    assert july.segment_names["segment_name"].is_unique
    assert july.model_reason.endswith("asks for it; new: Loyal (4); no more: Hibernating (2)")

    # Where the lapsed are back, they are a segment of their own: numbers are never used again.
    august = next_month(planted_customers(seed=2), july, AUGUST, model="refit")
    found = august.segment_identity.set_index("segment")
    assert found["status"].to_dict() == {
        1: "kept", 2: "retired", 3: "kept", 4: "retired", 5: "new",
    }  # fmt: skip
    assert found.loc[2, "retired"] == JULY


def test_auto_fits_anew_past_a_threshold_and_says_which(june):
    features = planted_customers(seed=1)
    features["recency_days"] *= np.random.default_rng(5).lognormal(0, 1, len(features))
    july = next_month(features, june)
    assert july.model_of == JULY
    assert july.model_reason.startswith(
        "the model is fitted anew on the customers of 2011-07-01: of the model of 2011-06-01, "
        "customers are "
    )
    assert "times as far from the centroids" in july.drifted
    kept = next_month(features, june, most_error=1e6, most_relabelled=0.99)
    assert kept.model_of == JUNE
    frozen = next_month(features, june, model="frozen")
    assert frozen.model_of == JUNE
    assert frozen.drifted == july.drifted


def test_auto_fits_anew_what_is_too_old(june):
    features = planted_customers(seed=1)
    assert next_month(features, june, "2011-09-01").model_of == JUNE
    later = next_month(features, june, "2011-09-02")
    assert later.model_of == "2011-09-02"
    assert "the model of 2011-06-01 is more than 3 months old" in later.model_reason
    assert later.drifted == ""


@pytest.mark.parametrize("days", [90, 30])
def test_a_model_published_before_there_was_an_outlook_axis_is_kept(june, days):
    settings = june.model.training.settings
    known = {name: settings[name] for name in settings if "outlook" not in name and name != "clip"}
    old = replace(june.model, training=replace(june.model.training, settings=known))
    asked = {"previous_model": old, "previous_pipeline": b""}
    as_then = ModelSettings(clip=0, outlook_weight=0, outlook_days=days)
    kept = segment(planted_customers(seed=1), 3, JULY, as_then, **asked)
    assert kept.model_of == JUNE
    other = segment(planted_customers(seed=1), 3, JULY, ModelSettings(outlook_weight=0), **asked)
    assert "other [model] clip than those of the model before" in other.model_reason


def test_auto_fits_anew_where_other_settings_or_another_k_are_asked_for(june):
    features = planted_customers(seed=1)
    asked = {"previous_model": june.model, "previous_pipeline": b""}
    other = segment(features, 3, JULY, ModelSettings(weights={"monetary": 2.0}), **asked)
    assert "other [model] weights than those of the model before" in other.model_reason
    four = segment(features, 4, JULY, ModelSettings(k=4), **asked)
    assert "other [model] k than those of the model before" in four.model_reason
    assert len(four.model.scoring.segments) == 4
    refit = MonthlySettings(model="refit")
    anew = segment(features, 4, JULY, ModelSettings(k=4), monthly_settings=refit, **asked)
    assert (
        '[monthly] model = "refit" asks for it, with other [model] k than those of the model before'
        in anew.model_reason
    )
    frozen = MonthlySettings(model="frozen")
    kept = segment(features, 4, JULY, ModelSettings(k=4), monthly_settings=frozen, **asked)
    assert kept.model_of == JUNE
    assert kept.model_reason.endswith(
        "; other [model] k than those of the model before are not used"
    )
    # What select-k would choose this month is no reason by itself.
    assert segment(features, 4, JULY, **asked).model_of == JUNE


def test_a_segment_that_nobody_is_in_keeps_its_place_in_the_model(june):
    features = planted_customers(seed=1).query("group != 'lapsed'").reset_index(drop=True)
    july = next_month(features, june, model="frozen")
    assert july.model.scoring.segments == (1, 2, 3)
    assert july.segment_names["segment"].tolist() == [1, 3]
    assert set(july.segments["segment"]) == {1, 3}


def test_own_names_come_and_go_without_changing_what_a_segment_is(june):
    features = planted_customers(seed=1)
    names = SegmentSettings(names={"Hibernating": "Sleeping"})
    asked = {"previous_model": june.model, "previous_pipeline": b""}
    july = segment(features, 3, JULY, segments_settings=names, **asked)
    assert july.segment_names["segment_name"].tolist() == ["Champions", "Sleeping", "New"]
    assert july.segment_names["rule"].tolist() == ["Champions", "Hibernating", "New"]


def test_what_the_model_needs_and_nobody_has_any_more_ends_the_chain_of_models(june):
    features = planted_customers(seed=1).assign(monetary=np.nan, average_order_value=np.nan)
    july = next_month(features, june)
    assert "some have no value of monetary, average_order_value" in july.model_reason
    assert july.model.scoring.segments == (4, 5, 6)
    assert (july.segment_identity["status"] == "retired").sum() == 3
    with pytest.raises(ModelError, match="needs monetary, average_order_value"):
        next_month(features, june, model="frozen")


def test_a_shop_that_was_too_small_to_segment_gets_segments_once_it_is_not():
    small = segment(planted_customers(), 1, JUNE)
    assert small.segment_names["segment_name"].tolist() == ["All customers"]
    august = next_month(planted_customers(seed=1), small, AUGUST, k=1)
    assert august.segment_identity["status"].tolist() == ["kept"]
    july = next_month(planted_customers(seed=1), small)
    assert "they were too few to segment before; new: " in july.model_reason
    assert july.model_reason.endswith("; no more: All customers (1)")
    assert july.model.scoring.segments == (2, 3, 4)
    assert "All customers" not in july.segment_names["rule"].tolist()
    frozen = next_month(planted_customers(seed=1), small, model="frozen")
    assert frozen.segment_names["segment_name"].tolist() == ["All customers"]


@pytest.mark.parametrize("customers", [1, 9])
def test_a_shop_that_is_too_small_to_segment_now_has_one_segment(june, customers):
    few = planted_customers(3, seed=1).head(customers)
    july = next_month(few, june, k=1)
    assert "they are too few to segment now; new: All customers (4)" in july.model_reason
    assert july.segments["segment_name"].tolist() == ["All customers"] * customers


def test_the_order_of_customers_does_not_matter(june):
    features = planted_customers(seed=1)
    shuffled = features.sample(frac=1, random_state=3).sort_values("customer_id")
    one = next_month(features, june, model="refit")
    other = next_month(shuffled.reset_index(drop=True), june, model="refit")
    assert one.model == other.model
    assert one.segments.equals(other.segments)


def test_a_model_comes_back_from_json_bit_for_bit(june):
    from pydantic import TypeAdapter

    from custseg.segments.model.published import PublishedModel

    adapter = TypeAdapter(PublishedModel)
    assert adapter.validate_json(adapter.dump_json(june.model)) == june.model


def test_fewer_customers_than_the_model_before_has_segments_get_as_many_as_asked_for(june):
    few = planted_customers(1).head(2)
    july = next_month(few, june, k=2, model="refit")
    assert july.segments["segment"].nunique() == 2
    assert july.drift.set_index("measure").loc["relabelled", "now"] <= 1
