"""The model's stages on customers whose groups can be told by eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from custseg.errors import ModelError
from custseg.model.fit import fit
from custseg.model.naming import name_segments, standardised_means
from custseg.model.pipeline import build, matrix
from custseg.model.reduce import reduce
from custseg.model.select_k import select_k
from custseg.model.silhouettes import silhouettes
from custseg.settings import ModelSettings

GROUPS = {
    # recency, frequency, monetary, tenure: few, well apart
    "loyal": (5.0, 30.0, 9000.0, 360.0),
    "lapsed": (300.0, 2.0, 100.0, 350.0),
    "new": (6.0, 1.0, 60.0, 8.0),
}


def customers(per_group: int = 40, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frames = []
    for name, (recency, frequency, monetary, tenure) in GROUPS.items():
        noise = np.exp(draw.normal(0, 0.1, (per_group, 4)))
        values = np.array([recency, frequency, monetary, tenure]) * noise
        frame = pd.DataFrame(
            values, columns=["recency_days", "frequency", "monetary", "tenure_days"]
        )
        frames.append(frame.assign(group=name))
    table = pd.concat(frames, ignore_index=True)
    table["active_days"] = table["frequency"]
    table["average_order_value"] = table["monetary"] / table["frequency"]
    table["distinct_products"] = table["frequency"] * 3
    table.insert(0, "customer_id", [f"c{i:04d}" for i in draw.permutation(len(table))])
    return table.sort_values("customer_id", ignore_index=True)


def test_components_are_uncorrelated_and_explain_what_is_asked():
    reduced = reduce(customers(), ModelSettings(variance=0.9))
    explained = reduced.explained_variance
    assert explained["share"].sum() == pytest.approx(1)
    kept = explained[explained["kept"]]
    assert kept["cumulative_share"].iloc[-1] >= 0.9
    assert len(kept) == 1 or kept["cumulative_share"].iloc[-2] < 0.9
    scores = reduced.components.drop(columns="customer_id")
    assert np.allclose(np.cov(scores.T) - np.diag(scores.var()), 0, atol=1e-9)


def test_a_loading_is_the_correlation_of_feature_and_component():
    table, settings = customers(), ModelSettings()
    reduced = reduce(table, settings)
    logs = np.log1p(table[list(settings.features)])
    row = reduced.loadings.query("component == 1 and feature == 'monetary'").iloc[0]
    correlation = np.corrcoef(logs["monetary"], reduced.components["pc1"])[0, 1]
    n = len(table)
    # StandardScaler divides by n, PCA's variance by n - 1.
    assert row["loading"] == pytest.approx(correlation * np.sqrt(n / (n - 1)))


def test_all_variance_keeps_all_components():
    assert reduce(customers(), ModelSettings(variance=1.0)).explained_variance["kept"].all()


def test_silhouettes_of_several_labellings_equal_scikit_learns():
    draw = np.random.default_rng(3)
    points = draw.normal(size=(300, 2))
    labellings = [draw.integers(0, k, 300).astype(np.int32) for k in (2, 5)]
    found = silhouettes(points, labellings)
    for widths, labels in zip(found, labellings, strict=True):
        assert np.allclose(widths, silhouette_samples(points, labels))


def test_a_point_alone_in_its_cluster_has_silhouette_zero():
    points = np.array([[0.0], [0.1], [5.0]])
    assert silhouettes(points, [np.array([0, 0, 1], dtype=np.int32)])[0, 2] == 0


def test_the_elbow_finds_three_planted_groups():
    selected = select_k(customers())
    assert selected.k == 3
    assert "elbow" in selected.k_reason
    scores = selected.k_scores.set_index("k")
    assert scores.index.tolist() == list(range(2, 13))
    assert scores.index[scores["chosen"]].tolist() == [3]
    assert scores["inertia"].is_monotonic_decreasing
    assert scores.loc[3, "smallest_share"] == pytest.approx(1 / 3)


def test_a_k_that_is_asked_for_is_taken_and_scored():
    selected = select_k(customers(), ModelSettings(k=14))
    assert selected.k == 14
    assert "asked for" in selected.k_reason
    assert selected.k_scores["k"].tolist() == [*range(2, 13), 14]


def test_a_large_shop_gets_a_sampled_silhouette_with_its_error():
    exact = select_k(customers(200), ModelSettings(kmax=4)).k_scores
    sampled = select_k(customers(200), ModelSettings(kmax=4, silhouette_sample=300)).k_scores
    assert exact["silhouette_se"].isna().all()
    assert (sampled["silhouette_se"] > 0).all()
    assert np.allclose(exact["silhouette"], sampled["silhouette"], atol=0.03)


def test_few_customers_limit_the_candidates():
    assert select_k(customers(3)).k_scores["k"].max() == 8


def test_too_few_customers_are_an_error():
    with pytest.raises(ModelError, match="Too few customers.*3 different ones"):
        select_k(customers(1))
    with pytest.raises(ModelError, match="7 segments were asked for.*only 3 different"):
        select_k(customers(1), ModelSettings(k=7))
    with pytest.raises(ModelError, match="3 segments were asked for.*only 3 different"):
        select_k(customers(1), ModelSettings(k=3))
    with pytest.raises(ModelError, match="7 segments need at least 7 different"):
        fit(customers(1), 7)


def test_customers_that_are_all_alike_are_an_error():
    alike = pd.concat([customers(1).head(1)] * 20, ignore_index=True)
    with pytest.raises(ModelError, match="All 20 customers have the same features"):
        select_k(alike)


def test_a_model_feature_with_missing_values_is_named():
    table = customers()
    table["gap_days_mean"] = np.where(table.index < 7, np.nan, 1.0)
    with pytest.raises(ModelError, match=r"gap_days_mean \(7 customers\)"):
        matrix(table, ModelSettings(features=("monetary", "gap_days_mean")))


def test_planted_groups_become_segments_numbered_by_mean_spend():
    table = customers()
    segments = fit(table, 3).segments
    assert adjusted_rand_score(table["group"], segments["segment"]) == 1.0
    named = dict(zip(table["group"], segments["segment_name"], strict=True))
    assert named == {"loyal": "Champions", "lapsed": "Hibernating", "new": "New"}
    numbered = dict(zip(table["group"], segments["segment"], strict=True))
    assert numbered == {"loyal": 1, "lapsed": 2, "new": 3}


def test_the_pipelines_prediction_plus_one_is_the_segment():
    table, settings = customers(), ModelSettings()
    fitted = fit(table, 3, settings)
    values = matrix(table, settings)
    assert (fitted.pipeline.predict(values) + 1 == fitted.segments["segment"]).all()
    nearest = fitted.pipeline.transform(values).min(axis=1)
    assert np.allclose(nearest, fitted.segments["distance"])


def test_spend_below_zero_counts_as_none():
    table = customers()
    table.loc[0, "monetary"] = -5.0
    values = matrix(table, ModelSettings())
    assert np.isfinite(build(ModelSettings()).fit_transform(values)).all()


def z(*rows: tuple[float, float, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["recency", "frequency", "monetary", "tenure", "order_value"])


def test_names_follow_the_rules_in_turn():
    names = name_segments(
        z(
            (-1.0, 2.0, 2.0, 0.5, 0.5),
            (-0.5, 0.9, 0.9, 0.4, 0.2),
            (0.4, -0.1, 0.5, 0.2, 1.0),
            (0.0, -0.1, -0.2, 0.3, -0.5),
            (-0.4, -0.7, -0.6, -1.6, 0.0),
            (0.9, -0.8, -0.7, 0.3, 0.0),
            (0.8, -0.9, -1.5, 0.1, -1.2),
        )
    )
    assert list(names.values()) == [
        "New",
        "Champions",
        "Loyal",
        "Big baskets, slipping",
        "Needs attention",
        "Hibernating",
        "Lapsed small buyers",
    ]
    assert names[4] == "New"
    assert names[0] == "Champions"


def test_surplus_segments_get_a_number():
    names = name_segments(z(*[(1.0, -1.0, -float(n), 0.0, 0.0) for n in range(6)]))
    assert list(names.values())[1:] == [
        "Hibernating",
        "Lapsed small buyers",
        "Dormant",
        "Dormant 2",
        "Dormant 3",
    ]


@pytest.mark.parametrize("missing", ["tenure", "order_value", "monetary", "recency", "frequency"])
def test_rules_whose_feature_is_missing_are_skipped(missing):
    table = z((-1.0, 2.0, 2.0, 0.5, 0.5), (0.9, -0.8, -0.7, -1.3, 0.9), (0.5, 0.0, 0.1, 0.0, 0.6))
    names = name_segments(table.drop(columns=missing))
    assert len(set(names.values())) == 3


def test_standardised_means_are_of_log_values():
    table = customers()
    means = standardised_means(table, (table["group"] == "loyal").astype(int))
    assert means.loc[1, "monetary"] > 1
    assert means.loc[0, "monetary"] < 0


def test_thread_count_changes_no_bit():
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        one = fit(customers(400), 5).segments
    with threadpool_limits(2):
        two = fit(customers(400), 5).segments
    assert one.equals(two)
