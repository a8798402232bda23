"""Find where a table's rows begin, and what its columns are called: alike in every format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from custseg.sources.table import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row: TypeAlias = "Sequence[str | None]"

_DEEPEST: Final = 50
"""Rows among which a header is looked for."""
_COMPARED: Final = 50
"""Rows below a header with which it is compared."""
_LONGEST_NAME: Final = 100
_MOST_VALUES: Final = 0.25
"""A header may have this share of names that look like dates or numbers, other than years."""
_AROUND_NAMES: Final = "\ufeff\"' \t\r\n\u00a0"
_KINDS: Final = (
    ("e-mail", re.compile(r"\S+@\S+\.\w+")),
    ("year", re.compile(r"(19|20)\d\d")),
    (
        "date",
        re.compile(
            r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?|\d{1,2}:\d\d(:\d\d)?.*"
            r"|\d{1,2}[- ]?[^\W\d]{3,9}[- ,]*\d{2,4}([ T].*)?"
        ),
    ),
    (
        "number",
        re.compile(
            r"[-+(]*[^\w\s]?\s*[-+]?\d[\d.,'’\s]*([eE][-+]?\d+)?\)?-?\s*([^\w\s]|[A-Z]{3})?"
        ),
    ),
    ("truth", re.compile("true|false", re.IGNORECASE)),
)
_VALUES: Final = {"date", "number", "truth"}


@dataclass(frozen=True)
class Header:
    """A table's columns, and where its data begins."""

    cells: tuple[str | None, ...]
    """What the header holds; nothing for a column without a name."""
    first: int
    """Index of the first row of data among the rows given."""
    found: bool
    """Whether a row of the table holds the names."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, such as `column 3` for one that is missing."""
        return name_columns(self.cells)

    def columns_in_use(self, rows: Iterable[Row]) -> list[int]:
        """Places of the columns that have a name, or a value in one of the rows."""
        used = {at for at, cell in enumerate(self.cells) if _text(cell)}
        for row in rows:
            used.update(at for at, cell in enumerate(row[: len(self.cells)]) if _text(cell))
        return sorted(used)


def find_header(rows: Sequence[Row], width: int, wanted: bool | None = None) -> Header:  # noqa: FBT001
    """Find a table's header among its first rows.

    The header is the first row that fills most of the table's width with names: cells that differ
    in kind from those below them. Rows above it are titles and notes, less full than it is. Where
    rows lack the empty cells at their end, the header may be longer than they are. A header with
    one cell less than the rows means that their first cells are unnamed row numbers.

    Parameters
    ----------
    rows
        The first rows that are not blank.
    width
        The number of cells that most rows have.
    wanted
        True: the first full row is the header whatever it looks like; False: there is none.
    """
    full = _full_rows(rows, width)
    start = full[0] if full else next((i for i, row in enumerate(rows) if len(row) == width), 0)
    nameless = Header((None,) * width, start, found=False)
    if wanted is False or not rows:
        return nameless
    if full and not wanted and _are_names(rows[start], rows[start + 1 :]):
        return Header(tuple(rows[start]), start + 1, found=True)
    if beside := _header_of_another_width(rows, start, width, wanted=wanted):
        return beside
    if wanted:
        return Header(tuple(rows[start]), start + 1, found=True)
    for i in full[1:]:
        if _contrast(rows[i], rows[i + 1 :]) > 0 and _can_be_names(rows[i]):
            return Header(tuple(rows[i]), i + 1, found=True)
    return nameless


def name_columns(cells: Iterable[str | None]) -> tuple[str, ...]:
    """Name columns by the cells of a header, told apart where they repeat.

    Blanks, quotes and byte order marks around a name go, and a line break within it is a blank. A
    missing name is `column 3`. One that comes again gets a number: `Name (2)`; names that differ in
    capitals only are equal to the engine, and `source_row` is taken.
    """
    taken, times = {ROW}, Counter[str]()
    names = []
    for place, cell in enumerate(cells, 1):
        name = stem = _name(cell) or f"column {place}"
        while name.casefold() in taken:
            # Counted, not tried from 2 on: a file may have a name 100,000 times.
            times[stem] += 1
            name = f"{stem} ({times[stem] + 1})"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def _name(cell: str | None) -> str:
    return " ".join((cell or "").strip(_AROUND_NAMES).split())


def _text(cell: str | None) -> str:
    return (cell or "").strip()


def _count_filled(row: Row) -> int:
    return sum(1 for cell in row if _text(cell))


def _full_rows(rows: Sequence[Row], width: int) -> list[int]:
    """Rows that may be the header: each fills more than half of the width and more than any above.

    The width that counts is that of the fullest row: a remark beside a table makes it wider. Names
    below rows as full as theirs are a header that a page break repeats.
    """
    filled = [_count_filled(row) if len(row) == width else 0 for row in rows]
    fullest, found = max(filled, default=0) / 2, list[int]()
    for i, count in enumerate(filled[:_DEEPEST]):
        if count > fullest:
            fullest = count
            found.append(i)
    return found


def _header_of_another_width(
    rows: Sequence[Row], start: int, width: int, *, wanted: bool | None
) -> Header | None:
    """Find a header above the first full row that has more cells than it, or lacks one."""
    for i, cells in enumerate(rows[:start]):
        full = len(cells) > width and 2 * _count_filled(cells) > len(cells)
        if full and _are_names(cells, rows[i + 1 :]):
            return Header(tuple(cells), i + 1, found=True)
    if start and len(rows[start - 1]) == width - 1 > 1:
        cells = _align(rows[start - 1], rows[start:], width)
        if wanted or _are_names(cells, rows[start:]):
            return Header(tuple(cells), start, found=True)
    return None


def _align(cells: Row, below: Sequence[Row], width: int) -> Row:
    """Add the cell that a header lacks: the last if all rows lack it, else the row numbers'."""
    ends = [row[-1] for row in below if len(row) == width]
    return ["", *cells] if any(map(_text, ends)) else [*cells, ""]


def _are_names(cells: Row, below: Sequence[Row]) -> bool:
    """Whether cells are names and not values, compared with the rows below."""
    if not _can_be_names(cells):
        return False
    if contrast := _contrast(cells, below):
        return contrast > 0
    columns = list(_columns_below(cells, below))
    if not any(map(any, columns)):
        return not {"number", "date"} & set(map(_kind, cells))
    texts = [text for cell in cells if (text := _text(cell))]
    recurs = any(
        _text(cell) and _text(cell) in column for cell, column in zip(cells, columns, strict=True)
    )
    return len(set(texts)) == len(texts) and not recurs


def _can_be_names(cells: Row) -> bool:
    kinds = [kind for cell in cells if (kind := _kind(cell))]
    if "e-mail" in kinds or any(len(cell or "") > _LONGEST_NAME for cell in cells):
        return False
    return sum(kind in _VALUES for kind in kinds) <= _MOST_VALUES * len(kinds)


def _contrast(cells: Row, below: Sequence[Row]) -> int:
    """Count the cells unlike the values below them, less those like them; texts say nothing."""
    contrast = 0
    for cell, column in zip(cells, _columns_below(cells, below), strict=True):
        kind, usual = _kind(cell), _usual(column)
        if kind and usual not in {"", "text"}:
            # A year above numbers names them; a number above years is one of the values.
            same = kind == usual or kind not in {"text", "year"}
            contrast += -1 if same else 1
    return contrast


def _columns_below(cells: Row, below: Sequence[Row]) -> Iterator[list[str]]:
    """The values below each cell, without those of remarks, which have a row to themselves."""
    body = [row for row in below[:_COMPARED] if _count_filled(row) > 1] or below[:_COMPARED]
    for i in range(len(cells)):
        yield [_text(row[i]) for row in body if i < len(row)]


def _usual(column: Sequence[str]) -> str:
    """The kind of most of a column's values."""
    kinds = Counter(kind for value in column if (kind := _kind(value)))
    return kinds.most_common(1)[0][0] if kinds else ""


def _kind(value: str | None) -> str:
    text = _text(value)
    if not text:
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), "text")
