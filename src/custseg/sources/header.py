"""Find where a table's rows begin, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.sources.table import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Row = Sequence[str | None]

HEADER_WITHIN: Final = 50
"""Rows that titles and notes above a table may take."""

_WIDE_ENOUGH: Final = 0.6
"""A header fills this share of the columns at least that the fullest row fills: titles do not."""
_MOST_VALUES: Final = 0.1
"""A header may have this share of names that could be values, such as a year."""
_VALUE: Final = re.compile(
    r"""
      [-+(]?\s*[^\w\s]?\s*\d[\d.,'\s]*(e[-+]?\d+)?\s*([^\w\s]|[a-z]{3})?\)?  # 1,234.50 € (12) 3e5
    | \d{1,4}[-/.]\w{1,9}[-/.]\d{1,4}([ t].*)?                               # 2023-01-31 8:26
    | \S+@\S+\.\S+                                                           # a@example.org
    | true | false
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class HeaderFound:
    """Where the header stands, and the columns' names."""

    row_index: int | None
    """Its place among the rows given, from 0; None: the table has no header, and every row is one
    of data."""
    names: tuple[str, ...]
    """One per column, unique however they are capitalised."""


def find_header(rows: Sequence[Row], *, forced: bool | None = None) -> HeaderFound:
    """Find the header among a table's first rows.

    The header is the first row that fills most of the table's width with names, none of which
    looks like a number, a date or an address. Rows above it are titles and notes, less full than
    it is.

    Parameters
    ----------
    rows
        The first rows as text; they need not be equally long. More than HEADER_WITHIN of them
        help to tell the table's width.
    forced
        Whether the table has a header, if it is known; then the first row that is wide enough is
        it, whatever it looks like.
    """
    filled = [sum(1 for cell in row if _text(cell)) for row in rows]
    width = max((_width(row) for row in rows), default=0)
    enough = max(_WIDE_ENOUGH * max(filled, default=0), 1)
    found: int | None = None
    fullest_above = 0
    for i in range(min(len(rows), HEADER_WITHIN) if forced is not False else 0):
        # Names below rows as full as theirs are a header that a page break repeats.
        if filled[i] >= enough and filled[i] > fullest_above and (forced or _is_names(rows[i])):
            found = i
            break
        fullest_above = max(fullest_above, filled[i])
    header: Row = rows[found] if found is not None else ()
    return HeaderFound(found, unique_names([*header, *[None] * (width - len(header))][:width]))


def unique_names(written: Row) -> tuple[str, ...]:
    """Names as a source writes them, without blanks around them, told apart where they repeat.

    An empty one becomes `column 3`. Names that differ in capitals only are equal to the engine, and
    `source_row` is taken.
    """
    return told_apart(map(_text, written))


def told_apart(written: Iterable[str]) -> tuple[str, ...]:
    """Number names that come again, capitals or not, and call one that is missing `column 3`."""
    taken, times = {ROW}, Counter[str]()
    names = []
    for place, text in enumerate(written, 1):
        name = stem = text or f"column {place}"
        while name.casefold() in taken:
            # Counted, not tried from 2 on: a file may have a name 100,000 times.
            times[stem] += 1
            name = f"{stem} ({times[stem] + 1})"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def _text(cell: str | None) -> str:
    return " ".join((cell or "").split())


def _width(row: Row) -> int:
    return max((place for place, cell in enumerate(row, 1) if _text(cell)), default=0)


def _is_names(row: Row) -> bool:
    cells = [text for cell in row if (text := _text(cell))]
    return sum(1 for text in cells if _VALUE.fullmatch(text)) <= _MOST_VALUES * len(cells)
