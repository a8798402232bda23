"""PostgreSQL: order lines stay in the database, what is made of them are temporary tables.

Its dialect differs from DuckDB's where this compiler says so: the same expressions give the same
rows in both.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.postgres import PostgresCompiler

from custseg.engine.base import Engine, forget_cached
from custseg.engine.copying import copy_rows
from custseg.engine.parquet import require_table
from custseg.engine.patterns import posix
from custseg.engine.rounding import decimal_of_float
from custseg.errors import CustsegError, DataError, MissingLibraryError
from custseg.settings.locations import without_secrets

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

try:
    import psycopg
    from ibis.backends.postgres import Backend as _PostgresBackend
except ImportError:
    raise MissingLibraryError(
        "Computing in PostgreSQL needs the library psycopg, which is not installed.",
        "Run: pip install 'custseg[postgres]'",
    ) from None

_ROWS_COPIED: Final = 50_000
_SECONDS_TO_CONNECT: Final = 10
_SESSION: Final = {
    "TimeZone": "UTC",
    # Planning is cheap beside sorting millions of lines; compiling is not.
    "jit": "off",
    "client_connection_check_interval": "10s",
}
_BYTES: Final = sge.Identifier(this="C", quoted=True)
"""The collation that sorts as bytes do."""
_LETTERS: Final = sge.Identifier(this="und-x-icu", quoted=True)
"""The collation that knows every alphabet's capitals."""


class _Compiler(PostgresCompiler):  # type: ignore[misc]
    """Where PostgreSQL would give other rows than DuckDB."""

    SIMPLE_OPS: Final = {
        name: function
        for name, function in PostgresCompiler.SIMPLE_OPS.items()
        if name is not ops.RegexSearch
    }

    def visit_Hash(self, op: ops.Hash, *, arg: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return self.f.coalesce(self.f.hashtextextended(self.cast(arg, dt.string), 0), 0)

    def visit_RegexSearch(self, op: ops.RegexSearch, *, arg: Any, pattern: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return sge.RegexpLike(this=arg, expression=sge.convert(posix(op.pattern.value)))

    def visit_SortKey(  # noqa: N802
        self,
        op: ops.SortKey,
        *,
        arg: Any,  # noqa: ANN401
        ascending: bool,
        nulls_first: bool,
    ) -> Any:  # noqa: ANN401
        arg = _collated(arg, _BYTES) if op.arg.dtype.is_string() else arg
        return super().visit_SortKey(op, arg=arg, ascending=ascending, nulls_first=nulls_first)

    def visit_Min(self, op: ops.Min, *, arg: Any, where: Any) -> Any:  # noqa: ANN401, N802
        arg = _collated(arg, _BYTES) if op.arg.dtype.is_string() else arg
        return super().visit_Min(op, arg=arg, where=where)

    def visit_Max(self, op: ops.Max, *, arg: Any, where: Any) -> Any:  # noqa: ANN401, N802
        arg = _collated(arg, _BYTES) if op.arg.dtype.is_string() else arg
        return super().visit_Max(op, arg=arg, where=where)

    def visit_Divide(self, op: ops.Divide, *, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002, N802
        # Of whole numbers PostgreSQL would keep the whole part.
        return sge.paren(self.cast(left, dt.float64)) / sge.paren(right)

    def visit_ExtractEpochSeconds(self, op: ops.ExtractEpochSeconds, *, arg: Any) -> Any:  # noqa: ANN401, N802
        return self.cast(self.f.floor(super().visit_ExtractEpochSeconds(op, arg=arg)), dt.int64)

    def visit_Uppercase(self, op: ops.Uppercase, *, arg: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return self.f.upper(_collated(arg, _LETTERS))

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: dt.DataType) -> Any:  # noqa: ANN401, N802
        if op.arg.dtype.is_floating() and to.is_decimal():
            return decimal_of_float(self, arg, to)
        return super().visit_Cast(op, arg=arg, to=to)


def _collated(arg: Any, collation: sge.Identifier) -> sge.Collate:  # noqa: ANN401
    return sge.Collate(this=sge.paren(arg), expression=collation.copy())


class PostgresBackend(_PostgresBackend):  # type: ignore[misc]
    """ibis's backend, with the compiler above."""

    compiler = _Compiler()

    def create_table(self, name: str, /, obj: pa.Table | ir.Table, **options: Any) -> ir.Table:  # noqa: ANN401
        """Make a temporary table; rows from here are copied, which takes a tenth of inserting."""
        if not isinstance(obj, pa.Table):
            return super().create_table(name, obj, **options | {"temp": True})
        schema = ibis.Schema.from_pyarrow(obj.schema)
        made = super().create_table(name, schema=schema, temp=True, overwrite=True)
        blocks = obj.to_batches(_ROWS_COPIED)
        copy_rows(self.con, psycopg.sql.Identifier(name), obj.column_names, blocks)
        self.raw_sql(f'ANALYZE "{name}"').close()
        return made

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        made = super()._create_cached_table(name, expr)
        # Nobody else tells the planner how large a temporary table is.
        self.raw_sql(f'ANALYZE "{name}"').close()
        return made

    def _drop_cached_table(self, name: str) -> None:
        # It goes with the session at the latest; on a broken connection nothing can be dropped.
        with suppress(psycopg.Error):
            super()._drop_cached_table(name)


class PostgreSQL(Engine):
    """One session on a server; all that it makes are temporary tables, gone when it ends."""

    errors = (psycopg.Error,)

    def __init__(self, url: str, token: str) -> None:
        self._url, self._stored = url, dict[str, Any]()
        with self.explaining():
            connection = psycopg.connect(
                url,
                autocommit=True,
                application_name=f"custseg {token}",
                connect_timeout=_SECONDS_TO_CONNECT,
            )
            _end_killed(connection)
            for name, value in _SESSION.items():
                connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            self.connection = PostgresBackend.from_connection(connection)

    def scan(self, path: Path, name: str) -> ir.Table:
        """Copy a Parquet artifact into the database: it is small, or the run would not be here."""
        with self.explaining():
            rows = pq.read_table(require_table(path), partitioning=None)
            return self.connection.create_table(name, rows)

    def query(self, sql: str) -> ir.Table:
        """Return what a query gives as a table."""
        with self.explaining():
            return self.connection.sql(sql)

    def store(self, table: ir.Table, name: str) -> ir.Table:
        """Compute a table once, into a temporary one."""
        with self.explaining():
            self._stored[name] = table.cache()
        return self._stored[name]

    def close(self) -> None:
        """End the session: its temporary tables are gone."""
        forget_cached(self.connection)
        self.connection.con.close()

    def failure(self, error: Exception) -> CustsegError:
        """Explain an error of the server's; its text may quote rows, so only its code is shown."""
        code = getattr(error, "sqlstate", None)
        where = f"PostgreSQL ({without_secrets(self._url)})"
        if isinstance(error, psycopg.OperationalError) and (not code or code[:2] in {"08", "57"}):
            return DataError(
                f"{where}: the connection broke off, or none came about.",
                "Run again once the server is back; psql with the same address shows more.",
            )
        if code in {"42501", "25006"}:
            return DataError(
                f"{where}: this user may make no temporary tables there, or not read the orders.",
                "GRANT TEMPORARY ON DATABASE …, GRANT SELECT ON …; a read-only copy has none: "
                'use [engine] backend = "duckdb".',
            )
        return DataError(
            f"{where} fails at it ({type(error).__name__}, SQLSTATE {code or 'none'}).",
            'Its message may quote customer data, so it is not shown. [engine] backend = "duckdb" '
            "reads the orders instead.",
        )


def _end_killed(connection: psycopg.Connection) -> None:
    """End sessions of runs in the same workspace, which is held by now: they have been killed.

    A server notices only when its query has ended, and keeps their tables until then.
    """
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = current_setting('application_name') "
        "AND usename = current_user AND pid <> pg_backend_pid()"
    )
