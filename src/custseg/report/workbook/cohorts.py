"""Who comes back, by the month of the first order, and what changed revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.summary.revenue_tree import compared_with, explained
from custseg.report.tables import cohorts as views
from custseg.report.workbook.cells import Shown
from custseg.report.workbook.formats import HUNDREDTHS, WHOLE, rounded_money
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.studies import Cohort, RevenueTree
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.cohorts import Figure
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.sheet import SheetWriter


def cohorts(writer: SheetWriter, summary: Summary) -> None:
    """Say what changed revenue, and who ordered again after how many months."""
    tree = summary.revenue_tree
    change = explained(tree, english(summary.currency), money=summary.money) if tree else ""
    writer.title("Who comes back", change)
    if tree:
        _change(writer, tree, summary)
    titles: dict[Figure, str] = {
        "share": "Share who ordered again, by months since the first order",
        "revenue_per_customer": "Spent per customer so far, by months since the first order",
    }
    figures = [figure for figure in titles if figure == "share" or summary.money]
    for figure in figures:
        _matrix(writer, summary.cohorts, figure, titles[figure], summary)
    for figure in figures:
        _matrix(writer, summary.segment_cohorts, figure, titles[figure], summary, by_segment=True)
    if summary.segment_cohorts:
        last = english().month(summary.segment_cohorts[0].last_month)
        note = english().render("page.tables.cohorts.note", {"last": last})
        writer.sentence(note, pale=True)
    writer.pages = (1, 1)


def _change(writer: SheetWriter, tree: RevenueTree, summary: Summary) -> None:
    measure = "revenue" if summary.money else "orders"
    factors = [
        row | {key: _shown(row, key, summary.currency) for key in ("before", "now")}
        for row in views.factor_rows(tree, english(), money=summary.money)
    ]
    texts = "page.tables.revenue"
    told = {"days": tree.now.days, "since": compared_with(tree, english())}
    note = english().render(f"{texts}_factors.note", told)
    write_found(writer, f"What changed {measure}", views.FACTORS, factors, summary, note)
    if tree.groups:
        writer.heading(english().render(f"{texts}_tree.title", {"money": summary.money}))
        total = views.group_total(tree, english())
        writer.sentence(english().render(f"{texts}_tree.note"), pale=True)
        rows = views.group_rows(tree, english())
        write_table(writer, views.GROUPS, rows, summary, total=total)


def _shown(row: Row, key: str, currency: str) -> Shown:
    form = WHOLE if row[key] == round(row[key]) else HUNDREDTHS
    return Shown(row[key], rounded_money(currency, row[key]) if row["amount"] else form)


def _matrix(
    writer: SheetWriter,
    cells: Sequence[Cohort],
    figure: Figure,
    title: str,
    summary: Summary,
    *,
    by_segment: bool = False,
) -> None:
    # All ordered in the month of their first order.
    cells = [one for one in cells if one.months_since or figure != "share"]
    if not cells:
        return
    months = sorted({one.months_since for one in cells})
    rows = views.rows(cells, summary, figure, english())
    table = views.matrix(months, figure, by_segment=by_segment)
    writer.heading(title + ", by segment of today" * by_segment)
    everyone = rows.pop() if by_segment else None
    write_table(writer, table, rows, summary, total=everyone)
