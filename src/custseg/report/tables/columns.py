"""What `custseg columns` shows: names of columns, never their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.table import Column, Table
from custseg.sources.table import REQUIRED_FIELDS
from custseg.sources.tables.choosing import shown_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.sources.columns.inspection import Inspection
    from custseg.sources.columns.proposal.result import Match, Unclear
    from custseg.sources.tables.choosing import Choice

_COLUMNS: Final = (
    Column("column", "your column"),
    Column("field", "is our"),
    Column("reason", "because"),
)

_BESIDE: Final = (Column("table", "table"), Column("reason", "why"))
_QUESTIONS: Final = (Column("table", "table"), Column("gives", "has"), Column("lines", "for"))


def column_tables(inspections: Sequence[Inspection], choice: Choice) -> list[Table]:
    """Show each table's columns: what they are, what is unclear, what is left out.

    Parameters
    ----------
    inspections
        Of the tables of orders, as they may be shown (`Inspection.shown`).
    choice
        What else the source holds.
    """
    tables = [
        Table(
            "columns",
            _title(inspection),
            _COLUMNS,
            _rows(inspection),
            _notes(inspection, asks=bool(choice.questions)),
        )
        for inspection in inspections
    ]
    if choice.beside:
        rows = [{"table": one.name, "reason": one.why} for one in choice.beside]
        tables.append(Table("beside", "Other tables", _BESIDE, rows, []))
    if choice.questions:
        rows = [
            {
                "table": question.other.name,
                "gives": ", ".join(question.gives),
                "lines": f"{question.lines.name} by {shown_keys(question)}",
            }
            for question in choice.questions
        ]
        note = (
            "none is joined unasked, as it changes amounts or customers; --write puts each "
            "[[source.join]] into custseg.toml as a comment"
        )
        tables.append(Table("questions", "May be joined", _QUESTIONS, rows, [note]))
    return tables


def column_facts(inspections: Sequence[Inspection], choice: Choice) -> dict[str, Any]:
    """Return the same for JSON."""
    return {
        "beside": [_facts(one, "name", "why") for one in choice.beside],
        "joins": [
            {
                "lines": relation.lines.name,
                "other": relation.other.name,
                "on": shown_keys(relation),
                "gives": list(relation.gives),
                "joined": relation in choice.joins,
            }
            for relation in (*choice.joins, *choice.questions)
        ],
        "tables": [
            {
                "table": inspection.name,
                "export": inspection.export,
                "unambiguous": not inspection.refusal and not choice.questions,
                "columns": [
                    _facts(match, "field", "column", "reason", "confidence")
                    for match in (*inspection.given, *inspection.proposal.matches)
                ],
                "unclear": [
                    _facts(entry, "field", "columns", "reason")
                    for entry in inspection.proposal.unclear
                ],
                "missing": inspection.proposal.missing,
                "unused": [
                    _facts(entry, "column", "reason") for entry in inspection.proposal.unused
                ],
                "fill_down": inspection.filled_down,
                "absent": [{"field": ours, "column": name} for ours, name in inspection.absent],
            }
            for inspection in inspections
        ],
    }


def _facts(of: object, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def _title(inspection: Inspection) -> str:
    if inspection.export:
        return f"{inspection.name}: a known export ({inspection.export})"
    return f"{inspection.name}: proposed"


def _rows(inspection: Inspection) -> list[dict[str, str]]:
    proposal = inspection.proposal
    rows = [
        {"column": _joined(match), "field": match.field, "reason": match.reason}
        for match in (*inspection.given, *proposal.sure)
    ]
    rows += [
        {"column": _joined(weak), "field": f"{weak.field}?", "reason": f"perhaps: {weak.reason}"}
        for weak in proposal.unsure
    ]
    rows += [
        {"column": name, "field": f"{entry.field}?", "reason": f"unclear: {entry.reason}"}
        for entry in proposal.unclear
        for name in entry.columns
    ]
    rows += [
        {"column": entry.column, "field": "–", "reason": entry.reason}
        for entry in proposal.unused
        if entry.reason
    ]
    return rows


def _joined(match: Match) -> str:
    return " + ".join(match.columns)


def _notes(inspection: Inspection, *, asks: bool) -> list[str]:
    proposal = inspection.proposal
    notes = []
    if plain := [entry.column for entry in proposal.unused if not entry.reason]:
        notes.append(f"not used: {', '.join(plain)}")
    for ours, name in inspection.absent:
        notes.append(f'[source.columns] {ours} names "{name}", which is not there')
    notes += _choices(proposal.unclear)
    for weak in proposal.unsure:
        names = _joined(weak)
        notes.append(
            f'{weak.field}: write {weak.field} = "{names}" under [source.columns] if that is right'
            f"{_or_none(weak)}"
        )
    if left_out := list(dict.fromkeys(entry.field for entry in proposal.left_out)):
        notes.append(f"left out unless you name a column: {', '.join(left_out)}")
    for field in proposal.missing:
        told = f'{field}: no column seems to be it; write {field} = "…" under [source.columns]'
        notes.append(told)
    if inspection.filled_down:
        notes.append(
            "what belongs to an order stands on its first line only: the lines below are filled "
            "from it ([source] fill_down = true)"
        )
    if asks:
        notes.append("custseg run-all does not take it yet: the files leave a question")
    elif not inspection.refusal:
        kept = "" if inspection.export else "; --write keeps it in custseg.toml"
        notes.append(f"custseg run-all takes it as it is{kept}")
    elif inspection.export or not (proposal.doubts or proposal.missing or inspection.absent):
        notes.append(f"custseg run-all does not take it yet: {inspection.refusal}")
    else:
        notes.append(
            "custseg run-all does not take it yet: --write puts it into custseg.toml, what is "
            "unclear as comments"
        )
    return notes


def _choices(unclear: Sequence[Unclear]) -> list[str]:
    """What to write for each field, or for a column that several fields may be."""
    fields: dict[tuple[str, ...], list[Unclear]] = {}
    for entry in unclear:
        fields.setdefault(entry.columns, []).append(entry)
    notes = []
    for names, entries in fields.items():
        choices = " or ".join(f'{entry.field} = "{name}"' for entry in entries for name in names)
        about = entries[0].field if len(entries) == 1 else ", ".join(names)
        notes.append(f"{about}: write {choices} under [source.columns]{_or_none(entries[0])}")
    return notes


def _or_none(entry: Match | Unclear) -> str:
    """How to leave a field out, where that is possible."""
    if entry.field in {*REQUIRED_FIELDS, "quantity", "unit_price"}:
        return ""
    return f', or {entry.field} = "" to leave it out'
