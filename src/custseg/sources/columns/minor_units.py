"""Which columns of money are whole cents: what names and values say, and what is asked."""

from __future__ import annotations

import re
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Final, get_args

from custseg.errors import DataError
from custseg.settings import MoneyField
from custseg.sources.columns.proposal.cents import filled_values, minor_columns
from custseg.sources.columns.proposal.names import says_minor_units
from custseg.sources.columns.whole_orders import WHOLE
from custseg.sources.table import NestedTable
from custseg.sources.values.minor_units import decimals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.mapping import ColumnMap
    from custseg.sources.columns.proposal.result import Match
    from custseg.sources.table import SourceTable


MONEY: Final[tuple[MoneyField, ...]] = get_args(MoneyField)
_INTEGER: Final = re.compile(r"-?\d{1,15}")
_CODE: Final = re.compile(r"[A-Za-z]{3}")
_FEWEST: Final = 3
_LEAST: Final = 100
"""Amounts that are mostly below one of the currency, if cents, are none."""


def settle_minor_units(
    table: SourceTable, chosen: ColumnMap, said: Sequence[CanonicalField] | None
) -> ColumnMap:
    """Return a map that tells which of its fields are whole cents.

    Parameters
    ----------
    said
        The setting `[source] minor_units`; None: as the known export has it, or as the columns
        show beyond doubt.

    Raises
    ------
    DataError
        Columns may be cents and may be not, or their currency is not mapped and counts otherwise.
    """
    own = _own(chosen)
    values = filled_values(table.header, table.sample)
    if said is None:
        minor = minor_columns(table.header, table.sample)
        fields = {field: minor[own[field][0]] for field in own if set(own[field]) <= minor.keys()}
        _refuse_doubtful(table, {f: own[f] for f in own if f not in fields}, values)
    else:
        # A line's money that is the whole order's was mapped to the order's.
        moved = {WHOLE[field] for field in said if field in WHOLE and field not in own}
        fields = {f: "whole cents by [source] minor_units" for f in own if f in {*said, *moved}}
    if not fields:
        return chosen
    if "currency" not in chosen.columns:
        _refuse_other_decimals(table, values)
    rules = replace(
        chosen.rules, minor_units=tuple(dict.fromkeys((*chosen.rules.minor_units, *fields)))
    )
    told: dict[CanonicalField, str] = {
        field: f"{reason}; {fields[field]}" if field in fields else reason
        for field, reason in chosen.reasons.items()
    }
    return replace(chosen, rules=rules, reasons=told)


def units_told(
    table: SourceTable, said: Sequence[CanonicalField] | None
) -> Callable[[Match], Match]:
    """Return what adds to the reason of a match of money that it is whole cents."""
    minor = minor_columns(table.header, table.sample) if said is None else {}

    def told(match: Match) -> Match:
        if said is not None and match.field in said:
            return replace(match, reason=f"{match.reason}; whole cents by [source] minor_units")
        if match.field in MONEY and match.columns and set(match.columns) <= minor.keys():
            return replace(match, reason=f"{match.reason}; {minor[match.columns[0]]}")
        return match

    return told


def _own(chosen: ColumnMap) -> dict[MoneyField, tuple[str, ...]]:
    """Columns of money that no known export tells of."""
    return {
        field: chosen.columns[field]
        for field in MONEY
        if field in chosen.columns and (chosen.export is None or field in chosen.given)
    }


def _refuse_doubtful(
    table: SourceTable,
    own: Mapping[MoneyField, tuple[str, ...]],
    values: Mapping[str, list[str]],
) -> None:
    named = [field for field in own if any(map(says_minor_units, own[field]))]
    if named:
        column = next(name for name in own[named[0]] if says_minor_units(name))
        raise _asked(f'{table.name}: "{column}" says cents, but not all values are whole.', named)
    given = {field: [v for name in own[field] for v in values[name]] for field in own}
    given = {field: found for field, found in given.items() if any(v != "0" for v in found)}
    numbers = [v for found in given.values() for v in found]
    codes = _codes(values)
    if (
        _is_nested(table)
        and len(numbers) >= _FEWEST
        and all(map(_INTEGER.fullmatch, numbers))
        and median(abs(int(v)) for v in numbers if int(v)) >= _LEAST
        and any(decimals_of(code) for code in codes)
    ):
        columns = " and ".join(f'"{own[field][0]}"' for field in given)
        raise _asked(
            f"{table.name}: {columns}: all amounts are whole numbers: whole cents, or not.",
            list(own),
        )


def _refuse_other_decimals(table: SourceTable, values: Mapping[str, list[str]]) -> None:
    for name, given in values.items():
        if _is_currency(name, given) and any(decimals_of(code) != 2 for code in given):  # noqa: PLR2004
            raise DataError(
                f'{table.name}: amounts are whole cents, and "{name}" has currencies that do not '
                "count a hundred of them.",
                f'Map it: [source.columns] currency = "{name}"',
            )


def _asked(what: str, fields: Sequence[str]) -> DataError:
    listed = ", ".join(f'"{field}"' for field in fields)
    return DataError(
        what,
        f"Say in custseg.toml: [source] minor_units = [{listed}] if 1000 means 10.00, or "
        "minor_units = [] if it means 1000.00.",
    )


def _codes(values: Mapping[str, list[str]]) -> set[str]:
    return {v.upper() for name, given in values.items() if _is_currency(name, given) for v in given}


def _is_currency(name: str, given: Sequence[str]) -> bool:
    named = re.search(r"(?i)currency|w[aä]hrung|devise|moneda|valuta", name)
    return bool(named and given and all(map(_CODE.fullmatch, given)))


def _is_nested(table: object) -> bool:
    parts: Iterable[object] = getattr(table, "parts", ())
    return isinstance(table, NestedTable) or any(
        part is not table and _is_nested(part) for part in parts
    )
