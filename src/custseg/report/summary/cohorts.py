"""Who ordered again, and what they spent, by the month of their first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.engine.base import fetch
from custseg.privacy.disclosure import is_shown, is_small, suppress
from custseg.report.summary.cohort_groups import MOST_SINCE, Cells, Group, whole_months
from custseg.report.summary.movement import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

    from custseg.report.summary.silence import Silence
    from custseg.report.summary.studies import Cohort

_LISTED: Final = 13
"""Months of first order that are told one by one; those before them are told together."""


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
    found = Cells.of(fetch(_counted(transactions, segments)), whole)
    listed = whole[-_LISTED:]
    months = [range(whole[0], listed[0])] * (listed[0] > whole[0])
    months += [range(one, one + 1) for one in listed]
    shop = [Group(found, EVERYONE, own) for own in months]
    shop = [group for group in shop if group.customers]
    # The same customers in every month: those whose first order is long enough ago.
    long_ago = whole[: -min(MOST_SINCE, len(whole) // 2)]
    everyone = Group(found, EVERYONE, long_ago)
    parts = [Group(found, number, long_ago) for number in found.segments]
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
class _Told:
    """Which groups are not told of, and which of their figures after how many months."""

    away: set[Group]
    hidden: set[tuple[Group, int]]
    unpriced: dict[Group, int]
    """Months from which on no revenue is told: it would tell what few spent in the first of them.
    """

    @classmethod
    def of(cls, shop: list[Group], everyone: Group, parts: list[Group], silence: Silence) -> _Told:
        """Decide: segments add up to everyone, and so do the months that everyone is of."""
        if silence.least <= 1:
            return cls(set(), set(), {})
        away = _too_few(shop, everyone, parts, silence)
        inside = [one for one, own in zip(shop, _within(shop, everyone), strict=True) if own]
        hidden: set[tuple[Group, int]] = set()
        unpriced: dict[Group, int] = {}
        # All ordered in the month of their first order.
        for since in range(1, MOST_SINCE + 1):
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

    def cohorts(self, groups: Sequence[Group], *, money: bool) -> tuple[Cohort, ...]:
        """Put groups into figures, but for those that are not told."""
        return tuple(
            group.cohort(
                since,
                hidden=(group, since) in self.hidden,
                priced=money and since < self.unpriced.get(group, MOST_SINCE + 1),
            )
            for group in groups
            if group not in self.away
            for since in range(group.most_since + 1)
        )


def _too_few(
    shop: list[Group], everyone: Group, parts: list[Group], silence: Silence
) -> set[Group]:
    """Groups of whose number nothing may be told, nor of the rest of their segment or shop."""
    sizes, all_sizes = [group.customers for group in shop], parts[0].cells.sizes
    # Others' first order is in a month that isn't whole.
    others = sum(all_sizes.values()) - sum(sizes)
    sums = [[*map(int, _within(shop, everyone)), 0], [1] * (len(shop) + 1)]
    few = suppress(
        [*sizes, others],
        np.vstack([np.eye(len(shop) + 1), sums]),
        silence.least,
        fixed=[False] * (len(shop) + 1) + [True, True],
    )
    quiet = silence.withheld | silence.dominated
    later = [all_sizes[group.segment] - group.customers for group in parts]
    gone = _silenced(
        [group.customers for group in parts],
        later,
        silence.least,
        total=everyone.customers,
        withheld=[group.segment in quiet for group in parts],
        sized=[group.segment not in silence.withheld for group in parts],
    )
    if gone[-1]:
        return {group for group, away in zip(shop, few, strict=False) if away} | {*parts, everyone}
    those = zip([*shop, *parts], [*few[: len(shop)], *gone[: len(parts)]], strict=True)
    return {group for group, away in those if away}


def _within(groups: list[Group], everyone: Group) -> list[bool]:
    """Which groups are among those that add up to everyone."""
    return [group.starts[-1] in everyone.starts for group in groups]


def _hidden(
    groups: list[Group], everyone: Group, since: int, away: set[Group], least: int
) -> list[Group]:
    """Those of whom few ordered or didn't in a month, or who give such groups away."""
    known = [group for group in groups if since <= group.most_since]
    ordered = [group.ordered(since) for group in known]
    summed = since <= everyone.most_since
    gone = _silenced(
        ordered,
        [group.customers - count for group, count in zip(known, ordered, strict=True)],
        least,
        total=everyone.ordered(since) if summed else None,
        within=_within(known, everyone),
        sized=[group not in away for group in known],
        withheld=[group in away or is_small(group.active(since), least) for group in known],
    )
    found = [group for group, silent in zip(known, gone, strict=False) if silent]
    return [*found, everyone] if summed and gone[-1] else found


def _silenced(
    parts: Sequence[int],
    rests: Sequence[int],
    least: int,
    *,
    total: int | None,
    withheld: Sequence[bool],
    within: Sequence[bool] | None = None,
    sized: Sequence[bool] | None = None,
) -> list[bool]:
    """Tell which parts of groups must not be told, and last whether their sum must not be.

    Parameters
    ----------
    parts, rests
        Customers of each group of whom something holds, and the others of it.
    least
        Customers of the smallest group that may be told of.
    total
        Sum of the parts that is told of too; None: none is.
    withheld
        Parts that are not told whatever they are.
    within
        Groups whose parts add up to the total; by default, all.
    sized
        Groups whose size is told; by default, all.
    """
    width = len(parts)
    every = [True] * width
    ones = np.eye(width)
    nothing = np.zeros((width, width))
    summed = np.array([within or every], dtype=float)
    rows = [np.hstack([ones, nothing]), np.hstack([nothing, ones]), np.hstack([ones, ones])]
    tied = [*range(width), *range(width), *range(width, 2 * width)]
    fixed = [False] * 2 * width + list(sized or every)
    gone = [*withheld, *withheld, *(not one for one in sized or every)]
    if total is not None:
        size = int(summed[0] @ (np.array(parts) + np.array(rests)))
        told = is_shown(total, size, least)
        rows += [np.hstack([summed, 0 * summed]), np.hstack([0 * summed, summed])]
        tied, fixed, gone = [*tied, *[-1] * 2], [*fixed, *[told] * 2], [*gone, *[not told] * 2]
    if not width:
        return []
    hidden = suppress(
        [*parts, *rests], np.vstack(rows), least, fixed=fixed, tied=tied, withheld=gone
    )
    return [*map(bool, hidden[:width]), total is not None and bool(hidden[-1])]
