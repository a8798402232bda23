"""Who moved from one month to the next, by hand, by chance and on real data."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from custseg.artifacts import ARTIFACTS
from custseg.segments.model.monthly import segment
from custseg.segments.model.published import Identity, PublishedModel, Training
from custseg.segments.model.scoring import ScoringModel
from custseg.segments.movement.account import account, adjusted_rand
from custseg.segments.movement.customers import Month, count, trace
from custseg.segments.movement.figures import NOWHERE, Flow
from custseg.segments.movement.months import compare, compare_months, names
from custseg.settings import MonthlySettings
from custseg.workspace.storage import write
from tests.conftest import planted_customers

OLD, NEW = "2024-06-01", "2024-07-01"
CALLED = {1: ("Loyal ones", "Loyal"), 2: ("New", "New"), 3: ("Dormant", "Dormant")}


def by_spend(*centroids: float) -> ScoringModel:
    """A model that puts customers where the nearest spend is: segments 1, 2, …"""
    return ScoringModel(
        ("monetary",),
        (False,),
        (0.0,),
        (1.0,),
        (1.0,),
        (0.0,),
        ((1.0,),),
        tuple(range(1, len(centroids) + 1)),
        tuple((centroid,) for centroid in centroids),
    )


def month(as_of: str, customers: dict[str, tuple[float, int]], tenure: int = 300) -> Month:
    """Customers by id, with their spend and segment; those named n… came 10 days ago."""
    ids = sorted(customers)
    features = pd.DataFrame(
        {
            "customer_id": ids,
            "monetary": [customers[one][0] for one in ids],
            "tenure_days": [10 if one.startswith("n") else tenure for one in ids],
        }
    )
    labels = [customers[one][1] for one in ids]
    return Month(as_of, features, pd.DataFrame({"customer_id": ids, "segment": labels}))


# Segments are at 100, 50 and 0; the new model has moved the border of 1 and 2 from 75 to 60.
MODEL = by_spend(100.0, 50.0, 0.0)
BEFORE = month(
    OLD,
    {
        "a": (100.10, 1),  # stays
        "b": (10.00, 3),  # spends: to 2
        "c": (65.00, 2),  # the new model takes to 1
        "d": (10.00, 3),  # spends, by the old model to 2, by the new one to 1
        "e": (90.00, 1),  # sends back, by the old model to 2, and the new one brings back to 1
        "g": (20.00, 3),  # is gone
    },
)
NOW = month(
    NEW,
    {
        "a": (120.30, 1),
        "b": (40.00, 2),
        "c": (65.00, 1),
        "d": (70.05, 1),
        "e": (70.00, 1),
        "n": (5.00, 3),
        "r": (45.00, 2),  # had ordered 300 days ago, and was no customer
    },
)


def test_every_customer_has_both_segments_and_the_cause():
    traced = trace(BEFORE, NOW, MODEL).set_index("customer_id")
    assert {
        customer: tuple(row)
        for customer, row in traced[["from_segment", "by_old_model", "to_segment", "cause"]]
        .T.to_dict("list")
        .items()
    } == {
        "a": (1, 1, 1, "stayed"),
        "b": (3, 2, 2, "behaviour"),
        "c": (2, 2, 1, "model"),
        "d": (3, 2, 1, "both"),
        "e": (1, 2, 1, "cancelled"),
        "g": (3, 0, 0, "lost"),
        "n": (0, 0, 3, "new"),
        "r": (0, 0, 2, "returning"),
    }


def test_customers_and_revenue_of_each_segment_add_up_to_the_penny():
    found = compare(BEFORE, NOW, published(MODEL), CALLED)
    moved = found.movement
    loyal, new, dormant = moved.segments
    assert (loyal.name, loyal.rule, loyal.colour) == ("Loyal ones", "Loyal", "#0072b2")
    customers = loyal.customers
    assert (customers.before, customers.behaviour, customers.model, customers.now) == (2, -1, 3, 4)
    assert (new.customers.before, new.customers.returning, new.customers.now) == (1, 1, 2)
    assert (dormant.customers.before, dormant.customers.lost, dormant.customers.new) == (3, 1, 1)
    assert loyal.revenue is not None
    # a and e had 190.10; a spent 20.20, e sent back 20; e leaves with 70 and is brought back with
    # c and d.
    assert loyal.revenue.before == Decimal("190.1")
    assert loyal.revenue.spent == Decimal("0.2")
    assert loyal.revenue.behaviour == Decimal(-70)
    assert loyal.revenue.model == Decimal("205.05")
    assert loyal.revenue.now == Decimal("325.35")
    for one in moved.segments:
        assert one.revenue is not None
        for own in (one.customers, one.revenue):
            spent = getattr(own, "spent", 0)
            joined = own.new + own.returning - own.lost
            assert own.before + joined + spent + own.behaviour + own.model == own.now


def test_the_sentence_tells_what_became_of_customers():
    moved = compare(BEFORE, NOW, published(MODEL), CALLED).movement
    assert moved.sentence == (
        "Since 2024-06-01, of 5 customers 40.0 % kept their segment; 20.0 % moved by what they "
        "did, 20.0 % by the new model and 20.0 % by both; 1 new customer, 1 returning and 1 lost."
    )
    assert (moved.both, moved.kept, moved.cancelled, moved.kept_by_behaviour) == (5, 2, 1, 2)


def test_the_matrix_tells_of_each_way_what_it_is_due_to():
    moved = compare(BEFORE, NOW, published(MODEL), CALLED).movement
    ways = {
        (way.from_segment, way.to_segment, way.kind): (
            way.customers,
            way.revenue,
            (way.by_behaviour, way.by_model, way.by_both),
        )
        for way in moved.transitions
    }
    assert ways == {
        (1, 1, "stayed"): (2, Decimal("190.3"), (0, 0, 0)),
        (2, 1, "moved"): (1, Decimal(65), (0, 1, 0)),
        (3, 1, "moved"): (1, Decimal("70.05"), (0, 0, 1)),
        (3, 2, "moved"): (1, Decimal(40), (1, 0, 0)),
        (0, 2, "returning"): (1, Decimal(45), (0, 0, 0)),
        (0, 3, "new"): (1, Decimal(5), (0, 0, 0)),
        (3, 0, "lost"): (1, Decimal(20), (0, 0, 0)),
    }


def test_an_order_on_the_old_as_of_date_makes_a_new_customer():
    first = {"x": (10.0, 1)}
    for days, cause in ((30, "new"), (29, "new"), (31, "returning")):
        traced = trace(month(OLD, {}), month(NEW, first, tenure=days), MODEL)
        assert traced["cause"].tolist() == [cause]


def test_what_the_old_model_cannot_tell_counts_as_the_new_models():
    unknown = NOW.features.assign(monetary=np.nan)
    compared = compare(BEFORE, Month(NEW, unknown, NOW.segments), published(MODEL), CALLED)
    causes = set(compared.movers["cause"])
    assert causes == {"stayed", "model", "new", "returning", "lost"}
    assert "the old model needs monetary" in compared.movement.sentence
    assert all(one.revenue is None for one in compared.movement.segments)


def test_without_a_snapshot_before_nobody_is_compared():
    found = compare_months(NOW.features, NOW.segments, pd.DataFrame(), published(MODEL), NEW)
    assert (len(found.migration), len(found.movers)) == (0, 0)
    assert (found.movement_note, found.compared_with) == ("", None)


def test_an_empty_comparison_is_a_table_all_the_same(tmp_path):
    found = compare_months(NOW.features, NOW.segments, pd.DataFrame(), published(MODEL), NEW)
    for name in ("migration", "movers"):
        with (tmp_path / name).open("wb") as stream:
            assert write(getattr(found, name), ARTIFACTS[name], stream) == 0


def test_the_stage_compares_with_the_snapshot_before():
    shown = pd.DataFrame({"segment": [1, 2, 3], "segment_name": ["Loyal ones", "New", "Dormant"]})
    found = compare_months(
        NOW.features,
        NOW.segments,
        shown,
        published(by_spend(100.0, 20.0, 0.0)),
        NEW,
        published(MODEL, OLD),
        BEFORE.segments,
        BEFORE.features,
    )
    assert found.compared_with == OLD
    assert found.movement_note.startswith("Since 2024-06-01, of 5 customers 40.0 % kept")
    whole = found.migration.set_index(["from_segment", "to_segment", "cause"])
    assert whole.loc[(2, 1, "model"), "from_name"] == "New"
    assert whole.loc[(2, 1, "model"), "to_name"] == "Loyal ones"


def published(scoring: ScoringModel, as_of: str = OLD) -> PublishedModel:
    training = Training(OLD, 6, 1.0, (0.5, 0.2, 0.3), (1.0,) * 3, 0.0, (), {})
    identities = tuple(Identity(n, rule, OLD) for n, (_, rule) in CALLED.items())
    return PublishedModel(as_of, scoring, training, identities)


def test_a_retired_segment_is_called_by_its_rule():
    model = published(MODEL)
    gone = (Identity(4, "Big baskets", OLD, NEW), Identity(5, "Loyal ones", OLD, NEW))
    later = PublishedModel(NEW, MODEL, model.training, (*model.identities, *gone))
    shown = pd.DataFrame({"segment": [1], "segment_name": ["Loyal ones"]})
    assert names(later, shown) == {
        1: ("Loyal ones", "Loyal"),
        2: ("New", "New"),
        3: ("Dormant", "Dormant"),
        4: ("Big baskets", "Big baskets"),
        # Another has the name.
        5: ("Loyal ones (5)", "Loyal ones"),
    }


SPEND = st.integers(0, 15_000).map(lambda cents: cents / 100)
CUSTOMERS = st.dictionaries(
    st.sampled_from([f"{kind}{i}" for kind in "an" for i in range(9)]),
    st.tuples(SPEND, st.integers(1, 3)),
    max_size=18,
)


@given(CUSTOMERS, CUSTOMERS)
def test_the_parts_add_up_customer_by_customer_and_segment_by_segment(before, after):
    traced = trace(month(OLD, before), month(NEW, after), MODEL)
    assert set(traced["customer_id"]) == {*before, *after}
    for row in traced.itertuples():
        a, b, c = row.from_segment, row.by_old_model, row.to_segment
        if row.cause not in {"new", "returning", "lost"}:
            assert a == before[row.customer_id][1]
            assert c == after[row.customer_id][1]
            unit = np.eye(4)
            assert ((unit[b] - unit[a]) + (unit[c] - unit[b]) == unit[c] - unit[a]).all()
            assert (row.cause in {"behaviour", "both", "cancelled"}) == (a != b)
            assert (row.cause in {"model", "both", "cancelled"}) == (b != c)
            assert (row.cause in {"stayed", "cancelled"}) == (a == c)
    flows = [Flow(**row) for row in count(traced).to_dict("records")]
    moved = account(flows, CALLED, OLD, NEW)
    assert sum(way.customers for way in moved.transitions) == len(traced)
    for one in moved.segments:
        own = one.customers
        assert own.before == sum(label == one.segment for _, label in before.values())
        assert own.now == sum(label == one.segment for _, label in after.values())
        joined = own.new + own.returning - own.lost
        assert own.before + joined + own.behaviour + own.model == own.now
        worth = one.revenue
        assert worth is not None
        exact = sum(
            (Decimal(str(spent)) for spent, label in after.values() if label == one.segment),
            Decimal(0),
        )
        assert worth.now == exact
        joined = worth.new + worth.returning - worth.lost
        assert worth.before + joined + worth.spent + worth.behaviour + worth.model == worth.now


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=30))
def test_the_rand_index_is_that_of_scikit_learn(labels):
    found = adjusted_rand((a, b, 1) for a, b in labels)
    assert found == pytest.approx(adjusted_rand_score(*zip(*labels, strict=True)))


def test_nobody_has_no_rand_index():
    assert adjusted_rand([]) is None


def test_a_kept_model_moves_nobody():
    first, later = planted_customers(seed=1), planted_customers(seed=2)
    then = segment(first, 3, OLD)
    kept = segment(
        later,
        3,
        NEW,
        monthly_settings=MonthlySettings(model="frozen"),
        previous_model=then.model,
        previous_pipeline=b"",
    )
    found = compare(
        Month(OLD, first, then.segments),
        Month(NEW, later, kept.segments),
        then.model,
        names(kept.model, kept.segment_names),
    )
    moved = found.movement
    # Both months draw everyone's group anew: many move.
    assert moved.by_behaviour > 20
    assert (moved.by_model, moved.by_both, moved.cancelled) == (0, 0, 0)
    assert moved.rand == moved.rand_by_behaviour
    assert all(one.customers.model == 0 for one in moved.segments)
    assert NOWHERE not in set(found.movers["by_old_model"])
