"""What has moved since the snapshot before: sizes, the matrix, and what moves are due to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custseg.report.tables import movement as movement_views
from custseg.report.tables.account import stages
from custseg.report.tables.table import Table, whole
from custseg.report.workbook.cells import Heading, Label, Value
from custseg.report.workbook.formats import WHOLE, money
from custseg.words.figures import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.formats import Format
    from custseg.report.workbook.sheet import SheetWriter

    Colours = dict[int | str, str]


def movement(writer: SheetWriter, summary: Summary) -> None:
    """Sizes and revenue then and now, and who went from where to where."""
    moved = summary.movement
    if moved is None:
        return
    writer.pages, writer.orientation = (1, 1), "portrait"
    say, wording = writer.say.below("movement"), writer.wording
    told = {"since": moved.since, "as_of": moved.as_of}
    writer.title(say("title", **told), stages(summary, wording)["movement"])
    colours: Colours = {one.segment: one.colour for one in moved.segments}
    colours |= {one.name: one.colour for one in moved.segments}
    sizes = movement_views.sizes(moved, whole, wording)
    writer.heading(say("span", title=sizes.title, **told))
    _write(writer, sizes, colours, WHOLE, total=True)
    _write(writer, movement_views.matrix(moved, wording), colours, WHOLE)
    if not movement_views.has_amounts(moved):
        return
    amount = money(wording, 0)
    revenues = movement_views.revenues(moved, whole, wording)
    writer.heading(say("span", title=revenues.title, **told))
    _write(writer, revenues, colours, amount, total=True)
    _write(writer, movement_views.revenue_matrix(moved, whole, wording), colours, amount)


def _sum(values: Sequence[Any]) -> Value:
    """The sum; None where a value may not be told: the others would give it away."""
    return None if None in values else sum(values)


def _write(
    writer: SheetWriter, table: Table, colours: Colours, form: Format, *, total: bool = False
) -> None:
    """Write an account with its total, or a matrix, whose headers are names, under its title."""
    name, *figures = (column for column in table.columns if column.key != "segment")
    headers = [capital(one.header) if total else one.header for one in figures]
    called = writer.wording.texts("page.tables.moves.columns").get(name.key, name.header)
    heads = [Heading(capital(called)), *(Heading(header, form) for header in headers)]
    rows: list[list[Value]] = [
        [
            Label(row[name.key], colours.get(row.get("segment", row[name.key]))),
            *(row[one.key] for one in figures),
        ]
        for row in table.rows
    ]
    if not total:
        writer.heading(table.title)
    writer.table(heads, rows)
    if total:
        writer.total(
            heads,
            [writer.say("all"), *(_sum([row[one.key] for row in table.rows]) for one in figures)],
        )
    for note in table.notes:
        writer.sentence(capital(note), pale=True)
