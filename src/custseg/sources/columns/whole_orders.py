"""Money of a whole order beside its lines: never counted once for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

    from custseg.settings import CanonicalField
    from custseg.sources.columns.exports import Columns

WHOLE: Final[dict[CanonicalField, CanonicalField]] = {
    "amount": "order_total",
    "discount": "order_discount",
    "tax": "order_tax",
    "refunded": "order_refunded",
}
"""What a line's money is called where it is the order's."""
REPEATS: Final = "the whole order's: it repeats on each of the order's lines"
"""Why a column is mapped otherwise than asked."""


def as_whole_orders(name: str, columns: Columns, lines_own: Collection[str]) -> Columns:
    """Return a mapping in which what is an order's is mapped as such.

    Parameters
    ----------
    name
        The table's name.
    columns
        A mapping of a table whose rows are lines of records.
    lines_own
        The columns that are a line's; the others repeat on each line of their order.

    Raises
    ------
    DataError
        There is no order id to share such money out by, or both are mapped.
    """
    if not any(column in lines_own for mapped in columns.values() for column in mapped):
        # Then a row is an order.
        return columns
    found: Columns = {}
    for field, mapped in columns.items():
        whole = WHOLE.get(field)
        if whole is None or any(column in lines_own for column in mapped):
            found[field] = mapped
            continue
        if whole in columns or "order_id" not in columns:
            raise DataError(
                f'{name}: "{mapped[0]}" ({field}) is the whole order\'s, and each row is one of '
                "its lines.",
                f"Map it to {whole}, and order_id, too."
                if whole not in columns
                else f"{whole} is mapped, too: leave one of them out.",
            )
        found[whole] = mapped
    return found
