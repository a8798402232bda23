"""Embedded DuckDB: where tables are scanned and computed, within its memory limit."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from custseg.engine import placed
from custseg.engine.base import PLACE, Engine, forget_cached
from custseg.engine.memory import default_limit
from custseg.engine.parquet import ROW_GROUP, require_table, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.backends.duckdb import Backend

    from custseg.engine.base import Overlaid
    from custseg.engine.parquet import Part
    from custseg.errors import CustsegError
    from custseg.settings import EngineSettings


_MANY_LINES: Final = 5_000_000


def connect(
    settings: EngineSettings | None = None, spill: Path | None = None, memory: str | None = None
) -> Backend:
    """Open an embedded DuckDB that spills to `spill` when its memory limit is reached.

    The limit is that of the settings, else `memory`, else a share of what the process may use.
    """
    limit = (settings.memory_limit if settings else None) or memory
    options: dict[str, Any] = {
        "memory_limit": limit or default_limit(),
        # The system keeps what was read of a file; DuckDB would keep it once more, up to its limit.
        "enable_external_file_cache": False,
    }
    if settings and settings.threads:
        options["threads"] = settings.threads
    if spill:
        options["temp_directory"] = str(spill)
    connection = ibis.duckdb.connect(**options)
    # With room for so much of what is streamed, all threads compute it, not only the one that asks.
    connection.raw_sql("SET streaming_buffer_size = '64MB'")
    return connection


def scan(connection: Backend, path: Path, name: str) -> ir.Table:
    """Return a Parquet artifact as a table of the engine, read only where it is used."""
    place = literal(require_table(path))
    return connection.read_parquet(place, table_name=name, hive_partitioning=False)


def literal(path: Path) -> str:
    """Write a path so that the engine takes no character of it as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def spool(table: ir.Table, folder: Path) -> ir.Table:
    """Compute a large table once, and keep it in a file of a temporary folder."""
    path = _written(table, folder)
    return scan(table.get_backend(), path, path.stem)


def keep(lines: ir.Table, among: int) -> ir.Table:
    """Compute order lines once, to be read again and again.

    Parameters
    ----------
    among
        Of how many lines they are: very many take less time and room in a file of the engine's own
        folder than in its memory, and what it writes of that to a disk.
    """
    backend = lines.get_backend()
    if backend.name != "duckdb" or among < _MANY_LINES:
        return lines.cache()
    folder = Path(backend.raw_sql("SELECT current_setting('temp_directory')").fetchone()[0])
    return spool(lines, folder) if folder.is_dir() else lines.cache()


def _written(table: ir.Table, folder: Path) -> Path:
    path = folder / f"{ibis.util.gen_name('spooled')}.parquet"
    table.get_backend().to_parquet(table, path, compression="lz4", row_group_size=ROW_GROUP)
    return path


def _pieces(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROW_GROUP):
            yield pa.Table.from_batches([batch])


class DuckDB(Engine):
    """The engine within this process."""

    def __init__(self, settings: EngineSettings | None = None, spill: Path | None = None) -> None:
        self.connection = connect(settings, spill)
        self._spill = spill
        self._files: dict[str, Path] = {}

    def scan(self, path: Path, name: str) -> ir.Table:
        """Return a Parquet artifact as a table, read only where it is used."""
        return scan(self.connection, path, name)

    def scan_placed(self, path: Path, name: str) -> ir.Table:
        """Return a Parquet artifact as a table, with the place of each row in it."""
        table = self.connection.read_parquet(
            literal(require_table(path)),
            table_name=name,
            hive_partitioning=False,
            file_row_number=True,
        ).rename({PLACE: "file_row_number"})
        self._files[name] = path
        return table

    def in_order(self, lines: Overlaid, order: Sequence[str]) -> Iterator[list[Part]]:
        """Compute what has become of a placed artifact's rows, some at a time, in its order."""
        if PLACE not in lines.rows.columns:
            yield from super().in_order(lines, order)
            return
        name, texts = placed.texts_of_file(lines.rows)
        alike = placed.constants(lines.rows)
        rows = lines.rows.drop(*texts, *alike)
        with TemporaryDirectory(dir=self._spill) as folder:
            changed: Iterator[pa.Table] = iter(())
            if lines.changed is not None:
                columns = lines.changed.select(*rows.columns, *alike).order_by(PLACE)
                changed = _pieces(_written(columns, Path(folder)))
            # A join would keep a few rows back, perhaps to the end, until a vector is full.
            self.connection.raw_sql("SET enable_caching_operators = false")
            try:
                found = placed.overlay(placed.in_order(stream(rows)), alike, changed)
                if texts:
                    yield from placed.beside(found, self._files[name], texts)
                else:
                    yield from ([part] for part in found)
            finally:
                self.connection.raw_sql("RESET enable_caching_operators")

    def store(self, table: ir.Table, name: str) -> ir.Table:
        """Compute a table once, and keep it in memory or in what is spilled."""
        return self.connection.create_table(name, table, temp=True)

    def close(self) -> None:
        """Close the connection."""
        forget_cached(self.connection)
        self.connection.disconnect()

    def failure(self, error: Exception) -> CustsegError:
        """Let an error be: whatever DuckDB raises here is a bug."""
        raise error
