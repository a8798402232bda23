"""What reading a source shows: its files, its columns, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.table import Column, Table, pairs, whole
from custseg.sources.notes import news

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace

_MOST: Final = 20
"""Rows that a table names; the artifact `rejected` has all of them."""


def download(workspace: Workspace) -> list[Table]:
    """The source and its files, the columns, and the rows left out."""
    manifest = workspace.manifest()
    record, source = manifest.stages["download"], manifest.source
    assert source is not None
    facts = record.facts
    overview: list[tuple[str, object]] = [("source", source.shown())]
    if source.files:
        overview += [
            ("files", whole(len(source.files))),
            ("bytes", whole(sum(file.bytes for file in source.files))),
            ("SHA-256", source.sha256),
        ]
        overview += news(source)
    overview += [
        ("rows", whole(record.outputs["raw"].rows)),
        ("blank rows left out", whole(facts["blank_rows"])),
        ("rows that cannot be read", whole(facts["rejected_rows"])),
        ("code patterns", facts["preset"]),
    ]
    if facts.get("expired_rows"):
        expired = whole(facts["expired_rows"])
        overview.append(("rows older than [privacy] keep_months, not read", expired))
    if facts.get("masked_texts"):
        masked = whole(facts["masked_texts"])
        overview.append(
            ("descriptions with an e-mail, a telephone or a card number masked", masked)
        )
    if facts.get("other_rows"):
        overview.append(("rows of this export that are no order lines", whole(facts["other_rows"])))
    if not facts["money"]:
        overview.append(("amounts", "none: the orders say nothing of money"))
    if facts["people"]:
        which = "all customers" if facts["all_keyed"] else "those that look like people"
        overview.append(("customers' ids", f"keyed hashes of {which}"))
    if facts["beside"]:
        overview.append(("without orders", ", ".join(facts["beside"])))
    overview += [("not used", note) for note in facts.get("left_out", ())]
    columns = Table(
        "columns",
        "Columns",
        (Column("field", "custseg's"), Column("column", "yours"), Column("reason", "because")),
        [{key: row[key] for key in ("field", "column", "reason")} for row in facts["mapping"]],
    )
    return [pairs("overview", "Source", overview), columns, *_left_out(workspace)]


def _left_out(workspace: Workspace) -> list[Table]:
    rows: list[dict[str, Any]] = workspace.rows("rejected")
    if not rows:
        return []
    notes = [f"the first {_MOST} of {len(rows):,}"] if len(rows) > _MOST else []
    columns = (
        Column("source_file", "file"),
        Column("source_row", "row", whole),
        Column("reason", "left out because"),
    )
    return [Table("rejected", "Rows left out", columns, rows[:_MOST], notes=notes)]
