"""Read delimited text (csv and its relatives, in any dialect) in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.table import SAMPLE_ROWS, Loaded
from custseg.sources.text.copying import new_file, read_file, write_tables
from custseg.sources.text.decoding import TextFile, open_text_file
from custseg.sources.text.dialect import LONGEST_ROW
from custseg.sources.text.layout import TextLayout, find_layout, unclosed
from custseg.sources.text.parsing import (
    LongRowError,
    RaggedError,
    RaggedRows,
    RegularRows,
    fill_row,
)
from custseg.sources.text.stream import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings
    from custseg.sources.table import Rejected

_HEADS: Final = (1 << 18, 1 << 22, LONGEST_ROW)
"""Bytes that are looked at to find the dialect; more where they do not hold two rows."""
_BLOCKS: Final = (1 << 22, LONGEST_ROW)
"""Bytes that are parsed at once; more where a row is longer."""


def open_text(path: Path, name: str, settings: SourceSettings) -> DelimitedText:
    """Find out how a text file is written, and return its table.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    settings
        `encoding`, `delimiter` and `header`, each None where it is to be found.

    Returns
    -------
    DelimitedText
        A SourceTable.

    Raises
    ------
    DataError
        The file is empty, no text, or no table of two or more columns; or it is not as the settings
        say.
    """
    file = open_text_file(path, name, settings.encoding)
    for size in _HEADS:
        head, whole = _head(file, size)
        layout = find_layout(
            head, name, whole=whole, delimiter=settings.delimiter, header=settings.header
        )
        if layout:
            header = tuple(layout.header[at] for at in layout.used)
            return DelimitedText(name, header, _sample(layout), file, layout)
    raise DataError(
        f"{name}: its first row is longer than {_HEADS[-1] >> 20} MB; is it a table?",
        "Export the orders as csv with line ends.",
    )


@dataclass(frozen=True)
class DelimitedText:
    """A text file's table."""

    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    _file: TextFile
    _layout: TextLayout

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of its columns, as text; empty fields are null.

        Rows that lack fields get nulls in their place. Those with more fields than the header, or
        with a single one, are rejected. Rows in which all of the columns are empty are left out.

        Raises
        ------
        DataError
            A quote is opened and not closed, or more than 100,000 rows are rejected.
        """
        target = new_file(scratch)
        rejected = self._copy(list(columns), target)
        return Loaded(read_file(target, connection), tuple(rejected))

    def _copy(self, columns: list[str], target: Path) -> list[Rejected]:
        """Write the wanted columns to a Parquet file, in the fastest way that the text allows."""
        text = Text(self.name, self._file, self._layout)
        row = 0
        for block in _BLOCKS:
            reading = RegularRows(text, columns, block)
            try:
                write_tables(reading.tables(), reading.schema, target)
            except LongRowError as error:
                row = error.row
            except RaggedError:
                ragged = RaggedRows(text, columns)
                write_tables(ragged.tables(), ragged.schema, target)
                return ragged.rejected
            else:
                return reading.rejected
        raise unclosed(self.name, row)


def _head(file: TextFile, size: int) -> tuple[str, bool]:
    """The beginning of a text up to the end of a line, and whether it is all of the text."""
    held = bytearray()
    for piece in file.pieces():
        held += piece
        if len(held) > size:
            break
    else:
        return held.decode("utf-8", "replace"), True
    cut = max(held.rfind(b"\n", 0, size), held.rfind(b"\r", 0, size - 1)) + 1
    return held[:cut].decode("utf-8", "replace"), False


def _sample(layout: TextLayout) -> tuple[tuple[str | None, ...], ...]:
    width = len(layout.header)
    rows = (
        [value or None for value in row.fields]
        if len(row.fields) == width
        else fill_row(row.fields, layout.header)
        for row in layout.rows
    )
    return tuple(
        tuple(row[at] for at in layout.used)
        for row in rows
        if not isinstance(row, str) and any(row)
    )[:SAMPLE_ROWS]
