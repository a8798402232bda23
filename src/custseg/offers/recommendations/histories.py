"""Who bought what, how often and how long ago: what every recommendation starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from custseg.engine.base import fetch_column
from custseg.engine.parquet import stream
from custseg.orders.lines import between, products_bought

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray


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
    midnight = ibis.literal(as_of)
    undone = removed.filter((removed.rule == "undone") & removed.product_id.notnull())
    returned = undone.semi_join(bought, "customer_id").select("customer_id", "product_id")
    customers = fetch_column(bought.customer_id)
    products = bought.select("product_id").union(returned.select("product_id"))
    codes = fetch_column(products.product_id)
    pairs = bought.group_by(["customer_id", "product_id"]).agg(
        orders=bought.order_id.nunique(),
        age=midnight.delta(bought.ordered_at.max().date(), unit="day"),
    )
    rows, columns, orders, ages = _encoded(pairs, customers, codes, ("orders", "age"))
    popular = np.bincount(columns[ages <= popular_days], minlength=len(codes))
    order = np.argsort(-popular, kind="stable")
    place = np.empty(len(codes), dtype=np.int32)
    place[order] = np.arange(len(codes), dtype=np.int32)
    shape = (len(customers), len(codes))
    kept, positions = _matrix(rows, place[columns], orders, shape)
    more_rows, more_columns = _encoded(returned, customers, codes, ())
    seen = _ones(
        np.concatenate([rows, more_rows]), place[np.concatenate([columns, more_columns])], shape
    )
    return Histories(customers, codes.take(pa.array(order)), kept, ages[positions], seen)


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
    rows, columns = _encoded(pairs, past.customers, products, ())
    return _ones(rows, columns, (len(past.customers), len(products)))


def _encoded(
    table: ir.Table, customers: pa.Array, codes: pa.Array, values: tuple[str, ...]
) -> list[NDArray[np.int32]]:
    """Rows, columns and values of a table of customer-product pairs; of those customers only."""
    parts: list[list[NDArray[np.int32]]] = [
        [np.empty(0, dtype=np.int32) for _ in range(2 + len(values))]
    ]
    for batch in stream(table):
        who = pc.index_in(batch["customer_id"], value_set=customers)
        what = pc.index_in(batch["product_id"], value_set=codes)
        known = pc.is_valid(who)
        numbers = [column.filter(known) for column in (who, what, *map(batch.column, values))]
        parts.append([np.asarray(column).astype(np.int32) for column in numbers])
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def _matrix(
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[np.int32],
    shape: tuple[int, int],
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """A matrix with sorted rows, and the position that each of its values came from."""
    positions = np.lexsort((columns, rows))
    starts = np.zeros(shape[0] + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
    content = (values[positions].astype(np.float64), columns[positions], starts)
    return sparse.csr_array(content, shape=shape), positions


def _ones(
    rows: NDArray[np.int32], columns: NDArray[np.int32], shape: tuple[int, int]
) -> sparse.csr_array:
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
