"""Which tables of a source belong together: lines and their orders, products, customers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.inspection import Inspection, inspect
from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.result import SURE
from custseg.sources.table import MONEY_FIELDS, REQUIRED_FIELDS
from custseg.sources.tables.joining import JoinedTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.table import SourceTable
    from custseg.sources.tables.lookup import Lookup

_GOODS: Final = ("product_id", "description", "quantity")
_DESCRIBING: Final[Mapping[CanonicalField, tuple[CanonicalField, ...]]] = {
    "product_id": ("description", "category"),
    "customer_id": ("country",),
}
"""What a key's table may add without changing a sum or a customer."""
_KEYS: Final[Mapping[CanonicalField | None, tuple[CanonicalField, ...]]] = {
    None: ("order_id", "customer_id"),
    "product_id": ("product_id", "description"),
    "customer_id": ("customer_id",),
}
"""Fields whose columns may be the key that names an order, a product or a customer."""
_PRICES: Final = ("unit_price", "amount")
_KEY: Final = re.compile(r"(id|ids|no|nr|nbr|num|number|nummer|numero|code|sku|key|ref|#)$")
_PRODUCT: Final = re.compile(
    r"(product|produkt|prodotto|item|article|artikel|variant|stock)(id|no|nr|number|code)"
    r"|sku|asin|isbn|gtin"
)
_MOST_STRANGERS: Final = 0.05
"""Share of keys that a table which describes products may lack."""
_MOST_KEYS: Final = 3
"""Pairs of columns that are tried for two tables."""


@dataclass(frozen=True)
class Seen:
    """A table, and what its columns seem to be."""

    table: SourceTable
    inspection: Inspection

    @cached_property
    def firm(self) -> dict[CanonicalField, tuple[str, ...]]:
        """The columns of fields that are beyond doubt."""
        sure = [
            match
            for match in (*self.inspection.given, *self.inspection.proposal.matches)
            if match.confidence >= SURE
        ]
        return {match.field: match.columns for match in sure}

    @cached_property
    def fields(self) -> frozenset[CanonicalField]:
        """Fields that it has, or may have."""
        return frozenset((*self.firm, *(entry.field for entry in self.inspection.proposal.unclear)))

    @property
    def lacks(self) -> list[CanonicalField]:
        """Required fields that no column surely is."""
        return [field for field in REQUIRED_FIELDS if field not in self.firm]

    @property
    def names_customers(self) -> bool:
        """Whether it tells who ordered, and when."""
        return self.fields >= set(REQUIRED_FIELDS)

    @property
    def has_goods(self) -> bool:
        """Whether it tells what was ordered."""
        return not self.fields.isdisjoint(_GOODS)

    @property
    def has_money(self) -> bool:
        """Whether it tells of money."""
        return not self.fields.isdisjoint(MONEY_FIELDS)

    def is_key(self, column: str) -> bool:
        """Whether a column may name its rows, each once."""
        at = self.table.header.index(column)
        values = [row[at] for row in self.table.sample]
        return bool(values) and None not in values and len(set(values)) == len(values)

    @property
    def has_a_row_per_customer(self) -> bool:
        """Whether it lists customers: each once, and nothing of an order."""
        columns = self.firm.get("customer_id", ())
        return (
            any(self.is_key(name) for name in columns)
            and len(self.table.sample) > 1
            and not self.has_goods
            and "order_id" not in self.fields
        )


@dataclass(frozen=True)
class Relation:
    """Lines that find what they lack in another table."""

    lines: SourceTable
    other: SourceTable
    on: Mapping[str, str]
    gives: tuple[CanonicalField, ...]
    """What the lines lack and the other table has."""
    certain: bool
    """It is joined unasked."""

    @property
    def describes(self) -> bool:
        """Whether the orders are whole without it: it names products or countries."""
        return self.certain and set(self.gives).isdisjoint(REQUIRED_FIELDS)


def see(
    tables: Iterable[SourceTable], given: Mapping[CanonicalField, tuple[str, ...]]
) -> list[Seen]:
    """Look at tables."""
    return [Seen(table, inspect(table, given)) for table in tables]


def orders_of(lines: Seen, others: Sequence[Seen], lookup: Lookup) -> list[Relation]:
    """Find the tables that have the customer or the date that lines lack, by a key of both.

    It is certain where the key is the order's, lines say what was ordered, and all of the sample
    find their order.
    """
    if not lines.lacks or not (lines.has_goods or lines.has_money):
        return []
    found = []
    for other in others:
        if not other.fields.issuperset(lines.lacks) or (other.has_goods and other.has_money):
            continue
        gives = tuple(lines.lacks)
        pair = _key_of(lines, other, lookup, most_strangers=0)
        certain = bool(pair) and lines.has_goods
        pair = pair or _key_of(lines, other, lookup, most_strangers=1)
        if pair:
            certain = certain and _is_orders_key(pair, lines, other)
            found.append(Relation(lines.table, other.table, dict([pair]), gives, certain))
    return found


def describing(lines: Seen, others: Sequence[Seen], lookup: Lookup) -> list[Relation]:
    """Find the tables that name products, their groups, and customers' countries, for lines."""
    found: list[Relation] = []
    known = set(lines.fields)
    for key, fields in _DESCRIBING.items():
        for other in others:
            gives = tuple(f for f in fields if f not in known and len(other.firm.get(f, ())) == 1)
            if not gives:
                continue
            pair = _key_of(lines, other, lookup, most_strangers=_MOST_STRANGERS, key=key)
            if pair and pair[1] not in {other.firm[field][0] for field in gives}:
                found.append(Relation(lines.table, other.table, dict([pair]), gives, certain=True))
                known.update(gives)
    return found


def priced_by(lines: Seen, others: Sequence[Seen], lookup: Lookup) -> list[Relation]:
    """Find the tables of prices for lines without money; whether they hold is for the shop to say.

    A list of prices has today's, which need not be those that were paid.
    """
    if lines.has_money:
        return []
    found = []
    for other in others:
        if other.fields.isdisjoint(_PRICES):
            continue
        pair = _key_of(lines, other, lookup, most_strangers=1, key="product_id")
        if pair:
            gives: tuple[CanonicalField, ...] = ("unit_price",)
            found.append(Relation(lines.table, other.table, dict([pair]), gives, certain=False))
    return found


def joined(relation: Relation, seen: Mapping[str, Seen], lookup: Lookup) -> JoinedTable:
    """Join what a relation says, and no column more where it only describes."""
    firm = seen[relation.other.name].firm
    only = frozenset(name for field in relation.gives for name in firm.get(field, ()))
    return JoinedTable(
        relation.lines,
        relation.other,
        relation.on,
        lookup,
        only if relation.describes else None,
        complete=not relation.describes,
    )


def by_order(lines: Seen, orders: Seen) -> Relation | None:
    """Relate lines to orders by the orders' ids, whether all are there or not."""
    ours, theirs = (one.firm.get("order_id", ()) for one in (lines, orders))
    if len(ours) != 1 or len(theirs) != 1 or not lines.has_money:
        return None
    return Relation(
        lines.table, orders.table, {ours[0]: theirs[0]}, tuple(lines.lacks), certain=False
    )


def _key_of(
    lines: Seen,
    other: Seen,
    lookup: Lookup,
    *,
    most_strangers: float,
    key: CanonicalField | None = None,
) -> tuple[str, str] | None:
    """The lines' column and the other's whose values find one row each."""
    pairs = dict.fromkeys(_pairs(lines, other, key))
    for ours, theirs in list(pairs)[:_MOST_KEYS]:
        if not other.is_key(theirs):
            continue
        met = lookup.find(lines.table, other.table, {ours: theirs}, [])
        if met.repeated or not met.rows:
            continue
        if met.keyed - len(met.rows) <= most_strangers * met.keyed:
            return ours, theirs
    return None


def _pairs(lines: Seen, other: Seen, key: CanonicalField | None) -> Iterator[tuple[str, str]]:
    fields = _KEYS[key]
    theirs = {plain_name(name): name for name in other.table.header}
    own_key = next((theirs[name] for name in ("id", "no", "nr", "number") if name in theirs), None)
    of_fields = [name for field in fields for name in lines.firm.get(field, ())]
    named = [name for name in lines.table.header if _may_be_key(name, key)]
    ours = dict.fromkeys([*of_fields, *named])
    for name in ours:
        if plain_name(name) in theirs:
            yield name, theirs[plain_name(name)]
    for field in fields:
        for name in lines.firm.get(field, ()):
            for their_name in other.firm.get(field, ()):
                yield name, their_name
    stem = _singular(other.table.name)
    for name in ours:
        of_what = re.fullmatch(r"(\w{3,}?)(id|no|nr|number|#)", plain_name(name))
        if own_key and of_what and stem.endswith(of_what[1]):
            yield name, own_key


def _may_be_key(name: str, key: CanonicalField | None) -> bool:
    """Whether a column's name says that it may name orders and people, or products."""
    plain = plain_name(name)
    if key is None:
        return bool(_KEY.search(plain))
    return key == "product_id" and bool(_PRODUCT.search(plain))


def _singular(table: str) -> str:
    """What a row of a table is, as its name says: `order` of `shop.zip, orders.csv`."""
    last = re.split(r"[/\\,]", table)[-1].strip()
    stem = re.sub(r"\.\w+$", "", re.sub(r'^sheet "(.*)"$', r"\1", last))
    return re.sub("s$", "", plain_name(stem))


def _is_orders_key(pair: tuple[str, str], lines: Seen, other: Seen) -> bool:
    ours, theirs = pair
    return ours in lines.firm.get("order_id", ()) or theirs in other.firm.get("order_id", ())
