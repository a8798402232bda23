"""The first sheets: what was found, the segments side by side, and their months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.summary.findings import findings
from custseg.report.summary.measure import Measure
from custseg.report.tables.months import month_rows
from custseg.report.tables.months import months as months_table
from custseg.report.tables.segments import headers, segment_rows
from custseg.report.tables.segments import segments as segments_table
from custseg.report.workbook.cells import Label, Pair, Shown
from custseg.report.workbook.charts import bars, stacked
from custseg.report.workbook.formats import WHOLE, exact_money
from custseg.report.workbook.tables import write_table
from custseg.words.colours import paler
from custseg.words.figures import capital, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.sheet import SheetWriter


def overview(
    writer: SheetWriter, summary: Summary, title: str, links: dict[int, str], sheets: dict[str, str]
) -> None:
    """Tell what the run found, and where the rest is.

    Parameters
    ----------
    writer
        An empty sheet.
    summary
        The run.
    title
        The workbook's.
    links
        The name of each segment's sheet, by its number.
    sheets
        What the other sheets are for, by their names.
    """
    writer.title(
        title,
        f"Customer segments as of {summary.as_of}, from {summary.source}: "
        f"orders from {summary.first_day} to {summary.last_day}.",
    )
    writer.sentences("What was found", (finding.sentence for finding in findings(summary)))
    for warning in summary.warnings:
        writer.sentence(f"Warning: {warning}")
    writer.heading("Segments")
    medians = "Days since the last order, orders and spend"
    writer.sentence(
        f"{medians if summary.money else 'Days since the last order and orders'} are medians: the "
        "middle customer's.",
        pale=True,
    )
    _segments(writer, summary, links)
    writer.heading("The shop")
    writer.pairs(_figures(summary))
    writer.heading("Sheets")
    writer.pairs((Label(name, link=name), purpose, "") for name, purpose in sheets.items())
    writer.pages, writer.orientation = (1, 1), "portrait"


def _segments(writer: SheetWriter, summary: Summary, links: dict[int, str]) -> None:
    segments, measure = summary.segments, Measure.of(summary)
    rows = [row | {"link": links[row["segment"]]} for row in segment_rows(summary)]
    shared = any(measure.share(segment) is not None for segment in segments)
    total = {
        "segment_name": "All",
        "customers": summary.customers,
        "customer_share": 1,
        "revenue": summary.revenue,
        "orders": summary.orders,
        "measure_share": 1 if shared else None,
    }
    table, words = segments_table(summary, rows), headers(summary)
    block = write_table(writer, table, rows, summary, total=total, words=words)
    colours = [segment.colour for segment in segments]
    if shared:
        bars(
            writer,
            block,
            {3: [paler(colour, 0.6) for colour in colours], 5: colours},
            title=_share_finding(segments, measure),
            axis=f"Share (pale: customers, full: {measure.name})",
        )


def _share_finding(segments: Sequence[SegmentSummary], measure: Measure) -> str:
    best = max(segments, key=lambda segment: measure.share(segment) or 0)
    return (
        f"{best.segment_name}: {percent(best.customer_share, 0)} of customers, "
        f"{percent(measure.share(best) or 0, 0)} of {measure.name}"
    )


def _figures(summary: Summary) -> list[Pair]:
    left_out = summary.rows_in - summary.rows_kept
    figures: list[Pair] = [
        ("Customers", Shown(summary.customers, WHOLE), ""),
        ("Orders", Shown(summary.orders, WHOLE), "that count: returns are settled, see Ledger"),
        *[("Revenue", Shown(summary.revenue, exact_money(summary.currency, [summary.revenue])), "")]
        * summary.money,
        *[("Products", Shown(summary.products, WHOLE), "bought and kept")] * bool(summary.products),
        ("Rows in the source", Shown(summary.rows_in, WHOLE), ""),
        ("Rows kept", Shown(summary.rows_kept, WHOLE), f"{left_out:,} are left out: see Ledger"),
        ("Segments", summary.number_reason, ""),
        *([("Model", capital(summary.model_reason), "")] if summary.model_reason else []),
        ("Structure", summary.structure, ""),
    ]
    return figures


def months(writer: SheetWriter, summary: Summary) -> None:
    """Each segment's revenue, or orders where no amounts are known, in each month."""
    measure = Measure.of(summary)
    what = measure.name.capitalize()
    writer.title("Months", f"{what} of each calendar month, by the segment of today.")
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
