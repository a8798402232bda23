"""The model's stages on customers whose groups can be told by eye."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from custseg.errors import ModelError
from custseg.segments.model.fit import fit
from custseg.segments.model.pipeline import build, matrix, usable_features
from custseg.segments.model.reduce import reduce
from custseg.segments.model.select_k import select_k
from custseg.segments.model.silhouettes import silhouettes
from custseg.settings import ModelSettings
from tests.conftest import planted_customers

AGE = "tenure_days"


def test_components_are_uncorrelated_and_explain_what_is_asked():
    reduced = reduce(planted_customers(), ModelSettings(variance=0.9))
    explained = reduced.explained_variance
    assert explained["share"].sum() == pytest.approx(1)
    kept = explained[explained["kept"]]
    assert kept["cumulative_share"].iloc[-1] >= 0.9
    assert len(kept) == 1 or kept["cumulative_share"].iloc[-2] < 0.9
    assert reduced.components["outlook"].isna().all()
    scores = reduced.components.drop(columns=["customer_id", "outlook"])
    assert np.allclose(np.cov(scores.T) - np.diag(scores.var()), 0, atol=1e-9)


def test_a_loading_is_the_correlation_of_feature_and_component():
    table, settings = planted_customers(), ModelSettings()
    reduced = reduce(table, settings)
    logs = np.log1p(table[list(settings.features)])
    row = reduced.loadings.query("component == 1 and feature == 'monetary'").iloc[0]
    correlation = np.corrcoef(logs["monetary"], reduced.components["pc1"])[0, 1]
    n = len(table)
    # StandardScaler divides by n, PCA's variance by n - 1.
    assert row["loading"] == pytest.approx(correlation * np.sqrt(n / (n - 1)))


def test_all_variance_keeps_all_components():
    assert reduce(planted_customers(), ModelSettings(variance=1.0)).explained_variance["kept"].all()


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


def test_planted_groups_become_segments_numbered_by_mean_spend():
    table = planted_customers()
    segments = fit(table, 3).segments
    assert adjusted_rand_score(table["group"], segments["segment"]) == 1.0
    named = dict(zip(table["group"], segments["segment_name"], strict=True))
    assert named == {"loyal": "Champions", "lapsed": "Hibernating", "new": "New"}
    numbered = dict(zip(table["group"], segments["segment"], strict=True))
    assert numbered == {"loyal": 1, "lapsed": 2, "new": 3}


def test_the_pipelines_prediction_plus_one_is_the_segment():
    table, settings = planted_customers(), ModelSettings()
    fitted = fit(table, 3, settings)
    values = matrix(table, settings)
    assert (fitted.pipeline.predict(values) + 1 == fitted.segments["segment"]).all()
    nearest = fitted.pipeline.transform(values).min(axis=1)
    assert np.allclose(nearest, fitted.segments["distance"])


def test_spend_below_zero_counts_as_none():
    table = planted_customers()
    table.loc[0, "monetary"] = -5.0
    values = matrix(table, ModelSettings())
    assert np.isfinite(build(ModelSettings()).fit_transform(values)).all()


def test_transforms_weights_and_components_are_settings():
    table = planted_customers()
    settings = ModelSettings(
        features=("recency_days", "monetary"),
        transform={"recency_days": "none"},
        weights={"monetary": 2.0},
        components=2,
    )
    values = matrix(table, settings)
    weighed = build(settings)[:-1].fit_transform(values)
    z_recency = (values[:, 0] - values[:, 0].mean()) / values[:, 0].std()
    logs = np.log1p(values[:, 1])
    assert np.allclose(weighed[:, 0], z_recency)
    assert np.allclose(weighed[:, 1], 2 * (logs - logs.mean()) / logs.std())
    assert reduce(table, settings).components.columns.tolist() == [
        "customer_id", "pc1", "pc2", "outlook"
    ]  # fmt: skip


def test_a_loading_stays_a_correlation_where_features_are_weighed():
    table = planted_customers()
    settings = ModelSettings(weights={"monetary": 3.0})
    reduced = reduce(table, settings)
    row = reduced.loadings.query("component == 1 and feature == 'monetary'").iloc[0]
    correlation = np.corrcoef(np.log1p(table["monetary"]), reduced.components["pc1"])[0, 1]
    assert row["loading"] == pytest.approx(correlation, rel=0.01)


def test_mini_batches_find_the_planted_groups_too():
    table = planted_customers(200)
    segments = fit(table, 3, ModelSettings(algorithm="minibatch")).segments
    assert adjusted_rand_score(table["group"], segments["segment"]) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_mini_batches_lose_no_segment(seed):
    # Of twelve customers, mini-batches alone leave one or two of ten clusters empty.
    table = planted_customers(4, seed=seed)
    settings = ModelSettings(algorithm="minibatch", seed=seed, n_init=1)
    assert sorted(fit(table, 10, settings).segments["segment"].unique()) == list(range(1, 11))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"transform": {"monetry": "none"}}, 'did you mean "monetary"'),
        ({"weights": {"overdue": 2.0}}, '"overdue" is not in .model. features'),
        ({"weights": {"monetary": 0.0}}, "monetary must be from 0.001 to 1000, not 0"),
        ({"components": 8}, r"components \(8\) is more than there are features \(7\)"),
        ({"most_segments": 3}, r"most_segments \(3\) is below fewest_segments \(4\)"),
    ],
)
def test_model_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        ModelSettings(**settings)


def test_more_components_than_customers_are_an_error():
    with pytest.raises(ModelError, match="7 components need as many customers; there are 6"):
        matrix(planted_customers(2), ModelSettings(components=7))


@pytest.mark.parametrize("customers", [1, 7])
def test_customers_who_are_all_alike_are_at_one_point(customers):
    alike = pd.concat([planted_customers(1).head(1)] * customers, ignore_index=True)
    reduced = reduce(alike)
    assert reduced.components["pc1"].tolist() == [0.0] * customers
    assert reduced.explained_variance[
        ["component", "variance", "cumulative_share"]
    ].to_numpy().tolist() == [[1, 0.0, 1.0]]
    fitted = fit(alike, 1)
    assert fitted.segments["distance"].to_numpy() == pytest.approx(np.zeros(customers))
    assert fitted.pipeline.predict(matrix(alike, ModelSettings())).tolist() == [0] * customers


def test_one_segment_has_everybody_and_no_border():
    fitted = fit(planted_customers(), 1)
    assert fitted.segment_names.to_numpy().tolist() == [
        [1, "All customers", "All customers", "everybody is in it", "is a customer of the shop"]
    ]
    assert (fitted.segments["segment"] == 1).all()
    assert (fitted.segments["next_segment"] == 1).all()
    assert (fitted.segments["margin"] == 1).all()
    assert not fitted.segments["ambiguous"].any()
    assert fitted.segments["silhouette"].isna().all()


def test_customers_whom_a_logarithm_makes_alike_are_counted_as_one():
    table = planted_customers(5)
    table["monetary"] = np.arange(len(table)) - 100.0
    few = ModelSettings(features=("monetary",), least_customers=1)
    assert select_k(table, few).k_reason.endswith("its 15 customers are all alike")
    table.loc[0, "monetary"] = 5.0
    with pytest.raises(ModelError, match="only 2 differ"):
        select_k(table, ModelSettings(features=("monetary",), k=2))
    with pytest.raises(ModelError, match="3 segments need at least 3 different customers"):
        fit(table, 3, ModelSettings(features=("monetary",)))


def test_margins_silhouettes_and_ambiguous_customers():
    table = planted_customers()
    # One customer half way, in logs, between the loyal and the new.
    middle = table[table["group"] != "lapsed"].groupby("group").mean(numeric_only=True)
    table.loc[0, middle.columns] = np.expm1(np.log1p(middle).mean())
    fitted = fit(table, 3)
    segments = fitted.segments
    distances = np.sort(fitted.pipeline.transform(matrix(table, ModelSettings())), axis=1)
    assert np.allclose(segments["margin"], 1 - distances[:, 0] / distances[:, 1])
    assert segments["ambiguous"].tolist() == [True, *[False] * (len(table) - 1)]
    assert (segments["next_segment"] != segments["segment"]).all()
    points = fitted.pipeline[:-1].transform(matrix(table, ModelSettings()))
    assert np.allclose(segments["silhouette"], silhouette_samples(points, segments["segment"]))


def test_silhouettes_of_a_large_shop_are_those_of_a_sample():
    widths = fit(planted_customers(200), 3, ModelSettings(silhouette_sample=100)).segments[
        "silhouette"
    ]
    assert widths.notna().sum() == 100


def test_thread_count_changes_no_bit():
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        one = fit(planted_customers(400), 5).segments
    with threadpool_limits(2):
        two = fit(planted_customers(400), 5).segments
    assert one.equals(two)


def test_features_that_nobody_has_a_value_of_are_left_out():
    features = planted_customers().assign(monetary=np.nan, average_order_value=np.nan)
    settings = ModelSettings(weights={"monetary": 2.0, "frequency": 2.0}, components=7)
    seen = usable_features(settings, features)
    assert seen.features == (
        "recency_days",
        "frequency",
        "tenure_days",
        "active_days",
        "distinct_products",
    )
    assert seen.weights == {"frequency": 2.0}
    assert seen.components == 5
    whole = usable_features(ModelSettings(), planted_customers())
    assert whole.features == ModelSettings().features
    assert whole.outlook_features == ()


def test_a_feature_that_is_the_same_for_95_percent_is_left_out_unless_there_is_no_other():
    features = planted_customers()
    few = np.arange(len(features)) < 0.05 * len(features)
    steady = features.assign(frequency=np.where(few, 9, 1), tenure_days=-1.0)
    seen = usable_features(ModelSettings(), steady)
    assert "frequency" not in seen.features
    assert "tenure_days" not in seen.features
    assert len(seen.features) == 5
    more = np.arange(len(features)) < 0.06 * len(features)
    assert (
        "frequency"
        in usable_features(
            ModelSettings(), features.assign(frequency=np.where(more, 9, 1))
        ).features
    )
    alone = ModelSettings(features=("frequency",))
    assert usable_features(alone, steady).features == alone.features


def test_without_it_a_handful_of_customers_has_no_segment_of_its_own():
    features = planted_customers(100)
    odd = np.arange(len(features)) < 3
    features = features.assign(distinct_products=np.where(odd, 500.0, 1.0))
    sizes = fit(features, 4).segments["segment"].value_counts()
    assert sizes.min() > 3


def test_without_amounts_segments_are_found_and_ranked_by_orders():
    features = planted_customers().assign(monetary=np.nan, average_order_value=np.nan)
    segments = fit(features, 3).segments
    groups = features["group"].groupby(segments["segment"]).unique()
    assert groups.map(list).tolist() == [["loyal"], ["lapsed"], ["new"]]


def test_a_model_of_nothing_that_is_known_says_so():
    features = planted_customers().assign(monetary=np.nan)
    with pytest.raises(ModelError, match="No customer has a value of any"):
        fit(features, 3, ModelSettings(features=("monetary",)))


def test_the_tenure_of_a_cohort_is_left_out():
    table = planted_customers()
    asked = ModelSettings()
    assert usable_features(asked, table).features == asked.features
    together = table.assign(tenure_days=np.linspace(200, 390, len(table)))
    others = tuple(name for name in asked.features if name != AGE)
    assert usable_features(asked, together).features == others
    # One who joined last week makes no difference.
    together.loc[0, AGE] = 7
    assert AGE not in usable_features(asked, together).features
    (told,) = (text for text in select_k(together, asked).warnings if AGE in text)
    assert told.startswith(f"{AGE} is left out: customers joined together (nine in ten of them ")
    alone = ModelSettings(features=(AGE,))
    assert usable_features(alone, together).features == (AGE,)
