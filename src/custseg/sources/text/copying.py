"""Copy the columns of a text to a Parquet file, from which the engine reads them."""

from __future__ import annotations

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend


def new_file(scratch: Path) -> Path:
    """Make an empty file in the scratch folder."""
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".parquet", delete=False) as file:
        return Path(file.name)


def write_tables(tables: Iterable[pa.Table], schema: pa.Schema, target: Path) -> None:
    """Write tables to a file, one after the other."""
    with (
        pq.ParquetWriter(target, schema, compression="snappy", write_statistics=False) as out,
        ThreadPoolExecutor(1) as encoder,
    ):
        # One table is encoded while the next is parsed.
        encoding: Future[None] | None = None
        for table in tables:
            if encoding:
                encoding.result()
            encoding = encoder.submit(out.write_table, table)
        if encoding:
            encoding.result()


def read_file(path: Path, connection: Backend) -> ir.Table:
    """Read such a file with the engine."""
    from custseg.engine.duckdb import literal

    return connection.read_parquet(literal(path), hive_partitioning=False)
