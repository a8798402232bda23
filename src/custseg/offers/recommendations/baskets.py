"""Orders as baskets: which products each holds, and in how many orders some come together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import ibis
import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from custseg.engine.base import fetch, fetch_frame
from custseg.orders.lines import product_descriptions, products_bought

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.settings import BundleSettings

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MOST_ORDERS: Final = 500_000
"""Of more orders, evenly many are taken over time: they sharpen no bundle, and take memory."""
_ORDER: Final = ["customer_id", "order_id"]
_CELLS: Final = 5_000_000
"""Orders that hold the first product of each set, over the sets counted at once."""


@dataclass(frozen=True)
class Baskets:
    """Orders, with the products that are in enough of them."""

    contents: csc_matrix
    """Orders × products: 1 where the order holds the product."""
    sizes: Ints
    """Distinct products in each order, those left out of `contents` too."""
    customers: Ints
    """Each order's customer, numbered."""
    ordered_at: NDArray[np.datetime64]
    products: pd.DataFrame
    """product_id and description of each column of `contents`, by product_id."""

    def __len__(self) -> int:
        return len(self.sizes)

    def where(self, chosen: Mask) -> Baskets:
        """Some of the orders."""
        return replace(
            self,
            contents=self.contents[np.flatnonzero(chosen)],
            sizes=self.sizes[chosen],
            customers=self.customers[chosen],
            ordered_at=self.ordered_at[chosen],
        )

    def orders(self, sets: Ints) -> Ints:
        """Count the orders that hold all products of each set (a row of column numbers)."""
        return np.asarray(self._by_size(sets).sum(axis=1))

    def larger(self, sets: Ints, least: int) -> Ints:
        """Sets with one more product, of a higher column, that so many orders hold; in order."""
        found = [np.zeros((0, sets.shape[1] + 1), dtype=np.int64)]
        start = 0
        for holding in self._holding(sets):
            counts = (holding.T @ self.contents).tocoo()
            some = sets[start + counts.row]
            enough = (counts.data >= least) & (counts.col > some[:, -1])
            found.append(np.column_stack([some, counts.col])[enough])
            start += holding.shape[1]
        return np.unique(np.concatenate(found), axis=0)

    def buyers(self, sets: Ints) -> Ints:
        """Count the distinct customers who ordered all products of each set at once."""
        numbers, customer = np.unique(self.customers, return_inverse=True)
        made = _indicator(customer, len(numbers))
        counts = [np.diff((made @ holding).tocsc().indptr) for holding in self._holding(sets)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *counts])

    def expected(self, antecedents: Ints, consequents: Ints) -> Floats:
        """Orders to expect of antecedents and consequent together, were the two independent.

        Independent among orders of like size (bands of a factor √2; of one product: none): a random
        pair comes together more often than its shares of all orders say, as both are likelier in a
        large order. Of an antecedent of two products: among the orders that hold one of them, the
        more of both, so that each has to add something (Webb 2007, "productive" rules).
        """
        highest = np.zeros(len(consequents))
        with_antecedents = self._by_size(antecedents)
        for part in range(antecedents.shape[1]):
            others = np.delete(antecedents, part, axis=1)
            among = self._by_size(others)
            with_consequent = self._by_size(np.column_stack([others, consequents]))
            by_size = with_antecedents * with_consequent / np.maximum(among, 1)
            highest = np.maximum(highest, by_size[:, self._bands > 0].sum(axis=1))
        return highest

    @cached_property
    def _band(self) -> Ints:
        band: Ints = np.floor(2 * np.log2(self.sizes)).astype(np.int64)
        return band

    @cached_property
    def _bands(self) -> Ints:
        """The bands of sizes that there are; 0 is that of one product."""
        return np.unique(self._band)

    def _by_size(self, sets: Ints) -> Ints:
        """Orders that hold all products of each set, sets × bands of sizes."""
        band = np.searchsorted(self._bands, self._band)
        if not sets.shape[1]:
            counts = np.bincount(band, minlength=len(self._bands))
            return np.broadcast_to(counts, (len(sets), len(counts)))
        of_band = _indicator(band, len(self._bands))
        different, place = np.unique(sets, axis=0, return_inverse=True)
        found = [(of_band @ holding).toarray().T for holding in self._holding(different)]
        empty = np.zeros((0, len(self._bands)), dtype=np.int64)
        return np.asarray(np.concatenate([empty, *found])[place.ravel()])

    def _holding(self, sets: Ints) -> Iterator[csc_matrix]:
        """Orders × sets, 1 where the order holds the whole set; as many sets as memory allows."""
        if not len(sets):
            return
        cells = np.cumsum(np.diff(self.contents.indptr)[sets[:, 0]])
        for some in np.split(sets, np.flatnonzero(np.diff(cells // _CELLS)) + 1):
            holding = self.contents[:, some[:, 0]]
            for column in some.T[1:]:
                holding = holding.multiply(self.contents[:, column])
            yield csc_matrix(holding)


def read_baskets(transactions: ir.Table, settings: BundleSettings, cut_off: date) -> Baskets:
    """Fetch the orders as baskets.

    Parameters
    ----------
    transactions
        What cleaning gave. A basket is the distinct products that a customer bought in an order.
    settings
        The `[bundles]` settings; only orders of up to `largest_order` products count, and only
        products in enough of those before the cut-off, or of all, the most ordered first.
    cut_off
        Midnight before which the back-test looks for bundles.
    """
    lines = products_bought(transactions)
    orders = lines.group_by(_ORDER).agg(
        products=lines.product_id.nunique(), ordered_at=lines.ordered_at.min()
    )
    orders = orders.filter(orders.products <= settings.largest_order).cache()
    step = -(-fetch(orders.aggregate(n=orders.count()))[0]["n"] // MOST_ORDERS) or 1
    place = ibis.row_number().over(order_by=["ordered_at", *_ORDER])
    numbered = orders.mutate(
        place=place, customer=ibis.dense_rank().over(order_by=orders.customer_id)
    )
    numbered = numbered.filter(numbered.place % step == 0)
    numbered = numbered.mutate(place=(numbered.place / step).cast("int64")).cache()
    taken = fetch_frame(
        numbered.select("place", "customer", "products", "ordered_at").order_by("place")
    )
    ordered_at = taken["ordered_at"].to_numpy(dtype="datetime64[us]")
    held = lines.select(*_ORDER, "product_id").distinct().inner_join(numbered, _ORDER)
    counts = held.group_by("product_id").agg(orders=held.count())
    least = settings.least(int((ordered_at < np.datetime64(cut_off)).sum()))
    frequent = counts.filter(counts.orders >= least).order_by(ibis.desc("orders"), "product_id")
    frequent = frequent.limit(settings.most_products).select("product_id")
    frequent = frequent.mutate(column=ibis.row_number().over(order_by="product_id")).cache()
    described = frequent.inner_join(product_descriptions(lines), "product_id").order_by("column")
    products = fetch_frame(described.select("product_id", "description"))
    cells = fetch_frame(held.inner_join(frequent, "product_id").select("place", "column"))
    ones = np.ones(len(cells), dtype=np.int64)
    contents = csc_matrix((ones, (cells["place"], cells["column"])), (len(taken), len(products)))
    sizes, customers = (taken[name].to_numpy(dtype=np.int64) for name in ("products", "customer"))
    return Baskets(contents, sizes, customers, ordered_at, products)


def _indicator(labels: Ints, kinds: int) -> csr_matrix:
    """Kinds × things: 1 where the thing is of the kind."""
    return csr_matrix(
        (np.ones(len(labels), dtype=np.int64), (labels, np.arange(len(labels)))),
        (kinds, len(labels)),
    )
