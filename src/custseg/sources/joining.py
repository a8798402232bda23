"""Tables that are joined to the order lines before these are mapped: products, prices, people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ibis

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.columns.exports import BUNDLES
from custseg.sources.columns.match import describe_header
from custseg.sources.columns.names import plain_name
from custseg.sources.table import Loaded
from custseg.sources.values.identifiers import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.sources.table import SourceTable


@dataclass(frozen=True)
class JoinedTable:
    """Order lines with the columns of another table, found by columns that both have.

    A column of the other table whose name the lines have too is called `<its table>.<name>`.
    """

    lines: SourceTable
    other: SourceTable
    on: Mapping[str, str]
    """The other table's column for each of the lines'."""

    @property
    def name(self) -> str:
        """The lines' own."""
        return self.lines.name

    @cached_property
    def _added(self) -> dict[str, str]:
        """The other table's column by the name that it has here."""
        taken, keys = set(self.lines.header), set(self.on.values())
        return {
            f"{self.other.name}.{name}" if name in taken else name: name
            for name in self.other.header
            if name not in keys
        }

    @property
    def header(self) -> tuple[str, ...]:
        """The lines' columns, then the other table's."""
        return (*self.lines.header, *self._added)

    @property
    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """Of the lines; the other table's columns are not known before they are joined."""
        nothing = (None,) * len(self._added)
        return tuple(row + nothing for row in self.lines.sample)

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of the columns, joined.

        Raises
        ------
        DataError
            A key names several rows of the other table.
        """
        added = {name: self._added[name] for name in columns if name in self._added}
        own = [name for name in columns if name not in added]
        keys = list(self.on)
        loaded = self.lines.load(list(dict.fromkeys([*own, *keys])), connection, scratch)
        if not added:
            return loaded
        theirs = list(self.on.values())
        found = self.other.load(
            list(dict.fromkeys([*theirs, *added.values()])), connection, scratch
        )
        if found.rejected:
            first = found.rejected[0]
            raise DataError(
                f"{self.other.name}, row {first.row}: {first.reason}.",
                "Correct the file that is joined.",
            )
        other = found.rows
        numbered = {f"key_{i}": identifier(other[name]) for i, name in enumerate(theirs)}
        # Named apart from all that the lines have.
        right = other.select(
            **numbered, **{f"other_{new}": other[old] for new, old in added.items()}
        )
        right = right.distinct()
        self._refuse_repeated(right, list(numbered))
        left = loaded.rows.mutate(
            **{f"key_{i}": identifier(loaded.rows[name]) for i, name in enumerate(keys)}
        )
        self._refuse_strangers(left, right, list(numbered))
        joined = left.left_join(right, list(numbered))
        rows = joined.select(
            *(name for name in loaded.rows.columns),
            **{name: joined[f"other_{name}"] for name in added},
        )
        return Loaded(rows, loaded.rejected)

    def _refuse_strangers(self, left: ir.Table, right: ir.Table, keys: list[str]) -> None:
        met = left.semi_join(right, keys)
        if not fetch(met.limit(1).aggregate(n=ibis._.count()))[0]["n"]:
            named = " and ".join(f'"{name}"' for name in self.on)
            raise DataError(
                f"{self.other.name}: names no {named} of {self.lines.name}.",
                "Check [[source.join]] on: ids have to be written alike, capitals too.",
            )

    def _refuse_repeated(self, right: ir.Table, keys: list[str]) -> None:
        counted = right.filter(ibis.and_(*(right[key].notnull() for key in keys)))
        repeated = counted.group_by(keys).having(ibis._.count() > 1).agg(n=ibis._.count())
        count = fetch(repeated.aggregate(n=repeated.count()))[0]["n"]
        if count:
            named = " and ".join(f'"{name}"' for name in self.on.values())
            raise DataError(
                f"{self.other.name}: {count:,} values of {named} name several different rows, so "
                "order lines would be doubled.",
                "Leave one row for each, or name further columns to join on.",
            )


def join_file(lines: SourceTable, other: SourceTable, on: Mapping[str, str]) -> JoinedTable:
    """Join a file of the settings to order lines.

    Raises
    ------
    DataError
        A table lacks a column to join on.
    """
    pairs = {}
    for ours, theirs in on.items():
        pairs[_column(lines, ours)] = _column(other, theirs)
    return JoinedTable(lines, other, pairs)


def _column(table: SourceTable, name: str) -> str:
    for column in table.header:
        if plain_name(column) == plain_name(name):
            return column
    raise DataError(
        f'{table.name}: lacks "{name}", which [[source.join]] names. '
        f"Found: {describe_header(table.header)}.",
        "Set on = {column of the orders = column of the joined file}.",
    )


def join_each(
    tables: Sequence[SourceTable], other: SourceTable, on: Mapping[str, str]
) -> list[SourceTable]:
    """Join a file to every table that has the columns to join on; the others are no orders.

    Raises
    ------
    DataError
        No table has them, or the file lacks them.
    """
    joined: list[SourceTable] = []
    refused: list[DataError] = []
    for table in tables:
        try:
            joined.append(join_file(table, other, on))
        except DataError as error:
            refused.append(error)
    if refused and not joined:
        raise refused[0]
    return joined


def join_bundles(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """Join the tables of an export that comes as several; what else it has is left out.

    Tables that are no such export stay as they are.
    """
    for bundle in BUNDLES:
        lines = next((table for table in tables if _has(table, bundle.lines)), None)
        if lines is None:
            continue
        for join in bundle.joins:
            other = next((table for table in tables if _has(table, join.telling)), None)
            if other is not None:
                lines = JoinedTable(lines, other, {join.on: join.on})
        return [lines]
    return list(tables)


def _has(table: SourceTable, telling: Sequence[str]) -> bool:
    return set(telling) <= set(table.header)
