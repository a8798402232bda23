"""Write a mapping of columns into custseg.toml, and leave all else there as it is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from custseg.cli.files import write_file
from custseg.errors import SettingsError, UsageError
from custseg.settings import CanonicalField
from custseg.sources.columns.match import looks_like_data
from custseg.sources.columns.proposal.result import SURE
from custseg.sources.table import REQUIRED_FIELDS
from custseg.words.figures import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from custseg.sources.columns.inspection import Inspection
    from custseg.sources.columns.proposal.result import Match, Unclear

Columns = Mapping[CanonicalField, str | tuple[str, ...]]


def write_columns(inspections: Sequence[Inspection], path: Path, *, replace: bool) -> Columns:
    """Write what is known of a source's columns into custseg.toml.

    Parameters
    ----------
    inspections
        The source's tables.
    path
        The file, which need not be there.
    replace
        Keys that it has already are replaced.

    Returns
    -------
    mapping
        What was written, by our field: what it has already is kept, and what is unclear or unsure
        is written as comments with the choices. Names that look like data are left out.

    Raises
    ------
    SettingsError
        The file cannot be read or added to.
    UsageError
        Tables of the source need different mappings.
    """
    text = _read(path)
    there = _parsed(text, str(path)).get("source", {}).get("columns", {})
    chosen = _one_of(inspections)
    mapping: dict[CanonicalField, str | tuple[str, ...]] = {
        match.field: match.column
        for match in _matches(chosen)
        if match.confidence >= SURE
        if (replace or match.field not in there) and not any(map(looks_like_data, match.columns))
    }
    content = with_columns(text, mapping, list(_open_lines(chosen)), str(path))
    if chosen and chosen.filled_down:
        content = with_fill_down(content, str(path))
    if content != text:
        write_file(path, content)
    return mapping


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}.") from None


def _matches(inspection: Inspection | None) -> Sequence[Match]:
    if inspection is None:
        return ()
    # A known export needs no mapping but what the user says otherwise.
    return (*inspection.given, *(() if inspection.export else inspection.proposal.matches))


def _one_of(inspections: Sequence[Inspection]) -> Inspection | None:
    """The table whose columns are written: the file has one mapping for all."""
    told = [inspection for inspection in inspections if _matches(inspection)]
    whole = [inspection for inspection in told if not inspection.proposal.missing] or told
    mappings = [{(match.field, match.column) for match in _matches(one)} for one in whole]
    for other, mapping in zip(whole, mappings, strict=True):
        if mapping != mappings[0]:
            raise UsageError(
                f"{whole[0].name} and {other.name} need different mappings, and custseg.toml has "
                "one.",
                "Name files that are alike, or choose a sheet: [source] sheet.",
            )
    return whole[0] if whole else None


def _open_lines(inspection: Inspection | None) -> Iterator[str]:
    """What is left to decide, as lines of TOML to be uncommented."""
    if inspection is None:
        return
    proposal = inspection.proposal
    entries: tuple[Match | Unclear, ...] = (*proposal.unsure, *proposal.unclear)
    for entry in entries:
        yield printable(f"{entry.field}: {entry.reason}")
        for name in entry.columns:
            if not looks_like_data(name):
                yield f"{entry.field} = {json.dumps(name, ensure_ascii=False)}"
        if entry.field not in REQUIRED_FIELDS:
            yield f'{entry.field} = ""'
    for field in inspection.proposal.missing:
        yield f"{field}: no column seems to be it; write its name"
        yield f'{field} = ""'


def with_columns(text: str, columns: Columns, open_lines: Sequence[str], where: str) -> str:
    """Return a custseg.toml with columns in its `[source.columns]`.

    Parameters
    ----------
    text
        The file as it is, comments and layout included; empty where there is none.
    columns
        What to set; a key that is there already is replaced.
    open_lines
        What is left to decide, as lines of TOML; they are added as comments, each once.
    where
        The file's name, for messages.

    Raises
    ------
    SettingsError
        The file is no TOML, or written so that its columns cannot be added to.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = _parsed(text, where)
    known = set(text.splitlines())
    comments = [line for line in open_lines if f"# {line}" not in known]
    if not columns and not comments:
        return text
    refusal = SettingsError(
        f"{where}: its [source.columns] cannot be added to as it is written.",
        "Write it as a table of its own: [source.columns], then a line per column.",
    )
    try:
        document = tomlkit.parse(text if "source" in before else _with_room(text))
        table = _columns_table(document)
        for field, column in columns.items():
            table[field] = column if isinstance(column, str) else list(column)
        if isinstance(table, tomlkit.items.Table):
            _append_comments(table, comments)
        written = tomlkit.dumps(document).rstrip("\r\n") + "\n"
        after = tomllib.loads(written)
    except (TOMLKitError, tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError):
        raise refusal from None
    if after != _expected(before, columns):
        raise refusal
    return written


def with_fill_down(text: str, where: str) -> str:
    """Return a custseg.toml with `fill_down = true` in its `[source]`; a value it has stays.

    Raises
    ------
    SettingsError
        The file is no TOML, or its `[source]` is written so that it cannot be added to.
    """
    before = _parsed(text, where)
    if "fill_down" in before.get("source", {}):
        return text
    # Before the first table below [source], in whose place it would be read otherwise.
    lines = text.splitlines(keepends=True)
    header = next((i for i, line in enumerate(lines) if line.strip() == "[source]"), None)
    if header is not None:
        lines.insert(header + 1, "fill_down = true\n")
    else:
        first = next(
            (i for i, line in enumerate(lines) if line.lstrip().startswith("[source.")), len(lines)
        )
        lines.insert(first, "[source]\nfill_down = true\n\n")
    written = "".join(lines)
    refusal = SettingsError(
        f"{where}: its [source] cannot be added to as it is written.",
        "Write fill_down = true into its [source].",
    )
    try:
        after = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        raise refusal from None
    if after != {**before, "source": {**before.get("source", {}), "fill_down": True}}:
        raise refusal
    return written


def _parsed(text: str, where: str) -> dict[str, Any]:
    """Read TOML.

    Raises
    ------
    SettingsError
        It is none.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where}: cannot be read as TOML: {error}") from None


def _columns_table(document: TOMLDocument) -> Table:
    """The table `[source.columns]`, made where it is missing."""
    import tomlkit

    if "source" not in document:
        # Without a header of its own: only [source.columns] is written.
        document["source"] = tomlkit.table(is_super_table=True)
    source: Any = document["source"]
    if "columns" not in source:
        source["columns"] = tomlkit.table()
    table: Table = source["columns"]
    return table


def _with_room(text: str) -> str:
    """The text with a blank line after it, for a table to follow."""
    return f"{text.rstrip()}\n\n" if text.strip() else ""


def _append_comments(table: Table, lines: Sequence[str]) -> None:
    """Add comments to the end of a table, and keep it apart from what follows."""
    import tomlkit
    from tomlkit.items import Whitespace

    body = table.value.body
    while body and isinstance(body[-1][1], Whitespace):
        body.pop()
    for line in lines:
        table.add(tomlkit.comment(line))
    table.add(tomlkit.nl())


def _expected(before: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    source = before.get("source", {})
    merged = source.get("columns", {}) | {
        field: column if isinstance(column, str) else list(column)
        for field, column in columns.items()
    }
    return {**before, "source": {**source, "columns": merged}}
