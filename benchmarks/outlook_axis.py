"""How much of the next days' spend segments explain, and how stable they are, by outlook weight.

Usage: python benchmarks/outlook_axis.py ORDERS DATE [DATE ...] [--k 7] [--weights 0 2 3]
Of each date: five-fold cross-validated R² of log1p spend in the days after it by segment means, the
mean adjusted Rand index of 20 resamples, and the smallest segment's share.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from custseg.engine.base import fetch_frame
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.orders.lines import outcomes_from
from custseg.segments.model.fit import fit
from custseg.segments.model.outlook_axis import learn_outlook, with_outlook
from custseg.segments.model.pipeline import log1p_positive, matrix
from custseg.segments.model.resampling import bootstrap_stability
from custseg.settings import ModelSettings
from custseg.sources.raw import read_orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.sources.raw import Raw

_DAYS = 90
_RESAMPLES = 20


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("orders", type=Path)
    parser.add_argument("dates", type=date.fromisoformat, nargs="+")
    parser.add_argument("--k", type=int, default=7)
    parser.add_argument("--clips", type=float, nargs="+", default=[0.0, 3.0])
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 2.0, 2.5, 3.0])
    options = parser.parse_args()
    print("date        clip  weight  R²     ARI   smallest")
    with tempfile.TemporaryDirectory() as scratch:
        orders = read_orders(options.orders, Path(scratch))
        for day in options.dates:
            known = known_at(judge(orders.raw, orders.preset), day)
            came = _came(orders, known.features["customer_id"], day)
            on = ModelSettings(outlook_weight=1.0)
            for clip in options.clips:
                learned = learn_outlook(
                    orders.raw,
                    known.transactions,
                    known.measured,
                    orders.preset,
                    day.isoformat(),
                    on.model_copy(update={"clip": clip}),
                )
                for weight in options.weights:
                    settings = ModelSettings(clip=clip, outlook_weight=weight)
                    axis = learned.outlook_axis if weight else None
                    told = _measure(known.features, came, options.k, settings, axis)
                    print(f"{day}  {clip:4g}  {weight:6g}  {told}", flush=True)


def _measure(
    features: pd.DataFrame,
    came: NDArray[np.float64],
    k: int,
    settings: ModelSettings,
    axis: pd.DataFrame | None,
) -> str:
    fitted = fit(features, k, settings, outlook_axis=axis)
    labels = fitted.segments["segment"].to_numpy()
    used, outlook = with_outlook(settings, features, axis)
    kept = {k: (labels - 1).astype(np.int32)}
    stable = bootstrap_stability(
        matrix(features, used), kept, {k: _RESAMPLES}, used, outlook=outlook
    )
    explained = np.mean([_explained(labels, came, seed) for seed in range(5)])
    smallest = np.bincount(labels)[1:].min() / len(labels)
    return f"{explained:.4f}  {stable[k].mean():.2f}  {smallest:.3f}"


def _explained(labels: NDArray[np.int64], came: NDArray[np.float64], seed: int) -> float:
    """R² of the mean of each customer's segment among the others."""
    told = np.zeros(len(came))
    for others, own in KFold(5, shuffle=True, random_state=seed).split(came):
        means = pd.Series(came[others]).groupby(labels[others]).mean()
        told[own] = pd.Series(labels[own]).map(means).fillna(came[others].mean())
    return float(1 - ((came - told) ** 2).sum() / ((came - came.mean()) ** 2).sum())


def _came(orders: Raw, customers: pd.Series[str], day: date) -> NDArray[np.float64]:
    """What they spent in the days after, of what counts at their end, as log1p."""
    end = known_at(judge(orders.raw, orders.preset), day + timedelta(days=_DAYS))
    came = fetch_frame(outcomes_from(end.transactions, day)).set_index("customer_id")
    found = customers.map(came["spend_after"]).fillna(0)
    return log1p_positive(found.to_numpy(dtype=np.float64))


if __name__ == "__main__":
    main()
