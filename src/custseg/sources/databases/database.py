"""From a database (PostgreSQL, SQLite, DuckDB) to tables of order lines."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError, SettingsError, did_you_mean
from custseg.sources.databases.address import file_kind, is_database, is_server, recorded, server
from custseg.sources.header import name_columns
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings
    from custseg.sources.databases.sessions import Relation, Session, SqlColumn

__all__ = ["database_name", "is_database", "open_database", "sole"]

_MOST_DIGITS: Final = 38
_MOST_SHOWN: Final = 20


def database_name(location: str) -> str:
    """Return what messages call a database: its name on the server, or its file's."""
    return server(location).database if is_server(location) else Path(recorded_path(location)).name


def recorded_path(location: str) -> str:
    """Return the path of a database file, written as an address or as a path."""
    return recorded(location) if "://" in location else location


def open_database(location: str, settings: SourceSettings, name: str) -> list[DatabaseTable]:
    """Connect, and find the tables to read.

    Parameters
    ----------
    location
        An address with or without credentials, or a database file's path.
    settings
        `table` or `query` say what to read.
    name
        What messages and `source_file` call the database.

    Returns
    -------
    list of DatabaseTable
        The table or query that is set; otherwise every table and view that may be read, sorted.
        They share one connection and see one moment of the database; it is closed when the last of
        them is gone.

    Raises
    ------
    MissingLibraryError
        The driver is not installed.
    DataError
        It cannot be reached or opened, or has no such table.
    SettingsError
        The query does more than read, or both a table and a query are set.
    """
    if settings.table and settings.query:
        raise SettingsError("[source] table and query are both set.", "Take out one of them.")
    session = _connect(location, name)
    if settings.query:
        from custseg.sources.databases.sessions import single_query

        query = single_query(settings.query, session.dialect)
        session.check(query)
        return [DatabaseTable(f"{name}, query", query, session)]
    with _explaining(session, name):
        relations = session.relations()
    if settings.table:
        relations = [_named(settings.table, relations, name)]
    elif not relations:
        raise DataError(f"{name}: has no table that may be read.", "Check the database's name.")
    return [
        DatabaseTable(f'{name}, table "{relation.shown}"', relation.query, session)
        for relation in relations
    ]


def sole(tables: Sequence[DatabaseTable], fits: Callable[[DatabaseTable], bool]) -> DatabaseTable:
    """Return the one table that fits.

    Raises
    ------
    DataError
        None or several do; the message names them.
    """
    if len(tables) == 1:
        return tables[0]
    fitting = [table for table in tables if fits(table)]
    if len(fitting) == 1:
        return fitting[0]
    shown = "; ".join(table.name for table in (fitting or tables)[:_MOST_SHOWN])
    more = len(fitting or tables) - _MOST_SHOWN
    shown += f" and {more} more" if more > 0 else ""
    raise DataError(
        f"{'Several tables have' if fitting else 'No table has'} the columns of orders: {shown}.",
        "Name the one to read with --table, or write a --query.",
        in_python='Name the one to read: source={"table": …}, or write a {"query": …}.',
    )


@dataclass
class DatabaseTable:
    """A table, a view or a query's result."""

    name: str
    query: str
    session: Session

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Its columns, without those that hold bytes."""
        return name_columns(self._columns[at].name for at in self._places)

    @property
    def columns(self) -> list[str]:
        """The names that the database has for the columns of the header."""
        return [self._columns[at].name for at in self._places]

    @cached_property
    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """Some of its rows, as text."""
        from custseg.sources.databases.sessions import select_sql

        sql = select_sql(self.query, len(self._columns), self._places, set(self._places))
        with _explaining(self.session, self.name):
            return tuple(self.session.rows(f"{sql} LIMIT {SAMPLE_ROWS}"))

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some columns, with rows numbered in the order of all their values.

        A database has its rows in no order: only so do the same rows get the same numbers.

        Raises
        ------
        DataError
            The query fails, or the connection breaks off.
        """
        from custseg.engine.duckdb import literal
        from custseg.sources.databases.sessions import aliases

        wanted = [self._places[self.header.index(column)] for column in columns]
        names = aliases(len(columns))
        ordered = _unused(scratch)
        with tempfile.TemporaryDirectory(dir=scratch, prefix="database-") as folder:
            fetched = Path(folder) / "fetched.parquet"
            exact = self._fetch(wanted, fetched)
            table = connection.read_parquet(literal(fetched), hive_partitioning=False)
            connection.to_parquet(_as_decimals(table, exact).order_by(names), ordered)
        rows = connection.read_parquet(
            literal(ordered), file_row_number=True, hive_partitioning=False
        )
        named = {column: rows[name] for column, name in zip(columns, names, strict=True)}
        return Loaded(rows.select(**named, **{ROW: rows.file_row_number + 1}))

    def _fetch(self, wanted: Sequence[int], target: Path) -> list[str]:
        """Write some columns to a file, and return those whose numbers are still digits."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from custseg.sources.databases.sessions import ARROW, WRITTEN, aliases, select_sql

        with _explaining(self.session, self.name):
            kinds = self.session.kinds(self.query, self._columns, wanted)
            written = {at for at, kind in zip(wanted, kinds, strict=True) if kind in WRITTEN}
            sql = select_sql(self.query, len(self._columns), wanted, written)
            named = list(zip(aliases(len(wanted)), kinds, strict=True))
            schema = pa.schema([(name, ARROW[kind]) for name, kind in named])
            with pq.ParquetWriter(target, schema, compression="zstd") as writer:
                for batch in self.session.batches(sql, kinds):
                    writer.write_batch(batch)
        return [name for name, kind in named if kind == "exact"]

    @cached_property
    def _columns(self) -> list[SqlColumn]:
        with _explaining(self.session, self.name):
            return self.session.columns(self.query)

    @cached_property
    def _places(self) -> list[int]:
        return [at for at, column in enumerate(self._columns) if column.kind]


@contextmanager
def _explaining(session: Session, where: str) -> Iterator[None]:
    """Say what a driver's error means; its own text may quote rows or credentials."""
    try:
        yield
    except session.errors as error:
        raise session.failure(error, where) from None


def _connect(location: str, name: str) -> Session:
    if is_server(location):
        from custseg.sources.databases.postgres import PostgresSession

        return PostgresSession(server(location))
    from custseg.sources.databases.duckdb_file import DuckdbSession
    from custseg.sources.databases.sqlite_file import SqliteSession

    path = Path(recorded_path(location))
    if not path.is_file():
        raise DataError(f"{path}: no such file.", "Such as sqlite:///folder/orders.db")
    kind = file_kind(path)
    if kind is None:
        raise DataError(f"{path}: is neither a SQLite nor a DuckDB file.", "Give its path alone.")
    return SqliteSession(path, name) if kind == "sqlite" else DuckdbSession(path, name)


def _named(given: str, relations: Sequence[Relation], name: str) -> Relation:
    """The relation that a user means: as written, else whatever its capitals."""
    plain = given.replace('"', "")
    readings: tuple[Callable[[str], str], ...] = (str, str.casefold)
    for same in readings:
        for found in (
            [r for r in relations if same(r.dotted) == same(plain)],
            [r for r in relations if same(r.name) == same(plain) and r.near],
            [r for r in relations if same(r.name) == same(plain)],
        ):
            if len(found) == 1:
                return found[0]
            if found:
                shown = ", ".join(relation.dotted for relation in found)
                raise DataError(f'{name}: several tables are "{given}": {shown}.', "Name one.")
    known = [relation.shown for relation in relations]
    shown = ", ".join(known[:_MOST_SHOWN]) or "none that may be read"
    shown += f" and {len(known) - _MOST_SHOWN} more" if len(known) > _MOST_SHOWN else ""
    raise DataError(
        f'{name}: no table "{given}" that may be read{did_you_mean(given, known)}',
        f"There are: {shown}.",
    )


def _as_decimals(table: ir.Table, exact: Sequence[str]) -> ir.Table:
    """Numbers of any size as decimals with as many places as one of them has.

    What no decimal holds (NaN, infinity, 40 digits) leaves its column as text.
    """
    from custseg.engine.base import fetch

    if not exact:
        return table
    asked: dict[str, ir.Value] = {}
    for name in exact:
        digits = table[name].re_extract(r"^-?0*(\d*)", 1).length()
        places = table[name].re_extract(r"\.(\d*[1-9])0*$", 1).length()
        asked |= {
            f"{name}_odd": (~table[name].re_search(r"^-?\d+(\.\d*)?$")).sum(),
            f"{name}_digits": digits.max(),
            f"{name}_places": places.max(),
        }
    found = {key: value or 0 for key, value in fetch(table.aggregate(**asked))[0].items()}
    fitting = {
        name: table[name].cast(f"decimal({_MOST_DIGITS}, {found[f'{name}_places']})")
        for name in exact
        if not found[f"{name}_odd"]
        and found[f"{name}_digits"] + found[f"{name}_places"] <= _MOST_DIGITS
    }
    return table.mutate(**fitting) if fitting else table


def _unused(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix="database-", suffix=".parquet")
    os.close(handle)
    return Path(name)
