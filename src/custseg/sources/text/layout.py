"""How a text file's rows are written: what separates and quotes fields, where its table starts."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.header import Header, find_header
from custseg.sources.text.dialect import BLANKS, Dialect, Row, is_blank, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DELIMITERS: Final = ("\t", ";", "|", BLANKS, ",")
"""Of those that split equally well, the first: commas stand in numbers and texts."""
_TRIED: Final = "tab, semicolon, |, blanks and comma"
_LOOKED_AT: Final = 1 << 16
"""Characters in which quotes are looked for."""
_LEAST_REGULAR: Final = 0.5
_LEAST_REGULAR_BLANKS: Final = 0.8
"""Prose has blanks, too."""
_LACKS_HEADER: Final = 0.1
"""Taken off a delimiter by which no row is a header: it may be a part of values."""
_TRIMMED: Final = 0.8
"""What a row counts that lacks fields at its end or has empty ones there, beside a full one."""
_MOSTLY: Final = 0.8
"""Share of the rows in quotes that must be rows of the table."""
_TITLE: Final = 0.2
"""What a row above the table counts against it."""
_DECIMAL: Final = re.compile(r"[-+]?[\d.]*,\d+")


@dataclass(frozen=True)
class TextLayout:
    """How a file's table is written, and where it is."""

    dialect: Dialect
    header: tuple[str, ...]
    used: list[int]
    """Places of the columns that have a name, or a value among the first rows."""
    above: int
    """Rows above its first row of data."""
    offset: int
    """Bytes of the normal text above its first row of data."""
    rows: list[Row]
    """The first rows of data."""


def find_layout(
    head: str,
    name: str,
    *,
    whole: bool,
    delimiter: str | None = None,
    header: bool | None = None,
) -> TextLayout | None:
    """Find out how the rows of a text are written, and where its table starts.

    Every delimiter and way of quoting is tried. The most regular one is taken, and rather one by
    which there is a header.

    Parameters
    ----------
    head
        The beginning of the file, up to the end of a line.
    name
        What messages call the file.
    whole
        Whether `head` is all of the file.
    delimiter, header
        The settings; None where they are to be found.

    Returns
    -------
    TextLayout or None
        None where the head is too short to hold two rows.

    Raises
    ------
    DataError
        It is no table of two or more columns, or a quote is opened and not closed.
    """
    named = re.match(r"\ufeff?sep=(.)[\r\n]", head)
    delimiter = delimiter or (named[1] if named else None)
    tried = [delimiter] if delimiter else _DELIMITERS
    attempts = [
        _try(head, dialect, header, whole=whole, skipped=int(bool(named)))
        for candidate in tried
        for dialect in _dialects(head, candidate)
    ]
    # First, for of equals the first is taken: in a text without quotes these are letters.
    unwrapped = _unwrapped(head, tried, header, whole=whole, skipped=int(bool(named)))
    attempts = [*unwrapped, *attempts]
    best = max(attempts, key=lambda attempt: attempt.regularity)
    if not whole and best.read <= 1 and not best.broken:
        return None
    broken = best.broken or (0 if best.layout else max(attempt.broken for attempt in attempts))
    if broken:
        raise unclosed(name, broken)
    if best.layout is None or best.regularity <= _LEAST_REGULAR:
        raise _no_table(name, delimiter, best, wrapped=unwrap(head.encode()) != head.encode())
    return best.layout


def unclosed(name: str, row: int) -> DataError:
    """Say that a row has a beginning and no end."""
    return DataError(
        f"{name}, row {row:,}: a quote is opened and not closed, or the row is too long.",
        "Correct that row in the source, or export it again.",
    )


@dataclass(frozen=True)
class _Attempt:
    """How one dialect splits the head of a file."""

    regularity: float
    width: int
    read: int
    broken: int
    layout: TextLayout | None = None


def _dialects(head: str, delimiter: str) -> list[Dialect]:
    """The ways of quoting that a text gives cause to try, the most usual first."""
    edge = r"[\r\n\s]" if delimiter == BLANKS else rf"[\r\n{re.escape(delimiter)}]"
    start, text = rf"(?:^|(?<={edge}))", head[:_LOOKED_AT]
    opened = {quote: len(re.findall(rf"{start}{quote}", text)) for quote in "\"'"}
    closed = {
        quote: len(
            re.findall(rf"{start}{quote}(?:[^{quote}]|{quote}{quote})*+{quote}(?={edge}|$)", text)
        )
        for quote in "\"'"
    }
    if not opened['"'] and closed["'"] and closed["'"] >= 0.9 * opened["'"]:
        return [Dialect(delimiter, "'"), Dialect(delimiter, "'", "\\")]
    if closed['"'] < 0.1 * opened['"']:
        # Marks for inches and nicknames, in a text that quotes nothing.
        return [Dialect(delimiter, quote=None), Dialect(delimiter)]
    if '\\"' in text:
        usual = [Dialect(delimiter), Dialect(delimiter, escape="\\")]
        return usual[::-1] if re.search(rf'[^\\]\\"(?!{edge}|"|$)', text) else usual
    return [Dialect(delimiter)]


def _try(
    head: str,
    dialect: Dialect,
    wanted: bool | None,  # noqa: FBT001
    *,
    whole: bool,
    skipped: int,
) -> _Attempt:
    rows, broken = dialect.head(head, whole=whole)
    filled = [row for row in rows[skipped:] if not is_blank(row.fields)]
    widths = Counter(len(row.fields) for row in filled)
    width = max(widths, key=lambda width: (width > 1, widths[width], width), default=0)
    if width < 2:  # noqa: PLR2004  (one column holds no orders)
        return _Attempt(0, width, len(rows), broken)
    header = find_header([row.fields for row in filled], width, wanted)
    body = filled[header.first :]
    regularity = _regularity(dialect, header, [row.fields for row in body], wanted)
    above = filled[header.first - 1] if header.first else None
    if not header.found and body:
        above = rows[body[0].number - 2] if body[0].number > 1 else None
    number, end = (above.number, above.end) if above else (0, 0)
    offset = len(dialect.normal_lines(head.encode()).decode()[:end].encode())
    below = [row for row in rows if row.number > number]
    used = header.columns_in_use(row.fields for row in below)
    layout = TextLayout(dialect, header.names, used, number, offset, below)
    return _Attempt(regularity, len(header.cells), len(rows), broken, layout)


def _unwrapped(
    head: str,
    delimiters: Sequence[str],
    wanted: bool | None,  # noqa: FBT001
    *,
    whole: bool,
    skipped: int,
) -> Iterator[_Attempt]:
    """Try every delimiter on the rows that are wrapped in quotes whole, if there are any.

    They must be rows of the table: a title in quotes may have commas.
    """
    bare = unwrap(head.encode()).decode()
    if bare == head:
        return
    lines = zip(head.splitlines(), bare.splitlines(), strict=False)
    inner = [now for before, now in lines if before != now]
    for delimiter in delimiters:
        for dialect in _dialects(bare, delimiter):
            attempt = _try(
                head, replace(dialect, wrapped=True), wanted, whole=whole, skipped=skipped
            )
            try:
                widths = [len(row) for line in inner for row in dialect.rows(line)]
            except csv.Error:
                continue
            if sum(width == attempt.width for width in widths) >= _MOSTLY * len(inner):
                yield attempt


def _regularity(
    dialect: Dialect,
    header: Header,
    body: list[list[str]],
    wanted: bool | None,  # noqa: FBT001
) -> float:
    """How alike the rows are, from 0 to 1, less what speaks against the delimiter."""
    shares = [_share(row, len(header.cells)) for row in body]
    titles = header.first - header.found
    rows = sum(shares) + header.found
    regularity = rows / max(len(shares) + header.found + _TITLE * titles, 1)
    if not header.found and wanted is None:
        regularity -= _LACKS_HEADER
    if dialect.delimiter == BLANKS:
        torn = sum(any(_holds_delimiter(value) for value in row) for row in body)
        if regularity < _LEAST_REGULAR_BLANKS or torn * 2 > len(body):
            return 0
    return regularity


def _share(row: list[str], width: int) -> float:
    """What a row counts: 1 if it has the table's width, less if it lacks or adds empty fields."""
    if len(row) == width:
        return 1
    return 0 if len(row) == 1 or any(row[width:]) else _TRIMMED


def _holds_delimiter(value: str) -> bool:
    return ";" in value or "|" in value or ("," in value and not _DECIMAL.fullmatch(value))


def _no_table(name: str, delimiter: str | None, best: _Attempt, *, wrapped: bool) -> DataError:
    if wrapped and best.width < 2:  # noqa: PLR2004  (one column holds no orders)
        return DataError(
            f"{name}: each row is wrapped in quotes as one field, and is no row of a table without "
            "them.",
            "A spreadsheet program with another list separator does this: export the orders again "
            "as csv, and don't save them from there.",
        )
    if delimiter:
        return DataError(
            f'{name}: "{delimiter}" does not split its rows into the same number of columns.',
            "Correct [source] delimiter, or leave it out: custseg tries the usual ones.",
        )
    what = (
        "no delimiter splits its rows into the same number of columns"
        if best.width > 1
        else "has only one column"
    )
    return DataError(
        f"{name}: {what} (tried: {_TRIED}).",
        'Say what stands between columns in custseg.toml, such as [source] delimiter = "~".',
    )
