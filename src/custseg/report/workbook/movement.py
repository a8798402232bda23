"""What has moved since the snapshot before: sizes, the matrix, and what moves are due to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.tables import movement as movement_views
from custseg.report.tables.table import Table, whole
from custseg.report.workbook.cells import Heading, Label, Value
from custseg.report.workbook.formats import WHOLE, exact_money
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.formats import Format
    from custseg.report.workbook.sheet import SheetWriter


def movement(writer: SheetWriter, summary: Summary) -> None:
    """Sizes and revenue then and now, and who went from where to where."""
    moved = summary.movement
    if moved is None:
        return
    writer.pages = (1, 1)
    writer.title(f"Since {moved.since}", moved.sentence)
    colours = {one.segment: one.colour for one in moved.segments}
    names = {one.name: one.colour for one in moved.segments}
    writer.heading(f"Customers, {moved.since} to {moved.as_of}")
    _account(writer, movement_views.sizes(moved), colours, WHOLE)
    _matrix(writer, movement_views.matrix(moved), names, WHOLE)
    if not movement_views.has_amounts(moved):
        return
    worths = [way.revenue for way in moved.transitions if way.revenue is not None]
    amount = exact_money(summary.currency, worths)
    writer.heading(f"Revenue, {moved.since} to {moved.as_of}")
    _account(writer, movement_views.revenues(moved, whole), colours, amount)
    _matrix(writer, movement_views.revenue_matrix(moved, whole), names, amount)


def _account(writer: SheetWriter, table: Table, colours: dict[int, str], form: Format) -> None:
    steps = [column for column in table.columns if column.key not in {"segment", "segment_name"}]
    rows: list[list[Value]] = [
        [
            Label(row["segment_name"], colours[row["segment"]]),
            *(row[column.key] for column in steps),
        ]
        for row in table.rows
    ]
    heads = [Heading("Segment"), *(Heading(capital(column.header), form) for column in steps)]
    writer.table(heads, rows)
    totals = (sum(row[column.key] for row in table.rows) for column in steps)
    writer.total(heads, ["All", *totals])
    for note in table.notes:
        writer.sentence(capital(note), pale=True)


def _matrix(writer: SheetWriter, table: Table, colours: dict[str, str], form: Format) -> None:
    writer.heading(table.title)
    heads = [Heading("From"), *(Heading(column.header, form) for column in table.columns[1:])]
    rows: list[list[Value]] = [
        [
            Label(row["from"], colours.get(row["from"])),
            *(row[column.key] for column in table.columns[1:]),
        ]
        for row in table.rows
    ]
    writer.table(heads, rows)
    for note in table.notes:
        writer.sentence(capital(note), pale=True)
