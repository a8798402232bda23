from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score, roc_auc_score

from custseg.outlook.validation.predictive_power import (
    FOLDS,
    Outcome,
    Prediction,
    _placements,
    by_group,
    folds,
    power,
    standard_error,
)


def outcomes(customers: int = 400, seed: int = 0) -> tuple[Outcome, np.ndarray]:
    """Customers of four groups of which higher ones buy more, and their groups."""
    draw = np.random.default_rng(seed)
    groups = draw.integers(0, 4, customers)
    bought = draw.random(customers) < 0.2 + 0.2 * groups
    return Outcome(np.where(bought, 3 + groups + draw.normal(size=customers), 0.0), bought), groups


def test_every_customer_is_held_out_once_a_repeat_and_never_trained_on():
    outcome, _ = outcomes(103)
    splits = folds(outcome, seed=1, repeats=3)
    assert len(splits) == 3 * FOLDS
    held = np.concatenate([held_out for _, held_out in splits])
    assert (np.bincount(held) == 3).all()
    for training, held_out in splits:
        assert not set(training) & set(held_out)


def test_a_group_predicts_the_mean_of_its_training_customers_only():
    outcome = Outcome(np.array([1.0, 3, 10, 100]), np.array([True, False, True, True]))
    predict = by_group(np.array(["a", "a", "b", "b"]), outcome)
    found = predict(np.array([0, 1, 2]), np.array([1, 3]))
    assert found.spend.tolist() == [2.0, 10.0]
    assert found.bought.tolist() == [0.5, 1.0]


def test_a_group_without_training_customers_predicts_the_mean_of_all():
    outcome = Outcome(np.array([1.0, 3, 50]), np.array([True, False, True]))
    found = by_group(np.array([1, 1, 2]), outcome)(np.array([0, 1]), np.array([2]))
    assert found.spend.tolist() == [2.0]
    assert found.bought.tolist() == [0.5]


def test_knowing_the_outcome_is_full_power():
    outcome, _ = outcomes()
    known = power(
        outcome,
        folds(outcome, 0),
        lambda _, held: Prediction(outcome.spend[held], outcome.bought[held].astype(float)),
    )
    assert (known.r2, known.auc, known.r2_se) == (1.0, 1.0, 0.0)


def test_random_groups_have_no_power():
    outcome, _ = outcomes(2000)
    groups = np.random.default_rng(9).integers(0, 6, 2000)
    found = power(outcome, folds(outcome, 0), by_group(groups, outcome))
    assert found.r2 == pytest.approx(0, abs=0.01)
    assert found.auc == pytest.approx(0.5, abs=3 * found.auc_se)


def test_power_agrees_with_scikit_learn_fold_by_fold():
    outcome, groups = outcomes(1000)
    splits = folds(outcome, 0)
    predict = by_group(groups, outcome)
    found = power(outcome, splits, predict)
    r2, auc = [], []
    for training, held_out in splits:
        prediction = predict(training, held_out)
        r2.append(r2_score(outcome.spend[held_out], prediction.spend))
        auc.append(roc_auc_score(outcome.bought[held_out], prediction.bought))
    # scikit-learn compares with the held-out customers' own mean, which no one could know.
    assert found.r2 == pytest.approx(np.mean(r2), abs=0.01)
    assert found.r2 > np.mean(r2)
    assert found.auc == pytest.approx(np.mean(auc), abs=1e-3)


def test_standard_errors_are_those_of_drawing_other_customers():
    found = []
    for seed in range(60):
        outcome, groups = outcomes(400, seed)
        found.append(power(outcome, folds(outcome, 0, repeats=1), by_group(groups, outcome)))
    for figure in ("r2", "auc"):
        spread = np.std([getattr(power, figure) for power in found], ddof=1)
        claimed = np.mean([getattr(power, f"{figure}_se") for power in found])
        assert claimed == pytest.approx(spread, rel=0.3)


def test_the_lead_of_a_method_over_itself_is_certain():
    outcome, groups = outcomes()
    one = power(outcome, folds(outcome, 0), by_group(groups, outcome))
    renamed = power(outcome, folds(outcome, 0), by_group(3 - groups, outcome))
    assert standard_error(one.influence - renamed.influence) == 0.0
    assert one.influence.mean() == pytest.approx(0, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=40))
def test_placements_average_to_the_auc_on_both_sides(pairs):
    prediction = np.array([float(value) for value, _ in pairs])
    bought = np.array([side for _, side in pairs])
    if bought.all() or not bought.any():
        return
    placed = _placements(prediction, bought)
    auc = roc_auc_score(bought, prediction)
    assert placed[bought].mean() == pytest.approx(auc)
    assert placed[~bought].mean() == pytest.approx(auc)
