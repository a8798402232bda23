"""Who ordered again by the month of the first order, and what a change of revenue is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from custseg.report.summary.movement import EVERYONE
from custseg.report.summary.revenue_tree import factors
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Face, decimals, money, percent, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.summary.studies import Cohort, RevenueTree
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.tables.table import Format
    from custseg.words.language import Wording

Figure = Literal["share", "revenue_per_customer"]


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
        Column("explains", "points of change", percent),
    ),
)


def factor_rows(tree: RevenueTree, wording: Wording, *, money: bool) -> list[Row]:
    """Return the factors, and last what they multiply to; empty where these can't be told."""
    split = factors(tree, money=money)
    if not split:
        return []
    before, now = (one.revenue if money else Decimal(one.orders) for one in (tree.before, tree.now))
    change = float(now / before) - 1
    names = wording.texts("page.tables.revenue_factors.rows")
    rows: list[Row] = [
        {
            "factor": names[one.name],
            "before": one.before,
            "now": one.now,
            "change": one.now / one.before - 1,
            "explains": one.explains,
            "amount": one.name == "spend_per_order",
        }
        for one in split
    ]
    total = {"factor": names["revenue" if money else "orders"], "before": before, "now": now}
    return [*rows, total | {"change": change, "explains": change, "amount": money, "total": True}]


def group_rows(tree: RevenueTree, wording: Wording) -> list[Row]:
    """Return the groups of customers, with the change of what each spent; 0 is left empty."""
    names = wording.texts("page.tables.revenue_tree.rows")
    return [
        {
            "group": names[one.group],
            "customers": one.customers,
            "orders_before": one.orders_before or None,
            "orders_now": one.orders_now or None,
            "revenue_before": one.revenue_before or None,
            "revenue_now": one.revenue_now or None,
            "change": one.revenue_now - one.revenue_before,
        }
        for one in tree.groups
    ]


def group_total(tree: RevenueTree, wording: Wording) -> Row:
    """What the groups add up to: the orders and the revenue of both stretches of days."""
    before, now = tree.before, tree.now
    return {
        "group": wording.texts("page.tables.revenue_tree.rows")["all"],
        "customers": None,
        "orders_before": before.orders,
        "orders_now": now.orders,
        "revenue_before": before.revenue,
        "revenue_now": now.revenue,
        "change": now.revenue - before.revenue,
    }


def matrix(
    months: Iterable[int],
    figure: Figure,
    *,
    by_segment: bool = False,
    page: Format | None = None,
) -> Definition:
    """Define a table of cohorts: a row for each, and a column for each number of months since.

    Parameters
    ----------
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
    return Definition("cohorts", (first, Column("customers", "customers", whole), *cells))


def rows(
    cohorts: Sequence[Cohort], summary: Summary, figure: Figure, wording: Wording
) -> list[Row]:
    """Return a row for each cohort: what names it, its customers, and its figure by months since.

    A figure that may not be told is None; one that isn't known yet has no key.
    """
    found: dict[tuple[int, str, str], Row] = {}
    for one in cohorts:
        which = one.segment, one.first_month, one.last_month
        row = found.setdefault(which, _named(one, summary, wording))
        row[str(one.months_since)] = getattr(one, figure)
    return list(found.values())


def _named(one: Cohort, summary: Summary, wording: Wording) -> Row:
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
    texts = "page.tables.cohorts.rows"
    last = wording.month(one.last_month)
    if one.first_month != one.last_month:
        last = wording.render(f"{texts}.up_to", {"month": last})
    elif one.first_month == summary.first_day[:7]:
        # Who was a customer before the orders begin looks new then.
        last = wording.render(f"{texts}.or_before", {"month": last})
    return row | {"month": last, "segment_name": wording.texts(texts)["all"]}
