"""Very many customers: a model of a sample, and everybody scored by it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custseg.segments.model import sampling
from custseg.segments.model.fit import fit_pipeline
from custseg.segments.model.monthly import segment
from custseg.segments.model.nearness import nearness
from custseg.segments.model.pipeline import matrix
from custseg.segments.model.published import training_of
from custseg.segments.model.reduce import reduce
from custseg.segments.model.sampling import rows_to_fit
from custseg.segments.model.scoring import scoring_model
from custseg.segments.model.select_k import select_k
from custseg.settings import ModelSettings, RunSettings
from tests.conftest import planted_customers

SETTINGS = ModelSettings(
    max_fit_customers=1000, kmax=4, n_init=2, resamples=2, outlook_weight=0, study_sample=300
)
WHOLE = SETTINGS.model_copy(update={"max_fit_customers": 1500})


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return planted_customers(500)


def test_all_are_fitted_up_to_the_limit(customers):
    assert rows_to_fit(customers, WHOLE) is None


def test_above_it_each_hundredth_by_spend_gives_its_share(customers):
    rows = rows_to_fit(customers, SETTINGS)
    assert len(rows) == 1000
    assert (np.diff(rows) > 0).all()
    rank = customers["monetary"].rank(method="first").to_numpy() - 1
    assert (np.bincount((rank[rows] // 15).astype(int)) == 10).all()


def test_who_is_drawn_does_not_depend_on_the_order_of_rows(customers):
    shuffled = customers.sample(frac=1, random_state=3)
    drawn = set(customers["customer_id"].iloc[rows_to_fit(customers, SETTINGS)])
    assert drawn == set(shuffled["customer_id"].iloc[rows_to_fit(shuffled, SETTINGS)])


def test_other_draws_and_seeds_draw_others(customers):
    first = rows_to_fit(customers, SETTINGS)
    other_seed = SETTINGS.model_copy(update={"seed": 7})
    for other in (rows_to_fit(customers, SETTINGS, 1), rows_to_fit(customers, other_seed)):
        # Two draws of two thirds share four ninths of all.
        assert 550 < len(np.intersect1d(first, other)) < 780


def test_everybody_has_a_segment_and_another_sample_is_compared(customers):
    sampled = segment(customers, 3, "2024-01-01", SETTINGS)
    assert pd.crosstab(customers["group"], sampled.segments["segment"]).gt(0).sum().sum() == 3
    assert sampled.model.training.customers == len(sampled.segments) == 1500
    assert sampled.model_reason.endswith(
        "; it is fitted on a sample of 1,000 of the 1,500 customers, drawn evenly by spend, and "
        "one fitted on another such sample agrees with it on all customers to an adjusted Rand "
        "index of 1.000"
    )
    assert "sample" not in segment(customers, 3, "2024-01-01", WHOLE).model_reason


def test_the_next_month_keeps_a_model_of_a_sample(customers):
    first = segment(customers, 3, "2024-01-01", SETTINGS)
    before = {"previous_model": first.model, "previous_pipeline": b"the pipeline"}
    kept = segment(customers, 3, "2024-02-01", SETTINGS, **before)
    assert kept.pipeline == b"the pipeline"
    assert kept.segments.equals(first.segments)
    assert "sample" not in kept.model_reason


def test_each_number_of_segments_is_fitted_on_a_sample_and_scored_for_all(customers):
    told = []
    chosen = select_k(customers, SETTINGS, RunSettings(workers=1), tell=told.append)
    assert chosen.k == 3
    assert chosen.k_scores.loc[chosen.k_scores["k"] == 3, "smallest_customers"].item() == 500
    assert chosen.k_flows.groupby("k")["customers"].sum().eq(1500).all()
    assert told[0].endswith(
        "each number of segments is fitted on a sample of 1,000 of the 1,500 customers, drawn "
        "evenly by spend"
    )
    whole = select_k(customers, WHOLE, RunSettings(workers=1)).k_scores
    assert chosen.k_scores["inertia"].to_numpy() == pytest.approx(whole["inertia"], rel=0.05)


def test_components_of_all_customers_come_from_the_sample(customers):
    reduced, whole = reduce(customers, SETTINGS), reduce(customers, WHOLE)
    assert len(reduced.components) == 1500
    scores = reduced.components["pc1"], whole.components["pc1"]
    assert abs(np.corrcoef(*scores)[0, 1]) > 0.999
    rows = rows_to_fit(customers, SETTINGS)
    assert scores[0].iloc[rows].mean() == pytest.approx(0, abs=1e-9)
    assert scores[0].mean() != pytest.approx(0, abs=1e-9)


def test_scoring_in_batches_gives_what_scoring_at_once_gives(customers, monkeypatch):
    values = matrix(customers, SETTINGS)
    scoring = scoring_model(fit_pipeline(values, 3, SETTINGS), SETTINGS, (1, 2, 3))

    def figures() -> list[np.ndarray]:
        points = scoring.points(values)
        near = nearness(scoring, points)
        trained = training_of(scoring, values, SETTINGS, "2024-01-01")
        return [points, near.own, near.next, near.margin, np.array(trained.farthest)]

    at_once = figures()
    monkeypatch.setattr(sampling, "_BATCH", 700)
    for one, other in zip(at_once, figures(), strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-12)
