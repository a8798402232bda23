"""Which of a source's tables hold orders, what is joined to them, and why the others don't."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.columns.match import looks_like_data, map_columns
from custseg.sources.columns.names import plain_name
from custseg.sources.files.formats import one_of_each_database, open_tables
from custseg.sources.files.places import Place
from custseg.sources.table import REQUIRED_FIELDS
from custseg.sources.tables.joining import join_bundles, join_each, join_toml
from custseg.sources.tables.lookup import Lookup
from custseg.sources.tables.payments import payments_among
from custseg.sources.tables.pooling import parts_of, pool
from custseg.sources.tables.relations import by_order, describing, joined, orders_of, priced_by, see

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from custseg.settings import CanonicalField, SourceSettings
    from custseg.sources.table import SourceTable
    from custseg.sources.tables.relations import Relation, Seen

_SHARE_ALIKE: Final = 0.75
_LEAST_ALIKE: Final = 3
"""Columns of the orders from which on a table without customer is one of them, damaged."""
_MOST_NAMED: Final = 20
_PAYMENTS: Final = "payments of the same customers, without an order or a product"


@dataclass(frozen=True)
class Beside:
    """A table that holds no orders."""

    name: str
    why: str


@dataclass(frozen=True)
class Choice:
    """What a source's tables are."""

    orders: tuple[SourceTable, ...]
    """Those that hold orders, or seem to: tables with the same columns as one, with what is
    joined."""
    beside: tuple[Beside, ...] = ()
    joins: tuple[Relation, ...] = ()
    """What is joined unasked."""
    questions: tuple[Relation, ...] = ()
    """What might be joined, and changes sums or customers."""


def choose_tables(
    found: Sequence[Place] | str,
    scratch: Path,
    settings: SourceSettings,
) -> Choice:
    """Find a source's tables that hold orders, and join what belongs to them beyond doubt.

    Lines of orders get their customer and date from the table of the orders; products get names
    and groups, customers countries. What would change a sum or a customer is asked.

    Parameters
    ----------
    found
        Its files, or a database's address.
    scratch
        An existing folder for what is unpacked.
    settings
        The `[source]` settings.

    Raises
    ------
    DataError
        A file cannot be read, or what the settings join is not there; or several tables of a
        database may hold the orders.
    """
    lookup = Lookup(scratch)
    aside: dict[str, str] = {}
    tables = join_bundles(open_tables(found, scratch, settings, aside), lookup)
    others = []
    for join in settings.join:
        other, tables = _take_out(Path(join.file), tables, found, scratch, settings)
        others.append(other)
    for join, other in zip(settings.join, others, strict=True):
        tables = join_each(tables, other, join.on, lookup)
    tables = one_of_each_database(tables, lambda table: _fits(table, settings.columns))
    if len(tables) > 1 and any(table.sample for table in tables):
        # The header alone of an empty month may be read in many ways.
        empty = [table for table in tables if lookup.is_empty(table)]
        aside |= {table.name: "no rows" for table in empty}
        tables = [table for table in tables if table not in empty]
    chosen = _choose(pool(tables), settings.columns, lookup)
    unread = tuple(Beside(name, why) for name, why in aside.items())
    return replace(chosen, beside=(*chosen.beside, *unread))


def _take_out(
    path: Path,
    tables: Sequence[SourceTable],
    found: Sequence[Place] | str,
    scratch: Path,
    settings: SourceSettings,
) -> tuple[SourceTable, list[SourceTable]]:
    """The table that the settings join, a file or one of the source's, and all the others."""
    if not path.exists():
        for group in pool(tables):
            parts = parts_of(group)
            if any(str(path).endswith(f"/{part.name}") for part in parts):
                return group, [table for table in tables if table not in parts]
        raise DataError(
            f"{path}: no such file.",
            "Check [[source.join]] file: a path relative to custseg.toml, or the name of one of "
            f"the source's tables: {', '.join(table.name for table in tables[:_MOST_NAMED])}.",
        )
    others = pool(open_tables([Place(path, path.name)], scratch, settings))
    if len(others) != 1:
        raise DataError(
            f"{path.name}: holds {len(others)} tables; a joined file has one.",
            "Save the one to join in a file of its own.",
        )
    same = () if isinstance(found, str) else found
    itself = {place.name for place in same if place.path.exists() and place.path.samefile(path)}
    return others[0], [table for table in tables if table.name not in itself]


def _choose(
    groups: list[SourceTable],
    given: Mapping[CanonicalField, tuple[str, ...]],
    lookup: Lookup,
) -> Choice:
    if len(groups) < 2:  # noqa: PLR2004  (nothing lies beside a single one)
        return Choice(tuple(groups))
    seen = see(groups, given)
    by_name = {one.table.name: one for one in seen}
    needed = [
        relation
        for one in seen
        for relation in orders_of(one, [other for other in seen if other is not one], lookup)
    ]
    sure = _beyond_doubt(needed, by_name)
    lines = see([joined(relation, by_name, lookup) for relation in sure], given)
    used = {name for relation in sure for name in (relation.lines.name, relation.other.name)}
    seen = [*lines, *(one for one in seen if one.table.name not in used)]
    orders = _holding_orders(seen)
    if not orders:
        return Choice(tuple(one.table for one in seen), questions=tuple(needed))
    payments = payments_among(orders, lookup)
    orders = [one for one in orders if one not in payments]
    others = [one for one in seen if one not in orders]
    joins = list(sure)
    tables: list[SourceTable] = []
    questions = [] if any(one.has_money for one in orders) else _open(needed, orders, others)
    for one in orders:
        questions += priced_by(one, others, lookup)
        table = one.table
        for relation in describing(one, others, lookup):
            joins.append(relation)
            table = joined(replace(relation, lines=table), by_name, lookup)
        tables.append(table)
    return Choice(
        tuple(tables),
        tuple(_beside(by_name, orders, joins, payments)),
        tuple(joins),
        tuple(questions),
    )


def _beyond_doubt(needed: Sequence[Relation], by_name: Mapping[str, Seen]) -> list[Relation]:
    """Relations that are certain, of lines with one table of orders and orders with one of lines.

    Of several tables of lines the one that says what was paid is taken.
    """
    certain = [relation for relation in needed if relation.certain]
    taken = []
    for relation in certain:
        orders = [one for one in certain if one.lines is relation.lines]
        lines = [one for one in certain if one.other is relation.other]
        paid = [one for one in lines if by_name[one.lines.name].has_money]
        if len(orders) == 1 and relation in (lines if len(lines) == 1 else paid[1:] or paid):
            taken.append(relation)
    return taken if len({one.other.name for one in taken}) == len(taken) else []


def _open(
    needed: Sequence[Relation], orders: Sequence[Seen], others: Sequence[Seen]
) -> list[Relation]:
    """Tables of lines that orders without money may be joined to."""
    tables = [one.table for one in orders]
    asked = [relation for relation in needed if relation.other in tables]
    by_ids = [by_order(lines, one) for lines in others for one in orders]
    return asked or [relation for relation in by_ids if relation]


def _holding_orders(seen: Sequence[Seen]) -> list[Seen]:
    """Those that name customers and dates, without lists of customers."""
    found = [one for one in seen if one.names_customers]
    if any(one.has_money for one in found):
        found = [one for one in found if one.has_money or one.has_goods]
    if any(one.has_goods or "order_id" in one.fields for one in found):
        found = [one for one in found if not one.has_a_row_per_customer]
    return [one for one in seen if one in found or any(_is_alike(one, other) for other in found)]


def _is_alike(one: Seen, orders: Seen) -> bool:
    """Whether a table has most of the orders' columns, and lacks the customer or the date."""
    mapped = {plain_name(name) for names in orders.firm.values() for name in names}
    there = mapped & set(map(plain_name, one.table.header))
    return len(there) >= max(_LEAST_ALIKE, _SHARE_ALIKE * len(mapped))


def _beside(
    by_name: Mapping[str, Seen],
    orders: Sequence[Seen],
    joins: Sequence[Relation],
    payments: Sequence[Seen],
) -> Iterator[Beside]:
    """The tables that hold no orders, with what they are good for or lack."""
    to = {relation.other.name: relation for relation in reversed(joins)}
    names = {one.table.name for one in orders}
    for name, one in by_name.items():
        for part in parts_of(one.table) if name not in names else ():
            why = _PAYMENTS if one in payments else _why(one)
            yield Beside(part.name, _joined_to(to[name]) if name in to else why)


def _joined_to(relation: Relation) -> str:
    return f"joined to {relation.lines.name} by {shown_keys(relation)}"


def _why(one: Seen) -> str:
    missing = [field for field in REQUIRED_FIELDS if field not in one.fields]
    if missing:
        return f"no column for {' or '.join(missing)}"
    if one.has_a_row_per_customer:
        return "a row per customer, and no orders"
    return "no column for an amount or a product"


def ask(relation: Relation) -> DataError:
    """Say what may be joined, and what to write for it."""
    gives = " and ".join(relation.gives)
    return DataError(
        f"{relation.lines.name}: lacks a column for {gives}. {relation.other.name} may have it, by "
        f"{shown_keys(relation)}.",
        "If that is so, write in custseg.toml:\n"
        f"{join_toml(parts_of(relation.other)[0].name, relation.on)}\n"
        "If not, name only the files that hold orders.",
    )


def shown_keys(relation: Relation) -> str:
    """The lines' columns to join on, without names that look like values."""
    return " and ".join(
        f"column {relation.lines.header.index(name) + 1}" if looks_like_data(name) else f'"{name}"'
        for name in relation.on
    )


def _fits(table: SourceTable, given: Mapping[CanonicalField, tuple[str, ...]]) -> bool:
    try:
        map_columns(table, given)
    except DataError:
        return False
    return True
