"""Tables on a terminal, or as plain lines where stdout is a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from rich.console import Console

    from custseg.report.tables import Table

_GAP: Final = 3
"""Characters between the columns of a framed table."""
_LONG: Final = 40
_MANY: Final = 3
"""A table with so many columns of texts so long is printed row by row."""


def print_tables(tables: list[Table]) -> None:
    """Print tables to stdout: framed on a terminal, tab-separated in a pipe."""
    if sys.stdout.isatty():
        _print_rich(tables)
    else:
        _print_plain(tables)


def _print_rich(tables: list[Table]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as RichTable

    console = Console()
    for table in tables:
        widths = least_widths(table)
        shown = fitting(widths, table, console.width)
        if sum(widths[i] + _GAP for i in shown) + 1 > console.width or _wordy(table):
            _print_blocks(console, table)
            continue
        natural = [max(map(len, cells)) for cells in zip(*_lines(table), strict=True)]
        tight = sum(natural[i] + _GAP for i in shown) + 1 > console.width
        drawn = RichTable(
            title=escape(table.title), title_justify="left", box=box.SIMPLE_HEAD, title_style="bold"
        )
        for i in shown:
            column = table.columns[i]
            justify: Literal["left", "right"] = "right" if column.numeric else "left"
            width = widths[i] if column.numeric and tight else None
            drawn.add_column(
                escape(column.header), justify=justify, width=width, min_width=widths[i]
            )
        for row in table.written():
            drawn.add_row(*(escape(row[i]) for i in shown))
        console.print(drawn)
        hidden = [column.header for i, column in enumerate(table.columns) if i not in shown]
        notes = [f"not shown here for want of room: {', '.join(hidden)}"] if hidden else []
        for note in (*table.notes, *notes):
            console.print(escape(note), highlight=False)


def _wordy(table: Table) -> bool:
    """Whether its rows are texts rather than figures: side by side nobody could read them."""
    lengths = [max(map(len, cells), default=0) for cells in zip(*table.written(), strict=True)]
    return sum(length > _LONG for length in lengths) >= _MANY


def _print_blocks(console: Console, table: Table) -> None:
    """Print a row as lines of its own, so that nothing of it is cut off."""
    from rich.markup import escape
    from rich.padding import Padding

    console.print(f"[bold]{escape(table.title)}[/bold]")
    for cells in table.written():
        console.print()
        for column, cell in zip(table.columns, cells, strict=True):
            line = f"[dim]{escape(column.header)}:[/dim] {escape(cell)}"
            console.print(Padding(line, (0, 0, 0, 2)), highlight=False)
    console.print()
    for note in table.notes:
        console.print(escape(note), highlight=False)


def least_widths(table: Table) -> list[int]:
    """Return how narrow each column can get: numbers are never broken, text only between words."""
    widths = []
    for column, cells in zip(table.columns, zip(*table.written(), strict=True), strict=False):
        words = [word for text in (column.header, *cells) for word in text.split()]
        widths.append(max(map(len, [*words, *(cells if column.numeric else ())]), default=0))
    return widths or [len(column.header) for column in table.columns]


def fitting(widths: list[int], table: Table, available: int) -> list[int]:
    """Choose the columns that a terminal has room for, leaving out optional ones from the right."""
    shown = list(range(len(widths)))
    while sum(widths[i] + _GAP for i in shown) + 1 > available:
        droppable = [i for i in shown if table.columns[i].optional]
        if not droppable:
            break
        shown.remove(droppable[-1])
    return shown


def _lines(table: Table) -> list[list[str]]:
    return [[column.header for column in table.columns], *table.written()]


def _print_plain(tables: list[Table]) -> None:
    for table in tables:
        sys.stdout.write(f"# {table.title}\n")
        for cells in _lines(table):
            sys.stdout.write("\t".join(cells) + "\n")
        sys.stdout.writelines(f"# {note}\n" for note in table.notes)
    sys.stdout.flush()
