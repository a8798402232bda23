"""From files to the tables in them, whatever their format: content decides, not the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError, SettingsError
from custseg.sources.databases.address import file_kind
from custseg.sources.files.archives import is_note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custseg.settings import SourceSettings
    from custseg.sources.files.places import Place
    from custseg.sources.table import SourceTable

_HEAD: Final = 4096
_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_PARQUET: Final = b"PAR1"
_MOST_COLUMNS: Final = 5_000
"""Of a table; the widest exports have some hundreds."""


def open_tables(
    found: Sequence[Place] | str,
    scratch: Path,
    settings: SourceSettings,
    aside: dict[str, str] | None = None,
) -> list[SourceTable]:
    """Open every table of some files or of a database; only their heads are read.

    Parameters
    ----------
    found
        The files; archives may hold several tables, workbooks and databases too. Text: a
        database's address.
    scratch
        An existing folder for what archives are unpacked to.
    aside
        Gets the files among several that hold nothing, and notes that are no table, by name with
        the reason. Without it they are errors.

    Raises
    ------
    DataError
        A file is none that custseg reads, or is damaged.
    """
    from custseg.sources.files.archives import unpack

    if isinstance(found, str):
        return _open_database(found, settings)
    tables: list[SourceTable] = []
    for place in found:
        try:
            unpacked = unpack(place.path, place.name, scratch)
            for path, name in unpacked:
                alone = len(found) == len(unpacked) == 1
                try:
                    tables += _open(path, name, settings)
                except DataError as error:
                    if aside is None or alone or not _is_no_table(path, name):
                        raise
                    aside[name] = error.message.removeprefix(f"{name}: ").rstrip(".")
        except PermissionError:
            raise DataError(
                f"{place.path}: may not be read.", "Check the file's permissions."
            ) from None
    return tables


def _is_no_table(path: Path, name: str) -> bool:
    """Whether a file that cannot be opened need not be a table: an empty one, or a note."""
    return path.stat().st_size == 0 or is_note(re.split(r"[/\\]|, ", name)[-1])


def _not_too_wide(table: SourceTable) -> SourceTable:
    if len(table.header) > _MOST_COLUMNS:
        raise DataError(
            f"{table.name}: has {len(table.header):,} columns; custseg reads tables of at most "
            f"{_MOST_COLUMNS:,}.",
            "Is it a table with a row per order line? Export the columns that are needed.",
        )
    return table


def _open(path: Path, name: str, settings: SourceSettings) -> list[SourceTable]:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise DataError(f"{name}: the file is empty.", "Export the orders again.")
    if file_kind(path):
        return _open_database(str(path), settings, name)
    if settings.table or settings.query:
        raise SettingsError(
            f"{name}: [source] table and query are for databases.",
            "Leave out --table and --query.",
        )
    if head.startswith((_ZIP, _OLD_OFFICE)):
        from custseg.sources.sheets.workbook import open_workbook

        return [*open_workbook(path, name, settings)]
    if head.startswith(_PARQUET):
        from custseg.sources.files.parquet import open_parquet

        return [_not_too_wide(open_parquet(path, name, settings.items))]
    if head.lstrip().startswith((b"{", b"[")):
        from custseg.sources.text.jsonlines import open_json_lines

        return [_not_too_wide(open_json_lines(path, name, settings.items))]
    from custseg.sources.text.delimited import open_text

    return [_not_too_wide(open_text(path, name, settings))]


def _open_database(
    location: str, settings: SourceSettings, name: str | None = None
) -> list[SourceTable]:
    from custseg.sources.databases.database import database_name, open_database

    return [*open_database(location, settings, name or database_name(location))]


def one_of_each_database(
    tables: Sequence[SourceTable], fits: Callable[[SourceTable], bool]
) -> list[SourceTable]:
    """Keep of a database's tables the one that holds the orders; other tables stay.

    Raises
    ------
    DataError
        None or several of them fit.
    """
    from custseg.sources.databases.database import DatabaseTable, sole

    held = [table for table in tables if isinstance(table, DatabaseTable)]
    others: list[SourceTable] = [table for table in tables if not isinstance(table, DatabaseTable)]
    return [*others, sole(held, fits)] if held else others


def name_of(found: Sequence[Place] | str) -> str:
    """Return what messages call a whole source: its only file, or how many there are."""
    if isinstance(found, str):
        from custseg.sources.databases.database import database_name

        return database_name(found)
    return found[0].name if len(found) == 1 else f"{len(found)} files"
