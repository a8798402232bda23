"""From tables to lines of canonical types, and what is left out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from custseg.engine.duckdb import register
from custseg.sources.canonical import canonical, order_lines_only
from custseg.sources.rejects import find_rows_below, list_rejected, mark_remarks, refuse
from custseg.sources.shapes import fill_down
from custseg.sources.values.currencies import refuse_mixed_signs
from custseg.sources.values.typed import ORIGIN, convert_types, select_good_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings
    from custseg.sources.columns.match import ColumnMap
    from custseg.sources.table import Loaded, Rejected, SourceTable


@dataclass(frozen=True)
class Read:
    """Tables of one kind: their good lines, the rows left out, and how many were blank."""

    lines: ir.Table
    rejected: ir.Table
    blank_rows: int


def read_tables(
    connection: Backend,
    chosen: Sequence[tuple[SourceTable, ColumnMap]],
    labels: Mapping[str, str],
    source_name: str,
    scratch: Path,
    settings: SourceSettings,
) -> list[Read]:
    """Read tables, and give their lines canonical types: together those with columns of one type.

    Text is never a measure for cells that a file holds as numbers and dates, nor these for text.

    Parameters
    ----------
    chosen
        The tables, each with its map.
    labels
        The source's name of each canonical column that one of them has.
    source_name, scratch, settings
        For messages, a temporary folder, and the `[source]` settings.

    Raises
    ------
    DataError
        Rows cannot be read and may not be left out, or values can be read in two ways.
    """
    alike: dict[tuple[str, ...], list[tuple[ir.Table, SourceTable, Loaded]]] = {}
    for table, columns in chosen:
        loaded = table.load(columns.wanted(), connection, scratch)
        part = canonical(loaded.rows, columns, labels, table.name, settings)
        filled = columns.filled_down if settings.fill_down is None else settings.fill_down
        part = fill_down(part, columns.columns) if filled else part
        part = order_lines_only(part, columns)
        kinds = tuple(str(part[name].type()) for name in labels)
        alike.setdefault(kinds, []).append((part, table, loaded))
    return [
        _read_alike(
            [part for part, _, _ in group],
            {table.name: loaded.rejected for _, table, loaded in group},
            labels,
            source_name,
            scratch,
            settings,
        )
        for group in alike.values()
    ]


def _read_alike(
    parts: Sequence[ir.Table],
    broken: Mapping[str, Sequence[Rejected]],
    labels: Mapping[str, str],
    source_name: str,
    scratch: Path,
    settings: SourceSettings,
) -> Read:
    """Read tables of the same types; `broken` has the rows that their readers could not split."""
    lines = unite(parts)
    read = convert_types(lines, labels, settings, source_name, scratch)
    below = find_rows_below(read)
    if below.num_rows:
        lines = lines.anti_join(register(below, lines), list(ORIGIN))
        read = convert_types(lines, labels, settings, source_name, scratch)
    broken = mark_remarks(broken, read)
    if settings.on_bad_row == "stop":
        refuse(broken, read, labels, source_name)
    refuse_mixed_signs(read, labels, source_name)
    return Read(select_good_lines(read), list_rejected(broken, below, read), read.blank_rows)


def unite(parts: Sequence[ir.Table]) -> ir.Table:
    """Return all rows of tables of the same columns."""
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
