"""One past date: who is tested, in which groups, and how each method's lists fared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from custseg.offers.backtest.methods import NEW, RECENT, lists_by_method
from custseg.offers.backtest.metrics import METRICS, coverage, scores, standard_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.offers.recommendations.histories import Histories
    from custseg.settings import RecommendSettings

EVERYONE: Final = "everyone"
ONE_ORDER: Final = "one order"
LEADS: Final = ("hit_rate", "ndcg")
FIGURES: Final = (*METRICS, "coverage", *(f"{metric}_lead" for metric in LEADS))


@dataclass(frozen=True)
class Customers:
    """The customers of a history, as the groups in which they are told of need them."""

    segments: NDArray[np.int64]
    names: dict[int, str]
    """Name of each segment."""
    one_order: NDArray[np.bool_]
    """Whether they had a single order."""

    def groups(self, rows: NDArray[np.int64]) -> list[tuple[int, str, NDArray[np.bool_]]]:
        """Number (0: everyone, -1: one order), name and members of each group among some."""
        return [
            (0, EVERYONE, np.ones(len(rows), dtype=bool)),
            (-1, ONE_ORDER, self.one_order[rows]),
            *((number, name, self.segments[rows] == number) for number, name in self.names.items()),
        ]


def describe(past: Histories, known: pd.DataFrame) -> Customers:
    """Look up the segment and the number of orders of each customer of the histories."""
    place = pc.index_in(past.customers, value_set=pa.array(known["customer_id"])).to_numpy()
    names = known.drop_duplicates("segment").sort_values("segment")
    return Customers(
        known["segment"].to_numpy()[place],
        dict(zip(names["segment"].tolist(), names["segment_name"], strict=True)),
        known["frequency"].to_numpy()[place] == 1,
    )


def compare(
    past: Histories,
    customers: Customers,
    bought: sparse.csr_array,
    rows: NDArray[np.int64],
    settings: RecommendSettings,
    seed: int,
) -> pd.DataFrame:
    """Score every method's lists for some customers.

    Parameters
    ----------
    past
        Who bought what before the date.
    customers
        Of the histories.
    bought
        What each of them bought afterwards: 1 in the columns of the histories, and in further ones
        for products that nobody had bought before.
    rows
        The customers who are tested.
    settings
        The `[recommend]` settings.
    seed
        Of the resamples.

    Returns
    -------
    DataFrame
        The columns of the artifact `backtest`, but for the date.
    """
    catalogue = int(np.count_nonzero(past.all_buyers))
    lists = lists_by_method(past, customers.segments, rows, settings)
    tables = []
    for task in dict.fromkeys(task for task, _ in lists):
        relevant = bought[rows]
        if task == NEW:
            seen = past.seen[rows]
            seen.resize(relevant.shape)
            relevant = sparse.csr_array(relevant - relevant.multiply(seen))
            relevant.eliminate_zeros()
        buys = np.diff(relevant.indptr) > 0
        for segment, name, members in customers.groups(rows):
            some = np.flatnonzero(buys & members)
            if len(some):
                theirs = {
                    method: items[some] for (of, method), items in lists.items() if of == task
                }
                table = _figures(theirs, relevant[some], catalogue, seed)
                tables.append(table.assign(task=task, segment=segment, customer_group=name))
    return pd.concat(tables, ignore_index=True)


def _figures(
    lists: dict[str, NDArray[np.int32]], relevant: sparse.csr_array, catalogue: int, seed: int
) -> pd.DataFrame:
    """Means and standard errors of each method, on the same customers and resamples."""
    columns: dict[tuple[str, str], NDArray[np.float64]] = {}
    for method, items in lists.items():
        values = scores(items, relevant)
        columns |= {(method, metric): values[:, i] for i, metric in enumerate(METRICS)}
    for method in lists:
        for metric in LEADS:
            columns[method, f"{metric}_lead"] = columns[method, metric] - columns[RECENT, metric]
    values = np.column_stack(list(columns.values()))
    means = dict(zip(columns, values.mean(axis=0), strict=True))
    errors = dict(zip(columns, standard_errors(values, seed), strict=True))
    for method, items in lists.items():
        means[method, "coverage"], errors[method, "coverage"] = coverage(items, catalogue, seed)
    return pd.DataFrame(
        [
            {"method": method, "customers": len(values)}
            | {figure: means[method, figure] for figure in FIGURES}
            | {f"{figure}_se": errors[method, figure] for figure in FIGURES}
            for method in lists
        ]
    )
