"""What `custseg forget`, `object` and `subject` show; nobody is named."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Column, Table, whole
from custseg.words.figures import counted

if TYPE_CHECKING:
    from custseg.privacy.receipt import Receipt
    from custseg.privacy.subject import Subject
    from custseg.privacy.traces import Search


def receipt(done: Receipt, searched: Search | None) -> Table:
    """What was done to which file."""
    people = counted(done.customers, "customer", "customers")
    title = f"{people} forgotten" if done.kind == "forget" else f"{people} out of all segments"
    notes = [
        done.advice,
        f"Not reached: {'; '.join(done.out_of_reach)}.",
        "The next run makes anew what was made of their orders: custseg run-all",
    ]
    if searched:
        where = f"no trace of them in {counted(searched.files, 'file', 'files')}"
        notes.insert(0, f"Searched: {where}." if not searched.found else "")
    return Table(
        "changes",
        title,
        (Column("file", "file"), Column("done", "what was done"), Column("rows", "rows", whole)),
        [asdict(change) for change in done.changes],
        notes=[note for note in notes if note],
    )


def receipt_facts(done: Receipt, searched: Search | None) -> dict[str, Any]:
    """The same as JSON has it."""
    facts = {
        "kind": done.kind,
        "at": done.at,
        "customers": done.customers,
        "out_of_reach": list(done.out_of_reach),
        "advice": done.advice,
    }
    if searched:
        facts |= {"files_searched": searched.files, "found_in": list(searched.found)}
    return facts


def subject(found: Subject) -> Table:
    """Which files hold how much on a customer."""
    rows = [
        {"what": one.what, "month": one.month, "file": one.file, "rows": len(one.rows)}
        for one in found.held
    ]
    return Table(
        "held",
        "What is held on this customer",
        (
            Column("what", "what"),
            Column("month", "as of"),
            Column("file", "file"),
            Column("rows", "rows", whole),
        ),
        rows,
    )
