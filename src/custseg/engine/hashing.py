"""Hashes of rows, by which rows that may be equal are found."""

from __future__ import annotations

import operator
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir


def row_hash(table: ir.Table, names: Sequence[str]) -> ir.Value:
    """Return a whole number that is the same for rows that are equal in some columns.

    It differs between engines and their versions.
    """
    columns = [table[name] for name in names]
    if table.get_backend().name == "duckdb":
        return _duckdb_hash(tuple(column.type() for column in columns))(*columns)
    return reduce(operator.xor, (column.hash() for column in columns))


def repeated_hashes(rows: ir.Table, names: Sequence[str]) -> ir.Table:
    """Find the hashes that several rows have in some columns: `key`, each once.

    What this keeps in memory is a number a row. Of rows that are equal the hash is among them, and
    of hardly any others.
    """
    hashed = rows.select(key=row_hash(rows, names))
    return hashed.group_by("key").having(hashed.count() > 1).agg(n=hashed.count()).select("key")


def equal_hashes(rows: ir.Table, names: Sequence[str]) -> ir.Table:
    """Find the rows of which another may be equal in some columns, by hashes alone."""
    # Computing the hashes again is faster than keeping those of all rows.
    hashed = rows.mutate(key=row_hash(rows, names))
    return hashed.semi_join(repeated_hashes(rows, names), "key").select(rows.columns)


@cache
def _duckdb_hash(types: tuple[dt.DataType, ...]) -> Callable[..., ir.Value]:
    """DuckDB's own: ibis's `hash()` makes a string of bits of every hash, which takes long."""

    def of_values(*values: Any) -> int:  # noqa: ANN401
        raise NotImplementedError

    names = [f"value_{place}" for place in range(len(types))]
    of_values.__signature__ = _signature(names)  # type: ignore[attr-defined]
    built: Callable[..., ir.Value] = ibis.udf.scalar.builtin(
        of_values, name="hash", signature=(types, dt.uint64)
    )
    return built


def _signature(names: Sequence[str]) -> Any:  # noqa: ANN401
    from inspect import Parameter, Signature

    return Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])
