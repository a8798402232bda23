"""Order numbers that begin again with each file: two orders of one number are two orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.values.statuses import goes_back, is_refund
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import ibis.expr.types as ir

_DAY: Final = 86_400
_FEWEST: Final = 3
_SHARE: Final = 0.5
"""Part of a file's ids that an earlier file has on other days; orders that are sent or paid in
parts around the end of a month are fewer."""
_SOLD: Final = ("quantity", "amount", "order_total", "unit_price")


def refuse_restarting(lines: ir.Table, mapped: Collection[str], labels: Mapping[str, str]) -> None:
    """Refuse files whose order numbers begin again, where orders of a customer would be merged.

    Exports that overlap tell of an order on the same day, and what went back later is no sale.

    Raises
    ------
    DataError
        Half of the ids of a file stand in an earlier one, days apart, and a customer has such.
    """
    if "order_id" not in mapped:
        return
    if fetch(lines.aggregate(n=lines.source_file.nunique()))[0]["n"] < 2:  # noqa: PLR2004
        return
    sold = lines.filter(lines.order_id.notnull())
    for name in _SOLD:
        if name in mapped:
            sold = sold.filter((sold[name] > 0).fill_null(True))
    if "status" in mapped:
        sold = sold.filter(~is_refund(sold.status).fill_null(False))
    if "kind" in mapped:
        sold = sold.filter(~goes_back(sold.kind).fill_null(False))
    ids = _come_again(sold, "order_id")
    files = ids.group_by("source_file").agg(again=ids.again.sum(), all=ids.count())
    files = files.filter((files.again >= _FEWEST) & (files.again >= _SHARE * files["all"]))
    if not fetch(files.aggregate(n=files.count()))[0]["n"]:
        return
    merged = _come_again(sold.filter(sold.customer_id.notnull()), "order_id", "customer_id")
    found = fetch(merged.aggregate(n=merged.again.sum()))[0]["n"]
    if found:
        raise DataError(
            f'Column "{labels["order_id"]}" (order_id): the ids begin again with each file: '
            f"{counted(found, 'order has', 'orders have')} the id and the customer of an order in "
            "an earlier file, on another day.",
            "Would be read as one order: put the month before the ids in the files (2025-01-17). "
            "Or leave the ids out, and a customer's day is an order: [source.columns] order_id = "
            '"". If they are the same orders, put them into one file.',
        )


def _come_again(lines: ir.Table, *key: str) -> ir.Table:
    """Say of each id of a file whether an earlier file has it, more than a day before."""
    spans = lines.group_by(["source_file", *key]).agg(
        first=lines.ordered_at.min().epoch_seconds(), last=lines.ordered_at.max().epoch_seconds()
    )
    along = ibis.window(group_by=list(key), order_by=["first", "source_file"])
    before = spans["last"].lag(1).over(along)
    return spans.mutate(again=(spans["first"] - before > _DAY).fill_null(False))
