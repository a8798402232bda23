"""From a table's header to canonical columns: known exports, the user's mapping, proposals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.columns.mapping import ColumnMap, there_of
from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.result import Match
from custseg.sources.columns.recognition import map_export, recognise
from custseg.sources.columns.whole_orders import REPEATS, as_whole_orders
from custseg.sources.filling import FIRST_LINE_ONLY, stands_on_first_lines
from custseg.sources.table import REQUIRED_FIELDS, NestedTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.exports import Columns
    from custseg.sources.columns.proposal.result import Unclear
    from custseg.sources.table import SourceTable

_SEE: Final = "See what there is: custseg columns FILE"
_HINT: Final = (
    "Say which column is which in custseg.toml, such as [source.columns] order_id = "
    f'"Order Number", or with --column. {_SEE}'
)
_IN_PYTHON: Final = 'Say which column is which, such as columns={"order_id": "Order Number"}.'
_NUMBERED: Final = re.compile(r"column \d+")


def map_columns(table: SourceTable, given: Mapping[CanonicalField, tuple[str, ...]]) -> ColumnMap:
    """Map a table's columns: as the user says, else as a known export, else as proposed.

    Parameters
    ----------
    given
        The user's mapping; a number names a column of a table without header.

    Raises
    ------
    DataError
        The mapping names a column that is not there, a required one has none, or it is not clear
        which column is which.
    """
    found = {plain_name(name): name for name in table.header}
    own = {ours: _named(theirs, found) for ours, theirs in given.items()}
    _refuse_absent(table, own, found)
    export = recognise(table)
    if export is None:
        chosen = _proposed(table, own, found)
    else:
        if export.refused and "customer_id" not in own:
            raise DataError(f"{table.name}: {export.refused}", _HINT, in_python=_IN_PYTHON)
        chosen = map_export(export, own, found)
    _refuse_twins(table, chosen)
    if isinstance(table, NestedTable):
        columns = as_whole_orders(table.name, chosen.columns, table.lines_own)
        moved = dict.fromkeys(columns.keys() - chosen.columns.keys(), REPEATS)
        chosen = replace(chosen, columns=columns, reasons=chosen.reasons | moved)
    missing = [ours for ours in REQUIRED_FIELDS if ours not in chosen.columns]
    if missing:
        raise _lacking(table, missing)
    if not chosen.filled_down and stands_on_first_lines(table, chosen.columns):
        told = chosen.reasons.get("ordered_at")
        reason = f"{told}; {FIRST_LINE_ONLY}" if told else FIRST_LINE_ONLY
        reasons = chosen.reasons | {"ordered_at": reason}
        chosen = replace(chosen, filled_down=True, reasons=reasons)
    return chosen


def describe_header(header: Iterable[str]) -> str:
    """A header for a message; what looks like a value (a file without header) is not shown."""
    names, most = list(header), 30
    if any(looks_like_data(name) for name in names):
        return f"{len(names)} columns that look like data, not like names; is there a header?"
    listed = [f'"{name}"' for name in names[:most]]
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(listed) or "no columns") + rest


def looks_like_data(name: str) -> bool:
    """Whether a column's name may be a value, a person's perhaps."""
    return bool(re.search(r"@|\d{3}|^[\d.,\s-]+$", name))


def _named(theirs: Iterable[str], found: Mapping[str, str]) -> tuple[str, ...]:
    """The user's columns, none of `""`; without a header a number stands for `column <number>`."""
    return tuple(
        f"column {name}"
        if name.strip().isdecimal() and plain_name(f"column {name}") in found
        else name
        for name in theirs
        if name.strip()
    )


def _refuse_absent(
    table: SourceTable, own: Mapping[CanonicalField, tuple[str, ...]], found: Mapping[str, str]
) -> None:
    absent = sorted(
        {name for names in own.values() for name in names if plain_name(name) not in found}
    )
    if absent:
        named = " and ".join(f'"{name}"' for name in absent)
        raise DataError(
            f"{table.name}: lacks {named}, which is named as a column. "
            f"Found: {describe_header(table.header)}.",
            _HINT,
            in_python=_IN_PYTHON,
        )


def _proposed(
    table: SourceTable, own: Mapping[CanonicalField, tuple[str, ...]], found: Mapping[str, str]
) -> ColumnMap:
    """What the user maps, and for the rest what names and values say beyond doubt."""
    from custseg.sources.columns.proposal.propose import propose

    proposal = propose(table.header, table.sample, own)
    if proposal.doubts and not proposal.missing:
        hint, in_python = _hints(table, proposal.doubts)
        raise DataError(
            f"{table.name}: it is not clear which column is which.\n"
            + "\n".join(f"  {doubt.field}: {_told(table, doubt)}" for doubt in proposal.doubts),
            hint,
            in_python=in_python,
        )
    used = proposal.sure
    columns: Columns = dict(own) | {match.field: match.columns for match in used}
    reasons = {match.field: match.reason for match in used}
    return ColumnMap(
        there_of(columns, found),
        reasons=reasons,
        zero=proposal.zero,
        left_out=tuple(_left_out(entry) for entry in proposal.left_out),
    )


def _hints(table: SourceTable, doubts: Sequence[Match | Unclear]) -> tuple[str, str]:
    """How to settle the first doubt, by the command line and in Python; the others are alike."""
    first = next((doubt for doubt in doubts if doubt.field not in REQUIRED_FIELDS), doubts[0])
    if any(looks_like_data(name) for name in table.header):
        return _HINT, _IN_PYTHON
    needed = first.field in REQUIRED_FIELDS
    none = "" if needed else f', or {first.field} = "" for none'
    column = first.columns[0]
    in_file = f'[source.columns] {first.field} = "{column}"{none}'
    said = f'columns={{"{first.field}": "{column}"}}'
    return (
        f"Say which in custseg.toml: {in_file}; or with --column. {_SEE}",
        f"Say which: {said}" + ("." if needed else f', or {{"{first.field}": ""}} for none.'),
    )


def _left_out(entry: Match | Unclear) -> str:
    """A note on a field that is not used."""
    return f"{entry.field} is left out: {describe_header(entry.columns)}: {entry.reason}"


def _told(table: SourceTable, doubt: Match | Unclear) -> str:
    """Columns and what is said of them; in a header with values among the names only numbers."""
    perhaps = "perhaps " if isinstance(doubt, Match) else ""
    if any(looks_like_data(name) for name in table.header):
        numbers = (table.header.index(name) + 1 for name in doubt.columns)
        return perhaps + ", ".join(f"column {number}" for number in numbers)
    return f"{perhaps}{describe_header(doubt.columns)}; {doubt.reason}"


def _refuse_twins(table: SourceTable, chosen: ColumnMap) -> None:
    """Refuse a header in which two columns could be the same one of ours."""
    for name in chosen.wanted():
        twins = [other for other in table.header if _single(other) == _single(name)]
        if len(twins) > 1 and not _NUMBERED.fullmatch(name):
            named = " and ".join(f'"{name}"' for name in twins)
            raise DataError(
                f"{table.name}: {named} are the same column to custseg.",
                "Rename or remove one of them.",
            )


def _single(name: str) -> str:
    """A name without the number that a repeated one was given."""
    return plain_name(re.sub(r" \(\d+\)$", "", name))


def _lacking(table: SourceTable, missing: list[CanonicalField]) -> DataError:
    return DataError(
        f"{table.name}: lacks {'; '.join(f'a column for {ours}' for ours in missing)}. "
        f"Found: {describe_header(table.header)}.",
        _HINT,
        in_python=_IN_PYTHON,
    )
