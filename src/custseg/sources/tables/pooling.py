"""Tables with the same columns, such as a file or a sheet a month, looked at as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from custseg.sources.table import SourceTable

_LEAST_OF_EACH: Final = 20
"""Rows that a table of a group shows at least: fewer would cut its orders to pieces."""


@dataclass(frozen=True)
class PooledTable:
    """A group of tables with the same columns, in any order and capitals."""

    parts: tuple[SourceTable, ...]

    @property
    def name(self) -> str:
        """The first one's, and how many there are like it."""
        more = len(self.parts) - 1
        return f"{self.parts[0].name} and {more} more like it"

    @property
    def header(self) -> tuple[str, ...]:
        """The first one's columns."""
        return self.parts[0].header

    @cached_property
    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """At most SAMPLE_ROWS rows, spread over the tables."""
        shown = [0] * len(self.parts)
        left = SAMPLE_ROWS
        chunk = max(_LEAST_OF_EACH, SAMPLE_ROWS // len(self.parts))
        spread = _spread(len(self.parts), SAMPLE_ROWS // chunk)
        # What small tables leave is for the others, the first of them first.
        for most, places in ((chunk, spread), (SAMPLE_ROWS, range(len(self.parts)))):
            for at in places:
                taken = min(most, left, len(self.parts[at].sample) - shown[at])
                shown[at] += taken
                left -= taken
        return tuple(
            row
            for part, count in zip(self.parts, shown, strict=True)
            for row in self._in_order(part, part.sample[:count])
        )

    def _in_order(
        self, part: SourceTable, rows: Sequence[tuple[str | None, ...]]
    ) -> Iterator[tuple[str | None, ...]]:
        own = own_names(self, part)
        places = [part.header.index(own[name]) for name in self.header]
        for row in rows:
            yield tuple(row[at] for at in places)

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of the columns of all of them; as text where their types differ."""
        import ibis

        loaded = []
        for part in self.parts:
            own = own_names(self, part)
            found = part.load([own[name] for name in columns], connection, scratch)
            renamed = {name: found.rows[own[name]] for name in columns}
            rows = found.rows.select(**renamed, **{ROW: found.rows[ROW].cast("int64")})
            loaded.append(Loaded(rows, found.rejected))
        alike = {
            name for name in columns if len({str(one.rows[name].type()) for one in loaded}) == 1
        }
        rows = [
            one.rows.mutate(
                **{name: one.rows[name].cast("string") for name in columns if name not in alike}
            )
            for one in loaded
        ]
        rejected = tuple(broken for one in loaded for broken in one.rejected)
        return Loaded(ibis.union(*rows, distinct=False) if rows[1:] else rows[0], rejected)


def pool(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """Put tables with the same columns together; one that is alone stays as it is."""
    groups: dict[Hashable, list[SourceTable]] = {}
    for table in tables:
        plain = sorted(map(plain_name, table.header))
        # Columns whose names are the same but for capitals can only be told by their names.
        alike = len(set(plain)) == len(plain)
        groups.setdefault(tuple(plain) if alike else table.header, []).append(table)
    return [PooledTable(tuple(group)) if len(group) > 1 else group[0] for group in groups.values()]


def parts_of(table: SourceTable) -> tuple[SourceTable, ...]:
    """The tables that one stands for; itself where it stands for no others."""
    parts: tuple[SourceTable, ...] = getattr(table, "parts", (table,))
    return parts


def own_names(group: SourceTable, part: SourceTable) -> dict[str, str]:
    """What each column of a group is called in one of its tables."""
    if group.header == part.header:
        return {name: name for name in group.header}
    own = {plain_name(name): name for name in part.header}
    return {name: own[plain_name(name)] for name in group.header}


def _spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers below a count, evenly spread."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})
