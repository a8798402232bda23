"""Look at a source's table without reading it: which of its columns would be which of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from custseg.errors import DataError
from custseg.sources.columns.match import looks_like_data, map_columns
from custseg.sources.columns.minor_units import settle_minor_units, units_told
from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.propose import propose
from custseg.sources.columns.proposal.result import Match, Proposal, Unused
from custseg.sources.columns.recognition import map_export, recognise
from custseg.sources.filling import stands_on_first_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from custseg.settings import CanonicalField
    from custseg.sources.columns.exports import Export
    from custseg.sources.table import SourceTable

_MAPPED = 1.0


@dataclass(frozen=True)
class Inspection:
    """What a table's columns are."""

    name: str
    """What the table is called."""
    export: str | None
    """The known export that its header is of."""
    proposal: Proposal
    """Of a known export: its columns."""
    given: tuple[Match, ...]
    """What the user's own mapping says, as far as its columns are there."""
    absent: tuple[tuple[CanonicalField, str], ...]
    """Columns that the user's mapping names, and the table lacks."""
    refusal: str
    """Why `run-all` refuses the table's header; empty where it takes it."""
    filled_down: bool = False
    """What belongs to an order stands on its first line only, so the lines below are filled."""

    def shown(self, header: tuple[str, ...]) -> Inspection:
        """Return the same with `column 3` for names that look like data, a person's perhaps."""
        hidden = {name: f"column {i}" for i, name in enumerate(header, 1) if looks_like_data(name)}
        quoting = [name for name in hidden if '"' in name]

        def text(told: str) -> str:
            for name in quoting:
                told = told.replace(f'"{name}"', f'"{hidden[name]}"')
            return re.sub(r'"([^"]*)"', lambda name: f'"{hidden.get(name[1], name[1])}"', told)

        def match(found: Match) -> Match:
            columns = tuple(hidden.get(name, name) for name in found.columns)
            column = columns[0] if isinstance(found.column, str) else columns
            return replace(found, column=column, reason=text(found.reason))

        proposal = replace(
            self.proposal,
            matches=tuple(map(match, self.proposal.matches)),
            unclear=tuple(
                replace(
                    entry,
                    columns=tuple(hidden.get(name, name) for name in entry.columns),
                    reason=text(entry.reason),
                )
                for entry in self.proposal.unclear
            ),
            unused=tuple(
                Unused(hidden.get(entry.column, entry.column), text(entry.reason))
                for entry in self.proposal.unused
            ),
        )
        return replace(self, proposal=proposal, given=tuple(map(match, self.given)))


def inspect(
    table: SourceTable,
    given: Mapping[CanonicalField, str | tuple[str, ...]],
    rates: Collection[str] = (),
    minor_units: Sequence[CanonicalField] | None = None,
) -> Inspection:
    """Tell which known export a table is, or propose which of its columns is which.

    Parameters
    ----------
    given
        The user's own mapping.
    rates
        Currencies that the settings have a rate for.
    minor_units
        The setting `[source] minor_units`.
    """
    header = table.header
    plain = {plain_name(name): name for name in header}
    named = {
        ours: tuple(
            name for name in ((theirs,) if isinstance(theirs, str) else theirs) if name.strip()
        )
        for ours, theirs in given.items()
    }
    absent = tuple(
        (ours, name)
        for ours, names in named.items()
        for name in names
        if plain_name(name) not in plain
        and not (name.strip().isdecimal() and f"column{name.strip()}" in plain)
    )
    lacking = {ours for ours, _ in absent}
    own = {ours: names for ours, names in named.items() if ours not in lacking}
    export = recognise(table)
    if export is None:
        proposal = propose(header, table.sample, own)
    else:
        proposal = _known(export, header, own, plain)
    mapped = tuple(
        Match(ours, names[0] if len(names) == 1 else names, "as your mapping says", _MAPPED)
        if names
        else Match(ours, "", "your mapping says that there is none", _MAPPED)
        for ours, names in own.items()
    )
    if export is None:
        told = units_told(table, minor_units)
        proposal = replace(proposal, matches=tuple(map(told, proposal.matches)))
        mapped = tuple(map(told, mapped))
    proposal = replace(proposal, unused=_lists_explained(proposal.unused, table))
    columns = {match.field: match.columns for match in (*proposal.matches, *mapped)}
    known = export is not None and export.filled_down
    return Inspection(
        table.name,
        export.title if export else None,
        proposal,
        mapped,
        absent,
        _refusal(table, named, rates, minor_units),
        filled_down=not known and stands_on_first_lines(table, columns),
    )


def _refusal(
    table: SourceTable,
    named: Mapping[CanonicalField, tuple[str, ...]],
    rates: Collection[str],
    minor_units: Sequence[CanonicalField] | None,
) -> str:
    try:
        chosen = map_columns(table, named)
    except DataError as error:
        return error.message
    try:
        mapped = settle_minor_units(table, chosen, minor_units)
    except DataError as error:
        return f"{error.message} {error.hint}"
    places = [table.header.index(name) for name in mapped.columns.get("currency", ())]
    texts = [row[i] or "" for row in table.sample for i in places]
    if within := mapped.rules.currency_within:
        texts = [found[1] for text in texts if (found := re.search(within, text))]
    codes = {text.strip().upper() for text in texts} - {""}
    if len(codes) > 1 and not codes <= {code.strip().upper() for code in rates}:
        return f"orders are in {len(codes)} currencies: say what each is worth in [source.rates]"
    return ""


def _lists_explained(unused: tuple[Unused, ...], table: SourceTable) -> tuple[Unused, ...]:
    """Say of a list of records, which may be the lines of an order, how to read it."""
    lists = {
        name
        for place, name in enumerate(table.header)
        if any((row[place] or "").startswith("[{") for row in table.sample)
    }
    return tuple(
        Unused(entry.column, f'a list; [source] items = "{entry.column}" makes rows of it')
        if entry.column in lists and not entry.reason
        else entry
        for entry in unused
    )


def _known(
    export: Export,
    header: tuple[str, ...],
    own: Mapping[CanonicalField, tuple[str, ...]],
    plain: Mapping[str, str],
) -> Proposal:
    """What a known export's columns are, but for what the user's mapping says."""
    mapped = map_export(export, own, plain).columns
    matches = tuple(
        Match(ours, names[0] if len(names) == 1 else names, "known export", _MAPPED)
        for ours, names in mapped.items()
        if ours not in own
    )
    taken = {name for names in mapped.values() for name in names}
    unused = tuple(Unused(name, "") for name in header if name not in taken)
    return Proposal(matches, (), (), unused)
