"""Where a table begins below titles and blank rows, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.sources.header import told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEEPEST: Final = 50
"""Rows among which a header is looked for."""
_COMPARED: Final = 50
"""Rows below a header with which it is compared."""
_LONGEST_NAME: Final = 100
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
    ("number", re.compile(r"[-+(]*[^\w\s]?\s*[-+]?\d[\d.,'’\s]*([eE][-+]?\d+)?\)?-?\s*[^\w\s]?")),
)


@dataclass(frozen=True)
class Header:
    """A table's columns, and where its data begins."""

    names: tuple[str, ...]
    first: int
    """Index of the first row of data among the rows given."""
    found: bool
    """Whether a row of the table holds the names; else they are `column 1`, `column 2`, …"""


def find_header(rows: Sequence[Sequence[str]], width: int, wanted: bool | None) -> Header:  # noqa: FBT001
    """Find a table's header among its first rows.

    It is the first row of the table's width whose cells are mostly filled and are no values like
    those below them; or, where rows lack the empty cells at their end, a longer row. One cell less
    than the rows have means that their first cells are unnamed row numbers.

    Parameters
    ----------
    rows
        The first rows that are not blank.
    width
        The number of cells that most rows have.
    wanted
        True: the first full row is the header whatever it looks like; False: there is none.
    """
    full = next((i for i, row in enumerate(rows[:_DEEPEST]) if _fills(row, width)), None)
    if full is None:
        full = next((i for i, row in enumerate(rows) if len(row) == width), 0)
    if wanted is False:
        return Header(names([""] * width), full, found=False)
    if not wanted and _names(rows[full], rows[full + 1 :]):
        return Header(names(rows[full]), full + 1, found=True)
    for i, cells in enumerate(rows[:full]):
        if len(cells) > width and _fills(cells, len(cells)) and _names(cells, rows[i + 1 :]):
            return Header(names(cells), i + 1, found=True)
    if full and len(rows[full - 1]) == width - 1 > 1:
        cells = _aligned(rows[full - 1], rows[full:], width)
        if wanted or _names(cells, rows[full:]):
            return Header(names(cells), full, found=True)
    if wanted:
        return Header(names(rows[full]), full + 1, found=True)
    return Header(names([""] * width), full, found=False)


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """Name columns by the cells of a header.

    Blanks, quotes and byte order marks around a name go; a missing name is `column 3`; one that
    comes again (to the engine, which knows no capitals) gets a number: `Name (2)`.
    """
    return told_apart(cell.strip("\ufeff\"' \t\r\n\u00a0") for cell in cells)


def _fills(cells: Sequence[str], width: int) -> bool:
    filled = sum(bool(cell.strip()) for cell in cells)
    return len(cells) == width and filled * 2 > max(width, 2)


def _aligned(cells: Sequence[str], below: Sequence[Sequence[str]], width: int) -> list[str]:
    """A header that lacks a cell: the last if that is empty in all rows, else the row numbers'."""
    ends = [row[-1] for row in below if len(row) == width]
    return ["", *cells] if any(end.strip() for end in ends) else [*cells, ""]


def _names(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether cells are names and not values, compared with the rows below."""
    kinds = [_kind(cell) for cell in cells]
    if "e-mail" in kinds or any(len(cell) > _LONGEST_NAME for cell in cells):
        return False
    body = [row for row in below[:_COMPARED] if len(row) > 1]
    columns = [[row[i] for row in body if i < len(row)] for i in range(len(cells))]
    if not any(cell.strip() for column in columns for cell in column):
        return not {"number", "date"} & set(kinds)
    like = unlike = 0
    for kind, column in zip(kinds, columns, strict=True):
        usual = _usual(column)
        if kind and usual not in {"", "text"}:
            # A year above numbers names them; a number above years is one of the values.
            same = kind == usual or kind not in {"text", "year"}
            like, unlike = like + same, unlike + (not same)
    if like or unlike:
        return unlike > like
    filled = [cell.strip() for cell in cells if cell.strip()]
    recurs = any(
        cell.strip() and cell in column for cell, column in zip(cells, columns, strict=True)
    )
    return len(set(filled)) == len(filled) and not recurs


def _usual(column: Sequence[str]) -> str:
    """The kind of most of a column's values."""
    kinds = Counter(kind for value in column if (kind := _kind(value)))
    return kinds.most_common(1)[0][0] if kinds else ""


def _kind(value: str) -> str:
    text = value.strip()
    if not text:
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), "text")
