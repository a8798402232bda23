"""Artifacts as Parquet files: read, and written so that the same rows are the same bytes."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from custseg.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    import ibis.expr.types as ir

    from custseg.artifacts import Artifact

ROW_GROUP: Final = 131_072
"""Rows per Parquet row group. Fixed, so that the same rows are the same bytes."""
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
    """Compute a table too large to be held at once, in pieces; in its order, if it has one."""
    for batch in table.to_pyarrow_batches(chunk_size=ROW_GROUP):
        yield pa.Table.from_batches([batch])


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
    columns = data.column_names if isinstance(data, pa.Table) else list(data.columns)
    names = artifact.column_names(columns)
    if set(names) != set(columns):
        raise ValueError(f"{artifact.name}: columns {columns}, expected {names}")
    schema = artifact.schema(columns)
    if artifact.in_order and not isinstance(data, pd.DataFrame | pa.Table):
        start = sink.tell()
        # Sorting takes longer than computing, and a source is read in the order of its rows.
        with suppress(_UnorderedError):
            rows = _in_order(stream(data.select(*names)), artifact.key, schema)
            return _write_groups(rows, schema, sink)
        sink.seek(start)
        sink.truncate()
    return _write_groups(_batches(data, artifact, schema), schema, sink)


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
        return _write_groups((change(piece).cast(schema) for piece in pieces), schema, sink)


def _write_groups(tables: Iterator[pa.Table], schema: pa.Schema, sink: BinaryIO) -> int:
    rows = 0
    # Statistics would take half of the writing time, and every reader here reads whole columns.
    with (
        pq.ParquetWriter(sink, schema, compression="zstd", write_statistics=False) as writer,
        ThreadPoolExecutor(1) as encoder,
    ):
        # One row group is encoded while the engine computes the next.
        encoding: Future[None] | None = None
        for group in _row_groups(tables):
            whole = group.combine_chunks()
            if encoding:
                encoding.result()
            encoding = encoder.submit(writer.write_table, whole, row_group_size=ROW_GROUP)
            rows += group.num_rows
        if encoding:
            encoding.result()
    return rows


def _batches(
    data: ir.Table | pd.DataFrame | pa.Table, artifact: Artifact, schema: pa.Schema
) -> Iterator[pa.Table]:
    if isinstance(data, pd.DataFrame):
        data = pa.Table.from_pandas(data[schema.names], schema=schema, preserve_index=False)
    if isinstance(data, pa.Table):
        ordered = data.sort_by([(column, "ascending") for column in artifact.key])
        yield ordered.select(schema.names).cast(schema)
        return
    for table in stream(data.select(*schema.names).order_by(*artifact.key)):
        yield table.cast(schema)


class _UnorderedError(Exception):
    """Rows did not come in the order of their key."""


def _in_order(
    tables: Iterator[pa.Table], key: Sequence[str], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Pass tables on while each row comes after the one before; the key is never null.

    Raises
    ------
    _UnorderedError
        A row does not.
    """
    last = schema.empty_table().select(key)
    for table in tables:
        cast = table.cast(schema)
        rows = pa.concat_tables([last, cast.select(key)]).combine_chunks()
        before, after = rows.slice(0, max(len(rows) - 1, 0)), rows.slice(1)
        later = pa.chunked_array([pa.repeat(False, len(after))])
        for name in reversed(key):
            greater = pc.greater(after[name], before[name])
            later = pc.or_(greater, pc.and_(pc.equal(after[name], before[name]), later))
        if not pc.all(later, min_count=0).as_py():
            raise _UnorderedError
        last = rows.slice(max(len(rows) - 1, 0))
        yield cast


def _row_groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Cut a stream of tables of any size into groups of exactly ROW_GROUP rows and a rest."""
    pending: list[pa.Table] = []
    held = 0
    for table in tables:
        pending.append(table)
        held += table.num_rows
        while held >= ROW_GROUP:
            joined = pa.concat_tables(pending)
            yield joined.slice(0, ROW_GROUP)
            pending = [joined.slice(ROW_GROUP)]
            held -= ROW_GROUP
    if held:
        yield pa.concat_tables(pending)
