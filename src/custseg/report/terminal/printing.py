"""Tables on a terminal, or as plain lines where stdout is a pipe."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from custseg.words.figures import printable

if TYPE_CHECKING:
    from rich.console import Console

    from custseg.report.tables.table import Table
    from custseg.report.terminal.layout import Arrangement

_LONG: Final = 40
_MANY: Final = 3
"""A table with so many columns of texts so long is printed row by row."""
_MEASURE: Final = 100
"""Cells of a line of prose at most: longer ones are hard to follow."""
_NARROW: Final = 50
"""Cells below which names and what is said of them stand under each other."""
_PARAGRAPH: Final = 3
"""Lines from which a text has space around it."""
_INDENT: Final = 2
_BOND: Final = "\ue000"
"""Stands for a space while lines are broken: a character of private use, one cell wide."""
_PICTURE: Final = "cyan"
"""The colour of pictures; it says nothing that their form does not."""
_SPELT: Final = str.maketrans(
    {"✓": "x", "≥": ">=", "≤": "<=", "±": "+/-", "·": "-", "–": "-", "—": "-", "’": "'"}
)
"""For terminals and pipes that have no such characters."""


@dataclass(frozen=True)
class _Sheet:
    """A table as the texts that are printed of it."""

    table: Table
    title: str
    lines: list[list[str]]
    """The headers, then the cells of each row."""
    notes: list[str]
    hidden: str
    """What is said of columns that there is no room for."""
    pictures: dict[int, list[str]]
    """By column, a drawing for each row."""


def print_tables(tables: list[Table]) -> None:
    """Print tables to stdout: set in columns on a terminal, tab-separated in a pipe.

    A pipe gets every column and no picture. A terminal shows what it has room for: optional
    columns may go, and pictures before them. Pictures need UTF-8 and a TERM other than `dumb`.
    """
    sheets = [_sheet(table, sys.stdout.encoding or "utf-8") for table in tables]
    if sys.stdout.isatty():
        _print_rich(sheets)
    else:
        _print_plain(sheets)


def _sheet(table: Table, encoding: str) -> _Sheet:
    unicode = encoding.lower().startswith("utf")

    def legible(text: str) -> str:
        """Spell what the encoding lacks, rather than fail, and let no text steer the terminal."""
        text = printable(text)
        if unicode:
            return text
        return text.translate(_SPELT).encode(encoding, "replace").decode(encoding)

    return _Sheet(
        table,
        legible(table.title),
        [[legible(cell) for cell in line] for line in (table.headers, *table.written())],
        [legible(note) for note in table.notes],
        legible(table.hidden),
        {
            i: column.picture.drawn([row.get(column.key) for row in table.rows])
            for i, column in enumerate(table.columns)
            if column.picture and unicode and os.environ.get("TERM") != "dumb"
        },
    )


def _print_rich(sheets: list[_Sheet]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    notes: list[str] = []
    for sheet in sheets:
        if notes:
            console.print()
        console.print(Text(sheet.title, style="bold"))
        notes = [*sheet.notes, *_print_body(console, sheet)]
        for note in notes:
            console.print(Text(_wrapped(console, note, console.width)))


def _print_body(console: Console, sheet: _Sheet) -> list[str]:
    """Print the rows in the form that suits them and the terminal; return notes on that form.

    A blank line follows.
    """
    from custseg.report.terminal.layout import arrange

    columns = sheet.table.columns
    if sheet.table.commands:
        _print_commands(console, sheet.lines[1:])
        return []
    if sheet.table.pairs and console.width >= _NARROW:
        _print_pairs(console, sheet)
        return []
    layout = arrange(columns, sheet.lines, sheet.pictures, console.width)
    if layout is None or _wordy(sheet):
        _print_blocks(console, sheet)
        return []
    _print_columns(console, sheet, layout)
    pictures = [columns[i].picture for i in sorted(layout.pictured)]
    legends = [picture.note for picture in pictures if picture and picture.note]
    hidden = [column.header for i, column in enumerate(columns) if i not in layout.widths]
    told = [sheet.hidden.format(columns=", ".join(hidden))] if hidden else []
    return legends + told


def _print_columns(console: Console, sheet: _Sheet, layout: Arrangement) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    from custseg.report.terminal.layout import GAP, longest

    table, (headers, *rows) = sheet.table, sheet.lines
    rule = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
    drawn = RichTable(
        box=rule if console.options.ascii_only else box.SIMPLE_HEAD, padding=(0, 0, 0, GAP - 1)
    )
    figures = {i: longest(row[i] for row in rows) for i in layout.pictured}
    for i, width in layout.widths.items():
        # Beside a picture the header begins where the figures do.
        right = table.columns[i].numeric and i not in layout.pictured
        justify: Literal["left", "right"] = "right" if right else "left"
        drawn.add_column(Text(headers[i]), justify=justify, width=width, overflow="fold")
    for number, row in enumerate(rows):
        cells = [
            Text(row[i].rjust(figures[i]) + " ").append(sheet.pictures[i][number], _PICTURE)
            if i in layout.pictured
            else Text(row[i])
            for i in layout.widths
        ]
        drawn.add_row(*cells, style="bold" if table.rows[number].get(table.bold) else None)
    console.print(drawn)


def _print_pairs(console: Console, sheet: _Sheet) -> None:
    """Print names and what is said of them; paragraphs have space around them."""
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    from custseg.report.terminal.layout import longest

    pairs = sheet.lines[1:]
    names = longest(name for name, _ in pairs)
    width = min(console.width - names - 2 * _INDENT, _MEASURE)
    if names > console.width / 3 and longest(value for _, value in pairs) > 2 * width:
        _print_below(console, pairs)
        return
    grid = RichTable.grid(padding=(0, _INDENT, 0, 0))
    grid.add_column(width=names, style="bold")
    grid.add_column(width=width, overflow="fold")
    after_paragraph = False
    for number, (name, value) in enumerate(pairs):
        text = _wrapped(console, value, width)
        paragraph = text.count("\n") + 1 >= _PARAGRAPH
        if number and (paragraph or after_paragraph):
            grid.add_row()
        grid.add_row(Text(name), Text(text))
        after_paragraph = paragraph
    console.print(Padding(grid, (1, 0, 1, _INDENT)))


def _print_below(console: Console, pairs: list[list[str]]) -> None:
    """Print what is said of long names below them."""
    from rich.padding import Padding
    from rich.text import Text

    for name, value in pairs:
        console.print(Text(_wrapped(console, name, console.width), style="bold"))
        text = _wrapped(console, value, console.width - 2 * _INDENT)
        console.print(Padding(Text(text), (0, 0, 0, _INDENT)))


def _print_commands(console: Console, listed: list[list[str]]) -> None:
    """Print commands below what they do, in one line each: one broken in two would run as two."""
    from rich.text import Text

    console.print()
    for does, command in listed:
        console.print(Text(_wrapped(console, does, console.width), style="bold"))
        console.print(Text(" " * _INDENT + command), soft_wrap=True)
    console.print()


def _wrapped(console: Console, prose: str, width: int) -> str:
    """Break prose into lines, but no figure from its unit: Rich breaks even at a no-break space."""
    from rich.text import Text

    bound = Text(prose.replace(" %", f"{_BOND}%").replace(" ± ", f"{_BOND}±{_BOND}"))
    lines = bound.wrap(console, width, overflow="fold")
    return "\n".join(line.plain.rstrip() for line in lines).replace(_BOND, " ")


def _wordy(sheet: _Sheet) -> bool:
    """Whether its rows are texts rather than figures: side by side nobody could read them."""
    from custseg.report.terminal.layout import longest

    lengths = [longest(cells) for cells in zip(*sheet.lines[1:], strict=True)]
    return sum(length > _LONG for length in lengths) >= _MANY


def _print_blocks(console: Console, sheet: _Sheet) -> None:
    """Print a row as lines of its own, so that nothing of it is cut off."""
    from rich.padding import Padding
    from rich.text import Text

    headers, *rows = sheet.lines
    for cells in rows:
        console.print()
        for header, cell in zip(headers, cells, strict=True):
            line = Text.assemble((f"{header}:", "dim"), " ", cell, overflow="fold")
            console.print(Padding(line, (0, 0, 0, _INDENT)))
    console.print()


def _print_plain(sheets: list[_Sheet]) -> None:
    for sheet in sheets:
        sys.stdout.write(f"# {sheet.title}\n")
        for cells in sheet.lines:
            sys.stdout.write("\t".join(cells) + "\n")
        sys.stdout.writelines(f"# {note}\n" for note in sheet.notes)
    sys.stdout.flush()
