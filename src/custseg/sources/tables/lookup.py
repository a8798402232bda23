"""Rows of another table for the keys of a sample, read before anything is joined."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ibis.backends.duckdb import Backend

    from custseg.sources.table import SourceTable

_MOST: Final = 2_000
"""Rows that are found for a sample at most; more, and the keys name several rows each."""
_MEMORY: Final = "300MB"


@dataclass(frozen=True)
class Met:
    """What the keys of a sample find in another table."""

    rows: Mapping[int, tuple[str | None, ...]]
    """The first row found, by the place of the sample's row."""
    keyed: int
    """Rows of the sample that have a key."""
    repeated: bool
    """A key finds several different rows."""


class Lookup:
    """Finds rows of other tables for a sample's keys.

    Parameters
    ----------
    scratch
        An existing folder for what the engine needs meanwhile.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._connection: Backend | None = None

    def find(
        self,
        lines: SourceTable,
        other: SourceTable,
        on: Mapping[str, str],
        columns: Sequence[str],
    ) -> Met:
        """Find the rows that the sample's keys name.

        Parameters
        ----------
        lines
            The table whose sample asks.
        other
            The table that is searched, from its first row to its last.
        on
            The other table's column for each of the lines'.
        columns
            The other table's columns that are wanted.

        Raises
        ------
        DataError
            The other table cannot be read to its end.
        """
        with self._folder(other) as folder:
            return self._find(lines, other, on, columns, folder)

    def is_empty(self, table: SourceTable) -> bool:
        """Whether a table holds no row at all, broken ones included.

        Raises
        ------
        DataError
            The table cannot be read to its end.
        """
        from custseg.engine.base import fetch

        if table.sample:
            return False
        with self._folder(table) as folder:
            loaded = table.load(table.header[:1], self._engine(), folder)
            counted = fetch(loaded.rows.aggregate(n=loaded.rows.count()))[0]["n"]
        return not counted and not loaded.rejected

    @contextmanager
    def _folder(self, table: SourceTable) -> Iterator[Path]:
        """A folder for what reading a table needs; damage that the engine finds is an error."""
        import duckdb

        try:
            with tempfile.TemporaryDirectory(dir=self._scratch, prefix="lookup-") as folder:
                yield Path(folder)
        except duckdb.Error:
            raise DataError(
                f"{table.name}: cannot be read as a table; the file is damaged.", "Export it again."
            ) from None

    def _engine(self) -> Backend:
        from custseg.engine.duckdb import connect

        if self._connection is None:
            self._connection = connect(None, self._scratch, _MEMORY)
        return self._connection

    def _find(
        self,
        lines: SourceTable,
        other: SourceTable,
        on: Mapping[str, str],
        columns: Sequence[str],
        folder: Path,
    ) -> Met:
        import ibis
        import pyarrow as pa

        from custseg.engine.base import fetch
        from custseg.sources.values.identifiers import identifier

        connection = self._engine()
        places = [lines.header.index(name) for name in on]
        keys = [f"key_{i}" for i in range(len(on))]
        asked = pa.table(
            {"place": pa.array(range(len(lines.sample)), pa.int64())}
            | {
                key: pa.array([row[at] for row in lines.sample], pa.string())
                for key, at in zip(keys, places, strict=True)
            }
        )
        left = connection.create_table(ibis.util.gen_name("asked"), asked, temp=True)
        left = left.mutate(**{key: identifier(left[key]) for key in keys})
        left = left.filter(ibis.and_(*(left[key].notnull() for key in keys)))
        theirs = list(dict.fromkeys([*on.values(), *columns]))
        rows = other.load(theirs, connection, folder).rows
        values = [f"value_{i}" for i in range(len(columns))]
        right = rows.select(
            **{key: identifier(rows[name]) for key, name in zip(keys, on.values(), strict=True)},
            **{
                value: rows[name].cast("string")
                for value, name in zip(values, columns, strict=True)
            },
        )
        joined = left.inner_join(right, keys).select("place", *values).distinct()
        found: dict[int, tuple[str | None, ...]] = {}
        rows_met = fetch(joined.limit(_MOST))
        for row in rows_met:
            found.setdefault(row["place"], tuple(row[value] for value in values))
        keyed = fetch(left.aggregate(n=left.count()))[0]["n"]
        return Met(found, keyed, len(rows_met) > len(found))
