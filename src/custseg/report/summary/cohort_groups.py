"""Customers by segment and month of their first order, and what they did so many months later."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from custseg.report.summary.movement import EVERYONE
from custseg.report.summary.studies import Cohort

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

MOST_SINCE: Final = 12
"""Months since the first order that are told."""
_FIRST_DAYS: Final = 3
"""A month whose orders begin by this day counts as whole: shops are closed on a first of May."""


def month_number(month: str) -> int:
    """Months since the year 0 of 2011-09."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def whole_months(first: date, as_of: date) -> range:
    """Numbers of the months that orders from a first day up to the as-of date cover."""
    begins = first.year * 12 + first.month - 1 + (first.day > _FIRST_DAYS)
    return range(begins, as_of.year * 12 + as_of.month - 1)


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


@dataclass(frozen=True)
class Sums:
    """What customers of one segment and month of first order did so many months later."""

    ordered: int = 0
    active: int = 0
    """With an order or a return."""
    revenue: Decimal = Decimal(0)


_NOTHING: Final = Sums()


@dataclass(frozen=True)
class Cells:
    """The sums by segment, month of first order and months since, and the whole months."""

    sums: dict[tuple[int, int, int], Sums]
    whole: range
    sizes: dict[int, int]
    """All customers of each segment, whenever their first order was."""

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], whole: range) -> Cells:
        """Take those of whole months."""
        sums: dict[tuple[int, int, int], Sums] = {}
        sizes: dict[int, int] = {}
        for row in rows:
            segment, start, since = (int(row[key]) for key in ("segment", "start", "since"))
            own = Sums(int(row["ordered"]), int(row["active"]), row["revenue"] or Decimal(0))
            if since == 0:
                sizes[segment] = sizes.get(segment, 0) + own.ordered
            if start in whole and start + since in whole:
                sums[segment, start, since] = own
        return cls(sums, whole, sizes)

    @property
    def segments(self) -> list[int]:
        """The segments' numbers."""
        return sorted(self.sizes)


@dataclass(frozen=True, eq=False)
class Group:
    """Customers of a segment, or the shop, whose first order was in some months."""

    cells: Cells
    segment: int
    starts: range

    @property
    def most_since(self) -> int:
        """The most months after which something is known of all."""
        return min(MOST_SINCE, self.cells.whole[-1] - self.starts[-1])

    def _sums(self, since: int) -> list[Sums]:
        """What they did so many months later."""
        those = self.cells.segments if self.segment == EVERYONE else [self.segment]
        return [
            self.cells.sums.get((segment, start, since), _NOTHING)
            for segment in those
            for start in self.starts
        ]

    @cached_property
    def customers(self) -> int:
        """How many they are."""
        return self.ordered(0)

    def ordered(self, since: int) -> int:
        """How many of them ordered so many months later."""
        return sum(one.ordered for one in self._sums(since))

    def active(self, since: int) -> int:
        """How many of them ordered then, or sent something back."""
        return sum(one.active for one in self._sums(since))

    def _spent(self, since: int) -> Decimal:
        """What they spent from the month of the first order up to then."""
        months = (one.revenue for month in range(since + 1) for one in self._sums(month))
        return sum(months, Decimal(0))

    def cohort(self, since: int, *, hidden: bool, priced: bool) -> Cohort:
        """Put it into figures."""
        ordered = self.ordered(since)
        return Cohort(
            segment=self.segment,
            first_month=_month(self.starts[0]),
            last_month=_month(self.starts[-1]),
            months_since=since,
            customers=self.customers,
            ordered=None if hidden else ordered,
            share=None if hidden else ordered / self.customers,
            revenue_per_customer=float(self._spent(since) / self.customers) if priced else None,
        )
