"""Tables of payments beside the orders that they pay for: read too, money would count twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name
from custseg.sources.tables.joining import JoinedTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.sources.table import SourceTable
    from custseg.sources.tables.lookup import Lookup
    from custseg.sources.tables.relations import Seen

_PAYMENT: Final = re.compile(
    r"payment|paid|zahlung|bezahl|paiement|reglement|pago|pagament|betaling|platnosc|wplat"
)
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d{3})")


def payments_among(tables: Sequence[Seen], lookup: Lookup) -> list[Seen]:
    """Find the tables that hold payments of orders whose lines another table has.

    Such a table calls itself or a column so and has neither an order nor an item, while the other
    has both and money; and its customers are the other's, in the same years. Anything else may be
    orders that the other lacks.
    """
    whole = [one for one in tables if "order_id" in one.fields and one.has_goods and one.has_money]
    return [one for one in tables if any(_pays_for(one, orders, lookup) for orders in whole)]


def _pays_for(one: Seen, orders: Seen, lookup: Lookup) -> bool:
    if one.has_goods or "order_id" in one.fields or not _is_called_so(one):
        return False
    customer, theirs = (each.firm.get("customer_id", ()) for each in (one, orders))
    if len(customer) != 1 or len(theirs) != 1 or not _years(one) & _years(orders):
        return False
    table = _table_with(theirs[0], orders.table)
    if table is None:
        return False
    met = lookup.find(one.table, table, {customer[0]: theirs[0]}, [])
    return 0 < met.keyed == len(met.rows)


def _is_called_so(one: Seen) -> bool:
    names = (one.table.name, *one.firm.get("ordered_at", ()), *one.firm.get("amount", ()))
    return any(_PAYMENT.search(plain_name(name)) for name in names)


def _years(one: Seen) -> set[str]:
    """Years that the sample's dates name."""
    places = [one.table.header.index(name) for name in one.firm.get("ordered_at", ())]
    texts = [row[place] or "" for row in one.table.sample for place in places]
    return {year for text in texts for year in _YEAR.findall(text)}


def _table_with(column: str, table: SourceTable) -> SourceTable | None:
    """The table that a column comes from: lines need not be joined to look at customers."""
    while isinstance(table, JoinedTable):
        table = table.lines if column in table.lines.header else table.other
    return table if column in table.header else None
