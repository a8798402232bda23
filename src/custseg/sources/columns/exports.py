"""The exports that custseg knows by their columns, read from exports.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, get_args

from custseg.settings import CanonicalField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELDS: Final[tuple[CanonicalField, ...]] = get_args(CanonicalField)

OWN_FORMAT: Final = "custseg"
"""Title of tables whose columns have our own names."""

Columns = dict[CanonicalField, tuple[str, ...]]
"""A source's columns for each of ours. Several: of `ordered_at` parts, joined with a blank; of any
other field in order of preference, the first that is not empty; of `customer_id` the first that is
somebody."""


@dataclass(frozen=True)
class Rules:
    """How rows of an export count, beyond which column is which. Columns are the export's own."""

    only: tuple[Mapping[str, str], ...] = ()
    """Rows are order lines that fit all patterns of one of these; none: all rows."""
    paid: bool = False
    """The status column holds when an order was paid; nothing there: it was not."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """What some of its statuses, in small letters, mean in ours."""
    quantity_less: str = ""
    """A column of units to take off the quantity."""
    customer_of_refunds: str = ""
    """The column that names the customer where the order's total is below zero."""
    refunds_name_order: bool = False
    """On a row below zero the column of order_refunded names the order that was refunded."""
    minor_units: tuple[CanonicalField, ...] = ()
    """Fields that are whole minor units of the currency."""
    minor_unit_of: Mapping[str, int] = field(default_factory=dict)
    """Decimals of currencies that it does not count as ISO 4217 does."""

    unset_orders: bool = False
    """An order's id may say that there is none: "(not set)"; then the next column counts."""
    first_only: tuple[str, ...] = ()
    """A column of times, and those of an order's id and its customer: of rows that agree in these
    only the earliest count, as the others tell of the same purchase again."""
    price_in_dollars: str = ""
    """A column of the unit's price in US dollars: it tells whether prices are in one currency."""

    currency_within: str = ""
    """A pattern whose group is the currency within the text of its column."""

    def columns(self) -> Iterator[str]:
        """Every column that the rules look at."""
        for patterns in self.only:
            yield from patterns
        yield from self.first_only
        given = (self.quantity_less, self.customer_of_refunds, self.price_in_dollars)
        yield from filter(None, given)

    @property
    def leave_rows_out(self) -> bool:
        """Whether some rows may be no order lines."""
        return bool(self.only or self.first_only or self.refunds_name_order)


@dataclass(frozen=True)
class Export:
    """A known export."""

    title: str
    telling: tuple[str, ...]
    """Columns that a table of this export has, all of them."""
    columns: Columns
    """Of the columns named for a field, those count that the table has."""
    values: Mapping[str, str] = field(default_factory=dict)
    """A pattern for each column whose values have to tell the export, too."""
    rules: Rules = field(default_factory=Rules)
    preset: str = "none"
    """Name of the cleaning preset that fits its codes."""
    people: bool = False
    """Its customer column holds an e-mail address or a name, which is kept as a keyed hash."""
    filled_down: bool = False
    """What belongs to the order stands on its first line only."""
    refused: str = ""
    """Why it cannot be segmented, and what to export in its place."""
    note: str = ""
    """What counts and what doesn't."""
    origin: str = ""
    """Whose format it is, and where it was seen."""


@dataclass(frozen=True)
class Join:
    """A second table of an export that is joined to its order lines."""

    telling: tuple[str, ...]
    on: str
    """A column of both tables; in this one it names a row."""


@dataclass(frozen=True)
class Bundle:
    """An export of several tables: its order lines, and what is joined to them in turn."""

    lines: tuple[str, ...]
    """Columns that tell the table of order lines."""
    joins: tuple[Join, ...] = ()


@cache
def _written() -> dict[str, Any]:
    text = files("custseg.sources.columns").joinpath("exports.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _exports() -> tuple[Export, ...]:
    made: dict[str, Export] = {}
    entries: dict[str, dict[str, Any]] = {}
    for own in _written()["export"]:
        entry = {key: value for key, value in own.items() if key not in {"like", "without"}}
        if like := entries.get(own.get("like", "")):
            without = own.get("without", ())
            kept = {ours: name for ours, name in like["columns"].items() if ours not in without}
            entry = like | entry | {"columns": kept | own.get("columns", {})}
        entries[own["title"]] = entry
        made[own["title"]] = _export(entry)
    return tuple(made.values())


def _export(entry: Mapping[str, Any]) -> Export:
    """Make an export of an entry of exports.toml."""
    given = dict(entry)
    for key, value in entry.items():
        if isinstance(value, list):
            given[key] = tuple(value)
    rules = Rules(
        **{rule.name: given.pop(rule.name) for rule in fields(Rules) if rule.name in given}
    )
    named = given.pop("columns")
    if named == "ours":
        named = {name: name for name in FIELDS}
    columns: Columns = {
        ours: (theirs,) if isinstance(theirs, str) else tuple(theirs)
        for ours, theirs in named.items()
    }
    return Export(columns=columns, rules=rules, **given)


def _bundles() -> tuple[Bundle, ...]:
    return tuple(
        Bundle(
            tuple(bundle["telling"]),
            tuple(Join(tuple(join["telling"]), join["on"]) for join in bundle["join"]),
        )
        for bundle in _written()["bundle"]
    )


EXPORTS: Final = _exports()
BUNDLES: Final = _bundles()
