from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.segments.profiles.rules import EVERYBODY, Rules, find_rules, hold_out
from custseg.settings import ModelSettings, RuleSettings
from tests.conftest import examples

MODEL = ModelSettings(features=("recency_days", "monetary"))


def meets(text: str, customers: pd.DataFrame) -> pd.Series:
    """Who meets a printed rule, read as a person would."""
    met = pd.Series(data=True, index=customers.index)
    for condition in [] if text == EVERYBODY else text.split(" and "):
        feature, sign, bound = condition.split(" ")
        values = customers[feature].astype(float)
        met &= values < float(bound) if sign == "<" else values >= float(bound)
        assert sign in {"<", ">="}
    return met


def rules_of(members: pd.DataFrame, settings: RuleSettings | None = None) -> Rules:
    """The rules of customers with their features and segments in one table."""
    return find_rules(members, members[["segment", "segment_name"]], settings, MODEL)


def shop(customers: int, seed: int = 0) -> pd.DataFrame:
    """Big spenders, recent small ones, and small ones long gone; a tenth are elsewhere."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer_id": [f"c{i:05}" for i in range(customers)],
            "recency_days": draw.integers(0, 365, customers),
            "monetary": np.exp(draw.normal(5, 1.5, customers)).round(2),
        }
    )
    segment = np.where(table["monetary"] > 300, 1, np.where(table["recency_days"] < 90, 2, 3))
    moved = draw.random(customers) < 0.1
    table["segment"] = np.where(moved, draw.integers(1, 4, customers), segment)
    table["segment_name"] = table["segment"].map({1: "Champions", 2: "New", 3: "Dormant"})
    return table


def test_rules_say_in_words_what_parts_the_segments():
    customers = pd.DataFrame(
        {
            "recency_days": [10, 20, 30, 40, 200, 210, 220, 230],
            "monetary": [5.0, 9.0, 7.0, 8.0, 6.0, 5.0, 9.0, 7.0],
            "segment": [1] * 4 + [2] * 4,
            "segment_name": ["New"] * 4 + ["Dormant"] * 4,
        }
    )
    rules = rules_of(customers).segment_rules
    assert rules["segment_name"].tolist() == ["New", "Dormant"]
    assert rules["rule"].tolist() == [1, 1]
    assert rules["customers"].tolist() == [4, 4]
    assert rules["precision"].tolist() == rules["coverage"].tolist() == [1.0, 1.0]
    assert rules["held_out"].tolist() == [1, 1]
    bounds = set(rules["text"].str.replace("recency_days ", ""))
    assert bounds in ({"< 200", ">= 200"}, {"< 210", ">= 210"})


@pytest.mark.parametrize("customers", [40, 900])
def test_every_customer_meets_exactly_one_rule(customers):
    table = shop(customers)
    rules = rules_of(table).segment_rules
    met = np.array([meets(text, table) for text in rules["text"]])
    assert (met.sum(axis=0) == 1).all()
    assert met.sum(axis=1).tolist() == rules["customers"].tolist()


def test_the_fidelity_is_that_of_the_printed_rules_on_held_out_customers():
    table = shop(900)
    found = rules_of(table)
    held_out = hold_out(table["segment"].to_numpy(), 0.3, MODEL.seed)
    right = pd.Series(data=False, index=table.index)
    for rule in found.segment_rules.itertuples():
        met = meets(rule.text, table)
        own = table["segment"] == rule.segment
        right |= met & own
        assert rule.held_out == (met & held_out).sum()
        assert rule.precision == pytest.approx((met & own).sum() / met.sum())
        assert rule.coverage == pytest.approx((met & own).sum() / own.sum())
    assert found.fidelity == pytest.approx(right[held_out].mean())
    weighted = (found.segment_rules["held_out"] * found.segment_rules["held_out_precision"]).sum()
    assert found.fidelity == pytest.approx(weighted / held_out.sum())
    assert found.fidelity_note == (
        f"{len(found.segment_rules)} rules put {found.fidelity * 100:.1f} % of {held_out.sum()} "
        "held-out customers into their segment"
    )


def test_a_segment_keeps_a_share_of_its_customers_for_the_test():
    labels = np.array([1] * 10 + [2] * 7 + [3] * 3)
    held_out = hold_out(labels, 0.3, seed=42)
    assert np.bincount(labels[held_out], minlength=4).tolist() == [0, 3, 2, 0]
    assert (held_out == hold_out(labels, 0.3, seed=42)).all()
    assert (held_out != hold_out(labels, 0.3, seed=43)).any()


def test_who_is_held_out_does_not_depend_on_the_numbers_of_segments():
    labels = np.array([1] * 10 + [2] * 9 + [3])
    numbers = np.array([0, 10**12, 7, 2])
    assert (hold_out(numbers[labels], 0.3, seed=42) == hold_out(labels, 0.3, seed=42)).all()


def test_with_too_few_customers_to_hold_any_out_the_note_says_so():
    found = rules_of(shop(40).iloc[:3])
    assert found.segment_rules["held_out"].sum() == 0
    assert found.segment_rules["held_out_precision"].isna().all()
    assert found.fidelity_note.endswith(
        "all of whom they were fitted on: there are too few to hold any out"
    )


def test_with_few_held_out_customers_the_note_says_that_they_tell_little():
    assert rules_of(shop(40)).fidelity_note.count("so few tell little") == 1


def test_a_segment_that_no_rule_leads_to_is_named():
    table = shop(300)
    table.loc[0, ["segment", "segment_name"]] = [4, "Lonely"]
    note = rules_of(table, RuleSettings(leaves=3)).fidelity_note
    assert note.endswith("no rule leads to Lonely")


@examples(5)
@given(st.integers(2, 12), st.integers(0, 5))
def test_no_more_rules_than_asked_for(leaves, seed):
    asked = RuleSettings(leaves=leaves)
    assert len(rules_of(shop(60, seed), asked).segment_rules) <= leaves


def test_twelve_customers_in_two_segments_have_rules():
    members = pd.DataFrame(
        {
            "recency_days": 5,
            "monetary": np.arange(1.0, 13.0),
            "segment": [2] * 6 + [1] * 6,
            "segment_name": ["New"] * 6 + ["Champions"] * 6,
        }
    )
    found = rules_of(members)
    assert found.segment_rules["customers"].tolist() == [6, 6]
    assert found.fidelity == 1
    assert found.fidelity_note == (
        "2 rules put 100.0 % of 2 held-out customers into their segment; so few tell little"
    )
