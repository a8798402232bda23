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
    """Return a row for each month; one that orders cover in part says so."""
    measure = Measure.of(summary)
    found: dict[str, dict[str, Any]] = {}
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
        row["month"] += "" if row["complete"] else " (in part)"
    return list(found.values())
