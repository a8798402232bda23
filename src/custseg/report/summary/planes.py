"""Customers as they are drawn: sampled or binned first, so that a million draw as fast as few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.report.summary.whole import Cell, Point
from custseg.segments.model.pipeline import transformed, usable_features, z_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

_SEED: Final = 42
_BINS: Final = (60, 40)
"""Of the plane of components, across and up."""
_OUTSIDE: Final = 0.001
"""Share of customers beyond each end of the plane's bins, counted in the outermost."""
_BLADE: Final = 80
"""Silhouette widths kept of each segment."""
_RECENCY_BINS: Final = 26


def points(members: pd.DataFrame, most: int) -> tuple[Point, ...]:
    """Draw customers at random, at most so many, in the order of their ids.

    Parameters
    ----------
    members
        Everyone's segment, components and features, sorted by customer_id.
    """
    kept = members
    if len(members) > most:
        drawn = np.random.default_rng(_SEED).choice(len(members), most, replace=False)
        kept = members.iloc[np.sort(drawn)]
    # Not in the order of ids: a position would tell something of who it is.
    kept = kept.sort_values(["segment", "pc1", "recency_days"], kind="stable")
    second = kept["pc2"].round(4) if "pc2" in kept else pd.Series(np.nan, index=kept.index)
    columns = (
        kept["segment"].tolist(),
        kept["pc1"].round(4).tolist(),
        second.tolist(),
        kept["recency_days"].tolist(),
        kept["frequency"].tolist(),
        kept["monetary"].fillna(0.0).round(2).tolist(),
    )
    return tuple(
        Point(segment, x, None if y != y else y, recency, orders, spend)  # noqa: PLR0124
        for segment, x, y, recency, orders, spend in zip(*columns, strict=True)
    )


def density(members: pd.DataFrame) -> tuple[Cell, ...]:
    """Count all customers in a grid over the plane of components, by segment."""
    if "pc2" not in members:
        return ()
    edges = [
        _even(members[axis].to_numpy(), bins)
        for axis, bins in zip(("pc1", "pc2"), _BINS, strict=True)
    ]
    return _cells(members, ("pc1", "pc2"), edges)


def outlook_arrow(members: pd.DataFrame) -> tuple[float, float] | None:
    """Correlations of the outlook axis with the first two components; None without either."""
    if "pc2" not in members or members["outlook"].isna().any():
        return None
    across, up = (float(members["outlook"].corr(members[axis])) for axis in ("pc1", "pc2"))
    return across, up


def recency_frequency(members: pd.DataFrame) -> tuple[Cell, ...]:
    """Count all customers by days since the last order and number of orders, by segment.

    Bins widen in proportion: the differences between 1 and 2 orders, and 10 and 20, weigh alike.
    """
    days = _widening(int(members["recency_days"].max()) + 1, _RECENCY_BINS, start=0)
    orders = _widening(int(members["frequency"].max()) + 1, _RECENCY_BINS, start=1)
    return _cells(members, ("recency_days", "frequency"), [days, orders])


def blades(members: pd.DataFrame) -> dict[int, tuple[float, ...]]:
    """Silhouette widths of each segment at evenly spaced ranks, falling."""
    known = members.dropna(subset="silhouette")
    found = {}
    for segment, widths in known.groupby("segment")["silhouette"]:
        falling = np.sort(widths.to_numpy())[::-1]
        size = min(_BLADE, len(falling))
        at = np.round(np.linspace(0, len(falling) - 1, size)).astype(int)
        found[int(str(segment))] = tuple(float(width) for width in falling[at].round(4))
    return found


def median_z(members: pd.DataFrame, settings: ModelSettings) -> dict[tuple[int, str], float]:
    """Median of each model feature by segment, in standard deviations from the overall mean.

    On the scale on which the model sees it (log1p unless set otherwise), so that one huge customer
    does not set the scale.
    """
    settings = usable_features(settings, members)
    values = transformed(members[list(settings.features)].to_numpy(dtype=np.float64), settings)
    z = z_scores(pd.DataFrame(values, columns=list(settings.features)))
    medians = z.groupby(members["segment"].to_numpy()).median()
    return {
        (int(str(segment)), str(name)): float(value)
        for name, column in medians.items()
        for segment, value in column.items()
    }


def _even(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    low, high = np.quantile(values, [_OUTSIDE, 1 - _OUTSIDE])
    return np.linspace(low, high if high > low else low + 1, bins + 1)


def _widening(end: int, bins: int, start: int) -> NDArray[np.float64]:
    """Whole-number edges from start to end (which is in the last bin), evenly on a log scale."""
    edges = np.geomspace(start + 1, end + 1, bins + 1) - 1
    return np.unique(np.round(edges))


def _cells(
    members: pd.DataFrame, axes: tuple[str, str], edges: list[NDArray[np.float64]]
) -> tuple[Cell, ...]:
    """Count members in rectangles; those beyond the edges are in the outermost."""
    placed = pd.DataFrame({"segment": members["segment"].to_numpy()})
    for name, axis, own in zip("xy", axes, edges, strict=True):
        bins = np.searchsorted(own, members[axis].to_numpy(), side="right") - 1
        placed[name] = np.clip(bins, 0, len(own) - 2)
    counts = placed.groupby(["segment", "x", "y"], as_index=False).size()
    x, y = (np.round(own, 4).tolist() for own in edges)
    return tuple(
        Cell(segment, x[i], x[i + 1], y[j], y[j + 1], customers)
        for segment, i, j, customers in counts.to_numpy().tolist()
    )
