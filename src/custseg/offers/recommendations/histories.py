"""Who bought what, how often and how long ago: what every recommendation starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from custseg.engine.base import fetch, fetch_column, register
from custseg.engine.parquet import stream
from custseg.offers.recommendations.ranking import blocks
from custseg.orders.lines import between, products_bought

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray

_ORDER: Final = ("customer_id", "order_id")
_LINES: Final = 2_000_000
"""Order lines of which the pairs are found at once."""


@dataclass(frozen=True)
class Histories:
    """Customers by products, as matrices whose rows and columns are the arrays named.

    Columns are in the order in which ties are broken everywhere: by buyers in the last
    `popular_days`, then by code.
    """

    customers: pa.Array
    """Their ids, sorted."""
    products: pa.Array
    """Codes of all products that anyone bought."""
    orders: sparse.csr_array
    """Distinct orders of each product that a customer bought and kept."""
    ages: NDArray[np.int32]
    """Days since the last of these, for each value stored in `orders`."""
    seen: sparse.csr_array
    """1 where they ever bought it, given back or not."""

    def buyers(self, days: int) -> NDArray[np.int64]:
        """Customers who bought each product in the last so many days."""
        return self._count(self.orders.indices[self.ages <= days])

    @cached_property
    def all_buyers(self) -> NDArray[np.int64]:
        """Customers who ever bought and kept each product."""
        return self._count(self.orders.indices)

    def _count(self, columns: NDArray[np.int32]) -> NDArray[np.int64]:
        return np.bincount(columns, minlength=len(self.products))


def histories(
    transactions: ir.Table, removed: ir.Table, as_of: date, popular_days: int
) -> Histories:
    """Read the customers' histories up to a date.

    Parameters
    ----------
    transactions, removed
        What cleaning gave.
    as_of
        Ages are days from the date of the purchase to this midnight; 1 is the day before it.
    popular_days
        Length of the time whose buyers break ties, in days.
    """
    bought = products_bought(transactions)
    age = ibis.literal(as_of).delta(bought.ordered_at.date(), unit="day")
    undone = removed.filter((removed.rule == "undone") & removed.product_id.notnull())
    returned = undone.semi_join(bought, "customer_id").select("customer_id", "product_id")
    returned = returned.distinct()
    customers = fetch_column(bought.customer_id)
    lately = bought.filter(age <= popular_days)
    popular = lately.group_by("product_id").agg(buyers=lately.customer_id.nunique())
    sold = bought.select("product_id").union(returned.select("product_id")).distinct()
    order = [ibis.desc(ibis._.buyers.fill_null(0)), "product_id"]
    sold = sold.left_join(popular, "product_id").select("product_id", "buyers").order_by(order)
    products = sold.select("product_id").to_pyarrow().column(0).combine_chunks()
    kept, ages = _kept(bought.mutate(age=age), customers, products)
    seen = _ones(*_encoded(returned, customers, products), kept.shape)
    ones = np.ones(kept.nnz, dtype=np.int8)
    seen += sparse.csr_array((ones, kept.indices, kept.indptr), kept.shape)
    seen.data[:] = 1
    return Histories(customers, products, kept, ages, seen)


def _kept(
    bought: ir.Table, customers: pa.Array, products: pa.Array
) -> tuple[sparse.csr_array, NDArray[np.int32]]:
    """Count the distinct orders of each customer and product, and find the least age of each.

    A line is a single number: its order, whose customer is known, then its product, then its age.
    Sorted, lines of one order and product are side by side; that takes a third of the time and half
    of the memory that the engine takes to count distinct orders.
    """
    ends = bought.aggregate(lines=bought.count(), least=bought.age.min(), most=bought.age.max())
    (found,) = fetch(ends)
    least, ages = found["least"] or 0, (found["most"] or 0) - (found["least"] or 0) + 1
    by_id = _numbered(customers, "customer_id", "row", bought)
    columns = _numbered(products, "product_id", "column", bought)
    orders = bought.select(*_ORDER).distinct().inner_join(by_id, "customer_id")
    number = ibis.row_number().over(order_by=["row", "order_id"])
    orders = orders.select(*_ORDER, "row", number=number).cache()
    row = orders.order_by("number").select("row").to_pyarrow().column(0).to_numpy()
    numbered = bought.inner_join(orders, _ORDER).inner_join(columns, "product_id")
    line = (numbered.number * len(products) + numbered.column) * ages + numbered.age - least
    lines, end = np.empty(found["lines"], dtype=np.int64), 0
    for batch in stream(numbered.select(line=line)):
        start, end = end, end + len(batch)
        lines[start:end] = batch["line"].to_numpy()
    lines.sort()
    parts = [_pairs(lines[:0], row, len(products), ages)]
    # Some customers at a time, so that what is computed of the lines takes little memory.
    width = len(products) * ages
    starts = np.searchsorted(lines, np.flatnonzero(np.diff(row, prepend=-1)) * width)
    for start, stop in blocks(np.diff(starts, append=len(lines)), _LINES):
        stop_line = starts[stop] if stop < len(starts) else len(lines)
        parts.append(_pairs(lines[starts[start] : stop_line], row, len(products), ages))
    of, column, counts, age = (np.concatenate(each) for each in zip(*parts, strict=True))
    indptr = np.zeros(len(customers) + 1, dtype=np.int32)
    np.cumsum(np.bincount(of, minlength=len(customers)), out=indptr[1:])
    matrix = sparse.csr_array((counts, column, indptr), (len(customers), len(products)))
    return matrix, age + np.int32(least)


def _pairs(
    lines: NDArray[np.int64], row: NDArray[np.int64], products: int, ages: int
) -> tuple[NDArray[np.int32], ...]:
    """Row, column, distinct orders and least age of each pair; `lines` are whole customers'."""
    of_order = lines[np.flatnonzero(np.diff(lines // ages, prepend=-1))]
    order = of_order // (products * ages)
    of_order += (row[order] - order) * (products * ages)
    of_order.sort()
    pair = of_order // ages
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    counts, pair = np.diff(first, append=len(pair)), pair[first]
    of, age = pair // products, of_order[first] - pair * ages
    return tuple(each.astype(np.int32) for each in (of, pair - of * products, counts, age))


def _numbered(values: pa.Array, name: str, number: str, beside: ir.Table) -> ir.Table:
    """The values of an array as a table, each with its place in it."""
    places = pa.array(np.arange(len(values), dtype=np.int64))
    return register(pa.table({name: values, number: places}), beside)


def bought_between(
    transactions: ir.Table, past: Histories, start: date, end: date
) -> sparse.csr_array:
    """What the customers of a history bought in later days: 1 in the columns of its products.

    Products that nobody had bought before have columns of their own, behind these.
    """
    days = between(products_bought(transactions), start, end)
    codes = fetch_column(days.product_id)
    unknown = codes.filter(pc.invert(pc.is_in(codes, value_set=past.products)))
    products = pa.concat_arrays([past.products, unknown])
    pairs = days.select("customer_id", "product_id").distinct()
    rows, columns = _encoded(pairs, past.customers, products)
    return _ones(rows, columns, (len(past.customers), len(products)))


def _encoded(
    pairs: ir.Table, customers: pa.Array, codes: pa.Array
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows and columns of a table of customer-product pairs; of those customers only."""
    rows, columns = ([np.empty(0, dtype=np.int32)] for _ in range(2))
    for batch in stream(pairs):
        who = pc.index_in(batch["customer_id"], value_set=customers)
        what = pc.index_in(batch["product_id"], value_set=codes)
        known = pc.is_valid(who)
        rows.append(np.asarray(who.filter(known)))
        columns.append(np.asarray(what.filter(known)))
    return np.concatenate(rows), np.concatenate(columns)


def _ones(
    rows: NDArray[np.int32], columns: NDArray[np.int32], shape: tuple[int, int]
) -> sparse.csr_array:
    """A matrix with a 1 for each of some distinct pairs."""
    return sparse.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=shape)
