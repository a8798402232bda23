"""Rows of small tables, as dictionaries or as the dataclasses of the summary."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from custseg.engine import fetch

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kind = TypeVar("Kind")


def rows(table: ir.Table | None, *order: str) -> list[dict[str, Any]]:
    """Rows in an order; none of a study that was left out."""
    return [] if table is None else fetch(table.order_by(list(order)))


def as_kind(row: dict[str, Any], kind: type[Kind]) -> Kind:
    """A row as its dataclass, without the columns that this doesn't have."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def kinds(table: ir.Table | None, kind: type[Kind], *order: str) -> tuple[Kind, ...]:
    """All rows as their dataclass."""
    return tuple(as_kind(row, kind) for row in rows(table, *order))


def by_segment(found: list[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    """Rows of each segment, in the order they have."""
    grouped: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        grouped[row["segment"]].append(row)
    return grouped
