"""What to offer: two lists of products for each customer, and a shelf for each segment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from custseg.offers.recommendations.histories import histories
from custseg.offers.recommendations.lists import buy_again, new_for_you
from custseg.settings import RecommendSettings

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.offers.recommendations.histories import Histories
    from custseg.offers.recommendations.lists import Lists

BUY_AGAIN: Final = "buy_again"
NEW_FOR_YOU: Final = "new_for_you"


def recommend(
    transactions: ir.Table,
    removed: ir.Table,
    as_of: str,
    settings: RecommendSettings | None = None,
) -> pa.Table:
    """List products for each customer: what to buy again, and what is new for them.

    Parameters
    ----------
    transactions, removed
        What cleaning gave.
    as_of
        ISO date up to which purchases are known.
    settings
        The `[recommend]` settings.

    Returns
    -------
    Table
        The columns of the artifact `recommendations`; without products no row.

    Raises
    ------
    SettingsError
        `method = "ease"` with too many products.

    Examples
    --------
    >>> custseg.recommend(transactions, removed, as_of).column_names
    ['customer_id', 'list', 'rank', 'product_id', 'score', 'because']
    """
    settings = settings or RecommendSettings()
    known = histories(transactions, removed, date.fromisoformat(as_of), settings.popular_days)
    return pa.concat_tables(
        [
            _table(known, BUY_AGAIN, buy_again(known, settings.size)),
            _table(known, NEW_FOR_YOU, new_for_you(known, settings)),
        ]
    )


def _table(known: Histories, name: str, lists: Lists) -> pa.Table:
    """One list of all customers, a row per product on it."""
    rows, places = np.nonzero(lists.items >= 0)
    scores, because = lists.scores[rows, places], lists.because[rows, places]
    columns = {
        "customer_id": known.customers.take(pa.array(rows)),
        "list": pa.repeat(name, len(rows)),
        "rank": pa.array(places + 1),
        "product_id": known.products.take(pa.array(lists.items[rows, places])),
        "score": pa.array(scores, mask=np.isnan(scores)),
        "because": known.products.take(pa.array(because, mask=because < 0)),
    }
    return pa.table(columns)
