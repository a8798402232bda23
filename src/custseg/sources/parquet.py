"""Read a Parquet file as a table."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from custseg.errors import DataError
from custseg.sources.header import name_columns
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

_NUMBER: Final = "file_row_number"
"""What the engine calls a row's place in its file."""
_ENCRYPTED: Final = b"PARE"
_FEW_ROWS: Final = 1_000_000
"""Up to here a file is read however small it is."""
_MOST_ROWS_A_BYTE: Final = 4
"""Lines that differ in order, customer or product take a byte or more each, however packed; only
runs of one value take less."""
_MOST_UNPACKED: Final = 500
"""Bytes of text that one byte of the file may stand for, as in archives."""


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file's table; only its footer, a sample and the wanted columns are ever read."""

    name: str
    header: tuple[str, ...]
    """Without the columns that hold lists, structures or bytes."""
    sample: tuple[tuple[str | None, ...], ...]
    path: Path
    places: tuple[int, ...]
    """Where the header's columns stand in the file, from 0."""

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:  # noqa: ARG002
        """Read some of its columns in the file's own types (see `SourceTable`).

        Rows count from 1: the file has no row of names.
        """
        import duckdb
        import ibis

        from custseg.engine.duckdb import literal

        def read(*, numbered: bool) -> ibis.Table:
            return connection.read_parquet(
                literal(self.path), file_row_number=numbered, hive_partitioning=False
            )

        with _damage_reported(self.name):
            try:
                table = read(numbered=False)
                # The engine tells repeated names apart in its own way, so columns go by place.
                names = table.columns
                if _NUMBER in map(str.casefold, names):
                    # Without a partition or an order DuckDB numbers rows as it reads them.
                    row = ibis.row_number() + 1
                else:
                    table = read(numbered=True)
                    row = table[_NUMBER] + 1
            except duckdb.Error:
                raise _damaged(self.name) from None
        wanted = {name: table[names[self.places[self.header.index(name)]]] for name in columns}
        return Loaded(table.select(**wanted, **{ROW: row.cast("int64")}))


def open_parquet(path: Path, name: str) -> ParquetTable:
    """Look at a Parquet file's footer and first rows.

    Raises
    ------
    DataError
        The file is damaged or encrypted, or none of its columns holds plain values.
    """
    with path.open("rb") as stream:
        stream.seek(-min(len(_ENCRYPTED), path.stat().st_size), 2)
        if stream.read() == _ENCRYPTED:
            raise DataError(f"{name}: the Parquet file is encrypted.", "Write it without a key.")
    with _damage_reported(name), pq.ParquetFile(path) as file:
        fields = list(file.schema_arrow)
        names = name_columns(field.name for field in fields)
        places = tuple(i for i, field in enumerate(fields) if _is_plain(field.type))
        if not places:
            raise DataError(f"{name}: no column holds plain values.", "Export flat columns.")
        sample: tuple[tuple[str | None, ...], ...] = ()
        # Columns are told by their paths, which repeat where names do: then all are read.
        paths = [field.name for field in fields]
        plain = [paths[i] for i in places] if len(set(paths)) == len(paths) else None
        for batch in file.iter_batches(SAMPLE_ROWS, columns=plain):
            columns = batch.columns if plain else [batch.column(i) for i in places]
            sample = tuple(zip(*map(_texts, columns), strict=True))
            break
        _refuse_bomb(name, path.stat().st_size, file.metadata.num_rows, sample)
    return ParquetTable(name, tuple(names[i] for i in places), sample, path, places)


def _refuse_bomb(name: str, size: int, rows: int, sample: Sequence[tuple[str | None, ...]]) -> None:
    """Refuse a file of which a few bytes stand for millions of rows, before one is read.

    Raises
    ------
    DataError
        It has more rows, or more text in them, than order lines can be packed into its bytes.
    """
    if rows <= _FEW_ROWS:
        return
    of_a_row = sum(len(value or "") for row in sample for value in row) / max(len(sample), 1)
    if rows > _MOST_ROWS_A_BYTE * size or rows * of_a_row > _MOST_UNPACKED * size:
        raise DataError(
            f"{name}: {size:,} bytes hold {rows:,} rows: nearly all of them repeat others, so they "
            "are no order lines.",
            "Check what wrote the file; orders differ in date, customer and product.",
        )


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or isinstance(kind, pa.BaseExtensionType)
    )


def _texts(column: pa.Array) -> list[str | None]:
    try:
        written = column.cast(pa.string())
        if pa.types.is_timestamp(column.type):
            written = pc.replace_substring_regex(written, r"\.0+", "")
        texts: list[str | None] = written.to_pylist()
    except pa.ArrowNotImplementedError:
        texts = [None if value is None else str(value) for value in column.to_pylist()]
    return [text if text and text.strip() else None for text in texts]


@contextmanager
def _damage_reported(name: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError):
        raise _damaged(name) from None


def _damaged(name: str) -> DataError:
    return DataError(f"{name}: the Parquet file is damaged.", "Export it again.")
