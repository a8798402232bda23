"""The first sheets: what was found, the segments side by side, and their months."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from custseg.report.colours import paler
from custseg.report.workbook.charts import bars, stacked
from custseg.report.workbook.formats import PERCENT, TENTHS, TEXT, WHOLE, exact_money, money
from custseg.report.workbook.layout import Column, Label, Pair, Shown, Value
from custseg.summary.findings import findings
from custseg.summary.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.workbook.layout import Layout
    from custseg.summary.segment import SegmentSummary
    from custseg.summary.whole import Summary


def overview(
    layout: Layout, summary: Summary, title: str, links: dict[int, str], sheets: dict[str, str]
) -> None:
    """Tell what the run found, and where the rest is.

    Parameters
    ----------
    layout
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
    layout.title(
        title,
        f"Customer segments as of {summary.as_of}, from {summary.source}: "
        f"orders from {summary.first_day} to {summary.last_day}.",
    )
    said = findings(summary)
    if said:
        layout.heading("What was found")
        for finding in said:
            layout.sentence(finding.sentence)
    for warning in summary.warnings:
        layout.sentence(f"Warning: {warning}")
    layout.heading("Segments")
    layout.sentence(
        "Days since the last order, orders and spend are medians: the middle customer's.", pale=True
    )
    _segments(layout, summary, links)
    layout.heading("The shop")
    layout.pairs(_figures(summary))
    layout.heading("Sheets")
    layout.pairs((Label(name, link=name), purpose, "") for name, purpose in sheets.items())
    layout.pages, layout.orientation = (1, 1), "portrait"


def _segments(layout: Layout, summary: Summary, links: dict[int, str]) -> None:
    segments, days = summary.segments, summary.method.horizon_days
    amount = money(summary.currency)
    columns = [
        Column("Segment"),
        Column("Customers", WHOLE),
        Column("Of customers", PERCENT),
        Column("Revenue", exact_money(summary.currency, [one.revenue for one in segments])),
        Column("Of revenue", PERCENT),
        Column("Days since the last order", WHOLE),
        Column("Orders", TENTHS),
        Column("Spend", amount),
        Column(f"Likely to order in {days} days", PERCENT),
        Column(f"Spend expected in {days} days", amount),
        Column("Objective"),
    ]
    rows: list[list[Value]] = [_row(segment, links) for segment in segments]
    shared = any(segment.revenue_share is not None for segment in segments)
    whole: list[Value] = ["All", summary.customers, 1, summary.revenue, 1 if shared else None]
    whole += [None] * (len(columns) - len(whole))
    # A column of figures that the run doesn't have is left out.
    kept = [
        number for number in range(len(columns)) if any(row[number] is not None for row in rows)
    ]
    columns = [columns[number] for number in kept]
    rows = [[row[number] for number in kept] for row in rows]
    block = layout.table(columns, rows, "Segments")
    layout.total(columns, [whole[number] for number in kept])
    colours = [segment.colour for segment in segments]
    if shared:
        layout.chart(
            bars(
                layout.sheet,
                block,
                {3: [paler(colour, 0.6) for colour in colours], 5: colours},
                title=_share_finding(segments),
                axis="Share (pale: customers, full: revenue)",
            )
        )


def _row(segment: SegmentSummary, links: dict[int, str]) -> list[Value]:
    expected = segment.expected
    return [
        Label(segment.segment_name, segment.colour, links[segment.segment]),
        segment.customers,
        segment.customer_share,
        segment.revenue,
        segment.revenue_share,
        segment.recency_days,
        segment.frequency,
        segment.monetary,
        expected.buying_probability if expected else None,
        expected.expected_spend if expected else None,
        segment.objective,
    ]


def _share_finding(segments: Sequence[SegmentSummary]) -> str:
    best = max(segments, key=lambda segment: segment.revenue)
    return (
        f"{best.segment_name}: {percent(best.customer_share, 0)} of customers, "
        f"{percent(best.revenue_share or 0, 0)} of revenue"
    )


def _figures(summary: Summary) -> list[Pair]:
    left_out = summary.rows_in - summary.rows_kept
    figures: list[Pair] = [
        ("Customers", Shown(summary.customers, WHOLE), ""),
        ("Orders", Shown(summary.orders, WHOLE), "that count: returns are settled, see Ledger"),
        ("Revenue", Shown(summary.revenue, exact_money(summary.currency, [summary.revenue])), ""),
        *[("Products", Shown(summary.products, WHOLE), "bought and kept")] * bool(summary.products),
        ("Rows in the source", Shown(summary.rows_in, WHOLE), ""),
        ("Rows kept", Shown(summary.rows_kept, WHOLE), f"{left_out:,} are left out: see Ledger"),
        ("Segments", summary.k_reason, ""),
        ("Structure", summary.structure, ""),
    ]
    return figures


def months(layout: Layout, summary: Summary) -> None:
    """Each segment's revenue in each month."""
    layout.title("Months", "Revenue of each calendar month, by the segment of today.")
    layout.pages = (1, 1)
    revenue = {(month.month, month.segment): month.revenue for month in summary.months}
    orders: dict[str, int] = {}
    complete: dict[str, bool] = {}
    for month in summary.months:
        orders[month.month] = orders.get(month.month, 0) + month.orders
        complete[month.month] = complete.get(month.month, True) and month.complete
    shown = exact_money(summary.currency, revenue.values())
    columns = [
        Column("Month", TEXT, 14),
        *(Column(segment.segment_name, shown) for segment in summary.segments),
        Column("All revenue", shown),
        Column("All orders", WHOLE),
    ]
    rows: list[list[Value]] = []
    for name in sorted(orders):
        amounts = [revenue.get((name, segment.segment), Decimal(0)) for segment in summary.segments]
        label = name if complete[name] else f"{name} (in part)"
        rows.append([label, *amounts, sum(amounts, Decimal(0)), orders[name]])
    block = layout.table(columns, rows)
    layout.freeze(block.first, 1)
    layout.chart(
        stacked(
            layout.sheet,
            block,
            {number: segment.colour for number, segment in enumerate(summary.segments, 2)},
            title=_month_finding(summary, rows),
            axis=f"Revenue{f' ({summary.currency})' if summary.currency else ''}",
        )
    )


def _month_finding(summary: Summary, rows: list[list[Value]]) -> str:
    best = max(rows, key=lambda row: row[-2] if isinstance(row[-2], Decimal) else Decimal(0))
    top = max(summary.segments, key=lambda segment: segment.revenue)
    return f"Revenue was highest in {best[0]}; over all months most comes from {top.segment_name}"
