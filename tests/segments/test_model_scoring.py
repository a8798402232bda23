"""A pipeline in numbers does what the pipeline does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.errors import ModelError
from custseg.segments.model.fit import fit_pipeline, order_by_value
from custseg.segments.model.pipeline import build, matrix
from custseg.segments.model.scoring import ScoringModel, scoring_model
from custseg.settings import ModelSettings
from tests.conftest import examples, planted_customers

SETTINGS = ModelSettings(
    weights={"monetary": 2.0}, transform={"recency_days": "none"}, clip=0, outlook_weight=0
)


@pytest.fixture(scope="module", params=["components only", "clipped, with the outlook axis"])
def fitted(request):
    table, settings, outlook = planted_customers(), SETTINGS, None
    if request.param != "components only":
        settings = SETTINGS.model_copy(update={"clip": 1.0, "outlook_weight": 2.0})
        outlook = (-0.5, 1.0, 0.7, 0.0, 0.2, 0.1, -0.3)
    pipeline = fit_pipeline(matrix(table, settings), 3, settings, outlook)
    order_by_value(pipeline, table)
    return table, pipeline, scoring_model(pipeline, settings, (2, 5, 9))


def test_it_assigns_and_measures_as_the_pipeline_does(fitted):
    table, pipeline, scoring = fitted
    values = matrix(table, SETTINGS)
    assert len(scoring.components) == len(scoring.centroids[0])
    points = scoring.points(values)
    assert np.allclose(points, pipeline[:-1].transform(values), atol=1e-12)
    assert np.allclose(scoring.distances(points), pipeline.transform(values), atol=1e-9)
    assert (scoring.labels(points) == np.array([2, 5, 9])[pipeline.predict(values)]).all()


def test_standardising_can_be_undone(fitted):
    table, _, scoring = fitted
    values = matrix(table, SETTINGS)
    assert np.allclose(scoring.restore(scoring.standardise(values, clipped=False)), values)


def test_clipping_cuts_at_so_many_standard_deviations(fitted):
    table, _, scoring = fitted
    z = scoring.standardise(matrix(table, SETTINGS)) / scoring.weights
    whole = scoring.standardise(matrix(table, SETTINGS), clipped=False) / scoring.weights
    assert np.abs(whole).max() > 1.5
    assert (z == (np.clip(whole, -1, 1) if scoring.clip else whole)).all()


def test_customers_have_the_deviation_asked_for_along_the_outlook_axis():
    table = planted_customers()
    settings = ModelSettings(outlook_weight=2.5, clip=3)
    outlook = (-0.5, 1.0, 0.7, 0.0, 0.2, 0.1, -0.3)
    pipeline = build(settings, outlook=outlook)
    points = pipeline.fit_transform(matrix(table, settings))
    beside = build(settings).fit_transform(matrix(table, settings))
    assert points.shape[1] == beside.shape[1] + 1
    assert np.allclose(points[:, :-1], beside)
    assert points[:, -1].std() == pytest.approx(2.5)
    z = pipeline[:-2].transform(matrix(table, settings))
    assert np.corrcoef(points[:, -1], z @ np.array(outlook))[0, 1] == pytest.approx(1)


def test_an_axis_along_which_all_are_alike_is_left_out():
    table = planted_customers()
    values = matrix(table, SETTINGS)
    settings = SETTINGS.model_copy(update={"outlook_weight": 2.0})
    points = build(settings, outlook=(0.0,) * 7).fit_transform(values)
    assert np.allclose(points, build(SETTINGS).fit_transform(values))


def test_what_lies_in_the_space_of_the_components_is_not_aside(fitted):
    _, _, scoring = fitted
    flat = scoring.reconstruct(np.array(scoring.centroids))
    assert np.allclose(scoring.residuals(flat), 0)
    assert np.allclose(scoring.project(flat), scoring.centroids)


@given(st.lists(st.floats(0, 1e7), min_size=7, max_size=7))
@examples(15)
def test_any_customer_is_in_the_nearest_segment(fitted, values):
    _, _, scoring = fitted
    points = scoring.points(np.array([values]))
    nearest = scoring.distances(points)[0]
    assert nearest[scoring.segments.index(int(scoring.labels(points)[0]))] == nearest.min()


def test_a_feature_that_some_have_no_value_of_is_an_error(fitted):
    table, _, scoring = fitted
    lacking = table.assign(monetary=np.where(table.index == 0, np.nan, table["monetary"]))
    assert scoring.lacking(lacking) == ["monetary"]
    with pytest.raises(ModelError, match="needs monetary, which some customers have no value of"):
        scoring.matrix(lacking)


def test_it_comes_back_from_json_bit_for_bit(fitted):
    from pydantic import TypeAdapter

    scoring = fitted[2]
    adapter = TypeAdapter(ScoringModel)
    assert adapter.validate_json(adapter.dump_json(scoring)) == scoring
