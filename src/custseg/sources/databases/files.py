"""Read from database files: SQLite and DuckDB."""

from __future__ import annotations

import re
import sqlite3
import weakref
from typing import TYPE_CHECKING, Any, Final

import duckdb
import ibis
import pyarrow as pa

from custseg.errors import DataError
from custseg.sources.databases.sessions import (
    ARROW,
    BATCH,
    Kind,
    Relation,
    SqlColumn,
    aliases,
    declared,
    relation_sql,
)
from custseg.workspace.leftovers import TemporaryFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_READER_MEMORY: Final = "512MB"
"""Beside the engine's own; a view that needs more goes to disk."""


class SqliteSession:
    """A SQLite file, through Python's own library.

    Not through ibis: it would hold a result whole, and take a column's declared type at its word,
    while in SQLite every value has a type of its own.
    """

    dialect: str = "sqlite"
    errors: type[Exception] = sqlite3.Error

    def __init__(self, path: Path, where: str) -> None:
        try:
            connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
            weakref.finalize(self, connection.close)
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            self._connection = connection
            self.rows("PRAGMA query_only = on")
            # All is read as of one moment.
            self.rows("BEGIN")
        except sqlite3.Error as error:
            raise self.failure(error, where) from None

    def relations(self) -> list[Relation]:
        """Every table and view."""
        found = self.rows(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        return [Relation("main", name) for (name,) in found]

    def columns(self, query: str) -> list[SqlColumn]:
        """The columns of a query's result; what they hold is known only once they are read."""
        try:
            cursor = self._connection.execute(f"SELECT * FROM (\n{query}\n) LIMIT 0")  # noqa: S608
        except UnicodeDecodeError:
            # Python decodes names strictly, whatever it does with texts.
            raise sqlite3.DatabaseError("a column's name is not in UTF-8") from None
        return [SqlColumn(found[0], "text") for found in cursor.description]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""
        return self._connection.execute(sql).fetchall()

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:
        """What some of its columns hold, by the types of all their values."""
        types = ("'text', 'blob'", "'real'", "'integer'")
        asked = ", ".join(f"max(typeof(p{at}) IN ({names}))" for at in wanted for names in types)
        ((*found,),) = self.rows(
            f"{relation_sql(query, len(columns))} SELECT {asked} FROM relation"  # noqa: S608
        )
        return [
            "text" if texts else "float" if floats else "whole" if wholes else "text"
            for texts, floats, wholes in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result, in pieces."""
        cursor = self._connection.execute(sql)
        names = aliases(len(kinds))
        while rows := cursor.fetchmany(BATCH):
            columns = zip(kinds, zip(*rows, strict=True), strict=True)
            yield pa.RecordBatch.from_arrays(
                [pa.array(values, type=ARROW[kind]) for kind, values in columns], names
            )

    @staticmethod
    def failure(error: sqlite3.Error, where: str) -> DataError:
        """Explain an error of SQLite's; of its texts only those about names are shown."""
        said = str(error)
        if re.search(r"locked|busy", said):
            return DataError(f"{where}: another program is writing to it.", "Run again later.")
        if re.match(r"no such|near \"|ambiguous|incomplete|unrecognized|wrong number", said):
            return DataError(f"{where}: the query fails: {said}.", "Correct [source] query.")
        if "readonly" in said or "not authorized" in said:
            return DataError(f"{where}: the query would change it; custseg only reads.")
        return DataError(
            f"{where}: the SQLite file cannot be read; it is damaged, encrypted or may not be "
            "opened.",
            "Check it with sqlite3's `PRAGMA integrity_check`.",
        )


class DuckdbSession:
    """A DuckDB file, in an engine of its own that cannot write to it."""

    dialect: str = "duckdb"
    errors: type[Exception] = duckdb.Error

    def __init__(self, path: Path, where: str) -> None:
        # Else it would spill beside the shop's own file.
        spill = TemporaryFolder()
        weakref.finalize(self, spill.cleanup)
        try:
            self._ibis = ibis.duckdb.connect(
                path,
                read_only=True,
                memory_limit=_READER_MEMORY,
                temp_directory=spill.name,
            )
            weakref.finalize(self, self._ibis.disconnect)
            # Queries mean the same on every machine.
            self.rows("SET TimeZone = 'UTC'")
            self.rows("BEGIN TRANSACTION READ ONLY")
        except duckdb.Error as error:
            raise self.failure(error, where) from None

    def relations(self) -> list[Relation]:
        """Every table and view."""
        found = self.rows(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal "
            "AND database_name = current_database() UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal "
            "AND database_name = current_database() ORDER BY 1, 2"
        )
        return [Relation(schema, name, near=schema == "main") for schema, name in found]

    def columns(self, query: str) -> list[SqlColumn]:
        """The columns of a query's result."""
        found = self.rows(f"DESCRIBE SELECT * FROM (\n{query}\n)")  # noqa: S608
        return [SqlColumn(name, _duckdb_kind(written)) for name, written, *_ in found]

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:  # noqa: ARG002
        """What some of its columns hold, by their types."""
        return declared(columns, wanted)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""
        found: list[tuple[Any, ...]] = self._ibis.raw_sql(sql).fetchall()
        return found

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result, in pieces."""
        schema = pa.schema(dict(zip(aliases(len(kinds)), (ARROW[k] for k in kinds), strict=True)))
        for batch in self._ibis.sql(sql).to_pyarrow_batches(chunk_size=BATCH):
            yield batch.cast(schema)

    @staticmethod
    def failure(error: duckdb.Error, where: str) -> DataError:
        """Explain an error of DuckDB's; of its texts only those about names are shown."""
        said = str(error)
        if re.search(r"set lock|conflicting lock", said, re.IGNORECASE):
            return DataError(
                f"{where}: another program holds the DuckDB file open to write.",
                "Close it there, or read a copy of the file.",
            )
        if isinstance(
            error, duckdb.CatalogException | duckdb.ParserException | duckdb.BinderException
        ):
            first = said.splitlines()[0]
            return DataError(f"{where}: the query fails: {first}", "Correct [source] query.")
        if "version" in said or "newer" in said:
            return DataError(
                f"{where}: another version of DuckDB wrote the file, and this one cannot read it.",
                f"custseg has DuckDB {duckdb.__version__}; export the orders as Parquet.",
            )
        return DataError(
            f"{where}: the DuckDB file cannot be read, or the query fails on its values "
            f"({type(error).__name__}).",
            "Try it in DuckDB; its message may quote customer data, so it is not shown here.",
        )


def _duckdb_kind(written: str) -> Kind | None:
    plain = written.upper()
    if plain.startswith(("DECIMAL", "HUGEINT", "UHUGEINT", "UBIGINT")) and "[" not in plain:
        return "exact"
    kinds: dict[str, Kind | None] = {
        "BOOLEAN": "boolean",
        "DATE": "date",
        "FLOAT": "float",
        "DOUBLE": "float",
        "TIMESTAMP WITH TIME ZONE": "instant",
        "BLOB": None,
    }
    kinds |= dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "whole"
    )
    kinds |= dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "moment")
    return kinds.get(plain, "text")
