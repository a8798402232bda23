"""Read from SQLite files, also from those of somebody else."""

from __future__ import annotations

import re
import sqlite3
import weakref
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from custseg.errors import DataError
from custseg.sources.databases.sessions import (
    ARROW,
    BATCH,
    Kind,
    Relation,
    SqlColumn,
    aliases,
    relation_sql,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_READS: Final = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_REACHING_OUT: Final = {
    *("load_extension", "readfile", "writefile", "lsdir", "edit", "eval", "fts3_tokenizer"),
}
"""Functions that some builds of SQLite have, and that do more than compute."""
_STEPS: Final = 50_000
"""Of SQLite's machine between two moments at which signals are heard: some milliseconds."""


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
            # What the file's own views may call is less than what a query may.
            self.rows("PRAGMA trusted_schema = off")
            # All is read as of one moment.
            self.rows("BEGIN")
            connection.set_authorizer(_authorise)
            # Each call is a step of Python, at which signals are heard: one raises there, which
            # makes SQLite stop.
            connection.set_progress_handler(lambda: 0, _STEPS)
        except sqlite3.Error as error:
            raise self.failure(error, where) from None

    def check(self, query: str) -> None:
        """Let a query pass: SQLite asks `_authorise` of all that it does."""

    def relations(self) -> list[Relation]:
        """Every table and view, but for virtual tables: opening one runs more than reading."""
        found = self.rows(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
            "AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
        )
        return [Relation("main", name) for (name,) in found]

    def columns(self, query: str) -> list[SqlColumn]:
        """The columns of a query's result; what they hold is known only once they are read."""
        cursor = self._execute(f"SELECT * FROM (\n{query}\n) LIMIT 0")  # noqa: S608  # nosec B608
        return [SqlColumn(found[0], "text") for found in cursor.description]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""
        return self._execute(sql).fetchall()

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:
        """What some of its columns hold, by the types of all their values."""
        types = ("'text', 'blob'", "'real'", "'integer'")
        asked = ", ".join(f"max(typeof(p{at}) IN ({names}))" for at in wanted for names in types)
        ((*found,),) = self.rows(
            f"{relation_sql(query, len(columns))} SELECT {asked} FROM relation"  # noqa: S608  # nosec B608
        )
        return [
            "text" if texts else "float" if floats else "whole" if wholes else "text"
            for texts, floats, wholes in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result, in pieces."""
        cursor = self._execute(sql)
        names = aliases(len(kinds))
        while rows := cursor.fetchmany(BATCH):
            columns = zip(kinds, zip(*rows, strict=True), strict=True)
            yield pa.RecordBatch.from_arrays(
                [pa.array(values, type=ARROW[kind]) for kind, values in columns], names
            )

    def _execute(self, sql: str) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql)
        except UnicodeDecodeError:
            # Python decodes names and SQLite's own messages strictly, whatever it does with texts.
            raise sqlite3.DatabaseError("a name is not in UTF-8") from None

    @staticmethod
    def failure(error: sqlite3.Error, where: str) -> DataError:
        """Explain an error of SQLite's; of its texts only those about names are shown.

        Raises
        ------
        KeyboardInterrupt
            A signal has stopped the query: SQLite drops what the signal's handler raised.
        """
        said = str(error)
        if said == "interrupted":
            raise KeyboardInterrupt from None
        if re.search(r"locked|busy", said):
            return DataError(f"{where}: another program is writing to it.", "Run again later.")
        if re.match(r"no such|near \"|ambiguous|incomplete|unrecognized|wrong number", said):
            return DataError(f"{where}: the query fails: {said}.", "Correct [source] query.")
        if re.search(r"readonly|not authorized|prohibited|unsafe use|vtable", said):
            return DataError(
                f"{where}: the query or a view would do more than read the file's tables; custseg "
                "only reads.",
                "Take that out, or name another table with --table.",
            )
        return DataError(
            f"{where}: the SQLite file cannot be read; it is damaged, encrypted or may not be "
            "opened.",
            "Check it with sqlite3's `PRAGMA integrity_check`.",
        )


def _authorise(action: int, _: str | None, called: str | None, *__: str | None) -> int:
    """Let SQLite read, and do nothing else: it asks while it prepares a statement."""
    allowed = action in _READS or (
        action == sqlite3.SQLITE_FUNCTION and (called or "").lower() not in _REACHING_OUT
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
