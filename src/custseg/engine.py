"""Where tables are scanned, computed and written: the only module that knows the backend."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from ibis.backends.duckdb import Backend

    from custseg.artifacts import Artifact
    from custseg.settings import EngineSettings

ROW_GROUP: Final = 131_072
"""Rows per Parquet row group. Fixed, so that the same rows are the same bytes."""


def connect(
    settings: EngineSettings | None = None, spill: Path | None = None, memory: str | None = None
) -> Backend:
    """Open an embedded DuckDB that spills to `spill` when its memory limit is reached.

    The limit is that of the settings, else `memory`, else the engine's own.
    """
    options: dict[str, Any] = {}
    limit = (settings.memory_limit if settings else None) or memory
    if limit:
        options["memory_limit"] = limit
    if settings and settings.threads:
        options["threads"] = settings.threads
    if spill:
        options["temp_directory"] = str(spill)
    return ibis.duckdb.connect(**options)


def scan(connection: Backend, path: Path, name: str) -> ir.Table:
    """Return a Parquet artifact as a table of the engine, read only where it is used."""
    return connection.read_parquet(literal(path), table_name=name, hive_partitioning=False)


def literal(path: Path) -> str:
    """Write a path so that the engine takes no character of it as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def fetch(table: ir.Table) -> list[dict[str, Any]]:
    """Compute a small table; a dictionary per row, money as Decimal, missing values as None."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows


def fetch_frame(table: ir.Table) -> pd.DataFrame:
    """Compute a table of at most some rows per customer; exact decimals become floats."""
    return _frame(table.to_pyarrow())


def fetch_column(column: ir.Column) -> pa.Array:
    """Compute the distinct values of a column, sorted."""
    values = column.as_table().distinct().to_pyarrow().column(0)
    return values.take(pc.sort_indices(values)).combine_chunks()


def stream(table: ir.Table) -> Iterator[pa.Table]:
    """Compute a table too large to be held at once, in pieces and in no order."""
    for batch in table.to_pyarrow_batches(chunk_size=ROW_GROUP):
        yield pa.Table.from_batches([batch])


def read_frame(path: Path) -> pd.DataFrame:
    """Return a Parquet artifact in memory; exact decimals become floats."""
    return _frame(pq.read_table(path, partitioning=None))


def spool(table: ir.Table, folder: Path) -> ir.Table:
    """Compute a large table once, and keep it in a file of a temporary folder."""
    connection = table.get_backend()
    path = folder / f"{ibis.util.gen_name('spooled')}.parquet"
    connection.to_parquet(table, path, compression="lz4", row_group_size=ROW_GROUP)
    return scan(connection, path, path.stem)


def hold(frame: pd.DataFrame | pa.Table, beside: ir.Table) -> ir.Table:
    """Give a data frame to the engine that a table is in, to be joined with it."""
    connection = beside.get_backend()
    if isinstance(frame, pa.Table):
        rows = frame
    else:
        rows = pa.Table.from_pandas(frame, preserve_index=False)
    return connection.create_table(ibis.util.gen_name("held"), rows, temp=True)


def _frame(table: pa.Table) -> pd.DataFrame:
    floats = [
        pa.field(f.name, pa.float64()) if pa.types.is_decimal(f.type) else f for f in table.schema
    ]
    frame: pd.DataFrame = table.cast(pa.schema(floats)).to_pandas()
    return frame


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
    rows = 0
    # Statistics would take half of the writing time, and every reader here reads whole columns.
    with (
        pq.ParquetWriter(sink, schema, compression="zstd", write_statistics=False) as writer,
        ThreadPoolExecutor(1) as encoder,
    ):
        # One row group is encoded while the engine computes the next.
        encoding: Future[None] | None = None
        for group in _row_groups(_batches(data, artifact, schema)):
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
    ordered = data.select(*schema.names).order_by(*artifact.key)
    for batch in ordered.to_pyarrow_batches(chunk_size=ROW_GROUP):
        yield pa.Table.from_batches([batch]).cast(schema)


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
