"""Read delimited text (csv and its relatives, in any dialect) in bounded memory."""

from __future__ import annotations

import csv
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from custseg.errors import DataError
from custseg.sources.decoding import TextFile, open_text_file
from custseg.sources.dialect import END, is_blank
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded, Rejected
from custseg.sources.text import Layout, find_layout, unclosed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings

_HEADS: Final = (1 << 18, 1 << 22, 1 << 24)
"""Bytes that are looked at to find the dialect; more where they do not hold two rows."""
_BLOCKS: Final = (1 << 22, 1 << 26)
"""Bytes that are parsed at once; more where a row is longer."""
_MOST_REJECTED: Final = 100_000


def open_text(path: Path, name: str, scratch: Path, settings: SourceSettings) -> DelimitedText:
    """Find out how a text file is written, and return its table.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    scratch
        A folder for temporary files; nothing is written to it yet.
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
    del scratch
    file = open_text_file(path, name, settings.encoding)
    for size in _HEADS:
        head, whole = _head(file, size)
        layout = find_layout(
            head, name, whole=whole, delimiter=settings.delimiter, header=settings.header
        )
        if layout:
            return DelimitedText(name, layout.header, _sample(layout), file, layout)
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
    _layout: Layout

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of its columns, as text; empty fields are null.

        Rows that lack fields get nulls in their place. Those with more fields than the header, or
        with a single one, are rejected. Rows in which all of the columns are empty are left out.

        Raises
        ------
        DataError
            A quote is opened and not closed, or more than 100,000 rows are rejected.
        """
        from custseg.engine import literal

        with tempfile.NamedTemporaryFile(dir=scratch, suffix=".parquet", delete=False) as file:
            target = Path(file.name)
        for block in _BLOCKS:
            reading = _Reading(self.name, self._layout, columns)
            if reading.copy(self._file, block, target):
                break
        else:
            raise unclosed(self.name, reading.row)
        rows = connection.read_parquet(literal(target), hive_partitioning=False)
        return Loaded(rows, tuple(reading.rejected))


class _Reading:
    """One pass over a file's rows."""

    def __init__(self, name: str, layout: Layout, columns: Sequence[str]) -> None:
        self.rejected: list[Rejected] = []
        self._name = name
        self._layout = layout
        self._columns = list(columns)
        self._indices = [layout.header.index(column) for column in columns]
        self._seen = 0
        """Rows that have been numbered."""
        self._odd: list[int] = []
        """Rows to come that do not have the header's fields, counted from the first of data."""
        self._mended: list[tuple[int, list[str | None]]] = []
        self._ended = False

    @property
    def row(self) -> int:
        """The row in the file that comes next."""
        return self._layout.above + self._seen + len(self._odd) + 1

    def copy(self, file: TextFile, block: int, target: Path) -> bool:
        """Write the wanted columns to a Parquet file; False where a row is longer than a block.

        Raises
        ------
        DataError
            A quote is left open at the end of the file, or too many rows are rejected.
        """
        schema = pa.schema([*((c, pa.string()) for c in self._columns), (ROW, pa.int64())])
        with (
            pq.ParquetWriter(target, schema, compression="snappy", write_statistics=False) as out,
            ThreadPoolExecutor(1) as encoder,
        ):
            encoding: Future[None] | None = None
            try:
                # One batch is encoded while the next is parsed.
                for batch in self._batches(file, block):
                    rows = pa.Table.from_batches([self._numbered(batch, schema)])
                    if encoding:
                        encoding.result()
                    encoding = encoder.submit(out.write_table, rows)
            except pa.ArrowInvalid as error:
                if "straddl" in str(error):
                    return False
                raise DataError(
                    f"{self._name}, at about row {self.row:,}: cannot be read as a table.",
                    "Correct that row in the source, or export it again.",
                ) from None
            if encoding:
                encoding.result()
            if self._mended:
                out.write_table(pa.Table.from_batches([self._take_mended(schema)]))
        if not self._ended:
            raise unclosed(self._name, self.row - 1)
        return True

    def _batches(self, file: TextFile, block: int) -> Iterator[pa.RecordBatch]:
        dialect = self._layout.dialect
        wanted = self._columns or [self._layout.header[0]]
        stream = _Stream(dialect.normal(file.pieces()), self._layout.offset)
        reader = pa.csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            pa.csv.ReadOptions(
                use_threads=False, block_size=block, column_names=list(self._layout.header)
            ),
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
        for batch in reader:
            yield batch
            if len(self.rejected) > _MOST_REJECTED:
                raise DataError(
                    f"{self._name}: more than {_MOST_REJECTED:,} of its first {self.row:,} rows do "
                    "not have as many fields as the header.",
                    "Is it one table? [source] delimiter and header say how to read it.",
                )

    def _handle(self, odd: pa.csv.InvalidRow) -> str:
        """Take a row with more or fewer fields than the header, as the parser meets it."""
        if odd.text == END:
            self._ended = True
            return "skip"
        self._odd.append(odd.number)
        row = self._layout.above + odd.number
        try:
            fields = next(self._layout.dialect.rows(odd.text), [])
        except csv.Error:
            self.rejected.append(Rejected(row, "a field of more than 131,072 characters"))
            return "skip"
        if is_blank(fields):
            return "skip"
        settled = settle(fields, len(self._layout.header))
        if isinstance(settled, str):
            self.rejected.append(Rejected(row, settled))
        else:
            self._mended.append((row, [settled[i] for i in self._indices]))
        return "skip"

    def _numbered(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """Give a batch its row numbers, and put the rows between that had to be mended."""
        candidates = np.arange(self._seen + 1, self._seen + 1 + batch.num_rows + len(self._odd))
        taken = np.setdiff1d(candidates, self._odd, assume_unique=True)[: batch.num_rows]
        if len(taken):
            self._seen = int(taken[-1])
            self._odd = [number for number in self._odd if number > self._seen]
        columns = [batch.column(column) for column in self._columns]
        numbers = pa.array(taken + self._layout.above, pa.int64())
        rows = pa.RecordBatch.from_arrays([*columns, numbers], schema=schema)
        if columns and all(column.null_count for column in columns):
            filled = columns[0].is_valid()
            for column in columns[1:]:
                filled = pc.or_(filled, column.is_valid())
            rows = rows.filter(filled)
        if self._mended:
            both = pa.Table.from_batches([rows, self._take_mended(schema)]).sort_by(ROW)
            rows = both.combine_chunks().to_batches()[0] if both.num_rows else rows
        return rows

    def _take_mended(self, schema: pa.Schema) -> pa.RecordBatch:
        filled = [(row, values) for row, values in self._mended if any(v for v in values)]
        self._mended = []
        columns = [
            pa.array([values[i] for _, values in filled], pa.string())
            for i in range(len(self._columns))
        ]
        return pa.RecordBatch.from_arrays(
            [*columns, pa.array([row for row, _ in filled], pa.int64())], schema=schema
        )


class _Stream:
    """A stream of pieces as a file that can be read once, with END as the last row."""

    closed = False

    def __init__(self, pieces: Iterator[bytes], skipped: int) -> None:
        self._pieces = self._ended(pieces)
        self._rest = b""
        while skipped:
            self._rest = self._rest or next(self._pieces)
            step = min(skipped, len(self._rest))
            self._rest, skipped = self._rest[step:], skipped - step

    @staticmethod
    def _ended(pieces: Iterator[bytes]) -> Iterator[bytes]:
        last = b"\n"
        for piece in pieces:
            if piece:
                last = piece[-1:]
                yield piece
        yield (b"" if last in b"\r\n" else b"\n") + END.encode()

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        self._rest = self._rest or next(self._pieces, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def close(self) -> None:
        """Forget what has not been read."""
        self.closed = True


def settle(fields: list[str], width: int) -> list[str | None] | str:
    """Give a row as many fields as the header, or say why it is no row of the table."""
    found = len(fields)
    # One field alone is what stands below a table; a row of one cannot be an order line.
    if any(value.strip() for value in fields[width:]) or (found == 1 < width - 1):
        noun = "field" if found == 1 else "fields"
        return f"{found:,} {noun} where the header has {width:,}"
    return [value or None for value in fields[:width]] + [None] * (width - found)


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


def _sample(layout: Layout) -> tuple[tuple[str | None, ...], ...]:
    width = len(layout.header)
    rows = (
        settle(row.fields, width)
        for row in layout.rows
        if any(row.fields) and (len(row.fields) == width or not is_blank(row.fields))
    )
    return tuple(tuple(row) for row in rows if not isinstance(row, str))[:SAMPLE_ROWS]
