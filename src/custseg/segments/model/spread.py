"""How customers are spread over a feature, to be held against later ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BINS: Final = 10


@dataclass(frozen=True)
class Spread:
    """How customers are spread over a feature: its deciles at the fit, as far as they differ."""

    feature: str
    edges: tuple[float, ...]
    """Inner borders of the bins, ascending; a value on one belongs to the bin below."""
    shares: tuple[float, ...]
    """Of customers in each bin."""
    median: float

    def shares_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of other customers in these bins."""
        bins = np.searchsorted(self.edges, values, side="left")
        return np.bincount(bins, minlength=len(self.shares)) / len(values)


def spread(feature: str, values: NDArray[np.float64]) -> Spread:
    """Describe how customers are spread over a feature."""
    cuts = np.quantile(values, np.arange(1, _BINS) / _BINS, method="lower")
    # A feature with few different values has fewer bins; one above the last edge must exist.
    edges = tuple(float(cut) for cut in np.unique(cuts) if cut < values.max())
    empty = Spread(feature, edges, (0.0,) * (len(edges) + 1), float(np.median(values)))
    return replace(empty, shares=tuple(empty.shares_of(values).tolist()))
