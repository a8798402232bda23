"""Nested records as a flat table: fields by their path, a row for each line of an order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Path: TypeAlias = "tuple[str, ...]"
"""Keys from the record down to a field."""

EACH: Final = "[]"
"""In a path: each element of a list; the numbers below are added up."""
ITEM_LISTS: Final = (
    *("line_items", "lineItems", "lineitems", "LineItems", "order_items", "orderItems"),
    *("order_lines", "orderLines", "items", "Items", "lines", "products", "positions"),
    *("positionen", "articles", "artikel", "basket", "cart_items", "orderRows", "order_rows"),
    *("details", "order_details", "orderDetails"),
)
"""What shops call the list of an order's lines, the most telling first."""
_SUMMED: Final = ("refunds", "fee_lines")
"""Lists whose numbers are added up for the order."""
_DEEPEST: Final = 6
_MOST_COLUMNS: Final = 2_000
"""Fields beyond which keys are data, such as ids, and records stay as they are."""


@dataclass(frozen=True)
class Shape:
    """Which fields records have, and where the lines of an order are."""

    fields: tuple[Path, ...]
    items: Path = ()
    """Path of the list whose elements are the rows; none: a record is a row."""

    def in_items(self, field: Path) -> bool:
        """Whether a field is one of the line's, not of the order's."""
        return bool(self.items) and field[: len(self.items)] == self.items


def field_name(path: Path) -> str:
    """Return what a field is called as a column: `billing.email`, `refunds[].total`."""
    return ".".join(path).replace(f".{EACH}", EACH)


def choose_items(lists: Sequence[Path], wanted: str | None, where: str) -> Path:
    """Choose the list that holds an order's lines among those that records have.

    Parameters
    ----------
    wanted
        `[source] items`.
    where
        The file's name, for messages.

    Raises
    ------
    DataError
        The records have no such list.
    """
    if wanted is not None:
        found = [path for path in lists if wanted in {field_name(path), path[-1]}]
        if not found:
            named = ", ".join(f'"{field_name(path)}"' for path in lists) or "none"
            raise DataError(
                f'{where}: has no list "{wanted}", which [source] items names. Lists: {named}.',
                "Name the list that holds an order's lines, or leave out [source] items.",
            )
        return found[0]
    known = [path for path in lists if path[-1] in ITEM_LISTS]
    return min(known, key=lambda path: (ITEM_LISTS.index(path[-1]), len(path)), default=())


def shape_of(records: Sequence[dict[str, Any]], wanted: str | None, where: str) -> Shape:
    """Find the fields of records, in the order in which they come.

    Raises
    ------
    DataError
        `[source] items` names a list that is not there.
    """
    kinds: dict[Path, Counter[str]] = {}
    for record in records:
        _count(record, (), kinds)
    lists = [path for path, kind in kinds.items() if kind["list"]]
    items = choose_items(lists, wanted, where)
    if items:
        for record in records:
            for item in _lines(record, items):
                _count(item, items, kinds)
    fields = list(dict.fromkeys(_fields(kinds, items)))
    if len(fields) > _MOST_COLUMNS and not items:
        return Shape(tuple((key,) for key in dict.fromkeys(key for r in records for key in r)))
    return Shape((*fields, *_summed(records)), items)


def rows_of(record: dict[str, Any], items: Path) -> Iterator[Any]:
    """Yield the lines of an order; nothing once where it has none, so that it is not lost."""
    found = False
    for line in _lines(record, items):
        found = True
        yield line
    if not found:
        yield None


def value_at(record: object, path: Path) -> Any:  # noqa: ANN401  (any value of JSON)
    """Return a record's value at a path; None where it has none."""
    found: Any = record
    for place, key in enumerate(path):
        if key == EACH:
            return _sum(found, path[place + 1 :])
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _count(record: dict[str, Any], above: Path, kinds: dict[Path, Counter[str]]) -> None:
    for key, value in record.items():
        path = (*above, key)
        kind = kinds.setdefault(path, Counter())
        if isinstance(value, dict) and value and len(path) < _DEEPEST:
            kind["record"] += 1
            _count(value, path, kinds)
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            kind["list"] += 1
        elif value is not None and value not in ([], {}):
            kind["value"] += 1


def _fields(kinds: dict[Path, Counter[str]], items: Path) -> Iterator[Path]:
    """Paths that lead to values, or are empty throughout; lists stay whole but for the items."""
    for path, kind in kinds.items():
        if path != items and (kind["value"] or kind["list"] or not kind["record"]):
            yield path


def _lines(record: dict[str, Any], items: Path) -> Iterator[dict[str, Any]]:
    found = value_at(record, items)
    if isinstance(found, list):
        yield from (line for line in found if isinstance(line, dict))


def _summed(records: Iterable[dict[str, Any]]) -> list[Path]:
    """The numbers of the order's refunds and fees."""
    found: dict[Path, None] = {}
    for record in records:
        for name in _SUMMED:
            _numbers(record.get(name), (name,), found)
    return list(found)


def _numbers(value: object, path: Path, found: dict[Path, None]) -> None:
    if isinstance(value, list):
        for part in value:
            _numbers(part, (*path, EACH), found)
    elif isinstance(value, dict):
        for key, part in value.items():
            _numbers(part, (*path, key), found)
    elif EACH in path and _number(value) is not None:
        found[path] = None


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _sum(values: object, path: Path) -> str | None:
    """The sum of the numbers below each element of a list; None where there is none."""
    if not isinstance(values, list):
        return None
    found = [number for value in values if (number := _number(value_at(value, path))) is not None]
    return str(sum(found, Decimal(0))) if found else None
