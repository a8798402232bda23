"""Who ordered again by the month of the first order, and what a change of revenue is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from custseg.report.summary.movement import EVERYONE
from custseg.report.summary.revenue_tree import compared_with, factors
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Face, decimals, money, percent, whole
from custseg.words.figures import TEXT, month

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.summary.studies import Cohort, RevenueTree
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.tables.table import Format

Figure = Literal["share", "revenue_per_customer"]


def _points(share: float) -> str:
    return TEXT.number(100 * share, 1)


GROUPS: Final = Definition(
    "revenue_tree",
    (
        Column("group", "who"),
        Column("customers", "customers", whole),
        Column("orders_before", "orders then", whole),
        Column("orders_now", "orders now", whole),
        Column("revenue_before", "revenue then", money),
        Column("revenue_now", "revenue now", money),
        Column("change", "change in revenue", money),
    ),
)
FACTORS: Final = Definition(
    "revenue_factors",
    (
        Column("factor", "factor"),
        Column("before", "then", decimals(2), Face(format=str)),
        Column("now", "now", decimals(2), Face(format=str)),
        Column("change", "change", percent),
        Column("explains", "points of change", percent, Face(format=_points)),
    ),
)
LMDI: Final = (
    "The parts add up to the change: they are split by logarithmic means (LMDI, Ang 2005)."
)
WHO: Final = (
    "Kept: ordered then and now. New: ordered for the first time now. Came back: ordered now and "
    "before, but not then. Lost: ordered then, not now."
)
_GROUPS: Final = {
    "kept": "Kept",
    "new": "New",
    "returned": "Came back",
    "lost": "Lost",
    "others": "Returns only",
}


def since(tree: RevenueTree) -> str:
    """Say what then and now are."""
    return f"Now: the last {tree.now.days} days. Then: {compared_with(tree)}."


def factor_rows(tree: RevenueTree, *, money: bool) -> list[Row]:
    """Return the factors, and last what they multiply to; empty where these can't be told."""
    split = factors(tree, money=money)
    if not split:
        return []
    before, now = (one.revenue if money else Decimal(one.orders) for one in (tree.before, tree.now))
    change = float(now / before) - 1
    rows: list[Row] = [
        {
            "factor": one.name,
            "before": one.before,
            "now": one.now,
            "change": one.now / one.before - 1,
            "explains": one.explains,
            "amount": one.name == "spend per order",
        }
        for one in split
    ]
    total = {"factor": "revenue" if money else "orders", "before": before, "now": now}
    return [*rows, total | {"change": change, "explains": change, "amount": money, "total": True}]


def group_rows(tree: RevenueTree) -> list[Row]:
    """Return the groups of customers, with the change of what each spent; 0 is left empty."""
    return [
        {
            "group": _GROUPS[one.group],
            "customers": one.customers,
            "orders_before": one.orders_before or None,
            "orders_now": one.orders_now or None,
            "revenue_before": one.revenue_before or None,
            "revenue_now": one.revenue_now or None,
            "change": one.revenue_now - one.revenue_before,
        }
        for one in tree.groups
    ]


def group_total(tree: RevenueTree) -> Row:
    """What the groups add up to: the orders and the revenue of both stretches of days."""
    before, now = tree.before, tree.now
    return {
        "group": "All",
        "customers": None,
        "orders_before": before.orders,
        "orders_now": now.orders,
        "revenue_before": before.revenue,
        "revenue_now": now.revenue,
        "change": now.revenue - before.revenue,
    }


def matrix(
    name: str,
    months: Iterable[int],
    figure: Figure,
    *,
    by_segment: bool = False,
    page: Format | None = None,
) -> Definition:
    """Define a table of cohorts: a row for each, and a column for each number of months since.

    Parameters
    ----------
    name
        Its key.
    months
        Months since the first order.
    figure
        What stands in the cells.
    by_segment
        Whether rows are segments; otherwise, months of the first order.
    page
        How a page writes the cells.
    """
    form = percent if figure == "share" else money
    first = Column("segment_name", "segment") if by_segment else Column("month", "first order")
    cells = (Column(str(one), str(one), form, Face(format=page)) for one in months)
    return Definition(name, (first, Column("customers", "customers", whole), *cells))


def rows(cohorts: Sequence[Cohort], summary: Summary, figure: Figure) -> list[Row]:
    """Return a row for each cohort: what names it, its customers, and its figure by months since.

    A figure that may not be told is None; one that isn't known yet has no key.
    """
    found: dict[tuple[int, str, str], Row] = {}
    for one in cohorts:
        row = found.setdefault((one.segment, one.first_month, one.last_month), _named(one, summary))
        row[str(one.months_since)] = getattr(one, figure)
    return list(found.values())


def flatters(cohorts: Sequence[Cohort]) -> str:
    """Say whom the rows by segment are of, and why they flatter; nothing where there are none."""
    if not cohorts:
        return ""
    last = month(cohorts[0].last_month, short=True)
    return (
        f"Customers whose first order was in {last} or before. Segments are those of today: those "
        "who kept coming back are in the best ones for that reason, so these shares don't "
        "tell what the segments will do."
    )


def _named(one: Cohort, summary: Summary) -> Row:
    """What a row begins with."""
    row: Row = {"customers": one.customers}
    if one.segment != EVERYONE:
        names = {own.segment: own for own in summary.segments}
        own = names[one.segment]
        return row | {
            "segment": one.segment,
            "segment_name": own.segment_name,
            "colour": own.colour,
        }
    last = month(one.last_month, short=True)
    if one.first_month != one.last_month:
        last = f"up to {last}"
    elif one.first_month == summary.first_day[:7]:
        # Who was a customer before the orders begin looks new then.
        last = f"{last} or before"
    return row | {"month": last, "segment_name": "All"}
