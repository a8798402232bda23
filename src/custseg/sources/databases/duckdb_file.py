"""Read from DuckDB files, also from those of somebody else."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any, Final, TypeVar

import duckdb
import pyarrow as pa

from custseg.errors import DataError, SettingsError
from custseg.sources.databases.hearing import interruptible
from custseg.sources.databases.sessions import (
    ARROW,
    BATCH,
    Kind,
    Relation,
    SqlColumn,
    aliases,
    declared,
)
from custseg.workspace.leftovers import TemporaryFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Result = TypeVar("Result")
_READER_MEMORY: Final = "512MB"
"""Beside the engine's own; a view that needs more goes to disk."""
_COMPUTING: Final = {
    *("generate_series", "range", "repeat", "repeat_row", "unnest"),
    *("json_each", "json_tree", "histogram", "histogram_values", "summary", "version"),
}
"""Table functions that only compute; every other one of the engine looks or reaches outside."""
_LOOKING: Final = re.compile(r"duckdb_|pragma_|read_|parquet_|glob$|sniff_csv$|which_secret$")
"""Of those, what reads files, which the locked engine refuses, or tells of the engine itself."""
_TELLING: Final = {"getenv", "current_setting", "getvariable", "write_log", "sleep_ms"}
"""Scalar functions that no table of orders needs."""
_CALLED: Final = re.compile(r'(?:"([^"]+)"|(\w+))\s*\(')
_TABLE_FUNCTIONS: Final = (
    "SELECT DISTINCT function_name FROM duckdb_functions() "
    "WHERE internal AND function_type IN ('table', 'pragma', 'table_macro')"
)
_STORED: Final = (
    "SELECT sql FROM duckdb_views() WHERE NOT internal UNION ALL "
    "SELECT macro_definition FROM duckdb_functions() "
    "WHERE NOT internal AND macro_definition IS NOT NULL"
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
            self._connection = duckdb.connect(path, read_only=True, config=_locked(spill.name))
            weakref.finalize(self, self._connection.close)
            for setting in (
                # Queries mean the same on every machine.
                "TimeZone = 'UTC'",
                # Not sooner: the engine would not take the folder that it spills to.
                "enable_external_access = false",
                "lock_configuration = true",
            ):
                self.rows(f"SET {setting}")
            self.rows("BEGIN TRANSACTION READ ONLY")
            self._reaching = {str(name) for (name,) in self.rows(_TABLE_FUNCTIONS)} - _COMPUTING
            acting = {name for name in self._reaching if not _LOOKING.match(name)}
            stored = [str(sql) for (sql,) in self.rows(_STORED)]
        except duckdb.Error as error:
            raise self.failure(error, where) from None
        for sql in stored:
            if called := _called(sql) & acting:
                raise DataError(
                    f"{where}: a view or macro in it calls {min(called)}(), which would change or "
                    "reach more than the file's tables.",
                    "Read a copy without it, or export the orders as Parquet.",
                )

    def check(self, query: str) -> None:
        """Refuse a query that calls what tells of more than the file's tables.

        Views and macros of the file were looked through when it was opened.

        Raises
        ------
        SettingsError
            It calls such a function.
        """
        # As the engine writes it: without comments, and names quoted only where they have to be.
        asked = "SELECT json_deserialize_sql(json_serialize_sql(?::VARCHAR))"
        try:
            ((written,),) = self._connection.execute(asked, [query]).fetchall()
            called = _called(written)
        except duckdb.Error:
            self.rows("ROLLBACK")
            self.rows("BEGIN TRANSACTION READ ONLY")
            # Comments may stand anywhere, so a word counts wherever it stands.
            called = set(re.findall(r"\w+", query.lower()))
        if called := called & (self._reaching | _TELLING):
            raise SettingsError(
                f"[source] query calls {min(called)}(), which reaches more than the file's tables.",
                "Take that out; a file beside it is read by naming it as SOURCE.",
            )

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
        found = self.rows(f"DESCRIBE SELECT * FROM (\n{query}\n)")  # noqa: S608  # nosec B608
        return [SqlColumn(name, _duckdb_kind(written)) for name, written, *_ in found]

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:  # noqa: ARG002
        """What some of its columns hold, by their types."""
        return declared(columns, wanted)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""
        return self._hearing(lambda: self._connection.execute(sql).fetchall())

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result, in pieces."""
        schema = pa.schema(dict(zip(aliases(len(kinds)), (ARROW[k] for k in kinds), strict=True)))
        reader = self._hearing(lambda: self._connection.execute(sql).to_arrow_reader(BATCH))
        while batch := self._hearing(lambda: next(reader, None)):
            yield batch.cast(schema)

    def _hearing(self, work: Callable[[], Result]) -> Result:
        return interruptible(work, self._connection.interrupt)

    @staticmethod
    def failure(error: duckdb.Error, where: str) -> DataError:
        """Explain an error of DuckDB's; of its texts only those about names are shown."""
        said = str(error)
        if re.search(r"set lock|conflicting lock", said, re.IGNORECASE):
            return DataError(
                f"{where}: another program holds the DuckDB file open to write.",
                "Close it there, or read a copy of the file.",
            )
        if isinstance(error, duckdb.PermissionException):
            return DataError(
                f"{where}: the query or a view reads files or addresses outside of it; custseg "
                "reads the file's own tables only.",
                "Name another table with --table, or store that view's rows as a table.",
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


def _locked(spill: str) -> dict[str, Any]:
    """What an engine is opened with that may reach nothing but the file and its own folder."""
    off = (
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "allow_community_extensions",
        "allow_persistent_secrets",
        # A name that is no table's would be looked for among Python's variables.
        "python_enable_replacements",
    )
    places = {"temp_directory": spill, "secret_directory": spill}
    return {"memory_limit": _READER_MEMORY, **places} | dict.fromkeys(off, False)


def _called(sql: str) -> set[str]:
    """Names in SQL that stand before a bracket: all functions that it calls, and some more."""
    return {(quoted or plain).lower() for quoted, plain in _CALLED.findall(sql)}


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
