"""Tables on a terminal, or as plain lines where stdout is a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custseg.report.tables import Table


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
        drawn = RichTable(
            title=escape(table.title), title_justify="left", box=box.SIMPLE_HEAD, title_style="bold"
        )
        for column in table.columns:
            drawn.add_column(
                escape(column.header),
                justify="right" if column.numeric else "left",
                overflow="fold",
            )
        for row in table.written():
            drawn.add_row(*(escape(cell) for cell in row))
        console.print(drawn)
        for note in table.notes:
            console.print(escape(note), highlight=False)


def _print_plain(tables: list[Table]) -> None:
    for table in tables:
        lines = [[column.header for column in table.columns], *table.written()]
        sys.stdout.write(f"# {table.title}\n")
        for cells in lines:
            sys.stdout.write("\t".join(cell.replace("\t", " ") for cell in cells) + "\n")
        sys.stdout.writelines(f"# {note}\n" for note in table.notes)
    sys.stdout.flush()
