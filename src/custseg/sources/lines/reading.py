"""From tables to lines of canonical types, and what is left out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from custseg.engine.base import fetch, register
from custseg.errors import DataError
from custseg.sources.filling import fill_down
from custseg.sources.lines.canonical import canonical, order_lines_only
from custseg.sources.lines.dollars import DOLLARS, dollar_prices, refuse_several_currencies
from custseg.sources.lines.rejects import find_rows_below, list_rejected, mark_remarks, refuse
from custseg.sources.lines.repeats import find_repeated_sums
from custseg.sources.values.currencies import refuse_mixed_signs
from custseg.sources.values.typed import ORIGIN, convert_types, select_good_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings
    from custseg.sources.columns.mapping import ColumnMap
    from custseg.sources.table import Loaded, Rejected, SourceTable


@dataclass(frozen=True)
class Read:
    """Tables of one kind: their good lines, the rows left out, and how many were blank or others.

    Others are those that a known export's rules say are no order lines.
    """

    lines: ir.Table
    rejected: ir.Table
    blank_rows: int
    signs: tuple[str, ...] = ()
    """Currencies that the texts of amounts name."""
    other_rows: int = 0


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
    alike: dict[tuple[str, ...], list[tuple[ir.Table, SourceTable, Loaded, int]]] = {}
    priced: list[tuple[ir.Table, ColumnMap]] = []
    filled_down = bool(settings.fill_down)
    for table, columns in chosen:
        loaded = table.load(columns.wanted(), connection, scratch)
        _refuse_nonzero(loaded.rows, columns, table.name)
        part = canonical(loaded.rows, columns, labels, table.name, settings)
        filled = columns.filled_down if settings.fill_down is None else settings.fill_down
        if filled:
            part = fill_down(part, columns.columns)
            filled_down = True
        every, part = part, order_lines_only(part, columns)
        others = _count(every) - _count(part) if columns.rules.leave_rows_out else 0
        if columns.rules.price_in_dollars:
            priced.append((dollar_prices(part), columns))
            part = part.drop(DOLLARS)
        kinds = tuple(str(part[name].type()) for name in labels)
        alike.setdefault(kinds, []).append((part, table, loaded, others))
    if priced:
        prices = unite([prices for prices, _ in priced])
        refuse_several_currencies(prices, priced[0][1], source_name)
    reads = []
    for group in alike.values():
        read = _read_alike(
            [part for part, *_ in group],
            {table.name: loaded.rejected for _, table, loaded, _ in group},
            labels,
            source_name,
            scratch,
            settings,
            filled_down=filled_down,
        )
        reads.append(replace(read, other_rows=sum(others for *_, others in group)))
    return reads


def _read_alike(
    parts: Sequence[ir.Table],
    broken: Mapping[str, Sequence[Rejected]],
    labels: Mapping[str, str],
    source_name: str,
    scratch: Path,
    settings: SourceSettings,
    *,
    filled_down: bool,
) -> Read:
    """Read tables of the same types; `broken` has the rows that their readers could not split."""
    lines = unite(parts)
    read = convert_types(lines, labels, settings, source_name, scratch)
    no_lines = _without_twins(find_rows_below(read), find_repeated_sums(read))
    if no_lines.num_rows:
        lines = lines.anti_join(register(no_lines, lines), list(ORIGIN))
        read = convert_types(lines, labels, settings, source_name, scratch)
    broken = mark_remarks(broken, read)
    if settings.on_bad_row == "stop":
        refuse(broken, read, labels, source_name, filled_down=filled_down)
    signs = refuse_mixed_signs(read, labels, source_name)
    rejected = list_rejected(broken, no_lines, read)
    return Read(select_good_lines(read), rejected, read.blank_rows, signs)


def _without_twins(first: pa.Table, second: pa.Table) -> pa.Table:
    """Join lists of rows; of a row in both the first one's reason stays."""
    known = set(zip(*(first[name].to_pylist() for name in ORIGIN), strict=True))
    rows = zip(*(second[name].to_pylist() for name in ORIGIN), strict=True)
    fresh = pa.array([row not in known for row in rows], pa.bool_())
    return pa.concat_tables([first, second.filter(fresh)])


def _refuse_nonzero(rows: ir.Table, columns: ColumnMap, name: str) -> None:
    """Refuse columns of money that were left out for their zeros and hold something after all.

    Raises
    ------
    DataError
        One does.
    """
    if not columns.zero:
        return
    marks = {
        f"nonzero_{i}": rows[column].cast("string").re_search("[1-9]").sum()
        for i, column in enumerate(columns.zero)
    }
    counts = fetch(rows.aggregate(**marks))[0]
    for mark, column in zip(marks, columns.zero, strict=True):
        if counts[mark]:
            raise DataError(
                f'{name}, column "{column}": 0 in the first rows, but not in {counts[mark]:,} '
                "others.",
                "Say in custseg.toml what it is: [source.columns] tax, discount or "
                f'discount_rate = "{column}", or leave it out: tax = "", discount = "".',
            )


def _count(rows: ir.Table) -> int:
    return int(fetch(rows.aggregate(n=rows.count()))[0]["n"])


def unite(parts: Sequence[ir.Table]) -> ir.Table:
    """Return all rows of tables of the same columns."""
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
