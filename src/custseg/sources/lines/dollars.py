"""Prices beside the same in US dollars: they tell whether a source is in one currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.values.identifiers import as_text
from custseg.words.figures import counted

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.sources.columns.mapping import ColumnMap

DOLLARS: Final = "price_in_dollars"
_DRIFT: Final = 1.02
"""A currency's rate seldom moves by more from one purchase to the next; cents are rounded, too."""
_LEAST: Final = 1.0
"""Lower prices in whole cents tell a rate badly."""


def dollar_prices(lines: ir.Table) -> ir.Table:
    """Return when something was bought, its price and the price in dollars (`DOLLARS`).

    Lines whose currency is known are left out.
    """
    if "currency" in lines.columns:
        lines = lines.filter(lines.currency.isnull()).view()
    price, dollars = (
        as_text(lines[column]).strip().try_cast("float64") for column in ("unit_price", DOLLARS)
    )
    return lines.select(at=as_text(lines.ordered_at), price=price, dollars=dollars)


def refuse_several_currencies(priced: ir.Table, columns: ColumnMap, name: str) -> None:
    """Refuse prices that are in several currencies.

    A price that is there in dollars alone counts as one in dollars.

    Parameters
    ----------
    priced
        The result of `dollar_prices`, of all tables of an export.
    columns, name
        A table's map and the source's name, for the message.

    Raises
    ------
    DataError
        From one purchase to the next a price's worth in dollars changes by more than 2%.
    """
    priced = priced.view()
    priced = priced.filter((priced.price >= _LEAST) & (priced.dollars >= _LEAST)).view()
    rate = priced.price / priced.dollars
    moments = priced.group_by("at").agg(low=rate.min(), high=rate.max()).view()
    with_last = ibis.window(order_by="at", preceding=1, following=0)
    moments = moments.mutate(
        low=moments.low.min().over(with_last), high=moments.high.max().over(with_last)
    ).view()
    jumps = fetch(moments.aggregate(n=(moments.high > moments.low * _DRIFT).sum()))[0]["n"]
    if jumps:
        ours, theirs = columns.columns["unit_price"][0], columns.rules.price_in_dollars
        raise DataError(
            f'{name}: prices seem to be in several currencies: what "{ours}" is in dollars, '
            f'"{theirs}", changes by more than 2% from one purchase to the next, '
            f"{counted(jumps, 'time', 'times')}.",
            f'To count dollars, write in custseg.toml: [source.columns] unit_price = "{theirs}". '
            f'If all prices are in one currency: unit_price = "{ours}".',
        )
