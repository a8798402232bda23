"""Where the K-means of refits start: where scikit-learn's own would."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import kmeans_plusplus

from custseg.segments.model.pipeline import clusterer
from custseg.segments.model.starts import quick_clusterer, spread_out
from custseg.settings import ModelSettings


@pytest.mark.parametrize("seed", range(12))
def test_starts_are_those_of_scikit_learn(seed):
    draw = np.random.default_rng(seed)
    points = draw.normal(size=(int(draw.integers(20, 800)), int(draw.integers(1, 8))))
    if seed % 3 == 0:
        points = points[draw.integers(len(points), size=len(points))]
    weights = draw.integers(1, 5, size=len(points)).astype(float) if seed % 2 else None
    k = int(draw.integers(1, 13))
    expected, _ = kmeans_plusplus(points, k, sample_weight=weights, random_state=seed)
    found = spread_out(points, k, np.random.RandomState(seed), weights)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("algorithm", ["kmeans", "minibatch"])
def test_a_refit_finds_the_clusters_that_the_model_would(algorithm):
    points = np.random.default_rng(1).normal(size=(500, 4))
    settings = ModelSettings(algorithm=algorithm, n_init=3)
    quick, usual = (make(settings, 5).fit(points) for make in (quick_clusterer, clusterer))
    assert quick.inertia_ == usual.inertia_
    np.testing.assert_array_equal(quick.labels_, usual.labels_)
