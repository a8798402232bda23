"""The two lists of each customer: what to buy again, and what is new for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from custseg.offers.recommendations.item_weights import decayed, item_weights
from custseg.offers.recommendations.ranking import (
    as_lists,
    blocks,
    compress,
    first_unseen,
    lookup,
    rank_in_row,
    top_per_row,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.offers.recommendations.histories import Histories
    from custseg.settings import RecommendSettings

_BLOCK: Final = 4_000_000
"""Weights added up per block of customers: bounds the memory of a block to about 200 MB."""


@dataclass(frozen=True)
class Lists:
    """A list per customer, best first: columns of `Histories` in rectangles; -1 for none."""

    items: NDArray[np.int32]
    scores: NDArray[np.float64]
    """Not a number where popularity filled a place."""
    because: NDArray[np.int32]
    """The product of their history that speaks most for it; -1 where popularity does."""


def buy_again(histories: Histories, size: int) -> Lists:
    """List each customer's own products by the number of orders they were in."""
    items, scores = as_lists(top_per_row(histories.orders, size), size)
    return Lists(items, scores, items)


@dataclass(frozen=True)
class ItemModel:
    """What having bought one product says of others."""

    recent: sparse.csr_array
    """1 where a product counts in a customer's history."""
    weights: sparse.csr_array | NDArray[np.float64]
    """A row per product of the history, a column per product to suggest."""
    trend: NDArray[np.float64]
    """What a product's sum of weights is multiplied with."""
    popular: NDArray[np.int64]
    """Products that fill the places that remain, in this order."""

    def suggest(
        self,
        seen: sparse.csr_array | None,
        size: int,
        rows: NDArray[np.int64] | None = None,
        *,
        reasons: bool = True,
    ) -> Lists:
        """List what the histories speak for most.

        Parameters
        ----------
        seen
            What not to list, of every customer; None: list what they bought before too.
        size
            Products per list.
        rows
            The customers to list for; None: all.
        reasons
            Look up what speaks for each product, too.
        """
        rows = np.arange(self.recent.shape[0]) if rows is None else rows
        work = np.diff(self.recent.indptr)[rows] * _per_product(self.weights)
        parts = [
            self._suggest(rows[start:end], seen, size, reasons=reasons)
            for start, end in blocks(work + 1, _BLOCK)
        ]
        if not parts:
            empty = np.empty((0, size))
            return Lists(empty.astype(np.int32), empty, empty.astype(np.int32))
        return Lists(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def _suggest(
        self, rows: NDArray[np.int64], seen: sparse.csr_array | None, size: int, *, reasons: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
        recent = self.recent[rows]
        barred = sparse.csr_array(recent.shape) if seen is None else seen[rows]
        scores = self._scores(recent, barred)
        scores.data *= self.trend[scores.indices]
        top = top_per_row(compress(scores, scores.data > 0), size)
        items, values = as_lists(top, size)
        because = np.full(items.shape, -1, dtype=np.int32)
        if reasons:
            because = _strongest(recent, items, self.weights)
        empty = items < 0
        filled = np.flatnonzero(empty.any(axis=1))
        more = first_unseen(self.popular, sparse.csr_array(barred + top)[filled], size)
        place = np.cumsum(empty[filled], axis=1) - 1
        at, _ = np.nonzero(empty[filled])
        items[empty] = more[at, place[empty[filled]]]
        values[empty] = np.nan
        return items, values, because

    def _scores(self, recent: sparse.csr_array, barred: sparse.csr_array) -> sparse.csr_array:
        """Add up the weights of each history; of what is barred the sum is not above zero."""
        if isinstance(self.weights, np.ndarray):
            sums = recent @ self.weights
            sums[barred.nonzero()] = 0
            return sparse.csr_array(sums)
        return sparse.hstack([recent, barred], format="csr") @ self._barring

    @cached_property
    def _barring(self) -> sparse.csr_array:
        """The weights, and below them what takes a product that is barred below all others.

        One multiplication then does both, which takes half of the time.
        """
        never = sparse.diags_array(np.full(self.weights.shape[1], -np.inf), format="csr")
        return sparse.vstack([self.weights, never], format="csr")


def item_model(histories: Histories, settings: RecommendSettings) -> ItemModel:
    """Learn which products go together, from the purchases of all customers.

    Customers' purchases count 0.5^(age / half-life), each customer's divided by the root of their
    sum; weights are those of item-to-item neighbours, or of EASE. A customer's score of a product
    is the sum of its weights from the products of their history, however often or long ago they
    bought these, times the trend ((buyers in `trend_days` + 1) / (buyers in `trend_base_days` + 3))
    ^ `trend_power`.

    Raises
    ------
    SettingsError
        `method = "ease"` with too many products.
    """
    recent, ages = most_recent(histories, settings.history)
    short, base = histories.buyers(settings.trend_days), histories.buyers(settings.trend_base_days)
    return ItemModel(
        recent,
        item_weights(decayed(recent, ages, settings.half_life_days), settings),
        ((short + 1) / (base + 3)) ** settings.trend_power,
        np.arange(np.count_nonzero(histories.buyers(settings.popular_days))),
    )


def new_for_you(histories: Histories, settings: RecommendSettings) -> Lists:
    """List products that customers with a like history buy too.

    Whatever a customer ever bought is left out, given back or not; places that remain are filled
    by popularity.
    """
    return item_model(histories, settings).suggest(histories.seen, settings.size)


def most_recent(histories: Histories, most: int) -> tuple[sparse.csr_array, NDArray[np.int32]]:
    """The products that a customer bought last, at most so many, as ones; with their ages."""
    orders = histories.orders
    youth = sparse.csr_array((-histories.ages, orders.indices, orders.indptr), orders.shape)
    recent = top_per_row(youth, most)
    ones = np.ones(recent.nnz, dtype=np.int8)
    return sparse.csr_array((ones, recent.indices, recent.indptr), recent.shape), -recent.data


def _per_product(weights: sparse.csr_array | NDArray[np.float64]) -> int:
    """Weights added up, at most, per product of a history."""
    if isinstance(weights, np.ndarray):
        return int(weights.shape[1])
    return max(1, int(np.diff(weights.indptr).max(initial=0)))


def _strongest(
    recent: sparse.csr_array,
    items: NDArray[np.int32],
    weights: sparse.csr_array | NDArray[np.float64],
) -> NDArray[np.int32]:
    """For each place of each list, the product of the history with the greatest weight."""
    rows, places = np.nonzero(items >= 0)
    because = np.full(items.shape, -1, dtype=np.int32)
    if not len(rows):
        return because
    lengths = np.diff(recent.indptr)[rows]
    place = np.repeat(np.arange(len(rows)), lengths)
    history = recent.indices[recent.indptr[rows][place] + rank_in_row(place)]
    listed = items[rows, places][place]
    if isinstance(weights, np.ndarray):
        given = weights[history, listed]
    else:
        given = lookup(weights, history, listed)
    greatest = np.maximum.reduceat(given, np.cumsum(lengths) - lengths)
    strongest = np.flatnonzero(given == greatest[place])
    first = strongest[rank_in_row(place[strongest]) == 0]
    because[rows, places] = history[first]
    return because
