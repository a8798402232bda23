"""Rows of a file as they have become, in the order of the file, without sorting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from custseg.engine.base import PLACE
from custseg.engine.parquet import ROW_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import ibis.expr.types as ir

    from custseg.engine.parquet import Part

    Placed: TypeAlias = Iterator[Part]


def in_order(tables: Iterator[pa.Table]) -> Placed:
    """Tell in which order rows have their places, 0, 1, 2 …, as soon as those before have come.

    Rows of a scan come in order. Where there are joins, threads compute one part of a file each,
    and what a join found something for comes first: so rows come nearly in order, and few wait.
    """
    held: pa.Table | None = None
    begun = 0
    for table in tables:
        rows = pa.concat_tables([held, table]) if held else table
        places = rows[PLACE].to_numpy()
        order = np.argsort(places, kind="stable")
        gaps = places[order] != np.arange(begun, begun + len(places))
        ready = int(gaps.argmax()) if gaps.any() else len(places)
        yield rows, order[:ready]
        held = rows.take(order[ready:])
        begun += ready
    if held:
        raise AssertionError(f"{len(held)} rows after the one at {begun}, which is missing")


def texts_of_file(rows: ir.Table) -> tuple[str, list[str]]:
    """Return the name of the table that rows are computed of, and the texts they share with it.

    These are under the same name and as they are there; none if rows are computed of several.
    """
    origins = _origins(rows)
    kept = [
        name
        for name, value in origins.items()
        if isinstance(value, ops.Field)
        and isinstance(value.rel, ops.DatabaseTable)
        and value.name == name
        and value.dtype.is_string()
    ]
    tables = {origins[name].rel.name for name in kept}
    return (tables.pop(), kept) if len(tables) == 1 else ("", [])


def constants(rows: ir.Table) -> dict[str, pa.Scalar]:
    """Return the columns that have one value in all rows, whatever these are, with the value."""
    schema = rows.schema().to_pyarrow()
    found = {}
    for name, origin in _origins(rows).items():
        value = origin.arg if isinstance(origin, ops.Cast) else origin
        if isinstance(value, ops.Literal):
            found[name] = pa.scalar(value.value, schema.field(name).type)
    return found


def _origins(rows: ir.Table) -> dict[str, ops.Value]:
    """What each column is before it is only handed on."""
    found = {}
    for name in rows.columns:
        value: ops.Value = ops.Field(rows.op(), name)
        while isinstance(value, ops.Field) and isinstance(value.rel, ops.Project | ops.DropColumns):
            value = value.rel.values[value.name]
        found[name] = value
    return found


def overlay(placed: Placed, alike: dict[str, pa.Scalar], changed: Iterator[pa.Table]) -> Placed:
    """Let changed rows, in the order of their places, take the place of others.

    Before, the others get the columns in which they are all alike.
    """
    begun = 0
    waiting = next(changed, None)
    for rows, order in placed:
        end = begun + len(order)
        same = pa.table({name: pa.repeat(value, len(rows)) for name, value in alike.items()})
        found = [pa.table([*rows.columns, *same.columns], [*rows.column_names, *alike])]
        while waiting is not None:
            places = waiting[PLACE].to_numpy()
            reached = int(np.searchsorted(places, end))
            order[places[:reached] - begun] = np.arange(reached) + sum(map(len, found))
            found.append(waiting.slice(0, reached).cast(found[0].schema))
            waiting = waiting.slice(reached)
            if len(waiting):
                break
            waiting = next(changed, None)
        yield pa.concat_tables(found), order
        begun = end


def beside(placed: Placed, path: Path, names: list[str]) -> Iterator[list[Part]]:
    """Put texts of the file that rows have their places in beside these, in dictionaries."""
    with pq.ParquetFile(path, read_dictionary=names) as file:
        batches = file.iter_batches(ROW_GROUP, columns=names, use_threads=False)
        read = pa.Table.from_batches([next(batches)])
        for rows, order in placed:
            while len(read) < len(order):
                read = pa.concat_tables([read, pa.Table.from_batches([next(batches)])])
            yield [(rows, order), (read, np.arange(len(order)))]
            read = read.slice(len(order))
