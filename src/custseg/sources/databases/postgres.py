"""Read from a PostgreSQL server."""

from __future__ import annotations

import os
import re
import weakref
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from custseg.errors import CustsegError, DataError, MissingLibraryError
from custseg.sources.databases.sessions import (
    ARROW,
    BATCH,
    Kind,
    Relation,
    SqlColumn,
    aliases,
    declared,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custseg.sources.databases.address import Server

try:
    import psycopg
except ImportError:
    raise MissingLibraryError(
        "PostgreSQL needs the library psycopg, which is not installed.",
        "Run: pip install 'custseg[postgres]'",
    ) from None

_SECONDS_TO_CONNECT: Final = 10
_BYTES: Final = 17
_KINDS: Final[dict[int, Kind]] = {
    16: "boolean",
    20: "whole",
    21: "whole",
    23: "whole",
    700: "float",
    701: "float",
    1082: "date",
    1114: "moment",
    1184: "instant",
    1700: "exact",
}
"""Object ids of PostgreSQL's own types, fixed in its source (pg_type.dat); all others are text."""
_RELATIONS: Final = """
SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
"""
_AROUND: Final = "SELECT * FROM (\n{}\n) AS relation LIMIT 0"

_REFUSALS: Final = (
    (
        r"password authentication failed|no password supplied|authentication failed|passw",
        "the password is missing or wrong",
        "Set PGPASSWORD, or write the password to ~/.pgpass; a recorded source holds none.",
    ),
    (
        r'role "[^"]*" does not exist',
        "there is no such user",
        "Name the user: postgresql://user@host/database, or set PGUSER.",
    ),
    (
        r'database "[^"]*" does not exist',
        "there is no such database",
        "Name the database: postgresql://user@host/database, or set PGDATABASE.",
    ),
    (
        r"pg_hba\.conf|not permitted|permission denied",
        "it does not let this user in from here",
        "Ask who runs the server (its pg_hba.conf decides).",
    ),
    (
        r"translate host name|Name or service|nodename",
        "there is no host of that name",
        "Check the address.",
    ),
    (
        r"timeout|timed out",
        "it does not answer in time",
        "Check the address, the port and the firewall; ?connect_timeout=30 waits longer.",
    ),
    (
        r"refused|No such file|unreachable|No route",
        "nothing answers there",
        "Check the address and the port, and that the server runs.",
    ),
    (
        r"starting up|shutting down|recovery mode|too many|remaining connection",
        "it takes no connection at the moment",
        "Try again later.",
    ),
    (
        r"SSL|certificate|TLS",
        "no secure connection comes about",
        "Check sslmode, sslrootcert, sslcert and sslkey in the address.",
    ),
)
"""What libpq says when it cannot connect (there is no code to go by), and what we say."""


def connect(server: Server) -> psycopg.Connection:
    """Connect as libpq does, but wait only some seconds unless told otherwise.

    Raises
    ------
    DataError
        The server cannot be reached, or lets nobody in with what is given.
    """
    given = {**server.parameters, **server.secrets}
    given.setdefault("application_name", "custseg")
    if "PGCONNECT_TIMEOUT" not in os.environ:
        given.setdefault("connect_timeout", str(_SECONDS_TO_CONNECT))
    try:
        return psycopg.connect(**given, prepare_threshold=None)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise _unconnected(error, server) from None


class PostgresSession:
    """One read-only transaction on a server: everything is read as of one moment."""

    dialect: str = "postgres"
    errors: type[Exception] = psycopg.Error

    def __init__(self, server: Server) -> None:
        connection = connect(server)
        weakref.finalize(self, connection.close)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection = connection
        try:
            # The first statement opens the transaction that all later ones are in.
            connection.execute("SET TIMEZONE = 'UTC'")
            # A scan that starts where another one happens to be would show other first rows.
            connection.execute("SET synchronize_seqscans = off")
        except psycopg.Error as error:
            raise self.failure(error, server.database) from None

    def check(self, query: str) -> None:
        """Let a query pass: what it may read is the server's to say."""

    def relations(self) -> list[Relation]:
        """Every table and view that may be read, without the parts of partitioned ones."""
        return [Relation(*row) for row in self.rows(_RELATIONS)]

    def columns(self, query: str) -> list[SqlColumn]:
        """The columns of a query's result; nothing is computed."""
        with self._connection.cursor() as cursor, self._connection.transaction():
            # As bytes, a protocol that takes a single statement, whatever the text was read as.
            cursor.execute(_AROUND.format(query).encode(), binary=True)
            return [
                SqlColumn(
                    found.name,
                    None if found.type_code == _BYTES else _KINDS.get(found.type_code, "text"),
                )
                for found in cursor.description or ()
            ]

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:  # noqa: ARG002
        """What some of its columns hold, by their types."""
        return declared(columns, wanted)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""
        with self._connection.cursor() as cursor, self._connection.transaction():
            cursor.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result through a cursor on the server.

        Not through ibis, which would send a query rewritten, not as it was written, and whose
        cursor, when it is closed within a failed transaction, hides why that failed.
        """
        names = aliases(len(kinds))
        row = pa.struct([(name, ARROW[kind]) for name, kind in zip(names, kinds, strict=True)])
        with self._connection.cursor(name="custseg") as cursor:
            cursor.execute(sql.encode())
            while rows := cursor.fetchmany(BATCH):
                yield pa.RecordBatch.from_struct_array(pa.array(rows, type=row))

    @staticmethod
    def failure(error: psycopg.Error, where: str) -> DataError:
        """Explain an error of the server; of its texts only those about names are shown."""
        return _explained(error, where)


def _unconnected(error: psycopg.Error, server: Server) -> CustsegError:
    said = str(error)
    for pattern, what, hint in _REFUSALS:
        if re.search(pattern, said, re.IGNORECASE):
            return DataError(f"{server.url}: {what}.", hint)
    return DataError(
        f"{server.url}: cannot connect.", "Try the same address with psql; it shows the reason."
    )


def _explained(error: psycopg.Error, where: str) -> DataError:
    code, said = error.sqlstate or "", error.diag.message_primary or ""
    if code in {"42501", "28000"}:
        return DataError(f"{where}: permission denied.", "GRANT SELECT to this user.")
    if code == "25006":
        return DataError(
            f"{where}: the query would change the database; custseg only reads.", "Take that out."
        )
    if code == "57014":
        return DataError(
            f"{where}: the server stopped the query; it took too long, or someone ended it.",
            "Raise the server's statement_timeout for this user, or ask for less.",
        )
    if code.startswith("42"):
        at = error.diag.statement_position
        start = len(_AROUND.partition("{}")[0])
        place = f" at character {int(at) - start}" if at and int(at) > start else ""
        return DataError(f"{where}: the query fails{place}: {said}.", "Correct [source] query.")
    if isinstance(error, psycopg.OperationalError) and (not code or code[:2] in {"08", "57"}):
        return DataError(
            f"{where}: the connection to the server broke off.", "Run again once it is back."
        )
    if isinstance(error, psycopg.DataError) and not code:
        return DataError(
            f"{where}: holds a date or time that no calendar shows, such as infinity or the year "
            "10000.",
            "Leave such rows out with [source] query.",
        )
    return DataError(
        f"{where}: the server fails at it ({type(error).__name__}, SQLSTATE {code or 'none'}).",
        "Try the query in psql; its message may quote customer data, so it is not shown here.",
    )
