"""Who ordered again, and what they spent, by the month of their first order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from custseg.engine.base import fetch
from custseg.privacy.disclosure import is_shown, is_small, suppress, suppress_list
from custseg.report.summary.movement import EVERYONE
from custseg.report.summary.studies import Cohort

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

    from custseg.report.summary.silence import Silence

_LISTED: Final = 13
"""Months of first order that are told one by one; those before them are told together."""
_MOST_SINCE: Final = 12
_FIRST_DAYS: Final = 3
"""A month whose orders begin by this day counts as whole: shops are closed on a first of May."""


def month_number(month: str) -> int:
    """Months since the year 0 of 2011-09."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def whole_months(first: date, as_of: date) -> range:
    """Numbers of the months that orders from a first day up to the as-of date cover."""
    begins = first.year * 12 + first.month - 1 + (first.day > _FIRST_DAYS)
    return range(begins, as_of.year * 12 + as_of.month - 1)


def cohorts(
    transactions: ir.Table,
    segments: ir.Table,
    first: date,
    as_of: date,
    silence: Silence,
    *,
    money: bool,
) -> tuple[tuple[Cohort, ...], tuple[Cohort, ...]]:
    """Tell for months of first order which share of customers ordered so many months later.

    Parameters
    ----------
    transactions, segments
        The artifacts.
    first, as_of
        First day with an order, and the as-of date. Months that orders don't wholly cover are left
        out, as month of first order and as month of a later one.
    silence
        What must not be told of the segments, and how many customers the smallest group has.
    money
        Whether amounts are known.

    Returns
    -------
    two tuples of Cohort
        The shop (segment 0) by month of first order: each of the last 13, and those before them
        together. Then each segment, and last the shop, of those whose first order is long ago: in
        the earlier half of all months, or in all but the last 12. Each from the month of the first
        order up to twelve months later, as far as that is known of all. Empty where no whole month
        follows one. A figure that would tell of few customers is None, and a row of few is left
        out.
    """
    whole = whole_months(first, as_of)
    if len(whole) < 2:  # noqa: PLR2004  (a month, and one after it)
        return (), ()
    found = _Cells.of(fetch(_counted(transactions, segments)), whole)
    listed = whole[-_LISTED:]
    months = [range(whole[0], listed[0])] * (listed[0] > whole[0])
    months += [range(one, one + 1) for one in listed]
    shop = [_Group(found, EVERYONE, own) for own in months]
    shop = [group for group in shop if group.customers]
    # The same customers in every month: those whose first order is long enough ago.
    long_ago = whole[: -min(_MOST_SINCE, len(whole) // 2)]
    everyone = _Group(found, EVERYONE, long_ago)
    parts = [_Group(found, number, long_ago) for number in found.segments]
    parts = [group for group in parts if group.customers]
    if not parts:
        return (), ()
    told = _Told.of(shop, everyone, parts, silence)
    return told.cohorts(shop, money=money), told.cohorts([*parts, everyone], money=money)


def _counted(transactions: ir.Table, segments: ir.Table) -> ir.Table:
    """Sums by segment, month of first order (`start`) and months since then.

    What came back before a customer's first order is of an order before all that are known.
    """
    when = transactions.ordered_at
    month = (when.year().cast("int64") * 12 + when.month() - 1).cast("int64")
    bought = transactions.quantity > 0
    each = transactions.group_by("customer_id", month=month).agg(
        ordered=bought.any(), revenue=transactions.amount.sum()
    )
    starts = transactions.group_by("customer_id").agg(start=month.min(where=bought))
    known = each.inner_join(starts, "customer_id").inner_join(
        segments.select("customer_id", "segment"), "customer_id"
    )
    known = known.filter(known.month >= known.start)
    return known.group_by("segment", "start", since=known.month - known.start).agg(
        ordered=known.ordered.sum(), active=known.count(), revenue=known.revenue.sum()
    )


@dataclass(frozen=True)
class _Sums:
    """What customers of one segment and month of first order did so many months later."""

    ordered: int = 0
    active: int = 0
    """With an order or a return."""
    revenue: Decimal = Decimal(0)


_NOTHING: Final = _Sums()


@dataclass(frozen=True)
class _Cells:
    """The sums by segment, month of first order and months since, and the whole months."""

    sums: dict[tuple[int, int, int], _Sums]
    whole: range
    sizes: dict[int, int]
    """All customers of each segment, whenever their first order was."""

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], whole: range) -> _Cells:
        """Take those of whole months."""
        sums: dict[tuple[int, int, int], _Sums] = {}
        sizes: dict[int, int] = {}
        for row in rows:
            segment, start, since = (int(row[key]) for key in ("segment", "start", "since"))
            own = _Sums(int(row["ordered"]), int(row["active"]), row["revenue"] or Decimal(0))
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
class _Group:
    """Customers of a segment, or the shop, whose first order was in some months."""

    cells: _Cells
    segment: int
    starts: range

    @property
    def most_since(self) -> int:
        """The most months after which something is known of all."""
        return min(_MOST_SINCE, self.cells.whole[-1] - self.starts[-1])

    def _sums(self, since: int) -> list[_Sums]:
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


@dataclass(frozen=True)
class _Told:
    """Which groups are not told of, and which of their figures after how many months."""

    away: set[_Group]
    hidden: set[tuple[_Group, int]]
    unpriced: dict[_Group, int]
    """Months from which on no revenue is told: it would tell what few spent in the first of them.
    """

    @classmethod
    def of(
        cls, shop: list[_Group], everyone: _Group, parts: list[_Group], silence: Silence
    ) -> _Told:
        """Decide: segments add up to everyone, and so do the months that everyone is of."""
        if silence.least <= 1:
            return cls(set(), set(), {})
        away = _too_few(shop, parts, silence)
        inside = [group for group in shop if group.starts[-1] in everyone.starts]
        hidden: set[tuple[_Group, int]] = set()
        unpriced: dict[_Group, int] = {}
        for since in range(_MOST_SINCE + 1):
            silent = [
                gone
                for groups in (shop, parts)
                for gone in _hidden(groups, everyone, since, away, silence.least)
            ]
            if everyone in silent or any(
                one in inside or one in parts for one in silent if one not in away
            ):
                unpriced.setdefault(everyone, since)
            for group in silent:
                hidden.add((group, since))
                unpriced.setdefault(group, since)
        return cls(away, hidden, unpriced)

    def cohorts(self, groups: Sequence[_Group], *, money: bool) -> tuple[Cohort, ...]:
        """Put groups into figures, but for those that are not told."""
        return tuple(
            group.cohort(
                since,
                hidden=(group, since) in self.hidden,
                priced=money and since < self.unpriced.get(group, _MOST_SINCE + 1),
            )
            for group in groups
            if group not in self.away
            for since in range(group.most_since + 1)
        )


def _too_few(shop: list[_Group], parts: list[_Group], silence: Silence) -> set[_Group]:
    """Groups of whose number nothing may be told, nor of the rest of their segment or shop."""
    least, away = silence.least, set[_Group]()
    sizes = parts[0].cells.sizes
    rest = sum(sizes.values()) - sum(group.customers for group in shop)
    counts = [
        (shop, [*(group.customers for group in shop), rest]),
        (parts, [group.customers for group in parts]),
        (parts, [sizes[group.segment] - group.customers for group in parts]),
    ]
    for groups, numbers in counts:
        gone = suppress_list(numbers, least)
        away |= {group for group, away_too in zip(groups, gone, strict=False) if away_too}
    quiet = silence.withheld | silence.dominated
    return away | {group for group in parts if group.segment in quiet}


def _hidden(
    groups: list[_Group], everyone: _Group, since: int, away: set[_Group], least: int
) -> list[_Group]:
    """Those of whom few ordered or didn't in a month, or who give such groups away."""
    known = [group for group in groups if since <= group.most_since]
    width = len(known)
    ordered = [group.ordered(since) for group in known]
    silent = [group.customers - count for group, count in zip(known, ordered, strict=True)]
    rows, tied, fixed, withheld = [], [], [], []

    def add(places: Sequence[int], label: int, *, told: bool, gone: bool) -> None:
        row = np.zeros(2 * width)
        row[list(places)] = 1
        rows.append(row)
        tied.append(label)
        fixed.append(told)
        withheld.append(gone)

    for place, group in enumerate(known):
        gone = group in away
        few = gone or is_small(group.active(since), least)
        add([place], place, told=False, gone=few)
        add([place + width], place, told=False, gone=few)
        # How many they are stands beside every month.
        add([place, place + width], width + place, told=not gone, gone=gone)
    total = since <= everyone.most_since
    if total:
        within = [at for at, group in enumerate(known) if group.starts[-1] in everyone.starts]
        told = is_shown(everyone.ordered(since), everyone.customers, least)
        add(within, 2 * width, told=told, gone=not told)
        add([at + width for at in within], 2 * width, told=told, gone=not told)
    if not known:
        return []
    silenced = suppress(
        [*ordered, *silent], np.array(rows), least, fixed=fixed, tied=tied, withheld=withheld
    )
    found = [group for place, group in enumerate(known) if silenced[3 * place]]
    return [*found, everyone] if total and silenced[-1] else found


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
