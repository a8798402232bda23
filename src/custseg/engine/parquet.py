"""Artifacts as Parquet files: read, and written so that the same rows are the same bytes."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from custseg.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO, Self

    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.artifacts import Artifact

    Part: TypeAlias = tuple[pa.Table, NDArray[np.int64]]
    """Some rows, and where among them the next of a file are, in its order."""

ROW_GROUP: Final = 131_072
"""Rows per Parquet row group. Fixed, so that the same rows are the same bytes."""
_RISING: Final = "source_row"
"""A column whose values mostly differ by one from the value before: no dictionary is shorter."""
_MOST_METADATA: Final = 16 * 2**20
"""Bytes of a Parquet file's metadata; an artifact of a thousand million rows has fewer."""
_MAGIC: Final = b"PAR1"


def require_table(path: Path) -> Path:
    """Return the path of a Parquet artifact, unless no engine should open it.

    Raises
    ------
    WorkspaceError
        It is no Parquet file, or its metadata, which is read whole, is larger than an artifact's.
    """
    with path.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, end - 8))
        last = stream.read(8)
    size = int.from_bytes(last[:4], "little")
    if last[4:] == _MAGIC and size <= min(_MOST_METADATA, end - 12):
        return path
    what = f"its metadata claims {size:,} bytes" if last[4:] == _MAGIC else "it is no Parquet file"
    raise WorkspaceError(
        f"{path}: is not as custseg writes it: {what}.",
        "Put it back from a backup, or delete it and run: custseg run-all. If the workspace is not "
        "yours, don't use it.",
    )


def read_frame(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a Parquet artifact, or some columns, in memory; exact decimals become floats."""
    return as_frame(pq.read_table(require_table(path), columns=columns, partitioning=None))


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a data frame; exact decimals become floats."""
    floats = [
        pa.field(f.name, pa.float64()) if pa.types.is_decimal(f.type) else f for f in table.schema
    ]
    exact = table.cast(pa.schema(floats))
    del table
    frame: pd.DataFrame = exact.to_pandas(self_destruct=True)
    del exact
    # Else as much memory as the frame has stays with Arrow's pool.
    pa.default_memory_pool().release_unused()
    return frame


def stream(table: ir.Table) -> Iterator[pa.Table]:
    """Compute a table too large to be held at once, in pieces; in its order, if it has one.

    One piece is computed while the last is looked at.
    """
    with (
        closing(table.to_pyarrow_batches(chunk_size=ROW_GROUP)) as batches,
        closing(_ahead(batches)) as ahead,
    ):
        for batch in ahead:
            yield pa.Table.from_batches([batch])


def _ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = other.submit(next, batches, None)
            yield batch


def write(data: ir.Table | pd.DataFrame | pa.Table, artifact: Artifact, sink: BinaryIO) -> int:
    """Write a table as the artifact's Parquet: its columns, types, order and descriptions.

    The same rows give the same bytes, whatever their order, the number of threads or the engine.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ValueError
        The columns are not the artifact's.
    """
    import pandas as pd

    columns = data.column_names if isinstance(data, pa.Table) else list(data.columns)
    names = artifact.column_names(columns)
    if set(names) != set(columns):
        raise ValueError(f"{artifact.name}: columns {columns}, expected {names}")
    schema = artifact.schema(columns)
    if artifact.in_order and not isinstance(data, pd.DataFrame | pa.Table):
        start = sink.tell()
        # Sorting takes longer than computing, and a source is read in the order of its rows.
        with suppress(_UnorderedError):
            return _write_groups(_in_order(stream(data.select(*names)), artifact.key), schema, sink)
        sink.seek(start)
        sink.truncate()
    return _write_groups(_batches(data, artifact, schema), schema, sink)


def write_halves(
    placed: Iterator[list[Part]],
    by: str,
    first: tuple[Artifact, BinaryIO],
    second: tuple[Artifact, BinaryIO],
) -> tuple[int, int]:
    """Write two artifacts at once, in the order in which their rows come.

    Parameters
    ----------
    placed
        Tables side by side, some columns in each, with where among its rows the next ones are;
        columns that an artifact doesn't have are left out.
    by
        The first artifact has the rows without a value in this column, the second the others.

    Returns
    -------
    tuple of int
        Rows written of each.
    """
    with (
        _Groups(first[0].schema(), first[1]) as one,
        _Groups(second[0].schema(), second[1]) as other,
    ):
        for parts in placed:
            rows, order = next(part for part in parts if by in part[0].column_names)
            lacks = rows[by].is_null().to_numpy()[order]
            for groups, chosen in ((one, lacks), (other, ~lacks)):
                groups.add(_chosen(parts, chosen, groups.schema.names))
    return one.rows, other.rows


def _chosen(parts: Sequence[Part], chosen: NDArray[np.bool_], names: list[str]) -> pa.Table:
    """Some columns of tables side by side, of the rows chosen among the next ones."""
    columns: dict[str, pa.ChunkedArray] = {}
    for rows, order in parts:
        found = rows.select([name for name in names if name in rows.column_names])
        columns |= dict(zip(found.column_names, found.take(order[chosen]).columns, strict=True))
    return pa.table(columns).select(names)


def rewrite(
    path: Path, artifact: Artifact, change: Callable[[pa.Table], pa.Table], sink: BinaryIO
) -> int:
    """Write an artifact with other rows: `change` takes and leaves away or alters some at a time.

    What it gives keeps the order of the rows; the result is as `write` would write it.

    Returns
    -------
    int
        Rows written.
    """
    with pq.ParquetFile(require_table(path)) as file:
        schema = artifact.schema(file.schema_arrow.names)
        pieces = (pa.Table.from_batches([batch]) for batch in file.iter_batches(ROW_GROUP))
        return _write_groups((change(piece) for piece in pieces), schema, sink)


def _write_groups(tables: Iterator[pa.Table], schema: pa.Schema, sink: BinaryIO) -> int:
    with _Groups(schema, sink) as groups:
        for table in tables:
            groups.add(table)
    return groups.rows


class _Groups:
    """A Parquet file in row groups of exactly ROW_GROUP rows and a rest, however rows come.

    One row group is encoded while the engine computes the next.
    """

    def __init__(self, schema: pa.Schema, sink: BinaryIO) -> None:
        self.schema = schema
        self.rows = 0
        self._writer = pq.ParquetWriter(
            sink,
            schema,
            # Zstandard's is a seventh smaller, and takes a quarter longer to read.
            compression="snappy",
            # These would take half of the writing time, and every reader here reads whole columns.
            write_statistics=False,
            store_decimal_as_integer=True,
            use_dictionary=[name for name in schema.names if name != _RISING],
            column_encoding={_RISING: "DELTA_BINARY_PACKED"} if _RISING in schema.names else None,
        )
        self._encoder = ThreadPoolExecutor(1)
        self._encoding: Future[None] | None = None
        self._pending: list[pa.Table] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write the rest and the file's end, unless something failed."""
        with self._encoder, self._writer:
            if kind is None and self._held:
                self._encode(pa.concat_tables(self._pending))
            if self._encoding:
                self._encoding.result()

    @property
    def _held(self) -> int:
        return sum(table.num_rows for table in self._pending)

    def add(self, table: pa.Table) -> None:
        """Take rows, and encode as many row groups as are full."""
        self._pending.append(table)
        while self._held >= ROW_GROUP:
            joined = pa.concat_tables(self._pending)
            self._encode(joined.slice(0, ROW_GROUP))
            self._pending = [joined.slice(ROW_GROUP)]

    def _encode(self, group: pa.Table) -> None:
        if self._encoding:
            self._encoding.result()
        self._encoding = self._encoder.submit(self._write, group)
        self.rows += group.num_rows

    def _write(self, group: pa.Table) -> None:
        whole = group.cast(self.schema).combine_chunks()
        self._writer.write_table(whole, row_group_size=ROW_GROUP)


def _batches(
    data: ir.Table | pd.DataFrame | pa.Table, artifact: Artifact, schema: pa.Schema
) -> Iterator[pa.Table]:
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        data = pa.Table.from_pandas(data[schema.names], schema=schema, preserve_index=False)
    if isinstance(data, pa.Table):
        order = [(column, "ascending") for column in artifact.key]
        ordered = data.sort_by(order) if order else data
        yield ordered.select(schema.names).cast(schema)
        return
    rows = data.select(*schema.names)
    yield from stream(rows.order_by(*artifact.key) if artifact.key else rows)


class _UnorderedError(Exception):
    """Rows did not come in the order of their key."""


def _in_order(tables: Iterator[pa.Table], key: Sequence[str]) -> Iterator[pa.Table]:
    """Pass tables on while each row comes after the one before; the key is never null.

    Raises
    ------
    _UnorderedError
        A row does not.
    """
    last: pa.Table | None = None
    for table in tables:
        keys = table.select(key)
        if not _ascends(pa.concat_tables([last, keys]) if last else keys):
            raise _UnorderedError
        last = keys.slice(max(len(keys) - 1, 0))
        yield table


def _ascends(keys: pa.Table) -> bool:
    """Whether each row is after the one before."""
    whole = keys.combine_chunks()
    before, after = whole.slice(0, max(len(whole) - 1, 0)), whole.slice(1)
    later = pa.chunked_array([pa.repeat(False, len(after))])
    for name in reversed(keys.column_names):
        greater = pc.greater(after[name], before[name])
        later = pc.or_(greater, pc.and_(pc.equal(after[name], before[name]), later))
    return bool(pc.all(later, min_count=0).as_py())
