"""Which known export a table is, and the map that it then has."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from custseg.sources.columns.exports import EXPORTS, FIELDS, OWN_FORMAT, Columns, Export, Rules
from custseg.sources.columns.mapping import ColumnMap, there_of
from custseg.sources.columns.names import plain_name
from custseg.sources.table import MONEY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from custseg.settings import CanonicalField
    from custseg.sources.table import SourceTable


def recognise(table: SourceTable) -> Export | None:
    """Return the known export that a table is; of several, that with most telling columns."""
    found = {plain_name(name): place for place, name in enumerate(table.header)}
    fitting = [
        export
        for export in EXPORTS
        if all(plain_name(column) in found for column in export.telling)
        and any(plain_name(column) in found for column in export.columns["ordered_at"])
        and not (export.title == OWN_FORMAT and _may_hold_other_money(found))
        and all(
            _tells(pattern, (row[found[plain_name(column)]] for row in table.sample))
            for column, pattern in export.values.items()
        )
    ]
    return max(fitting, key=lambda export: len(export.telling), default=None)


def _may_hold_other_money(found: Mapping[str, int]) -> bool:
    """Whether a table in our own names has no money by these, and other columns that may be it."""
    ours = {plain_name(name) for name in FIELDS}
    priced = {plain_name(name) for name in MONEY_FIELDS}
    return not priced & found.keys() and bool(found.keys() - ours)


def _tells(pattern: str, values: Iterable[str | None]) -> bool:
    """Whether most values fit a pattern."""
    given = [bool(re.search(pattern, value)) for value in values if value]
    return sum(given) * 2 > len(given)


def map_export(
    export: Export, own: Mapping[CanonicalField, tuple[str, ...]], found: Mapping[str, str]
) -> ColumnMap:
    """Return the map of a known export, corrected by the user's mapping."""
    columns = there_of(export.columns | dict(own), found)
    return ColumnMap(
        columns,
        export.title,
        # The user's own codes need not be those of the export.
        "none" if {"order_id", "product_id"} & own.keys() else export.preset,
        people=export.people and "customer_id" not in own,
        filled_down=export.filled_down,
        rules=_rules_of(export, columns, own, found),
        given=frozenset(own),
    )


def _rules_of(
    export: Export,
    columns: Columns,
    own: Mapping[CanonicalField, tuple[str, ...]],
    found: Mapping[str, str],
) -> Rules:
    """An export's rules with the table's own names, as far as it has these columns.

    What the user maps is as the user says, and no rule changes it.
    """
    rules = export.rules

    def there(name: str, field: CanonicalField) -> str:
        return found.get(plain_name(name), "") if name and field not in own else ""

    first_only = tuple(there(name, "order_id") for name in rules.first_only)
    has_status = "status" in columns and "status" not in own
    return replace(
        rules,
        only=tuple(
            named
            for patterns in rules.only
            if (
                named := {
                    found[plain_name(name)]: pattern
                    for name, pattern in patterns.items()
                    if plain_name(name) in found
                }
            )
        ),
        paid=rules.paid and has_status,
        statuses=rules.statuses if has_status else {},
        quantity_less=there(rules.quantity_less, "quantity"),
        customer_of_refunds=there(rules.customer_of_refunds, "customer_id"),
        refunds_name_order=rules.refunds_name_order and "order_refunded" in columns,
        minor_units=tuple(name for name in rules.minor_units if name not in own),
        unset_orders=rules.unset_orders and "order_id" not in own,
        first_only=first_only if all(first_only) else (),
        currency_within=rules.currency_within if "currency" not in own else "",
        price_in_dollars=there(rules.price_in_dollars, "unit_price"),
    )
