"""The few lines that are looked at again: those that may be copies, or concerned by returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from custseg.engine.hashing import repeated_hashes, row_hash
from custseg.orders.repeats import TELLING, but_the_first
from custseg.orders.returns import PAIR

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir


@dataclass(frozen=True)
class Few:
    """Few lines among all, computed once, in one pass over these."""

    copies: ir.Table | None
    """All but the first of rows that are equal in every canonical column; None where they count."""
    returned: ir.Table | None
    """The lines of customers and products of which there is a return, whether it counts or not,
    with the number `pair` of customer and product; and returns of no known product, without. None
    where returns are not netted."""

    def each(self, change: Callable[[ir.Table], ir.Table]) -> Few:
        """Change what is computed of each line."""
        copies, returned = (
            lines if lines is None else change(lines) for lines in (self.copies, self.returned)
        )
        return Few(copies, returned)


def find_few(lines: ir.Table, duplicates: str, *, net: bool) -> Few:
    """Find the lines to look at again.

    Parameters
    ----------
    lines
        Canonical lines with is_return and is_superseded.
    duplicates
        On "auto" only lines with an order id and a product are copies: without, a shop can sell the
        same thing twice, or two things at one price. On "keep" none is. What a newer export
        supersedes is not looked at, so that no line is a copy of it.
    net
        Whether returns are netted against purchases.
    """
    found, wanted = lines, []
    if duplicates != "keep":
        counts = ~lines.is_superseded
        if duplicates == "auto":
            counts &= lines.order_id.notnull() & lines.product_id.notnull()
        several = repeated_hashes(lines.filter(counts), TELLING).mutate(again=True).cache()
        hashed = lines.mutate(key=row_hash(lines, TELLING), counts=counts)
        joined = hashed.left_join(several, "key")
        suspect = joined.counts & joined.again.notnull()
        found = joined.select(*lines.columns, suspect=suspect)
        wanted.append(ibis._.suspect)
    if net:
        back = lines.filter(lines.is_return & lines.customer_id.notnull())
        pairs = back.filter(back.product_id.notnull()).select(*PAIR).distinct()
        pairs = pairs.mutate(pair=ibis.row_number().over(order_by=PAIR)).cache()
        found = found.left_join(pairs, PAIR).select(*found.columns, "pair")
        nameless = found.is_return & found.product_id.isnull()
        wanted += [ibis._.pair.notnull(), nameless]
    if not wanted:
        return Few(None, None)
    found = found.filter(ibis.or_(*wanted)).cache()
    copies = returned = None
    if duplicates != "keep":
        copies = but_the_first(found.filter(found.suspect).select(lines.columns)).cache()
    if net:
        concerned = found.filter(found.pair.notnull() | found.product_id.isnull())
        returned = concerned.select(*lines.columns, "pair")
    return Few(copies, returned)
