"""Tables on a terminal, or as plain lines where stdout is a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from custseg.report.tables import Table

_GAP: Final = 3
"""Characters between the columns of a framed table."""


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
