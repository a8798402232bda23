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
    from custseg.words.language import Texts


def months(writer: SheetWriter, summary: Summary) -> None:
    """Each segment's revenue, or orders where no amounts are known, in each month."""
    measure, say = Measure.of(summary), writer.say.below("months")
    writer.title(writer.say("names.months"), say("lead"))
    for insight in insights(summary, writer.wording):
        if insight.name == "season":
            writer.sentence(insight.sentence)
    writer.pages = (1, 1)
    rows = month_rows(summary, say)
    block = write_table(writer, months_table(summary), rows, summary)
    writer.freeze(block.first, 1)
    stacked(
        writer,
        block,
        {number: segment.colour for number, segment in enumerate(summary.segments, 2)},
        title=_month_finding(summary, rows, measure, say),
        axis=say("axis", currency=summary.currency),
    )


def _month_finding(summary: Summary, rows: list[Row], measure: Measure, say: Texts) -> str:
    when = max(rows, key=lambda row: row[measure.name])["month"]
    top = max(summary.segments, key=measure.of_days)
    return say("finding", when=when, segment=top.segment_name)
