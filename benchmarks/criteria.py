"""What each criterion for k costs.

Usage: python benchmarks/criteria.py features.parquet (a workspace's) [workers]
Prints the seconds of each for k = 2 to 12, in the order in which select-k asks for them. The
first that resamples bears the start of the worker processes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from custseg.engine.parquet import read_frame
from custseg.segments.model.pipeline import build, clusterer, matrix
from custseg.segments.model.resampling import (
    bootstrap_stability,
    reference_dispersions,
    seed_stability,
)
from custseg.segments.model.silhouettes import silhouettes
from custseg.settings import ModelSettings

if TYPE_CHECKING:
    from collections.abc import Callable

KS = range(2, 13)


def timed(name: str, work: Callable[[], object]) -> None:
    """Print how long a criterion took."""
    started = time.perf_counter()
    work()
    print(f"{name:<42} {time.perf_counter() - started:6.2f} s")


def main(features: Path, workers: int | None) -> None:
    """Print the table."""
    settings = ModelSettings()
    values = matrix(read_frame(features), settings)
    points = build(settings).fit_transform(values)
    labels = {}

    def fit_all() -> None:
        labels.update({k: clusterer(settings, k).fit(points).labels_ for k in KS})

    ruled = dict.fromkeys(range(4, 8), settings.resamples)
    others = {k: 10 for k in KS if k not in ruled}
    timed("inertia and elbow (20 starts each)", fit_all)
    timed("silhouettes", lambda: silhouettes(points, list(labels.values())))
    timed(
        "Calinski-Harabasz", lambda: [calinski_harabasz_score(points, ls) for ls in labels.values()]
    )
    timed("Davies-Bouldin", lambda: [davies_bouldin_score(points, ls) for ls in labels.values()])
    timed(
        "stability: 50 resamples of k = 4 to 7",
        lambda: bootstrap_stability(values, labels, ruled, settings, workers),
    )
    timed(
        "stability: 10 resamples of the others",
        lambda: bootstrap_stability(values, labels, others, settings, workers),
    )
    timed("other seeds (4)", lambda: seed_stability(points, labels, settings, workers))
    timed(
        "gap statistic (20 references)",
        lambda: reference_dispersions(points, [1, *KS], settings, workers),
    )


if __name__ == "__main__":
    with threadpool_limits(1):
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)  # noqa: PLR2004
