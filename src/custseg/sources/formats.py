"""From files to the tables in them, whatever their format: content decides, not the name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custseg.settings import SourceSettings
    from custseg.sources.places import Place
    from custseg.sources.table import SourceTable

_HEAD: Final = 4096
_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_PARQUET: Final = b"PAR1"


def open_tables(
    found: Sequence[Place], scratch: Path, settings: SourceSettings
) -> list[SourceTable]:
    """Open every table of some files; only their heads are read.

    Parameters
    ----------
    found
        The files; archives may hold several tables, workbooks too.
    scratch
        An existing folder for what archives are unpacked to.

    Raises
    ------
    DataError
        A file is none that custseg reads, or is damaged.
    """
    from custseg.sources.archives import unpacked

    tables: list[SourceTable] = []
    for place in found:
        try:
            for path, name in unpacked(place.path, place.name, scratch):
                tables += _open(path, name, scratch, settings)
        except PermissionError:
            raise DataError(
                f"{place.path}: may not be read.", "Check the file's permissions."
            ) from None
    return tables


def _open(path: Path, name: str, scratch: Path, settings: SourceSettings) -> list[SourceTable]:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise DataError(f"{name}: the file is empty.", "Export the orders again.")
    if head.startswith((_ZIP, _OLD_OFFICE)):
        from custseg.sources.workbook import open_workbook

        return open_workbook(path, name, settings)
    if head.startswith(_PARQUET):
        from custseg.sources.parquet import open_parquet

        return [open_parquet(path, name)]
    if head.lstrip().startswith((b"{", b"[")):
        from custseg.sources.jsonlines import open_json_lines

        return [open_json_lines(path, name, scratch)]
    from custseg.sources.delimited import open_text

    return [open_text(path, name, scratch, settings)]
