"""Why revenue changed: customers, orders of each, spend per order; who stayed, came and left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch
from custseg.orders.lines import before as lines_before
from custseg.privacy.disclosure import is_small
from custseg.report.summary.movement import YEAR
from custseg.report.summary.studies import CustomerGroup, RevenueTree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

    from custseg.report.summary.studies import Window
    from custseg.words.language import Wording

KEPT, NEW, RETURNED, LOST, OTHERS = "kept", "new", "returned", "lost", "others"
_MINUS: Final = "\N{MINUS SIGN}"
_FACTORS: Final = ("customers", "orders_per_customer", "spend_per_order")


def revenue_tree(
    transactions: ir.Table, as_of: date, windows: Sequence[Window], least: int
) -> RevenueTree | None:
    """Explain the revenue of the last days against as many a year before, else those before them.

    Parameters
    ----------
    transactions
        The artifact.
    as_of
        The day after the last days.
    windows
        The summary's stretches of days.
    least
        Customers of the smallest group that may be told of: if one is smaller, none is told.

    Returns
    -------
    RevenueTree or None
        Its groups' customers, orders and revenue add up to those of both stretches, exactly. None
        where the days before aren't known, or nobody ordered in one of both.
    """
    by_end = {one.ended_days_ago: one for one in windows}
    now = by_end.get(0)
    if now is None:
        return None
    # A year before, longer stretches would overlap.
    earlier = (by_end.get(YEAR) if now.days <= YEAR else None) or by_end.get(now.days)
    if earlier is None or not (now.customers and earlier.customers):
        return None
    groups = _groups(transactions, as_of, now, earlier)
    if any(is_small(group.customers, least) for group in groups):
        groups = ()
    return RevenueTree(earlier, now, groups)


def _groups(
    transactions: ir.Table, as_of: date, now: Window, earlier: Window
) -> tuple[CustomerGroup, ...]:
    """Count customers by whether they ordered in both stretches, in one, or came back or new."""
    lines = lines_before(transactions, as_of)

    def within(window: Window) -> ir.BooleanValue:
        end = as_of - timedelta(days=window.ended_days_ago)
        start = end - timedelta(days=window.days)
        return (lines.ordered_at >= _midnight(start)) & (lines.ordered_at < _midnight(end))

    bought, last, first = lines.quantity > 0, within(now), within(earlier)
    orders = lines.group_by("customer_id", "order_id").agg(
        now=(bought & last).any(),
        earlier=(bought & first).any(),
        known=(bought & (lines.ordered_at < _midnight(as_of - timedelta(days=now.days)))).any(),
        lines_now=last.sum(),
        lines_earlier=first.sum(),
        revenue_now=lines.amount.sum(where=last),
        revenue_earlier=lines.amount.sum(where=first),
    )
    each = orders.group_by("customer_id").agg(
        orders_now=orders.now.sum(),
        orders_earlier=orders.earlier.sum(),
        known=orders.known.any(),
        lines=(orders.lines_now + orders.lines_earlier).sum(),
        revenue_now=orders.revenue_now.sum(),
        revenue_earlier=orders.revenue_earlier.sum(),
    )
    each = each.filter(each.lines > 0)
    came, was = each.orders_now > 0, each.orders_earlier > 0
    group = ibis.cases(
        (came & was, KEPT),
        (came & ~each.known, NEW),
        (came, RETURNED),
        (was, LOST),
        else_=OTHERS,
    )
    counted = each.group_by(group=group).agg(
        customers=each.count(),
        orders_now=each.orders_now.sum(),
        orders_earlier=each.orders_earlier.sum(),
        revenue_now=each.revenue_now.sum(),
        revenue_earlier=each.revenue_earlier.sum(),
    )
    found = {row["group"]: row for row in fetch(counted)}
    return tuple(
        CustomerGroup(
            group=name,
            customers=row["customers"],
            orders_before=int(row["orders_earlier"]),
            orders_now=int(row["orders_now"]),
            revenue_before=row["revenue_earlier"] or Decimal(0),
            revenue_now=row["revenue_now"] or Decimal(0),
        )
        for name in (KEPT, NEW, RETURNED, LOST, OTHERS)
        if (row := found.get(name))
    )


def _midnight(day: date) -> ir.TimestampScalar:
    return ibis.timestamp(day.isoformat())


@dataclass(frozen=True)
class Factor:
    """One of those whose product is revenue, or the number of orders."""

    name: str
    """customers, orders_per_customer or spend_per_order."""
    before: float
    now: float
    explains: float
    """Its part of the change, as a share of what there was before: the parts add up to it."""


def factors(tree: RevenueTree, *, money: bool) -> tuple[Factor, ...]:
    """Split the change of revenue, or of orders, among its factors.

    The additive logarithmic mean Divisia index (LMDI I) of Ang (2005), "The LMDI approach to
    decomposition analysis: a practical guide", Energy Policy 33: it leaves no rest and doesn't
    depend on the order of the factors. One that went from x to y explains L(after, before) ·
    ln(y / x) of the change, where L(a, b) = (a - b) / (ln a - ln b).

    Returns
    -------
    tuple of Factor
        Customers, orders per customer and, where amounts are known, spend per order. Empty where
        revenue wasn't above zero before and after.
    """
    before, now = (_total(one, money=money) for one in (tree.before, tree.now))
    if min(before, now) <= 0:
        return ()
    mean = before if now == before else (now - before) / math.log(now / before)
    split = zip(_FACTORS, _parts(tree.before), _parts(tree.now), strict=True)
    return tuple(
        Factor(name, was, is_now, mean * math.log(is_now / was) / before)
        for name, was, is_now in [*split][: 2 + money]
    )


def _total(window: Window, *, money: bool) -> float:
    return float(window.revenue) if money else float(window.orders)


def _parts(window: Window) -> tuple[float, float, float]:
    spend = float(window.revenue / window.orders)
    return window.customers, window.orders / window.customers, spend


def compared_with(tree: RevenueTree, wording: Wording) -> str:
    """Name the days before."""
    which = "year" if tree.before.ended_days_ago == YEAR else "before"
    return wording.render(f"page.explained.{which}", {"days": tree.before.days})


def explained(tree: RevenueTree, wording: Wording, *, money: bool) -> str:
    """Say in a sentence how much revenue, or orders, changed, and from what."""
    split = factors(tree, money=money)
    texts = wording.texts("page.explained")
    said = {
        "days": tree.now.days,
        "measure": texts["revenue" if money else "orders"],
        "since": compared_with(tree, wording),
    }
    if not split:
        return wording.fill(texts["unknown"], said)
    said["was"], said["now"] = (
        wording.about(one.revenue) if money else wording.number(one.orders)
        for one in (tree.before, tree.now)
    )
    change = _total(tree.now, money=money) / _total(tree.before, money=money) - 1
    total, *points = _points([change, *(one.explains for one in split)])
    said["change"] = abs(total) / 100
    way = "rose" if total > 0 else "fell" if total else "steady"
    told = wording.fill(texts[way], said)
    parts = [(point, one.name) for point, one in zip(points, split, strict=True) if point]
    if not parts:
        return f"{told}."
    alike = all((point > 0) == (total > 0) for point, _ in parts) and total != 0
    size = str if alike else _signed
    reasons = [
        wording.fill(
            texts["part"],
            {
                "points": abs(point),
                "figure": size(abs(point) if alike else point),
                "first": place == 0,
                "reason": texts["more" if point > 0 else "fewer"][name],
            },
        )
        for place, (point, name) in enumerate(parts)
    ]
    return f"{told}: {wording.listed(reasons)}."


def _points(shares: Sequence[float]) -> list[int]:
    """Whole percentage points of a change and of its parts, which add up to it."""
    total = round(100 * shares[0])
    exact = [100 * share for share in shares[1:]]
    whole = [math.floor(part) for part in exact]
    # Those that lost most by it are rounded up.
    rest = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in rest[: total - sum(whole)]:
        whole[place] += 1
    return [total, *whole]


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"{_MINUS}{-points}"
