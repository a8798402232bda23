"""Who comes back, by the month of the first order, and what changed revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.revenue_tree import compared_with, explained
from custseg.report.tables import cohorts as views
from custseg.report.workbook.cells import Shown
from custseg.report.workbook.formats import HUNDREDTHS, WHOLE, rounded_money
from custseg.report.workbook.tables import write_found, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.studies import Cohort, RevenueTree
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.cohorts import Figure
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Wording

_FIGURES: Final[tuple[Figure, ...]] = ("share", "revenue_per_customer")


def cohorts(writer: SheetWriter, summary: Summary) -> None:
    """Say what changed revenue, and who ordered again after how many months."""
    tree = summary.revenue_tree
    wording = writer.wording
    change = explained(tree, wording, money=summary.money) if tree else ""
    writer.title(writer.say("cohorts.title"), change)
    if tree:
        _change(writer, tree, summary)
    figures = _FIGURES if summary.money else _FIGURES[:1]
    for figure in figures:
        _matrix(writer, summary.cohorts, figure, summary)
    for figure in figures:
        _matrix(writer, summary.segment_cohorts, figure, summary, by_segment=True)
    if summary.segment_cohorts:
        last = wording.month(summary.segment_cohorts[0].last_month)
        note = wording.render("page.tables.cohorts.note", {"last": last})
        writer.sentence(note, pale=True)
    writer.pages = (1, 1)


def _change(writer: SheetWriter, tree: RevenueTree, summary: Summary) -> None:
    wording = writer.wording
    factors = [
        row | {key: _shown(row, key, wording) for key in ("before", "now")}
        for row in views.factor_rows(tree, wording, money=summary.money)
    ]
    texts = "page.tables.revenue"
    told = {"days": tree.now.days, "since": compared_with(tree, wording)}
    note = wording.render(f"{texts}_factors.note", told)
    write_found(writer, writer.say("cohorts.change"), views.FACTORS, factors, summary, note)
    if tree.groups:
        writer.heading(wording.render(f"{texts}_tree.title", {"money": summary.money}))
        total = views.group_total(tree, wording)
        writer.sentence(wording.render(f"{texts}_tree.note"), pale=True)
        rows = views.group_rows(tree, wording)
        write_table(writer, views.GROUPS, rows, summary, total=total)


def _shown(row: Row, key: str, wording: Wording) -> Shown:
    form = WHOLE if row[key] == round(row[key]) else HUNDREDTHS
    return Shown(row[key], rounded_money(wording, row[key]) if row["amount"] else form)


def _matrix(
    writer: SheetWriter,
    cells: Sequence[Cohort],
    figure: Figure,
    summary: Summary,
    *,
    by_segment: bool = False,
) -> None:
    # All ordered in the month of their first order.
    cells = [one for one in cells if one.months_since or figure != "share"]
    if not cells:
        return
    months = sorted({one.months_since for one in cells})
    rows = views.rows(cells, summary, figure, writer.wording)
    table = views.matrix(months, figure, by_segment=by_segment)
    title = writer.say(f"cohorts.{figure}")
    writer.heading(writer.say("cohorts.by_segment", title=title) if by_segment else title)
    everyone = rows.pop() if by_segment else None
    write_table(writer, table, rows, summary, total=everyone)
