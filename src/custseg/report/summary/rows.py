"""Rows of small tables, as dictionaries or as the dataclasses of the summary."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

    import ibis.expr.types as ir

Kind = TypeVar("Kind")


def rows(table: ir.Table | None, *order: str) -> list[dict[str, Any]]:
    """Rows in an order; none of a study that was left out."""
    return [] if table is None else fetch(table.order_by(list(order)))


_AMOUNTS: Final = frozenset(
    name
    for artifact in ARTIFACTS.values()
    for name, kind in artifact.kinds().items()
    if kind == "money"
) | {"spend_share", "offer_ceiling"}
"""Amounts, and shares of amounts, that a dataclass of the summary always has: 0 where the orders
have no amounts, which `Summary.money` tells."""


def as_kind(row: Mapping[str, Any], kind: type[Kind]) -> Kind:
    """A row as its dataclass, without the columns that this doesn't have."""
    return kind(**{field.name: _value(row, field) for field in fields(kind)})  # type: ignore[arg-type]


def _value(row: Mapping[str, Any], field: Field[Any]) -> Any:  # noqa: ANN401  (any column's)
    if row[field.name] is None and field.name in _AMOUNTS and "None" not in str(field.type):
        return Decimal(0) if field.type == "Decimal" else 0.0
    return row[field.name]


def kinds(table: ir.Table | None, kind: type[Kind], *order: str) -> tuple[Kind, ...]:
    """All rows as their dataclass."""
    return tuple(as_kind(row, kind) for row in rows(table, *order))


def by_segment(found: list[dict[str, Any]]) -> defaultdict[int, list[dict[str, Any]]]:
    """Rows of each segment, in the order they have."""
    grouped: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        grouped[row["segment"]].append(row)
    return grouped
