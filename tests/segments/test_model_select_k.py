"""Criteria for each k, and the one chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custseg.artifacts import MODEL_FEATURES
from custseg.errors import ModelError
from custseg.segments.model.criteria import KStudied, study_k
from custseg.segments.model.fit import fit
from custseg.segments.model.pipeline import build, matrix
from custseg.segments.model.select_k import KSelected, select_k
from custseg.settings import ModelSettings, RunSettings
from tests.conftest import planted_customers

# What is tried here shows with fewer resamples than a shop's run makes.
FEW = 12


def store(seed: int, groups: int, customers: int = 400) -> pd.DataFrame | None:
    """A shop whose customers fall into groups of unequal size; None where the model sees them mix.

    Groups lie in three dimensions that all seven features mix, at least ten standard deviations
    apart there; a projection to the components kept may bring two together.
    """
    draw = np.random.default_rng([seed, groups])
    nearest, centres = 0.0, np.empty((groups, 3))
    while nearest < 10:
        centres = draw.uniform(-10, 10, (groups, 3))
        gaps = np.linalg.norm(centres[:, None] - centres, axis=2)
        nearest = gaps[np.triu_indices(groups, 1)].min()
    shares = draw.dirichlet(np.full(groups, 5.0)) * (1 - 0.08 * groups) + 0.08
    own = draw.choice(groups, customers, p=shares)
    axes = np.linalg.qr(draw.normal(size=(len(MODEL_FEATURES), 3)))[0]
    latent = centres[own] + draw.normal(size=(customers, 3))
    logs = 0.2 * (latent @ axes.T + draw.normal(0, 0.3, (customers, len(MODEL_FEATURES))))
    table = pd.DataFrame(np.expm1(logs + 5), columns=list(MODEL_FEATURES))
    seen = pd.DataFrame(build(ModelSettings()).fit_transform(matrix(table, ModelSettings())))
    means, spread = seen.groupby(own).mean().to_numpy(), seen.groupby(own).std().max().max()
    gaps = np.linalg.norm(means[:, None] - means, axis=2)[np.triu_indices(groups, 1)]
    return table if gaps.min() >= 4 * spread else None


def shop(**figures: np.ndarray) -> pd.DataFrame:
    """Customers of whom the model sees these figures."""
    return pd.DataFrame({"frequency": 1, "tenure_days": 1, **figures})


def cloud(seed: int, customers: int = 400) -> pd.DataFrame:
    """Customers without any groups: one Gaussian cloud of log features."""
    logs = np.random.default_rng(seed).normal(5, 0.5, (customers, len(MODEL_FEATURES)))
    return pd.DataFrame(np.expm1(logs), columns=list(MODEL_FEATURES))


def study(
    table: pd.DataFrame,
    chosen: KSelected,
    settings: ModelSettings,
    run_settings: RunSettings | None = None,
    **further: Any,
) -> KStudied:
    """Study what was chosen."""
    return study_k(
        table,
        chosen.k_scores,
        chosen.k_reason,
        chosen.structure,
        settings,
        run_settings,
        **further,
    )


@pytest.mark.parametrize("stores", [3, pytest.param(100, marks=pytest.mark.nightly)])
def test_well_separated_groups_are_found_in_95_of_100_stores(stores, capsys):
    found, seen, seed = 0, 0, 0
    while seen < stores:
        groups = 3 + seen % 5
        table = store(seed, groups)
        seed += 1
        if table is None:
            continue
        seen += 1
        found += select_k(table).k == groups
    with capsys.disabled():
        print(f"\nplanted number of groups found in {found} of {stores} stores ({seed} drawn)")
    assert found >= 0.95 * stores


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.nightly) for n in (1, 2))])
def test_one_cloud_has_no_natural_groups_but_a_usable_partition(seed):
    table, settings = cloud(seed), ModelSettings(resamples=FEW)
    selected = select_k(table, settings)
    assert selected.structure.startswith("No natural groups")
    studied = study(table, selected, settings)
    assert "the gap statistic finds none" in studied.structure_studied
    assert "survive resampling best" in selected.k_reason
    chosen = selected.k_scores.set_index("k").loc[selected.k]
    assert 4 <= selected.k <= 7
    assert chosen["smallest_share"] >= 0.05
    assert chosen["largest_share"] < 0.5


def test_three_planted_groups_are_natural_ones():
    selected = select_k(planted_customers(), ModelSettings(resamples=FEW))
    assert selected.k == 3
    assert "natural groups" in selected.k_reason
    assert selected.structure.startswith("Natural groups: the customers fall into 3 ")
    scores = selected.k_scores.set_index("k")
    assert scores.index.tolist() == list(range(2, 13))
    assert scores.index[scores["chosen"]].tolist() == [3]
    assert scores["inertia"].is_monotonic_decreasing
    assert scores.loc[3, "smallest_share"] == pytest.approx(1 / 3)


def test_a_k_that_is_asked_for_is_taken_and_scored():
    selected = select_k(planted_customers(), ModelSettings(k=14))
    assert selected.k == 14
    assert "asked for" in selected.k_reason
    assert selected.k_scores["k"].tolist() == [*range(2, 13), 14]


def test_a_large_shop_gets_a_sampled_silhouette_with_its_error():
    customers = planted_customers(200)
    exact, sampled = (
        select_k(customers, ModelSettings(kmax=4, silhouette_sample=size)).k_scores
        for size in (10_000, 300)
    )
    assert exact["silhouette_se"].isna().all()
    assert (sampled["silhouette_se"] > 0).all()
    assert np.allclose(exact["silhouette"], sampled["silhouette"], atol=0.03)


def test_few_different_customers_limit_the_candidates():
    settings = ModelSettings(least_customers=1)
    assert select_k(planted_customers(3), settings).k_scores["k"].tolist() == [*range(2, 9)]
    assert select_k(planted_customers(1), settings).k_scores["k"].tolist() == [2]


@pytest.mark.parametrize("per_group", [1, 13])
def test_a_shop_with_too_few_customers_for_two_segments_has_one(per_group):
    selected = select_k(planted_customers(per_group))
    assert selected.k == 1
    assert selected.k_reason == (
        f"k = 1: this shop is too small to segment: it has {3 * per_group} customers, and a "
        "segment needs 20"
    )
    assert selected.structure == "No segments: all customers are in one group."
    assert selected.k_scores.empty
    assert selected.k_flows.empty
    assert not selected.warnings


def test_three_groups_that_are_too_small_are_one_segment():
    selected = select_k(planted_customers(15), ModelSettings(resamples=FEW))
    scores = selected.k_scores.set_index("k")
    assert selected.k == 1
    assert scores.loc[3, "smallest_customers"] == 15
    assert "every k of 2 to 12 has a segment of fewer than 20 customers" in selected.k_reason


def test_groups_of_as_many_customers_as_a_segment_needs_are_found():
    selected = select_k(planted_customers(20), ModelSettings(resamples=FEW))
    assert selected.k == 3
    assert selected.k_scores.set_index("k").loc[3, "smallest_customers"] == 20


def test_customers_who_hardly_differ_are_one_segment():
    two = pd.concat([planted_customers(1).head(2)] * 100, ignore_index=True)
    assert "only 2 of its 200 customers differ from each other" in select_k(two).k_reason


def test_what_is_known_of_the_shop_is_told_before_the_work_begins():
    told: list[str] = []
    settings = ModelSettings(kmax=4, resamples=FEW)
    selected = select_k(
        planted_customers(200),
        settings,
        progress=lambda _done, _of: told.append("work"),
        tell=told.append,
    )
    assert told[0] == selected.eligibility
    assert set(told[1:]) == {"work"}


def test_more_segments_than_different_customers_are_an_error():
    with pytest.raises(ModelError, match="7 segments were asked for.*only 3 differ"):
        select_k(planted_customers(1), ModelSettings(k=7))
    with pytest.raises(ModelError, match="3 segments were asked for.*only 3 differ"):
        select_k(planted_customers(1), ModelSettings(k=3))
    with pytest.raises(ModelError, match="7 segments need at least 7 different"):
        fit(planted_customers(1), 7)


@pytest.mark.parametrize("customers", [1, 50])
def test_customers_that_are_all_alike_are_one_segment(customers):
    alike = pd.concat([planted_customers(1).head(1)] * customers, ignore_index=True)
    selected = select_k(alike)
    assert selected.k == 1
    fitted = fit(alike.assign(customer_id=[str(n) for n in range(customers)]), selected.k)
    assert fitted.segments["segment_name"].tolist() == ["All customers"] * customers
    assert (fitted.segments["margin"] == 1).all()


def test_a_model_feature_with_missing_values_is_named():
    table = planted_customers()
    table["gap_days_mean"] = np.where(table.index < 7, np.nan, 1.0)
    with pytest.raises(ModelError, match=r"gap_days_mean \(7 customers\)"):
        matrix(table, ModelSettings(features=("monetary", "gap_days_mean")))


def test_the_study_completes_what_the_choice_measured_and_says_the_same_of_it():
    table = cloud(1, customers=200)
    settings = ModelSettings(min_stability=0.1, kmax=8, resamples=FEW)
    chosen = select_k(table, settings)
    assert chosen.k_scores["resamples"].tolist().count(FEW) == 1
    assert chosen.k_scores[["gap", "seed_ari"]].isna().all(axis=None)
    studied = study(table, chosen, settings)
    whole = studied.k_criteria
    assert whole[["gap", "seed_ari", "stability"]].notna().all(axis=None)
    ruled = whole["k"].between(4, 7)
    assert (whole["resamples"] == np.where(ruled, FEW, 10)).all()
    added = ["gap", "gap_se", "seed_ari", "stability", "stability_sd", "resamples", "favoured_by"]
    pd.testing.assert_frame_equal(
        whole.drop(columns=added), chosen.k_scores.drop(columns=added), check_exact=True
    )
    known = chosen.k_scores["resamples"] > 0
    assert whole["stability"][known].tolist() == chosen.k_scores["stability"][known].tolist()
    assert studied.k_reason_studied.split(";")[0] == chosen.k_reason.split(";")[0]


def test_a_shop_too_small_for_segments_has_nothing_to_study():
    table = planted_customers(15)
    chosen = select_k(table, ModelSettings(resamples=FEW, least_customers=40))
    studied = study(table, chosen, ModelSettings(resamples=FEW))
    assert studied.k_criteria.empty
    assert (studied.k_reason_studied, studied.structure_studied) == (
        chosen.k_reason,
        chosen.structure,
    )


@pytest.mark.parametrize("spread", ["uniform", "normal", "exponential"])
def test_customers_spread_along_a_line_are_no_natural_groups(spread):
    draw = getattr(np.random.default_rng(0), spread)
    table = shop(monetary=100 + 10 * draw(size=400))
    settings = ModelSettings(features=("monetary",), transform={"monetary": "none"}, resamples=FEW)
    selected = select_k(table, settings)
    assert selected.structure.startswith("No natural groups")


@pytest.mark.parametrize(("few", "more", "natural"), [(1, 2, False), (1, 9, True)])
def test_groups_are_not_natural_where_nothing_can_be_between_them(few, more, natural):
    draw = np.random.default_rng(5)
    orders = draw.choice([few, more], 400, p=[0.6, 0.4])
    table = shop(frequency=orders, monetary=orders * draw.uniform(99, 101, 400))
    settings = ModelSettings(features=("frequency", "monetary"), kmax=4, resamples=FEW)
    selected = select_k(table, settings)
    assert selected.structure.startswith("Natural groups") is natural
    told = [warning for warning in selected.warnings if "are values of frequency" in warning]
    assert bool(told) is not natural


def test_groups_along_a_line_are_found_where_they_are_well_apart():
    near = np.random.default_rng(0).normal(size=(100, 3))
    table = shop(monetary=(100 + near + [0, 20, 40]).ravel())
    settings = ModelSettings(features=("monetary",), transform={"monetary": "none"})
    assert select_k(table, settings).k == 3


def test_workers_change_no_bit(monkeypatch):
    monkeypatch.setattr("custseg.segments.model.resampling._WORTH_WORKERS", 0)
    settings, table = ModelSettings(kmax=5, resamples=6, n_init=3), cloud(2, 150)
    one, two = (select_k(table, settings, RunSettings(workers=n)) for n in (1, 2))
    pd.testing.assert_frame_equal(one.k_scores, two.k_scores, check_exact=True)
    studied = [study(table, one, settings, RunSettings(workers=n)).k_criteria for n in (1, 2)]
    pd.testing.assert_frame_equal(*studied, check_exact=True)


def test_progress_is_told_to_the_end():
    told: list[tuple[int, int]] = []
    settings, table = ModelSettings(kmax=5, resamples=6, n_init=3), cloud(2, 100)
    selected = select_k(table, settings, progress=lambda done, of: told.append((done, of)))
    fits, resamples = told[:4], told[4:10]
    assert fits == [(n, 4) for n in range(1, 5)]
    assert resamples == [(n, 6) for n in range(1, 7)]
    study(table, selected, settings, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (20, 20)


def test_a_sample_of_a_large_shop_is_studied():
    settings, table = ModelSettings(kmax=4, study_sample=100, resamples=5), cloud(3, 300)
    studied = study(table, select_k(table, settings), settings)
    assert studied.k_criteria["stability"].notna().all()


def test_a_resample_may_hold_fewer_different_customers_than_there_are_segments():
    settings = ModelSettings(k=8, kmax=9, least_customers=1, resamples=4)
    table = cloud(4, 10)
    studied = study(table, select_k(table, settings), settings).k_criteria
    assert studied["stability"].notna().all()


def test_near_constant_and_equal_features_are_warned_of():
    table = cloud(0)
    table["active_days"] = table["frequency"] * 2
    table["tenure_days"] = np.where(np.arange(len(table)) < 5, 7.0, 3.0)
    settings = ModelSettings(transform={"active_days": "none", "frequency": "none"}, kmax=4)
    first, second, *_ = select_k(table, settings).warnings
    assert first == (
        "tenure_days is 3 for 99% of customers and so sets apart at most the few others. "
        "It is left out."
    )
    assert second.startswith("frequency and active_days say the same (correlation 1.000)")


def test_a_blob_and_a_segment_under_the_floor_are_warned_of():
    table = cloud(0)
    table.loc[:3, "monetary"] = 1e9
    settings = ModelSettings(features=("monetary",), transform={"monetary": "none"}, k=2)
    blob, small = select_k(table, settings).warnings
    assert blob.startswith("One segment holds 99% of the customers")
    assert small.startswith("The smallest segment holds 4 customers (1.0%), fewer than 20 ([model]")
