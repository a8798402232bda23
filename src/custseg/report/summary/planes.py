"""Customers as they are drawn: sampled or binned first, so that a million draw as fast as few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.privacy.disclosure import (
    boxes,
    is_dominated,
    rounded,
    suppress_list,
    suppress_matrix,
)
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
EVERYBODY: Final = -1
"""In place of a segment."""
_MEASURED: Final = ("recency_days", "frequency", "monetary")


def points(members: pd.DataFrame, most: int, least: int = 0) -> tuple[Point, ...]:
    """Draw customers at random, at most so many, in the order of their ids.

    Parameters
    ----------
    members
        Everyone's segment, components and features, sorted by customer_id.
    least
        From 2 on, a point is the mean of so many customers of a segment or more, who are near each
        other in the plane.
    """
    kept = members
    if least > 1:
        kept = _means(members, max(least, -(-2 * len(members) // most)))
    elif len(members) > most:
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


def _means(members: pd.DataFrame, least: int) -> pd.DataFrame:
    """Means of neighbours; spend to two digits, to one where one of them has most of it."""
    axes = ["pc1", *(["pc2"] if "pc2" in members else [])]
    near = members[["segment", *axes, *_MEASURED]].fillna({"monetary": 0.0})
    place = np.zeros(len(near), dtype=np.int64)
    count = 0
    for segment in near["segment"].unique():
        own = np.flatnonzero(near["segment"] == segment)
        ranks = [near[axis].iloc[own].rank(method="dense").astype("int64") for axis in axes]
        for box in boxes(ranks[0], ranks[-1], least, np.zeros(len(own))):
            place[own[box.members]] = count
            count += 1
    means = near.groupby(place).mean()
    spend = near["monetary"].groupby(place)
    digits = [1 if is_dominated(own) else 2 for _, own in spend]
    return means.assign(
        segment=means["segment"].astype("int64"),
        recency_days=means["recency_days"].round().astype("int64"),
        frequency=means["frequency"].round().astype("int64"),
        monetary=[rounded(*own) for own in zip(means["monetary"], digits, strict=True)],
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


def recency_frequency(members: pd.DataFrame, least: int = 0) -> tuple[Cell, ...]:
    """Count all customers by days since the last order and number of orders, by segment.

    Bins widen in proportion: the differences between 1 and 2 orders, and 10 and 20, weigh alike.
    From a `least` of 2 on, they are merged into tiles, and no cell is of fewer customers; those
    who ordered once share no tile with others, as they are told of by their number.
    """
    days = _widening(int(members["recency_days"].max()) + 1, _RECENCY_BINS, start=0)
    orders = _widening(int(members["frequency"].max()) + 1, _RECENCY_BINS, start=1)
    axes = ("recency_days", "frequency")
    if least <= 1:
        return _cells(members, axes, [days, orders])
    hidden = _hidden_by_orders(members, least)
    found: list[Cell] = []
    for number, own in enumerate((members[_once(members)], members[~_once(members)])):
        told = own[~own["segment"].isin([segment for segment, n in hidden if n == number])]
        found += _tiles(told, axes, [days, orders], least)
    return tuple(sorted(found, key=lambda cell: (cell.segment, cell.x0, cell.y0)))


def once(members: pd.DataFrame, least: int = 0) -> int | None:
    """Count who has ordered once; None where that would tell of too few customers."""
    told = least <= 1 or (EVERYBODY, 0) not in _hidden_by_orders(members, least)
    return int(_once(members).sum()) if told else None


def _once(members: pd.DataFrame) -> pd.Series[bool]:
    return members["frequency"] <= 1


def _hidden_by_orders(members: pd.DataFrame, least: int) -> set[tuple[int, int]]:
    """Segments of which it can't be told how many ordered once (0) or more often (1)."""
    counts = [
        [int(_once(own).sum()), int((~_once(own)).sum())] for _, own in members.groupby("segment")
    ]
    hidden = suppress_matrix(np.array(counts), least)
    numbers = [*sorted(int(number) for number in members["segment"].unique()), EVERYBODY]
    return {(numbers[i], j) for i, j in zip(*np.nonzero(hidden[:, :2]), strict=True)}


def blades(members: pd.DataFrame, least: int = 0) -> dict[int, tuple[float, ...]]:
    """Silhouette widths of each segment at evenly spaced ranks, falling.

    From a `least` of 2 on, each is the mean of as many neighbours in rank, or more.
    """
    known = members.dropna(subset="silhouette")
    found = {}
    for segment, widths in known.groupby("segment")["silhouette"]:
        falling = np.sort(widths.to_numpy())[::-1]
        if least > 1:
            falling = np.array(
                [part.mean() for part in np.array_split(falling, max(len(falling) // least, 1))]
            )
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
    placed = _placed(members, axes, edges)
    counts = placed.groupby(["segment", "x", "y"], as_index=False).size()
    x, y = (np.round(own, 4).tolist() for own in edges)
    return tuple(
        Cell(segment, x[i], x[i + 1], y[j], y[j + 1], customers)
        for segment, i, j, customers in counts.to_numpy().tolist()
    )


def _placed(
    members: pd.DataFrame, axes: tuple[str, str], edges: list[NDArray[np.float64]]
) -> pd.DataFrame:
    """The segment and the bins of each."""
    placed = pd.DataFrame({"segment": members["segment"].to_numpy()})
    for name, axis, own in zip("xy", axes, edges, strict=True):
        bins = np.searchsorted(own, members[axis].to_numpy(), side="right") - 1
        placed[name] = np.clip(bins, 0, len(own) - 2)
    return placed


def _tiles(
    members: pd.DataFrame, axes: tuple[str, str], edges: list[NDArray[np.float64]], least: int
) -> list[Cell]:
    """Count members in merged bins, whose number in each segment is known."""
    placed = _placed(members, axes, edges)
    x, y = (np.round(own, 4).tolist() for own in edges)
    segments = placed["segment"].to_numpy()
    tiles = boxes(placed["x"], placed["y"], least, segments)
    found = []
    for segment in np.unique(segments).tolist():
        counts = np.array([int((segments[tile.members] == segment).sum()) for tile in tiles])
        found += [
            Cell(segment, x[tile.left], x[tile.right + 1], y[tile.bottom], y[tile.top + 1], count)
            for tile, count, hidden in zip(
                tiles, counts.tolist(), suppress_list(counts, least), strict=True
            )
            if count and not hidden
        ]
    return found
