"""Explanations: exact for real customers, planted ones, and one that a person can check by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from custseg.artifacts import MODEL_FEATURES
from custseg.cli.app import app
from custseg.engine.parquet import read_frame
from custseg.errors import DataError
from custseg.report.tables.customers import changed, explanation, sentence
from custseg.segments.customers.explanation import crossing, explain_customer
from custseg.segments.customers.published import Month, read_month
from custseg.segments.model.monthly import Segmented, segment
from custseg.segments.model.published import Identity, PublishedModel, Training
from custseg.segments.model.scoring import ScoringModel
from custseg.settings import ModelSettings, SegmentSettings
from custseg.workspace.workspace import Workspace
from tests.conftest import examples, planted_customers
from tests.shops import KEY
from tests.workspaces import edited

FEATURES = ("recency_days", "frequency")


def month_of(segmented: Segmented, features: pd.DataFrame) -> Month:
    model = segmented.model
    return Month(model.as_of, model, model.rules, features, segmented.segments)


def plain_model(
    own: tuple[float, float], other: tuple[float, float], as_of: str = "2024-02-01"
) -> PublishedModel:
    """Two segments of two features as they are: no logarithm, scale, weight or rotation."""
    scoring = ScoringModel(
        FEATURES,
        (False, False),
        (0.0, 0.0),
        (1.0, 1.0),
        (1.0, 1.0),
        (0.0, 0.0),
        ((1.0, 0.0), (0.0, 1.0)),
        (1, 2),
        (own, other),
    )
    training = Training(as_of, 2, 0.0, (0.5, 0.5), (9.0, 9.0), 9.0, (), {})
    names = (Identity(1, "Loyal", as_of), Identity(2, "Dormant", as_of))
    return PublishedModel(as_of, scoring, training, names)


def plain_month(model: PublishedModel, **customers: tuple[float, float]) -> Month:
    features = pd.DataFrame(customers.values(), columns=list(FEATURES), dtype=float)
    features.insert(0, "customer_id", list(customers))
    scoring = model.scoring
    labels = scoring.labels(scoring.points(scoring.matrix(features)))
    segments = pd.DataFrame(
        {"customer_id": list(customers), "segment": labels, "next_segment": 3 - labels}
    )
    return Month(model.as_of, model, model.rules, features, segments)


LOYAL, DORMANT = (2.0, 10.0), (6.0, 2.0)


def test_where_there_is_one_segment_nothing_decides():
    features = planted_customers()
    month = month_of(segment(features, 1, "2024-02-01"), features)
    told = explain_customer(features["customer_id"][0], month)
    assert told.alone
    assert (told.margin, told.ambiguous, told.named) == (1.0, False, [])
    assert sentence(told, "£") == "All customers is the only segment."


def test_contributions_of_two_features_by_hand():
    month = plain_month(
        plain_model(LOYAL, DORMANT), anna=(3.0, 8.0), ben=(6.0, 1.0), eve=(8.0, 3.0)
    )
    told = explain_customer("anna", month)
    # To Loyal 1² + 2² = 5, to Dormant 3² + 6² = 45; half way is (4, 6), and a - b is (-4, 8).
    assert (told.segment_name, told.next_segment_name) == ("Loyal", "Dormant")
    assert told.difference == pytest.approx(40)
    recency, frequency = told.features
    assert recency.contribution == pytest.approx(2 * -4 * (3 - 4))
    assert frequency.contribution == pytest.approx(2 * 8 * (8 - 6))
    assert (recency.own_typical, recency.next_typical) == (3.0, 7.0)
    assert (frequency.own_typical, frequency.next_typical) == (8.0, 2.0)
    assert recency.effect == pytest.approx(2 * -4 * (3 - 7))
    assert frequency.effect == pytest.approx(2 * 8 * (8 - 2))
    # 96 of the 40 go with the orders alone.
    assert [one.feature for one in told.named] == ["frequency"]
    assert told.margin == pytest.approx(1 - (5 / 45) ** 0.5)
    assert not told.ambiguous
    assert (
        sentence(told, "")
        == "Loyal rather than Dormant because of 8 orders (typically 8 against 2)."
    )


def test_whether_the_name_is_true_of_the_customer_is_told_where_it_is_known():
    month = plain_month(plain_model(LOYAL, DORMANT), anna=(3.0, 8.0), ben=(6.0, 1.0))
    assert explain_customer("anna", month).fits_name is None
    known = replace(month, segments=month.segments.assign(fits_name=[False, True]))
    told = [explain_customer(one, known) for one in ("anna", "ben")]
    assert [one.fits_name for one in told] == [False, True]
    shown = [dict(row.values() for row in explanation(one, "")[0].rows)["segment"] for one in told]
    assert shown == ["1 Loyal; its name is not true of this customer", "2 Dormant"]


def test_contributions_add_up_where_features_are_clipped_and_the_outlook_axis_is_in_it():
    customers = planted_customers()
    outlook = pd.DataFrame(
        {"feature": list(MODEL_FEATURES), "coefficient": [-0.5, 1.0, 0.7, 0.0, 0.2, 0.1, -0.3]}
    )
    settings = ModelSettings(clip=1.2, outlook_weight=2)
    month = month_of(segment(customers, 4, "2024-01-01", settings, outlook_axis=outlook), customers)
    assert len(month.model.scoring.components) == len(outlook_components(month)) + 1
    for customer in customers["customer_id"].iloc[::3]:
        told = explain_customer(customer, month)
        parts = sum(one.contribution for one in told.features)
        assert parts == pytest.approx(told.difference, abs=1e-9)
        assert told.difference >= 0
        at = told.outlook
        nearer = (at.value - at.next_centroid) ** 2 - (at.value - at.own_centroid) ** 2
        assert at.contribution == pytest.approx(nearer)


def outlook_components(month: Month) -> list[tuple[float, ...]]:
    """The principal axes, which have length 1; the outlook axis has not."""
    axes = month.model.scoring.components
    return [axis for axis in axes if np.linalg.norm(axis) == pytest.approx(1)]


def test_an_empty_segment_is_spoken_of_by_its_centroid():
    month = plain_month(plain_model(LOYAL, DORMANT), anna=(3.0, 8.0))
    recency, frequency = explain_customer("anna", month).features
    assert (recency.next_typical, frequency.next_typical) == DORMANT


def test_the_fewest_features_are_named_largest_effect_first():
    assert crossing(5.0, np.array([1.0, 4.0, 3.0, -9.0])) == {1, 2}
    assert crossing(3.0, np.array([1.0, 4.0, 3.0, -9.0])) == {1}
    assert crossing(8.0, np.array([1.0, 4.0, 3.0, -9.0])) == {0, 1, 2}
    assert crossing(0.0, np.array([0.5, 2.0])) == {1}, "on the border one is named all the same"


def test_of_an_unknown_customer_nothing_is_repeated():
    month = plain_month(plain_model(LOYAL, DORMANT), anna=(3.0, 8.0))
    with pytest.raises(DataError) as error:
        explain_customer("zoe secret", month)
    assert "zoe" not in error.value.message + error.value.hint


@pytest.mark.parametrize(
    ("now", "old", "cause"),
    [
        # The model of then: Loyal (2, 10), Dormant (6, 2).
        ((6.0, 3.0), (LOYAL, DORMANT), "behaviour"),
        ((6.0, 3.0), ((2.0, 9.0), DORMANT), "behaviour"),
        ((3.0, 8.0), (LOYAL, DORMANT), None),
    ],
)
def test_a_move_by_behaviour_is_told_from_none(now, old, cause):
    before = plain_month(plain_model(*old, as_of="2024-01-01"), anna=(3.0, 8.0))
    told = explain_customer("anna", plain_month(plain_model(LOYAL, DORMANT), anna=now), before)
    assert told.change is not None
    assert (told.change.moved, told.change.cause) == (cause is not None, cause)
    assert told.change.figures == {"recency_days": 3.0, "frequency": 8.0}


def test_a_move_by_another_model_alone():
    before = plain_month(plain_model(LOYAL, DORMANT, as_of="2024-01-01"), anna=(3.0, 8.0))
    other = plain_model((2.0, 30.0), (3.0, 9.0))
    told = explain_customer("anna", plain_month(other, anna=(3.0, 8.0)), before)
    assert told.change is not None
    assert (told.change.segment, told.segment, told.change.by_old_model) == (1, 2, 1)
    assert told.change.cause == "model"


def test_a_move_by_both():
    three = replace(
        plain_model(LOYAL, DORMANT, as_of="2024-01-01"),
        scoring=replace(
            plain_model(LOYAL, DORMANT).scoring,
            segments=(1, 2, 3),
            centroids=(LOYAL, DORMANT, (20.0, 20.0)),
        ),
    )
    named = replace(three, identities=(*three.identities, Identity(3, "Champions", "2024-01-01")))
    before = plain_month(named, anna=(3.0, 8.0))
    told = explain_customer(
        "anna", plain_month(plain_model((2.0, 10.0), (9.0, 19.0)), anna=(19.0, 19.0)), before
    )
    assert told.change is not None
    assert (told.change.cause, told.change.by_old_model_name) == ("both", "Champions")
    (said,) = changed(told)
    assert said == (
        "From Loyal on 2024-01-01 to Dormant now, by both what the customer did and the model: "
        "that of then would put the figures of now into Champions."
    )


def test_a_segment_whose_name_another_one_has_now_is_told_with_its_number():
    before = plain_month(plain_model(LOYAL, DORMANT, as_of="2024-01-01"), anna=(3.0, 8.0))
    new = plain_model(LOYAL, DORMANT)
    third = replace(
        new,
        scoring=replace(new.scoring, segments=(2, 3), centroids=(DORMANT, LOYAL)),
        identities=(
            Identity(1, "Loyal", "2024-01-01", retired="2024-02-01"),
            Identity(2, "Dormant", "2024-01-01"),
            Identity(3, "Loyal", "2024-02-01"),
        ),
    )
    month = plain_month(third, anna=(3.0, 8.0))
    month = replace(month, segments=month.segments.assign(next_segment=2))
    told = explain_customer("anna", month, before)
    (said,) = changed(told)
    assert said == (
        "From Loyal (1) on 2024-01-01 to Loyal now, by the model: that of then would leave the "
        "figures of now in Loyal (1)."
    )


def test_an_old_model_that_needs_what_is_gone_cannot_tell_why():
    old = plain_model(LOYAL, DORMANT, as_of="2024-01-01")
    before = plain_month(old, anna=(3.0, 8.0))
    spend = replace(old, scoring=replace(old.scoring, features=("recency_days", "monetary")))
    before = replace(before, model=spend)
    month = plain_month(plain_model(LOYAL, DORMANT), anna=(6.0, 1.0))
    month = replace(month, features=month.features.assign(monetary=float("nan")))
    told = explain_customer("anna", month, before)
    assert told.change is not None
    assert (told.change.cause, told.change.by_old_model) == ("unknown", None)
    assert "by another model" in next(iter(changed(told)))


def test_who_was_no_customer_has_no_change():
    before = plain_month(plain_model(LOYAL, DORMANT, as_of="2024-01-01"), ben=(3.0, 8.0))
    told = explain_customer(
        "anna", plain_month(plain_model(LOYAL, DORMANT), anna=(3.0, 8.0)), before
    )
    assert (told.before, told.change) == ("2024-01-01", None)
    assert list(changed(told)) == ["On 2024-01-01 not among the customers."]


def check(month: Month, customer: str, pipeline) -> int:
    """Assert that an explanation is exact, by the pipeline too; returns the features named."""
    told = explain_customer(customer, month)
    scoring = month.model.scoring
    values = scoring.matrix(month.features[month.features["customer_id"] == customer])
    contributions = sum(one.contribution for one in told.features)
    assert contributions == pytest.approx(told.next_distance**2 - told.distance**2, abs=1e-9)
    assert told.difference >= -1e-9
    assert told.named
    moved = values.copy()
    for i, one in enumerate(told.features):
        if one.named:
            moved[0, i] = one.next_typical
    to = dict(zip(scoring.segments, scoring.distances(scoring.points(moved))[0], strict=True))
    assert to[told.next_segment] < to[told.segment]
    assert scoring.segments[pipeline.predict(values)[0]] == told.segment
    assert scoring.segments[pipeline.predict(moved)[0]] != told.segment
    # One feature less, and they stay.
    fewer = told.difference - sum(one.effect for one in told.named[:-1])
    assert fewer >= -1e-9
    return len(told.named)


def test_fifty_real_customers(studied_retail):
    customers = read_frame(studied_retail / "features.parquet").sort_values("customer_id")
    segmented = segment(customers, 5, "2011-12-10")
    month = month_of(segmented, customers)
    chosen = np.random.default_rng(0).choice(customers["customer_id"], 50, replace=False)
    named = [check(month, customer, segmented.pipeline) for customer in chosen]
    print(f"features named: {np.bincount(named).tolist()} customers with 0, 1, 2, …")
    assert max(named) > 1


@examples(5)
@given(seed=st.integers(0, 1000), k=st.integers(2, 5), which=st.integers(0, 59))
def test_planted_customers(seed, k, which):
    customers = planted_customers(20, seed)
    segmented = segment(customers, k, "2024-01-01")
    check(month_of(segmented, customers), customers["customer_id"][which], segmented.pipeline)


@pytest.fixture
def workspace(secret_shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(secret_shop, tmp_path / "w"))


def test_explain_tells_the_published_segment_and_no_id(custseg, workspace):
    segments = pd.read_parquet(workspace / "segments.parquet")
    for customer in segments["customer_id"][:3]:
        row = segments[segments["customer_id"] == customer].iloc[0]
        result = custseg("explain", customer, "-w", workspace, "--json")
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        assert told["segment"] == row["segment"]
        assert told["segment_name"] == row["segment_name"]
        assert told["margin"] == pytest.approx(row["margin"], abs=1e-9)
        assert "secret" not in result.output
        sums = sum(one["contribution"] for one in told["features"])
        assert sums == pytest.approx(told["difference"], abs=1e-9)
        text = custseg("explain", customer, "-w", workspace)
        assert told["sentence"] in text.stdout
        assert "secret" not in text.output


def test_explain_an_earlier_snapshot(custseg, workspace):
    early, late = sorted(path.name for path in (workspace / "history").iterdir())
    customer = pd.read_parquet(workspace / "history" / early / "segments.parquet")["customer_id"][0]
    now = json.loads(custseg("explain", customer, "-w", workspace, "--json").stdout)
    then = json.loads(
        custseg("explain", customer, "-w", workspace, "--as-of", early, "--json").stdout
    )
    assert (now["as_of"], now["before"]) == (late, early)
    assert (then["as_of"], then["before"], then["change"]) == (early, None, None)
    assert now["change"]["segment"] == then["segment"]
    assert {one["feature"]: one["value"] for one in then["features"]} == now["change"]["figures"]


def test_what_changed_is_not_told_of_a_superseded_snapshot(custseg, workspace):
    _, late = sorted((workspace / "history").iterdir())
    customer = pd.read_parquet(late / "segments.parquet")["customer_id"][0]
    edited(
        late / "snapshot.json",
        "snapshot",
        lambda record: record["before"].update(model="0" * 64),
    )
    result = custseg("explain", customer, "-w", workspace, "--json")
    told = json.loads(result.stdout)
    assert (told["before"], told["change"], told["changed"]) == (None, None, [])
    assert "What changed cannot be told: " in result.stderr
    assert "custseg history --rebuild" in result.stderr


def test_a_name_in_another_encoding_is_unknown(workspace):
    call = ["explain", "-", "-w", str(workspace)]
    result = CliRunner().invoke(app, call, input="Zoë".encode("latin-1"))
    assert result.exit_code == 5
    assert "has no such customer" in result.stderr


def test_explain_needs_no_more_than_the_snapshots_and_no_lock(custseg, workspace):
    customer = pd.read_parquet(workspace / "segments.parquet")["customer_id"][0]
    for path in workspace.iterdir():
        if path.is_file():
            path.unlink()
    with Workspace(workspace).writing():
        before = set(workspace.rglob("*"))
        assert custseg("explain", customer, "-w", workspace).exit_code == 0
        assert set(workspace.rglob("*")) == before


def test_who_is_unknown_is_not_named(custseg, workspace):
    for typed in (["zoe@example.com"], ["Zoe", "Zebra"], ["'=1+1"], [" "]):
        result = custseg("explain", *typed, "-w", workspace)
        assert result.exit_code == 5
        assert "no such customer" in result.stderr
        assert "oe" not in result.output
    empty = custseg("explain", "zoe", "-w", workspace / "none")
    assert empty.exit_code == 4
    assert "no run has published a snapshot" in empty.stderr
    assert custseg("explain", "zoe", "-w", workspace, "--as-of", "2001-01-01").exit_code == 2


def test_customer_from_standard_input(workspace):
    customer = pd.read_parquet(workspace / "segments.parquet")["customer_id"][0]
    call = ["explain", "-", "-w", str(workspace), "--json"]
    result = CliRunner().invoke(app, call, input=f"{customer}\n")
    assert result.exit_code == 0, result.output


def test_hashed_customers_are_found_by_what_the_orders_call_them(custseg, hashed_shop, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", KEY)
    shutil.copytree(hashed_shop / "w", "w")
    address = pd.read_csv(hashed_shop / "people.csv", dtype=str)["CustomerID"].dropna().iloc[0]
    for typed in (address, f" {address.lower()}", f"<{address.upper()}>"):
        result = custseg("explain", typed, "-w", "w")
        assert result.exit_code == 0, result.output
        assert "example.com" not in result.output
    hashed = pd.read_parquet("w/segments.parquet")["customer_id"][0]
    assert custseg("explain", hashed, "-w", "w").exit_code == 0
    monkeypatch.setenv("CUSTSEG_KEY", "another key of some length")
    assert custseg("verify", "--adopt", "-w", "w").exit_code == 0
    result = custseg("explain", address, "-w", "w")
    assert result.exit_code == 5
    assert "CUSTSEG_KEY" in result.stderr
    assert "example.com" not in result.output


def test_a_damaged_snapshot_is_refused(custseg, workspace):
    late = max(path.name for path in (workspace / "history").iterdir())
    path = workspace / "history" / late / "features.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    result = custseg("explain", "anybody", "-w", workspace)
    assert result.exit_code == 4
    assert "SHA-256 differs" in result.stderr


def test_the_published_pipeline_agrees(workspace):

    snapshot = Workspace(workspace).history.latest()
    assert snapshot is not None
    month = read_month(snapshot, SegmentSettings())
    pipeline = joblib.load(snapshot.path("pipeline"))
    for customer in month.features["customer_id"][::10]:
        check(month, customer, pipeline)
