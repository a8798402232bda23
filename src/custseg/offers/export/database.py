"""Publish tables of customers to a PostgreSQL server."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.artifacts.table import MONEY
from custseg.engine.copying import copy_rows
from custseg.errors import DataError, UsageError, did_you_mean
from custseg.offers.export.tables import GIVEN, Given, GivenName, give_table
from custseg.sources.databases.address import is_server, server
from custseg.sources.values.marks import are_marked

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg
    import pyarrow as pa
    from psycopg import sql

    from custseg.artifacts.table import Artifact
    from custseg.offers.export.lists import Freshness
    from custseg.settings import Settings
    from custseg.workspace.workspace import Workspace

_TYPES: Final = {
    "string": "text",
    "int64": "bigint",
    "double": "double precision",
    "bool": "boolean",
    "timestamp": "timestamp",
    "date": "date",
    MONEY: "numeric(18,4)",
}
"""The server's type for each of ours."""
_OURS: Final = "custseg publish --what "
"""How the comment on a table that custseg made begins."""
_NAMES: Final[dict[GivenName, str]] = {
    "segments": "customer_segments",
    # A shop is likely to have a table of customers.
    "customers": "custseg_customers",
    "customers_by_month": "custseg_customers_by_month",
}
"""What a table is called unless somebody says otherwise."""
_ROWS: Final = 100_000
"""Sent at once."""
_LOCK: Final = 0x6375_7374_7365_67
"""Number of the advisory lock: while one publishes, another waits."""


@dataclass(frozen=True)
class Target:
    """A table of a server."""

    to: str
    """The server's address."""
    what: GivenName = "segments"
    """What it holds."""
    name: str | None = None
    """Its name, or schema.name; None: the usual one."""

    def __post_init__(self) -> None:
        """Check all before anything is read."""
        if not is_server(self.to):
            raise UsageError(
                "That is not the address of a PostgreSQL server.",
                "Such as postgresql://writer@db.example.org/shop",
            )
        if self.what not in GIVEN:
            raise UsageError(
                f"{self.what}: is no table to publish{did_you_mean(self.what, GIVEN)}.",
                f"Known: {', '.join(GIVEN)}.",
            )
        if not all(part.strip() for part in self.table.split(".")) or self.table.count(".") > 1:
            raise UsageError(
                "That is not the name of a table.", "Such as customer_segments or marketing.rfm"
            )

    @property
    def table(self) -> str:
        """The table's name, or schema.name."""
        return _NAMES[self.what] if self.name is None else self.name


@dataclass(frozen=True)
class PublishedRows:
    """What a table got."""

    where: str
    """The server's address, without secrets."""
    table: str
    what: GivenName
    as_of: str
    """The last of the table's months."""
    rows: int
    customers: int
    replaced: int
    """Rows that were there: of the same as-of date, or all where the table is written whole."""
    left_out: int
    """Rows, of any date, of customers who were forgotten or object: deleted, or not written."""


def publish_customers(
    workspace: Workspace,
    settings: Settings,
    target: Target,
    freshness: Freshness,
    as_of: str | None = None,
) -> PublishedRows:
    """Write one of the tables that other tools are given, without customers who object.

    Parameters
    ----------
    freshness
        Tells whether the orders or settings have changed since the table `customers` was made.
    as_of
        Snapshot that `segments` are of; by default the latest.

    Raises
    ------
    UsageError
        Nothing of that date is published, or a date is given of what has no months or all.
    WorkspaceError
        The table is not there yet, or stale; or a snapshot is not as it was published.
    DataError
        The server cannot be reached or refuses, or its table is another one.
    """
    if as_of and target.what != "segments":
        raise UsageError(
            f"--as-of: {target.what} is written as the workspace has it now.",
            "Leave it out, or publish --what segments.",
        )
    return publish_rows(
        give_table(workspace, settings, target.what, freshness, "publish", as_of), target
    )


def publish_rows(rows: Given, target: Target) -> PublishedRows:
    """Write a table in one transaction; others see all of it or none.

    Of `segments`, rows of the same as-of date are replaced and those of other dates stay. The other
    tables are written whole. The table is made where there is none.

    Raises
    ------
    DataError
        The server cannot be reached or refuses, or the table has other columns or holds another of
        our tables.
    """
    from custseg.sources.databases.postgres import PostgresSession, connect

    to = server(target.to)
    where = f'{to.database}, table "{target.table}"'
    with closing(connect(to)) as connection:
        try:
            with connection.transaction():
                return _replace(connection, rows, target, where, to.url)
        except PostgresSession.errors as error:
            raise _failure(error, where) from None


def _replace(
    connection: psycopg.Connection, given: Given, target: Target, where: str, url: str
) -> PublishedRows:
    from psycopg import sql

    table = sql.Identifier(*target.table.split("."))
    artifact = GIVEN[given.name]
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    _make(connection, table, artifact)
    _require_ours(connection, table, artifact, where)
    gone = given.left_out
    if given.name == "segments":
        of_date = sql.SQL("DELETE FROM {} WHERE as_of = %s").format(table)
        replaced = connection.execute(of_date, [given.as_of]).rowcount
        gone += _delete_left_out(connection, table, given.marks)
    else:
        replaced = connection.execute(sql.SQL("DELETE FROM {}").format(table)).rowcount
    _copy(connection, table, given.rows)
    customers = len(given.rows["customer_id"].unique())
    return PublishedRows(
        url,
        target.table,
        given.name,
        given.as_of,
        len(given.rows),
        customers,
        replaced,
        gone,
    )


def _make(connection: psycopg.Connection, table: sql.Identifier, artifact: Artifact) -> None:
    """Make the table where there is none, with what it and its columns mean."""
    from psycopg import sql

    # Who may only write to a table that is there need not be allowed to make one.
    if connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone() != (
        None,
    ):
        return
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_TYPES[column.type]))
        for column in artifact.columns
    ]
    key = sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, artifact.key)))
    made = sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join([*columns, key]))
    connection.execute(made)
    holds = sql.Literal(f"{_OURS}{artifact.name}: {artifact.description}")
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, holds))
    for column in artifact.columns:
        told = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
        connection.execute(
            told.format(table, sql.Identifier(column.name), sql.Literal(column.description))
        )


def _require_ours(
    connection: psycopg.Connection, table: sql.Identifier, artifact: Artifact, where: str
) -> None:
    """Refuse a table whose rows may be somebody's own."""
    from psycopg import sql

    hint = "Name another table; custseg makes it."
    comment = "SELECT obj_description(to_regclass(%s), 'pg_class')"
    (said,) = connection.execute(comment, [table.as_string(connection)]).fetchone() or (None,)
    holds = (said or "").removeprefix(_OURS).partition(":")[0]
    if (said or "").startswith(_OURS) and holds != artifact.name:
        raise DataError(f"{where}: is there, and holds what custseg publishes of {holds}.", hint)
    described = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table)).description
    there = [column.name for column in described or ()]
    ours = artifact.column_names()
    lacking = [name for name in ours if name not in there]
    if lacking:
        raise DataError(f"{where}: is there, and lacks the columns {', '.join(lacking)}.", hint)
    others = [name for name in there if name not in ours]
    # All its rows would go, and with them what others wrote into these.
    if others and artifact.name != "segments":
        raise DataError(f"{where}: is there, and has other columns: {', '.join(others)}.", hint)


def _delete_left_out(
    connection: psycopg.Connection, table: sql.Identifier, marks: Collection[str]
) -> int:
    import pandas as pd
    from psycopg import sql

    if not marks:
        return 0
    known = connection.execute(sql.SQL("SELECT DISTINCT customer_id FROM {}").format(table))
    ids = pd.Series([row[0] for row in known.fetchall()], dtype="str")
    gone = ids[are_marked(ids, marks)].tolist()
    if not gone:
        return 0
    delete = sql.SQL("DELETE FROM {} WHERE customer_id = ANY(%s)").format(table)
    return connection.execute(delete, [gone]).rowcount


def _copy(connection: psycopg.Connection, table: sql.Identifier, rows: pa.Table) -> None:
    """Send rows in blocks."""
    blocks = (rows.slice(start, _ROWS) for start in range(0, len(rows), _ROWS))
    copy_rows(connection, table, rows.column_names, blocks)


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
        return DataError(f"{where}: is no table that takes rows.", "Name another table.")
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
