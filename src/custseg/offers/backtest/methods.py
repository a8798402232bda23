"""The lists that each way to recommend would have made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.offers.recommendations.item_weights import neighbours
from custseg.offers.recommendations.lists import ItemModel, buy_again, item_model, most_recent
from custseg.offers.recommendations.ranking import first_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from custseg.offers.recommendations.histories import Histories
    from custseg.settings import RecommendSettings

BEST_SELLERS: Final = "best-sellers"
RECENT: Final = "recent best-sellers"
SEGMENT: Final = "segment best-sellers"
COSINE: Final = "plain cosine"
NEW_FOR_YOU: Final = "new for you"
BUY_AGAIN: Final = "buy again"
ANY: Final = "any product"
NEW: Final = "new products"
RECENT_DAYS: Final = 90
_COSINES: Final = 20_000_000
"""Similarities kept in all: those of up to 4,472 products, the nearest of more."""


def lists_by_method(
    histories: Histories,
    segments: NDArray[np.int64],
    rows: NDArray[np.int64],
    settings: RecommendSettings,
) -> dict[tuple[str, str], NDArray[np.int32]]:
    """List products for some customers by every method.

    Parameters
    ----------
    histories
        Who bought what before the cut-off.
    segments
        The segment of each customer of the histories.
    rows
        The customers to list for.
    settings
        The `[recommend]` settings.

    Returns
    -------
    dict
        By task and method: customers by places, best first; -1 for none. For new products a list
        has none that the customer ever bought.
    """
    size = settings.size
    recent, _ = most_recent(histories, settings.history)
    all_products = np.arange(len(histories.products))
    models = {
        COSINE: ItemModel(
            recent,
            neighbours(recent, 0.0, max(1, _COSINES // max(1, len(all_products)))),
            np.ones(len(all_products)),
            all_products[:0],
        ),
        NEW_FOR_YOU: item_model(histories, settings),
    }
    lists = {}
    for task, seen in ((ANY, None), (NEW, histories.seen)):
        barred = histories.seen[rows] if seen is not None else None
        orders = {BEST_SELLERS: histories.all_buyers, RECENT: histories.buyers(RECENT_DAYS)}
        for name, buyers in orders.items():
            lists[task, name] = _popular(buyers, barred, len(rows), size)
        lists[task, SEGMENT] = _popular_by_segment(histories, segments, rows, barred, size)
        for name, model in models.items():
            lists[task, name] = model.suggest(seen, size, rows, reasons=False).items
    lists[ANY, BUY_AGAIN] = buy_again(histories, size).items[rows]
    return lists


def _popular(
    buyers: NDArray[np.int64], barred: sparse.csr_array | None, customers: int, size: int
) -> NDArray[np.int32]:
    order = np.argsort(-buyers, kind="stable")
    if barred is not None:
        return first_unseen(order, barred, size)
    best = np.full(size, -1, dtype=np.int32)
    best[: len(order[:size])] = order[:size]
    return np.tile(best, (customers, 1))


def _popular_by_segment(
    histories: Histories,
    segments: NDArray[np.int64],
    rows: NDArray[np.int64],
    barred: sparse.csr_array | None,
    size: int,
) -> NDArray[np.int32]:
    """The best-sellers of the customer's own segment in the last days."""
    lists = np.empty((len(rows), size), dtype=np.int32)
    buyer_segment = np.repeat(segments, np.diff(histories.orders.indptr))
    lately = histories.ages <= RECENT_DAYS
    for segment in np.unique(segments):
        columns = histories.orders.indices[lately & (buyer_segment == segment)]
        buyers = np.bincount(columns, minlength=len(histories.products))
        members = np.flatnonzero(segments[rows] == segment)
        theirs = barred[members] if barred is not None else None
        lists[members] = _popular(buyers, theirs, len(members), size)
    return lists
