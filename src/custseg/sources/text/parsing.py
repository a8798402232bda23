"""Split delimited text into columns: by Arrow's parser, or by csv where rows are ragged."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from custseg.errors import DataError
from custseg.sources.table import ROW, Rejected
from custseg.sources.text.dialect import END, LONGEST_ROW, is_blank
from custseg.sources.text.layout import unclosed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custseg.sources.text.stream import Text

_MOST_ODD: Final = 1_000
"""Rows of another length than the header that Arrow's parser hands over, at 40 µs each."""
_MOST_REJECTED: Final = 100_000
_ALONE: Final = "1 field "
"""How the reason begins of a row that is a remark, not a torn line."""
_BATCH_ROWS: Final = 20_000
_BATCH_FIELDS: Final = 1_000_000
_TOO_LONG: Final = "a field of more than 131,072 characters"

Values: TypeAlias = "list[str | None]"


class LongRowError(Exception):
    """A row is longer than a block, or its quote is never closed."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class RaggedError(Exception):
    """Many rows have more or fewer fields than the header."""


class _Rows:
    """The wanted columns of a text, as tables."""

    def __init__(self, text: Text, columns: Sequence[str]) -> None:
        self.rejected: list[Rejected] = []
        self.schema = pa.schema([*((column, pa.string()) for column in columns), (ROW, pa.int64())])
        self._text = text
        self._layout = text.layout
        self._columns = list(columns)
        self._indices = [text.layout.header.index(column) for column in columns]

    def _reject(self, row: int, reason: str) -> None:
        self.rejected.append(Rejected(row, reason, alone=reason.startswith(_ALONE)))
        if len(self.rejected) > _MOST_REJECTED:
            raise DataError(
                f"{self._text.name}: more than {_MOST_REJECTED:,} of its first {row:,} rows do not "
                "have as many fields as the header.",
                "Is it one table? [source] delimiter and header say how to read it.",
            )

    def _filled(self, arrays: list[pa.Array], numbers: pa.Array) -> pa.Table:
        """Columns as a table, without the rows in which all of them are null."""
        rows = pa.table([*arrays, numbers], schema=self.schema)
        if not arrays or not all(column.null_count for column in arrays):
            return rows
        filled = arrays[0].is_valid()
        for column in arrays[1:]:
            filled = pc.or_(filled, column.is_valid())
        return rows.filter(filled)


class RegularRows(_Rows):
    """Rows that mostly have as many fields as the header, by Arrow's parser.

    Parameters
    ----------
    text, columns
        What is read, and its wanted columns.
    block
        Bytes that are parsed at once.
    """

    def __init__(self, text: Text, columns: Sequence[str], block: int) -> None:
        super().__init__(text, columns)
        self._block = block
        self._numbered = 0
        """The last row that has its number, counted from the first of data."""
        self._odd: list[tuple[int, str]] = []
        """Rows with more or fewer fields, as the parser has met them."""
        self._settled = 0
        """How many of them are in a table or rejected."""
        self._ended = False

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns and `source_row`.

        Raises
        ------
        RaggedError, LongRowError
            Read it otherwise.
        DataError
            A quote is left open at the end.
        """
        try:
            with self._text.open() as stream, self._reader(stream) as reader:
                for batch in reader:
                    yield self._table(batch)
        except pa.ArrowInvalid as error:
            if len(self._odd) > _MOST_ODD or "straddl" not in str(error):
                raise RaggedError from None
            raise LongRowError(self._row) from None
        yield self._mended()
        if not self._ended:
            raise unclosed(self._text.name, self._row - 1)

    @property
    def _row(self) -> int:
        """The row in the file that comes next."""
        below = sum(number > self._numbered for number, _ in self._odd)
        return self._layout.above + self._numbered + below + 1

    def _reader(self, stream: io.BufferedReader) -> pa.csv.CSVStreamingReader:
        dialect, header = self._layout.dialect, list(self._layout.header)
        wanted = self._columns or header[:1]
        return pa.csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            pa.csv.ReadOptions(use_threads=False, block_size=self._block, column_names=header),
            pa.csv.ParseOptions(
                delimiter=dialect.separator,
                quote_char=dialect.quote or False,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._handle,
            ),
            pa.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _handle(self, odd: pa.csv.InvalidRow) -> str:
        if odd.text == END:
            self._ended = True
            return "skip"
        self._odd.append((odd.number, odd.text))
        return "skip" if len(self._odd) <= _MOST_ODD else "error"

    def _table(self, batch: pa.RecordBatch) -> pa.Table:
        """Number a batch's rows, and put the odd rows between that can be mended."""
        odd = [number for number, _ in self._odd if number > self._numbered]
        first = self._numbered + 1
        numbers = np.arange(first, first + batch.num_rows + len(odd))
        if odd:
            numbers = np.setdiff1d(numbers, odd, assume_unique=True)[: batch.num_rows]
        if len(numbers):
            self._numbered = int(numbers[-1])
        rows = self._filled(
            [batch.column(column) for column in self._columns],
            pa.array(numbers + self._layout.above, pa.int64()),
        )
        mended = self._mended()
        return pa.concat_tables([rows, mended]).sort_by(ROW) if mended.num_rows else rows

    def _mended(self) -> pa.Table:
        """The odd rows that are new, as far as they are rows of the table."""
        rows: list[Values] = []
        numbers: list[int] = []
        for number, text in self._odd[self._settled :]:
            row = self._layout.above + number
            try:
                values = fill_row(next(self._layout.dialect.rows(text), []), self._layout.header)
            except csv.Error:
                values = _TOO_LONG
            if isinstance(values, str):
                self._reject(row, values)
            elif any(values):
                rows.append(values)
                numbers.append(row)
        self._settled = len(self._odd)
        arrays = [pa.array([row[i] for row in rows], pa.string()) for i in self._indices]
        return self._filled(arrays, pa.array(numbers, pa.int64()))


class RaggedRows(_Rows):
    """Rows of any length, by Python's csv: a fifth as fast."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns and `source_row`.

        Raises
        ------
        DataError
            A quote is left open, or too many rows are rejected.
        """
        header = self._layout.header
        most = min(_BATCH_ROWS, max(1, _BATCH_FIELDS // len(header)))
        rows: list[Values] = []
        numbers: list[int] = []
        row, fields = self._layout.above, [END]
        with self._text.open() as stream:
            try:
                for row, fields in enumerate(self._split(stream), row + 1):  # noqa: B020
                    values = fields if len(fields) == len(header) else fill_row(fields, header)
                    if isinstance(values, str):
                        if fields != [END]:
                            self._reject(row, values)
                    elif values:
                        rows.append([*values])
                        numbers.append(row)
                    if len(rows) == most:
                        yield self._columnar(rows, numbers)
                        rows, numbers = [], []
            except csv.Error:
                raise unclosed(self._text.name, row + 1) from None
        if fields != [END]:
            raise unclosed(self._text.name, row)
        yield self._columnar(rows, numbers)

    def _split(self, stream: io.BufferedReader) -> Iterator[list[str]]:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        return self._layout.dialect.reader(iter(lambda: text.readline(LONGEST_ROW), ""))

    def _columnar(self, rows: list[Values], numbers: list[int]) -> pa.Table:
        arrays = [pa.array([row[i] or None for row in rows], pa.string()) for i in self._indices]
        return self._filled(arrays, pa.array(numbers, pa.int64()))


def fill_row(fields: list[str], header: Sequence[str]) -> Values | str:
    """Give a row as many fields as the header, or say why it is no row of the table.

    Returns
    -------
    list or str
        One value per column, None where it is empty; no values where the row is blank.
    """
    found, width = len(fields), len(header)
    if is_blank(fields):
        return []
    # One field alone is what stands below a table; a row of one cannot be an order line.
    if any(value.strip() for value in fields[width:]) or (found == 1 < width - 1):
        noun = "field" if found == 1 else "fields"
        return f"{found:,} {noun} where the header has {width:,}"
    return [value or None for value in fields[:width]] + [None] * (width - found)
