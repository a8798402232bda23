"""What `custseg publish` shows: which table got how many rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Column, Table, whole

if TYPE_CHECKING:
    from custseg.offers.export.database import PublishedRows


def published_rows(rows: PublishedRows) -> Table:
    """How many rows were written, replaced and deleted; never whose."""
    monthly = rows.what == "customers_by_month"
    counts = {
        f"customers {'until' if monthly else 'as of'} {rows.as_of}": rows.customers,
        # Else there is one for each.
        "rows written": rows.rows if monthly else 0,
        f"rows {'of that date ' if rows.what == 'segments' else ''}replaced": rows.replaced,
        "rows left out or deleted: forgotten, or objecting": rows.left_out,
    }
    return Table(
        "publish",
        f"Table {rows.table}",
        (Column("what", "what"), Column("rows", "rows", whole)),
        [
            {"what": what, "rows": count}
            for at, (what, count) in enumerate(counts.items())
            if count or not at
        ],
        notes=[f"written to {rows.where}"],
    )


def published_rows_facts(rows: PublishedRows) -> dict[str, Any]:
    """The same as JSON has it."""
    return asdict(rows)
