"""Publish a snapshot's customers to a table of a PostgreSQL server."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from custseg.engine.copying import copy_rows
from custseg.errors import DataError, UsageError
from custseg.sources.databases.address import is_server, server

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd
    import psycopg
    from psycopg import sql

_COLUMNS: Final = {
    "as_of": ("date", "Midnight at which the orders end, exclusive"),
    "customer_id": ("text", "The customer, as the workspace names them"),
    "segment": ("integer", "Number of the customer's segment; it stays from month to month"),
    "segment_name": ("text", "Its name"),
    "margin": (
        "double precision",
        "1 - distance to the segment's centroid / distance to the next: 0 is on the border",
    ),
    "ambiguous": ("boolean", "Whether the margin is small"),
    "fits_name": ("boolean", "Whether the customer's figures meet the name's claim"),
}
"""The table's columns: type and meaning."""
_KEY: Final = ("as_of", "customer_id")
_ROWS: Final = 100_000
"""Sent at once."""
_LOCK: Final = 0x6375_7374_7365_67
"""Number of the advisory lock: while one publishes, another waits."""


@dataclass(frozen=True)
class Target:
    """A table of a server."""

    to: str
    """The server's address."""
    table: str
    """Its name, or schema.name."""

    def __post_init__(self) -> None:
        """Check both before anything is read."""
        if not is_server(self.to):
            raise UsageError(
                "--to is not the address of a PostgreSQL server.",
                "Such as --to postgresql://writer@db.example.org/shop",
            )
        if not all(part.strip() for part in self.table.split(".")) or self.table.count(".") > 1:
            raise UsageError(
                "--table is not the name of a table.", "Such as customer_segments or marketing.rfm"
            )


@dataclass(frozen=True)
class PublishedRows:
    """What a table got."""

    where: str
    """The server's address, without secrets."""
    table: str
    as_of: str
    customers: int
    replaced: int
    """Rows of the same as-of date that were there."""
    left_out: int
    """Rows, of any date, of customers who were forgotten or object: deleted, or not written."""


def publish_rows(
    segments: pd.DataFrame, as_of: str, target: Target, left_out: Collection[str] = ()
) -> PublishedRows:
    """Write a row per customer and as-of date, in one transaction; others see all of it or none.

    Rows that the table has of that date are replaced, those of other dates stay. The table is made
    where there is none.

    Parameters
    ----------
    segments
        The artifact `segments` of a snapshot.
    as_of
        Its ISO date.
    left_out
        Marks of customers of whom the table shall have no row, of any date.

    Raises
    ------
    DataError
        The server cannot be reached or refuses, or the table has other columns.
    """
    from custseg.sources.databases.postgres import PostgresSession, connect

    to = server(target.to)
    where = f'{to.database}, table "{target.table}"'
    with closing(connect(to)) as connection:
        try:
            with connection.transaction():
                return _replace(connection, segments, as_of, target, set(left_out), where, to.url)
        except PostgresSession.errors as error:
            raise _failure(error, where) from None


def _replace(
    connection: psycopg.Connection,
    segments: pd.DataFrame,
    as_of: str,
    target: Target,
    left_out: set[str],
    where: str,
    url: str,
) -> PublishedRows:
    from psycopg import sql

    table = sql.Identifier(*target.table.split("."))
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    _make(connection, table)
    _require_columns(connection, table, where)
    of_date = sql.SQL("DELETE FROM {} WHERE as_of = %s").format(table)
    replaced = connection.execute(of_date, [as_of]).rowcount
    gone = 0
    if left_out:
        gone = _delete_left_out(connection, table, left_out)
        rows = len(segments)
        segments = segments[~_is_left_out(segments["customer_id"], left_out)]
        gone += rows - len(segments)
    _copy(connection, table, segments.assign(as_of=as_of)[list(_COLUMNS)])
    return PublishedRows(url, target.table, as_of, len(segments), replaced, gone)


def _make(connection: psycopg.Connection, table: sql.Identifier) -> None:
    """Make the table where there is none, with what its columns mean."""
    from psycopg import sql

    # Who may only write to a table that is there need not be allowed to make one.
    if connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone() != (
        None,
    ):
        return
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, (kind, _) in _COLUMNS.items()
    ]
    key = sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, _KEY)))
    made = sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join([*columns, key]))
    connection.execute(made)
    for name, (_, meaning) in _COLUMNS.items():
        told = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
        connection.execute(told.format(table, sql.Identifier(name), sql.Literal(meaning)))


def _require_columns(connection: psycopg.Connection, table: sql.Identifier, where: str) -> None:
    from psycopg import sql

    described = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table)).description
    lacking = [name for name in _COLUMNS if name not in {found.name for found in described or ()}]
    if lacking:
        raise DataError(
            f"{where}: is there, and lacks the columns {', '.join(lacking)}.",
            "Name another --table; custseg makes it.",
        )


def _delete_left_out(
    connection: psycopg.Connection, table: sql.Identifier, left_out: set[str]
) -> int:
    import pandas as pd
    from psycopg import sql

    known = connection.execute(sql.SQL("SELECT DISTINCT customer_id FROM {}").format(table))
    ids = pd.Series([row[0] for row in known.fetchall()], dtype="str")
    gone = ids[_is_left_out(ids, left_out)].tolist()
    if not gone:
        return 0
    delete = sql.SQL("DELETE FROM {} WHERE customer_id = ANY(%s)").format(table)
    return connection.execute(delete, [gone]).rowcount


def _is_left_out(customers: pd.Series[str], left_out: set[str]) -> pd.Series[bool]:
    from custseg.sources.values.marks import marks_of

    return marks_of(customers).isin(left_out)


def _copy(connection: psycopg.Connection, table: sql.Identifier, rows: pd.DataFrame) -> None:
    """Send rows in blocks."""
    blocks = (
        pa.Table.from_pandas(rows.iloc[start : start + _ROWS], preserve_index=False)
        for start in range(0, len(rows), _ROWS)
    )
    copy_rows(connection, table, _COLUMNS, blocks)


def _failure(error: Exception, where: str) -> DataError:
    """Explain what the server refuses: its own message may quote rows, so it is not shown."""
    from psycopg import errors

    if isinstance(error, errors.InsufficientPrivilege):
        return DataError(
            f"{where}: permission denied.",
            "GRANT SELECT, INSERT, DELETE on it to this user, or CREATE on its schema.",
        )
    if isinstance(error, errors.InvalidSchemaName | errors.UndefinedTable):
        return DataError(f"{where}: there is no such schema.", "CREATE SCHEMA it, or name another.")
    if isinstance(error, errors.WrongObjectType | errors.ObjectNotInPrerequisiteState):
        return DataError(f"{where}: is no table that takes rows.", "Name another --table.")
    code = (error.sqlstate if isinstance(error, errors.Error) else None) or ""
    if not code or code[:2] in {"08", "57"}:
        return DataError(
            f"{where}: the connection to the server broke off; the table is as it was.",
            "Run again once it is back.",
        )
    return DataError(
        f"{where}: the server refuses the rows ({type(error).__name__}, SQLSTATE {code}); the "
        "table is as it was.",
        "Check the table's types and constraints against docs/databases.md.",
    )
