"""How the fields of a row of text are written, and a text split into rows by it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLANKS: Final = " "
"""The delimiter of columns with any number of blanks between them."""
END: Final = "\0"
"""A row that no text holds, put after its last: it is not found where a quote is left open."""
LONGEST_ROW: Final = 1 << 24
"""Bytes of a row, beyond which a quote is open or it is no table."""
_MOST_ROWS: Final = 500
_WRAPPED: Final = re.compile(rb'(?m)^"((?:[^"]|"")*+)"[;,\t|]*(\r?)$')
"""A row that is wholly one quoted field, with nothing but empty ones behind it."""
_NO_TEXT: Final = " \t\r\n\x1a\ufeff"
"""Besides blanks a DOS file's end, and a byte order mark left inside when files were joined."""


@dataclass(frozen=True)
class Dialect:
    """How the fields of a row are written."""

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    wrapped: bool = False
    """Rows are wrapped in quotes whole, as a spreadsheet program of another list separator does."""

    @property
    def separator(self) -> str:
        """What is between the fields of the normal text: a tab for blanks."""
        return "\t" if self.delimiter == BLANKS else self.delimiter

    def normal(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield text as it is split: blanks between fields as a tab, wrapped rows unwrapped."""
        if self.delimiter != BLANKS and not self.wrapped:
            yield from pieces
            return
        rest = b""
        for piece in pieces:
            # Whole lines, so that the result does not depend on where the text is cut.
            rest += piece
            cut = max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, -1)) + 1
            if not cut and len(rest) > LONGEST_ROW:
                cut = len(rest)
            yield self.normal_lines(rest[:cut])
            rest = rest[cut:]
        yield self.normal_lines(rest)

    def normal_lines(self, lines: bytes) -> bytes:
        """Return the same of whole lines."""
        if self.wrapped:
            lines = unwrap(lines)
        return blanks_to_tabs(lines) if self.delimiter == BLANKS else lines

    def rows(self, text: str) -> Iterator[list[str]]:
        """Split normal text into rows; a blank one has no fields.

        Raises
        ------
        csv.Error
            A field is longer than 131,072 characters.
        """
        return self.reader(io.StringIO(text, newline=""))

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Split the lines of normal text into rows."""
        rows: Iterator[list[str]] = csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote,
            escapechar=self.escape,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
        )
        return rows

    def head(self, text: str, *, whole: bool) -> tuple[list[Row], int]:
        """Split the beginning of a file into rows.

        Returns
        -------
        tuple of list of Row and int
            The rows, without the last if it may be cut; and the number of a row in which a quote is
            opened and not closed, or 0.
        """
        lines = _Lines(self.normal_lines(text.encode()).decode())
        reader = self.reader(lines)
        rows: list[Row] = []
        try:
            for fields in reader:
                if fields == [END] or len(rows) == _MOST_ROWS:
                    return rows, 0
                rows.append(Row(len(rows) + 1, fields, lines.read))
        except csv.Error:
            # Arrow reads longer fields, and knows an open quote; two rows are enough to go on.
            return rows, 0 if len(rows) > 1 else len(rows) + 1
        return rows[:-1], len(rows) if whole else 0


class _Lines:
    """The lines of a text, each with its end, and how much of the text they are; then END."""

    def __init__(self, text: str) -> None:
        self.read = 0
        self._lines = io.StringIO(text, newline="")

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.read += len(line)
            yield line
        yield END


@dataclass(frozen=True)
class Row:
    """A row of a file's head."""

    number: int
    fields: list[str]
    end: int
    """Characters of the normal text up to its end."""


def is_blank(fields: list[str]) -> bool:
    """Whether a row holds nothing, or only marks that are no text."""
    return not any(value.strip(_NO_TEXT) for value in fields)


def unwrap(lines: bytes) -> bytes:
    """Return lines without the quotes around those that are wrapped whole."""
    return _WRAPPED.sub(lambda found: found[1].replace(b'""', b'"') + found[2], lines)


def blanks_to_tabs(lines: bytes) -> bytes:
    """Whole lines with one tab for every run of blanks between fields, and none around a line."""
    lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b'"' not in lines:
        return b"\n".join([b"\t".join(line.split()) for line in lines.split(b"\n")])
    lines = re.sub(rb'("[^"\n]*")|[ \t]+', lambda found: found[1] or b"\t", lines)
    return re.sub(rb"(?m)^\t|\t$", b"", lines)
