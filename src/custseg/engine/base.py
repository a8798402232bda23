"""Where tables are scanned, computed and written: the only module that knows the backend."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custseg.engine.parquet import as_frame, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends import BaseBackend

    from custseg.engine.parquet import Part
    from custseg.errors import CustsegError


FILE: Final = "custseg's file"
PLACE: Final = "custseg's row"
"""Columns beside those of files: the file that a row is in, and its place in it from 0."""


@dataclass(frozen=True)
class Overlaid:
    """Many rows, some of which have become others: these need not be looked for among all."""

    rows: ir.Table
    """All rows, as they would be without the others."""
    changed: ir.Table | None
    """Those that take the place of some, in the same columns: texts that `rows` have of a file as
    they are there are the same in both."""
    key: tuple[str, ...]
    """The columns that tell which."""

    @property
    def whole(self) -> ir.Table:
        """Every row as it has become."""
        if self.changed is None:
            return self.rows
        return self.rows.anti_join(self.changed, self.key).union(self.changed)

    def each(self, change: Callable[[ir.Table], ir.Table]) -> Overlaid:
        """Change what is computed of each row."""
        changed = None if self.changed is None else change(self.changed)
        return replace(self, rows=change(self.rows), changed=changed)


class Engine(ABC):
    """What an engine gives a run: it is opened once, and closed at the end.

    Its `connection` is an ibis backend, so tables are ibis expressions, the same for every engine.
    What they need of a dialect is that backend's compiler's to say: exact decimal sums, halves
    rounded away from zero, text sorted by its bytes, RE2's regular expressions, times in UTC, a
    hash of any column, `cache()` that computes at once.
    """

    connection: Any
    errors: ClassVar[tuple[type[Exception], ...]] = ()
    """What it raises where it fails, to be told by `failure`."""

    @abstractmethod
    def scan(self, path: Path, name: str) -> ir.Table:
        """Return a Parquet artifact as a table, read only where it is used."""

    def scan_placed(self, path: Path, name: str) -> ir.Table:
        """Return a Parquet artifact as a table, with the column `PLACE` if that helps the engine.

        It does where `in_order` needs to sort little then.
        """
        return self.scan(path, name)

    def in_order(self, lines: Overlaid, order: Sequence[str]) -> Iterator[list[Part]]:
        """Compute what has become of a placed artifact's rows, some at a time, in its order.

        Parameters
        ----------
        lines
            As many rows as the artifact has, with `PLACE` if it has that.
        order
            The columns that the artifact is sorted by.

        Returns
        -------
        Iterator
            Tables side by side, some columns in each, with where among its rows the next ones are,
            in that order. Texts may be in dictionaries.
        """
        for rows in stream(lines.whole.order_by(*order)):
            yield [(rows, np.arange(len(rows)))]

    @abstractmethod
    def store(self, table: ir.Table, name: str) -> ir.Table:
        """Compute a table once, and keep it under a name until the engine is closed."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all that it keeps."""

    @abstractmethod
    def failure(self, error: Exception) -> CustsegError:
        """Explain one of `errors`, without any value of a row and without secrets."""

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise what it fails with as an error that a user can read."""
        try:
            yield
        except self.errors as error:
            raise self.failure(error) from None

    @staticmethod
    def fingerprint(table: ir.Table) -> tuple[int, str]:
        """Count rows, and hash them whatever their order, without moving them."""
        import ibis

        texts = [table[name].cast("string").fill_null("\x1e") for name in table.columns]
        hashed = table.select(
            row=ibis.literal("\x1f").join(texts).hash().cast("decimal(38,0)"),
            **{name: table[name] for name, kind in table.schema().items() if kind.is_decimal()},
        )
        sums = {name: hashed[name].sum() for name in hashed.columns}
        found = fetch(hashed.aggregate(rows=hashed.count(), **sums))[0]
        return found["rows"], hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def forget_cached(connection: BaseBackend) -> None:
    """Let ibis drop nothing of a connection that is about to be closed.

    It drops a cached table once nobody names it any more, which may be later.
    """
    # ibis 12 has no public way to do it for all.
    entries = connection._cache_name_to_entry  # noqa: SLF001
    for entry in entries.values():
        entry.finalizer.detach()
    entries.clear()


def fetch(table: ir.Table) -> list[dict[str, Any]]:
    """Compute a small table; a dictionary per row, money as Decimal, missing values as None."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows


def fetch_frame(table: ir.Table) -> pd.DataFrame:
    """Compute a table of at most some rows per customer; exact decimals become floats."""
    return as_frame(table.to_pyarrow())


def fetch_column(column: ir.Column) -> pa.Array:
    """Compute the distinct values of a column, sorted."""
    values = column.as_table().distinct().to_pyarrow().column(0)
    return values.take(pc.sort_indices(values)).combine_chunks()


def register(rows: pd.DataFrame | pa.Table, beside: ir.Table) -> ir.Table:
    """Make rows a table of the engine that another table is in, to join the two."""
    if not isinstance(rows, pa.Table):
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    name = f"registered_{uuid4().hex}"
    table: ir.Table = beside.get_backend().create_table(name, rows, temp=True)
    return table


def by_duckdb(table: ir.Table, change: Callable[[ir.Table], ir.Table]) -> ir.Table:
    """Compute a change of a small table as DuckDB does it, whichever engine the table is in.

    Its functions on text (regular expressions, accents) know more than others'.
    """
    if table.get_backend().name == "duckdb":
        return change(table).cache()
    import ibis

    return register(change(ibis.memtable(table.to_pyarrow())).to_pyarrow(), beside=table)


def is_scan(table: ir.Table) -> bool:
    """Whether each row of a table is computed of one row of a file or table, and nothing else."""
    import ibis.expr.operations as ops

    several = (ops.JoinChain, ops.Aggregate, ops.Distinct, ops.WindowFunction, ops.Unnest)
    return not table.op().find((*several, ops.Sort, ops.Limit, ops.SQLQueryResult))
