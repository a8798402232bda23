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
from custseg.sources.nested import choose_items, field_name, rows_of, value_at
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path as FilePath

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.sources.nested import Path

_NUMBER: Final = "file_row_number"
"""What the engine calls a row's place in its file."""
_LINE: Final = "line of the order"
_ENCRYPTED: Final = b"PARE"
_FEW_ROWS: Final = 1_000_000
"""Up to here a file is read however small it is."""
_MOST_ROWS_A_BYTE: Final = 4
"""Lines that differ in order, customer or product take a byte or more each, however packed; only
runs of one value take less."""
_MOST_UNPACKED: Final = 500
"""Bytes of text that one byte of the file may stand for, as in archives."""


@dataclass(frozen=True)
class _Field:
    """A column of the table: where it is in the file's columns."""

    place: int
    """Place of the file's column, from 0."""
    path: Path
    """The keys from that column's name down to the field."""


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file's table; only its footer, a sample and the wanted columns are ever read.

    A field of a structure is called by its path (`geo.country`). Where rows hold the lines of their
    orders as a list of structures, a row of the table is a line, beside which the others repeat.
    """

    name: str
    header: tuple[str, ...]
    """Without the columns that hold other lists, maps or bytes."""
    sample: tuple[tuple[str | None, ...], ...]
    path: FilePath
    fields: tuple[_Field, ...]
    """Where the header's columns are."""
    items: _Field | None = None
    """The list whose elements are the rows."""

    @property
    def lines_own(self) -> frozenset[str]:
        """See `NestedTable`."""
        named = zip(self.header, self.fields, strict=True)
        return frozenset(name for name, field in named if _is_inside(field, self.items))

    def load(self, columns: Sequence[str], connection: Backend, scratch: FilePath) -> Loaded:  # noqa: ARG002
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

        wanted = {name: self.fields[self.header.index(name)] for name in columns}
        inside = any(_is_inside(field, self.items) for field in wanted.values())
        with _damage_reported(self.name):
            try:
                table = read(numbered=False)
                # The engine tells repeated names apart in its own way, so columns go by place.
                names = table.columns
                if inside or _NUMBER in map(str.casefold, names):
                    # Without a partition or an order DuckDB numbers rows as it reads them.
                    row = ibis.row_number() + 1
                else:
                    table = read(numbered=True)
                    row = table[_NUMBER] + 1
            except duckdb.Error:
                raise _damaged(self.name) from None
        if inside and self.items:
            lines = _at(table[names[self.items.place]], self.items.path[1:])
            nothing = ibis.array([ibis.null(lines.type().value_type)])
            # An order without lines is a row, so that it is not lost.
            table = table.mutate(**{_LINE: (lines.length() > 0).ifelse(lines, nothing).unnest()})

        def value(field: _Field) -> ir.Value:
            if self.items and _is_inside(field, self.items):
                return _at(table[_LINE], field.path[len(self.items.path) :])
            return _at(table[names[field.place]], field.path[1:])

        values = {name: value(field) for name, field in wanted.items()}
        return Loaded(table.select(**values, **{ROW: row.cast("int64")}))


def open_parquet(path: FilePath, name: str, items: str | None = None) -> ParquetTable:
    """Look at a Parquet file's footer and first rows.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    items
        Which list holds an order's lines; None: one that shops call so, if there is one.

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
        kinds = list(file.schema_arrow)
        lists = [
            field
            for place, kind in enumerate(kinds)
            for field, inner in _fields(place, (kind.name,), kind.type)
            if _is_list_of_structures(inner)
        ]
        chosen = choose_items([field.path for field in lists], items, name)
        line = next((field for field in lists if field.path == chosen), None)
        fields = [
            inner
            for place, kind in enumerate(kinds)
            for field, type_ in _fields(place, (kind.name,), kind.type)
            for inner in _plain_fields(field, type_, line)
        ]
        if not fields:
            raise DataError(f"{name}: no column holds plain values.", "Export flat columns.")
        sample = _sample(file, fields, line)
        _refuse_bomb(name, path.stat().st_size, file.metadata.num_rows, sample)
    header = name_columns(field_name(field.path) for field in fields)
    return ParquetTable(name, header, sample, path, tuple(fields), line)


def _fields(place: int, path: Path, kind: pa.DataType) -> Iterator[tuple[_Field, pa.DataType]]:
    """What a column holds: itself, or the fields of its structure."""
    if pa.types.is_struct(kind):
        for inner in kind:
            yield from _fields(place, (*path, inner.name), inner.type)
    else:
        yield _Field(place, path), kind


def _plain_fields(field: _Field, kind: pa.DataType, line: _Field | None) -> Iterator[_Field]:
    """A field, or those of the lines in it, as far as they hold plain values."""
    if field == line:
        for inner, type_ in _fields(field.place, field.path, kind.value_type):
            if is_plain(type_):
                yield inner
    elif is_plain(kind):
        yield field


def _is_list_of_structures(kind: pa.DataType) -> bool:
    is_list: bool = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return is_list and bool(pa.types.is_struct(kind.value_type))


def _is_inside(field: _Field, line: _Field | None) -> bool:
    return (
        line is not None
        and field.place == line.place
        and (field.path[: len(line.path)] == line.path)
    )


def _at(column: ir.Value, path: Path) -> ir.Value:
    for key in path:
        column = column[key]
    return column


def _sample(
    file: pq.ParquetFile, fields: Sequence[_Field], line: _Field | None
) -> tuple[tuple[str | None, ...], ...]:
    """The first rows as text."""
    # Columns are told by their paths, which repeat where names do: then all are read.
    names = [field.name for field in file.schema_arrow]
    places = sorted({field.place for field in fields})
    unique = len(set(names)) == len(names)
    wanted = [names[place] for place in places] if unique else None
    batch = next(file.iter_batches(SAMPLE_ROWS, columns=wanted), None)
    if batch is None:
        return ()
    columns = {place: batch.column(at if unique else place) for at, place in enumerate(places)}
    rows: list[int] = list(range(batch.num_rows))
    lines: list[object] = []
    if line:
        orders = (dict.fromkeys([line.path[0]], v) for v in columns[line.place].to_pylist())
        numbered = [(row, one) for row, v in enumerate(orders) for one in rows_of(v, line.path)]
        rows, lines = [row for row, _ in numbered], [one for _, one in numbered]
    texts: list[list[str | None]] = []
    for field in fields:
        if line and _is_inside(field, line):
            depth = len(line.path)
            values = [value_at(one, field.path[depth:]) for one in lines]
            texts.append([None if value in (None, "") else str(value) for value in values])
        else:
            column = columns[field.place]
            for key in field.path[1:]:
                column = pc.struct_field(column, key)
            of_rows = as_texts(column)
            texts.append([of_rows[row] for row in rows])
    return tuple(zip(*texts, strict=True))[:SAMPLE_ROWS]


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


def is_plain(kind: pa.DataType) -> bool:
    """Whether a type is of single values that can be read as text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or isinstance(kind, pa.BaseExtensionType)
    )


def as_texts(column: pa.Array) -> list[str | None]:
    """Values as a sample shows them; None where empty."""
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
