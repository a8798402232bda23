"""What reading a source shows: its files, its columns, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables import Column, Table, pairs, rows_of, whole

if TYPE_CHECKING:
    from custseg.manifest import Source
    from custseg.workspace import Workspace

_MOST: Final = 20
"""Files and rows that a table names; the artifact `rejected` has all of these."""


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
        overview += _news(source)
    overview += [
        ("rows", whole(record.outputs["raw"].rows)),
        ("blank rows left out", whole(facts["blank_rows"])),
        ("rows that cannot be read", whole(facts["rejected_rows"])),
        ("code patterns", facts["preset"]),
    ]
    if not facts["money"]:
        overview.append(("amounts", "none: the orders say nothing of money"))
    if facts["people"]:
        overview.append(("customers", "kept as keyed hashes of e-mail addresses or names"))
    if facts["beside"]:
        overview.append(("without orders", ", ".join(facts["beside"])))
    columns = Table(
        "columns",
        "Columns",
        (Column("field", "custseg's"), Column("column", "yours"), Column("reason", "because")),
        [dict(row) for row in facts["mapping"]],
    )
    return [pairs("overview", "Source", overview), columns, *_left_out(workspace)]


def _news(source: Source) -> list[tuple[str, object]]:
    """Which files came since the run before, which went, and which are copies of others."""
    told: list[tuple[str, object]] = []
    seen: dict[str, str] = {}
    copies = []
    for file in source.files:
        if first := seen.get(file.sha256):
            copies.append(f"{file.name} (as {first})")
        seen.setdefault(file.sha256, file.name)
    for what, names in (
        ("new since the last run", source.added),
        ("gone since the last run", source.gone),
        ("copies, read once", copies),
    ):
        if names:
            told.append((what, _listed(names)))
    return told


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _left_out(workspace: Workspace) -> list[Table]:
    rows: list[dict[str, Any]] = rows_of(workspace, "rejected")
    if not rows:
        return []
    notes = [f"the first {_MOST} of {len(rows):,}"] if len(rows) > _MOST else []
    columns = (
        Column("source_file", "file"),
        Column("source_row", "row", whole),
        Column("reason", "left out because"),
    )
    return [Table("rejected", "Rows left out", columns, rows[:_MOST], notes=notes)]
