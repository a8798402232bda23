"""Each segment's months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.summary.insights import insights
from custseg.report.summary.measure import Measure
from custseg.report.tables.months import month_rows
from custseg.report.tables.months import months as months_table
from custseg.report.workbook.charts import stacked
from custseg.report.workbook.tables import write_table

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.sheet import SheetWriter


def months(writer: SheetWriter, summary: Summary) -> None:
    """Each segment's revenue, or orders where no amounts are known, in each month."""
    measure = Measure.of(summary)
    what = measure.name.capitalize()
    writer.title("Months", f"{what} of each calendar month, by the segment of today.")
    for insight in insights(summary):
        if insight.name == "season":
            writer.sentence(insight.sentence)
    writer.pages = (1, 1)
    rows = month_rows(summary)
    block = write_table(writer, months_table(summary), rows, summary)
    writer.freeze(block.first, 1)
    stacked(
        writer,
        block,
        {number: segment.colour for number, segment in enumerate(summary.segments, 2)},
        title=_month_finding(summary, rows, measure),
        axis=f"Revenue{f' ({summary.currency})' if summary.currency else ''}"
        if measure.money
        else what,
    )


def _month_finding(summary: Summary, rows: list[Row], measure: Measure) -> str:
    when = max(rows, key=lambda row: row[measure.name])["month"]
    top = max(summary.segments, key=measure.of_days)
    if measure.money:
        return f"Revenue was highest in {when}; over all months most comes from {top.segment_name}"
    return f"Most orders came in {when}; over all months most come from {top.segment_name}"
