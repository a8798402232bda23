"""Which columns of money count: prices, lines' and orders' totals, discounts, taxes.

Names alone don't tell: "Total" can be a line's or an order's, and a discount may be taken off
already. The sums of the sample decide; where they can't, nothing is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.line_totals import settle_beside_lines, settle_lines
from custseg.sources.columns.proposal.names import says_money
from custseg.sources.columns.proposal.order_totals import settle_orders
from custseg.sources.columns.proposal.sampling import NEARLY_ALL
from custseg.sources.columns.proposal.sums import (
    Lines,
    MoneyColumn,
    Settled,
    count_equal,
    holds_nearly,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

TOTALS: Final = ("amount", "total", "order_total")
TAKEN_OFF: Final = (
    "discount",
    "discount_rate",
    "tax",
    "refunded",
    "order_discount",
    "order_tax",
    "order_shipping",
    "order_refunded",
)
FIELDS: Final = (*TOTALS, *TAKEN_OFF)
_OF_LINES: Final = frozenset({"discount", "tax", "refunded"})
"""Fields that a line has, and an order has as `order_…`."""
_LEFT_OUT_AT_ZERO: Final = frozenset(TAKEN_OFF) - {"refunded", "order_refunded"}
_MOSTLY: Final = 0.5
_FEWEST_ORDERS: Final = 3
"""Orders of several lines from which a column that never differs within one is the order's."""


def settle_money(columns: Sequence[MoneyColumn], lines: Lines) -> Settled:
    """Decide which columns of money count.

    Parameters
    ----------
    columns
        Those whose names say money other than a unit's price.
    lines
        Quantities, prices and orders of the same rows.
    """
    found = Settled()
    by_field: dict[str, list[MoneyColumn]] = defaultdict(list)
    for column in columns:
        field = _field(column, lines)
        if field in _LEFT_OUT_AT_ZERO and column.sample.filled and column.sample.all_zero:
            found.leave([column], "0 on the first rows")
            found.zero.append(column.name)
        else:
            by_field[field].append(column)
    totals = [column for name in TOTALS for column in by_field[name]]
    zero = [column for column in totals if _zeros(column, lines) > _MOSTLY]
    if any(_zeros(column, lines) <= _MOSTLY / 2 for column in totals):
        found.leave(zero, "0 or empty on most rows")
        totals = [column for column in totals if column not in zero]
    elif zero and not lines.product and any(column.sample.known_numbers for column in zero):
        found.unclear["amount"] = (zero, "0 or empty on most rows: another column may be paid")
        totals = [column for column in totals if column not in zero]
    levels = {column.name: _level(column, lines) for column in totals}
    of_lines = [column for column in totals if levels[column.name] == "line"]
    of_orders = [column for column in totals if levels[column.name] == "order"]
    if of_lines or lines.product:
        settle_lines(of_lines, by_field, lines, found)
        found.leave(of_orders, "an order's total: its lines have amounts of their own")
        settle_beside_lines(by_field, found)
    elif of_orders:
        settle_orders(of_orders, by_field, found)
    else:
        rest = [column for name in TAKEN_OFF for column in by_field[name]]
        found.leave(rest, "money taken off, but no column of amounts it could be taken off")
    return found


def _field(column: MoneyColumn, lines: Lines) -> str:
    """What a column is: a discount that is the same on all lines of an order is the order's."""
    ours = f"order_{column.field}"
    if column.field == "discount" and column.sample.shares and not says_money(column.name):
        return "discount_rate"
    if column.field in _OF_LINES and lines.orders and not column.sample.all_zero:
        return ours if _constant_in_orders(column.sample.values, lines.orders) else column.field
    return column.field


def _zeros(column: MoneyColumn, lines: Lines) -> float:
    """Share of orders, or rows, whose total is zero or empty; of a column never filled, none."""
    if not column.sample.filled:
        return 0.0
    largest: dict[Hashable, float] = defaultdict(float)
    for order, number in zip(lines.orders or range(len(column.zeros)), column.zeros, strict=True):
        largest[order] = max(largest[order], abs(number))
    return list(largest.values()).count(0.0) / len(largest)


def _level(column: MoneyColumn, lines: Lines) -> str:
    """Whether a total is that of a line or of an order."""
    if lines.product and holds_nearly(
        count_equal(column.sample.numbers, lines.product, lines.quantity)
    ):
        return "line"
    if column.sample.filled and lines.orders:
        constant = _constant_in_orders(column.sample.values, lines.orders)
        if constant is not None:
            return "order" if constant else "line"
    if column.field == "amount":
        return "line"
    if column.field == "order_total":
        return "order"
    return "order" if lines.orders else "line"


def _constant_in_orders(values: Sequence[str | None], orders: Sequence[Hashable]) -> bool | None:
    """Whether a value is the same on all lines of an order; None where too few have several."""
    rows: dict[Hashable, list[str | None]] = defaultdict(list)
    for order, value in zip(orders, values, strict=True):
        if order is not None:
            rows[order].append(value)
    several = [found for found in rows.values() if len(found) > 1]
    if len(several) < _FEWEST_ORDERS:
        return None
    same = sum(len({value for value in found if value}) <= 1 for found in several)
    return same >= NEARLY_ALL * len(several)
