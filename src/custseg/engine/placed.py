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
    from numpy.typing import NDArray

    Part: TypeAlias = tuple[pa.Table, NDArray[np.int64]]
    """Some rows, and where among them the next of the file are, in its order."""
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
    node, names = rows.op(), {name: name for name in rows.columns}
    while isinstance(node, ops.Project | ops.DropColumns):
        values = node.values
        taken = {name: values[was] for name, was in names.items()}
        names = {name: value.name for name, value in taken.items() if isinstance(value, ops.Field)}
        node = node.parent
    if not isinstance(node, ops.DatabaseTable):
        return "", []
    kinds = rows.schema()
    return node.name, [n for n, was in names.items() if n == was and kinds[n].is_string()]


def overlay(placed: Placed, changed: Iterator[pa.Table]) -> Placed:
    """Let changed rows, in the order of their places, take the place of others."""
    begun = 0
    waiting = next(changed, None)
    for rows, order in placed:
        end = begun + len(order)
        found = [rows]
        while waiting is not None:
            places = waiting[PLACE].to_numpy()
            reached = int(np.searchsorted(places, end))
            order[places[:reached] - begun] = np.arange(reached) + sum(map(len, found))
            found.append(waiting.slice(0, reached))
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
