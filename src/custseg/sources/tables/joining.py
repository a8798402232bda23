"""Tables that are joined to the order lines before these are mapped: products, prices, people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.columns.exports import BUNDLES
from custseg.sources.columns.match import describe_header
from custseg.sources.columns.names import plain_name
from custseg.sources.table import Loaded
from custseg.sources.tables.pooling import own_names, parts_of
from custseg.sources.values.identifiers import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.sources.table import SourceTable
    from custseg.sources.tables.lookup import Lookup


@dataclass(frozen=True)
class JoinedTable:
    """Order lines with the columns of another table, found by columns that both have.

    A column of the other table whose name the lines have too is called `<its table>.<name>`.
    """

    lines: SourceTable
    other: SourceTable
    on: Mapping[str, str]
    """The other table's column for each of the lines'."""
    lookup: Lookup
    """Finds the other table's rows for the sample."""
    only: frozenset[str] | None = None
    """Of the other table's columns those that are joined; None: all but the keys."""
    complete: bool = False
    """Every line has to find its row: without it, it has no customer or no date."""

    @property
    def name(self) -> str:
        """The lines' own."""
        return self.lines.name

    @cached_property
    def parts(self) -> tuple[SourceTable, ...]:
        """Where the lines stand for several tables: each of them, joined."""
        parts = parts_of(self.lines)
        if parts == (self.lines,):
            return (self,)
        return tuple(
            replace(
                self, lines=part, on={own_names(self.lines, part)[a]: b for a, b in self.on.items()}
            )
            for part in parts
        )

    @cached_property
    def _added(self) -> dict[str, str]:
        """The other table's column by the name that it has here."""
        taken, keys = set(map(plain_name, self.lines.header)), set(self.on.values())
        wanted = set(self.other.header) - keys if self.only is None else self.only
        return {
            f"{self.other.name}.{name}" if plain_name(name) in taken else name: name
            for name in self.other.header
            if name in wanted
        }

    @property
    def header(self) -> tuple[str, ...]:
        """The lines' columns, then the other table's."""
        return (*self.lines.header, *self._added)

    @cached_property
    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """Of the lines, each with what its key finds in the other table."""
        nothing = (None,) * len(self._added)
        met = self.lookup.find(self.lines, self.other, self.on, list(self._added.values()))
        return tuple(row + met.rows.get(i, nothing) for i, row in enumerate(self.lines.sample))

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
        import ibis

        named = " and ".join(f'"{name}"' for name in self.on)
        if self.complete:
            known = left.filter(ibis.and_(*(left[key].notnull() for key in keys)))
            strangers = fetch(known.anti_join(right, keys).aggregate(n=ibis._.count()))[0]["n"]
            if strangers:
                joined = join_toml(parts_of(self.other)[0].name, self.on)
                raise DataError(
                    f"{self.lines.name}: the {named} of {strangers:,} rows is not in "
                    f"{self.other.name}, so they have no customer or no date.",
                    "Export both anew. To leave these rows out: --on-bad-row reject, and in "
                    f"custseg.toml:\n{joined}",
                    in_python='Export both anew. To leave these rows out: source={"on_bad_row": '
                    f'"reject"}}, and in custseg.toml:\n{joined}',
                )
        met = left.semi_join(right, keys)
        if not fetch(met.limit(1).aggregate(n=ibis._.count()))[0]["n"]:
            raise DataError(
                f"{self.other.name}: names no {named} of {self.lines.name}.",
                "Check [[source.join]] on: ids have to be written alike, capitals too.",
            )

    def _refuse_repeated(self, right: ir.Table, keys: list[str]) -> None:
        import ibis

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


def join_toml(file: str, on: Mapping[str, str]) -> str:
    """Write a join as custseg.toml has it."""
    pairs = ", ".join(f"{_key(ours)} = {_quoted(theirs)}" for ours, theirs in on.items())
    return f"[[source.join]]\nfile = {_quoted(file)}\non = {{{pairs}}}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def join_file(
    lines: SourceTable, other: SourceTable, on: Mapping[str, str], lookup: Lookup
) -> JoinedTable:
    """Join a file of the settings to order lines.

    Raises
    ------
    DataError
        A table lacks a column to join on.
    """
    pairs = {}
    for ours, theirs in on.items():
        pairs[_column(lines, ours)] = _column(other, theirs)
    return JoinedTable(lines, other, pairs, lookup)


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
    tables: Sequence[SourceTable], other: SourceTable, on: Mapping[str, str], lookup: Lookup
) -> list[SourceTable]:
    """Join a file to every table that has the columns to join on; the others stay as they are.

    Raises
    ------
    DataError
        No table has them, or the file lacks them.
    """
    found: list[SourceTable] = []
    refused: list[DataError] = []
    for table in tables:
        try:
            found.append(join_file(table, other, on, lookup))
        except DataError as error:
            refused.append(error)
            found.append(table)
    if len(refused) == len(found) > 0:
        raise refused[0]
    return found


def join_bundles(tables: Sequence[SourceTable], lookup: Lookup) -> list[SourceTable]:
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
                lines = JoinedTable(lines, other, {join.on: join.on}, lookup)
        return [lines]
    return list(tables)


def _has(table: SourceTable, telling: Sequence[str]) -> bool:
    return set(telling) <= set(table.header)
