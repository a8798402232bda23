"""Each segment's revenue, or orders where no amounts are known, in each calendar month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from custseg.report.summary.measure import Measure
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Face, money, whole

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Texts


def months(summary: Summary) -> Definition:
    """Define the table, a column for each segment."""
    amount = money if summary.money else whole
    return Definition(
        "months",
        (
            Column("month", "month", workbook=Face(width=14)),
            *(
                Column(f"segment_{one.segment}", "", amount, workbook=Face(one.segment_name))
                for one in summary.segments
            ),
            Column("revenue", "all revenue", money),
            Column("orders", "all orders", whole),
        ),
    )


def month_rows(summary: Summary, say: Texts) -> list[dict[str, Any]]:
    """Return a row for each month; one that orders cover in part says so."""
    measure = Measure.of(summary)
    found: dict[str, dict[str, Any]] = {}
    known = {(own.segment, own.month) for own in summary.months}
    for whole_month in summary.shop_months:
        found[whole_month.month] = {
            "month": whole_month.month,
            "complete": whole_month.complete,
            "revenue": whole_month.revenue,
            "orders": whole_month.orders,
        } | {f"segment_{one.segment}": Decimal(0) for one in summary.segments}
    for own in summary.months:
        if own.month in found:
            found[own.month][f"segment_{own.segment}"] = Decimal(measure.of_days(own))
    for row in found.values():
        for one in summary.segments:
            if summary.whole_months and (one.segment, row["month"]) not in known:
                row[f"segment_{one.segment}"] = None
        month = {"iso": row["month"], "name": say.wording.month(row["month"])}
        row["month"] = say("month" if row["complete"] else "part", **month)
    return list(found.values())
