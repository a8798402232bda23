"""Each segment's revenue, or orders where no amounts are known, in each calendar month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from custseg.report.summary.measure import Measure
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Face, exact_money, whole

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary


def months(summary: Summary) -> Definition:
    """Define the table, a column for each segment."""
    amount = exact_money if summary.money else whole
    return Definition(
        "months",
        (
            Column("month", "month", workbook=Face(width=14)),
            *(
                Column(f"segment_{one.segment}", "", amount, workbook=Face(one.segment_name))
                for one in summary.segments
            ),
            Column("revenue", "all revenue", exact_money),
            Column("orders", "all orders", whole),
        ),
    )


def month_rows(summary: Summary) -> list[dict[str, Any]]:
    """Return a row for each month; one that orders cover in part says so.

    Where a part can't be told, neither can the whole of the month.
    """
    measure = Measure.of(summary)
    found: dict[str, dict[str, Any]] = {}
    known = {(own.segment, own.month) for own in summary.months}
    for own in sorted(summary.months, key=lambda own: own.month):
        row = found.setdefault(
            own.month,
            {"month": own.month, "complete": True, "revenue": Decimal(0), "orders": 0}
            | {f"segment_{one.segment}": Decimal(0) for one in summary.segments},
        )
        row[f"segment_{own.segment}"] = Decimal(measure.of_days(own))
        row["revenue"] += own.revenue
        row["orders"] += own.orders
        row["complete"] &= own.complete
    for row in found.values():
        if row["month"] in summary.cut_months:
            row["revenue"] = row["orders"] = None
            for one in summary.segments:
                if (one.segment, row["month"]) not in known:
                    row[f"segment_{one.segment}"] = None
        row["month"] += "" if row["complete"] else " (in part)"
    return list(found.values())
