"""From a file of order lines (xlsx, csv, Parquet or a zip of one) to the canonical raw table."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ORDER_LINE_NAMES
from custseg.errors import CustsegError, DataError, SettingsError
from custseg.settings import SourceSettings
from custseg.sources.archives import unpacked
from custseg.sources.columns import ColumnMap, match
from custseg.sources.spreadsheet_file import COMPOUND

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

    from custseg.settings import EngineSettings

_FORMATS: Final = "custseg reads xlsx, csv and Parquet files, and a zip of one of them."


@dataclass(frozen=True)
class Raw:
    """A source's rows in canonical columns and types."""

    raw: ir.Table
    preset: str
    """The cleaning preset that fits the export recognised."""
    blank_rows: int
    """Rows left out because every mapped column was empty."""
    source_name: str
    """The file's name, without the folders that lead to it."""


def read_orders(
    path: Path,
    scratch: Path,
    settings: SourceSettings | None = None,
    engine: EngineSettings | None = None,
) -> Raw:
    """Read a file of order lines.

    Parameters
    ----------
    path
        An xlsx, csv or Parquet file, or a zip of one. Its content decides, not its name.
    scratch
        An existing folder for what a zip is unpacked to and what the engine spills; needed for as
        long as the table is.
    settings
        Sheet, column mapping and date format.
    engine
        The `[engine]` settings.

    Returns
    -------
    Raw
        One row per row of the source, in canonical columns; only mapped columns are read.

    Raises
    ------
    DataError
        The file cannot be read, lacks columns, or holds values of the wrong type (all of them are
        counted, with the first rows).
    """
    settings = settings or SourceSettings()
    try:
        table, where = _unpacked(path, scratch)
        return _read(table, where, path.name, scratch, settings, engine)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.", "Check the path, or try: demo") from None
    except PermissionError:
        raise DataError(f"{path}: may not be read.", "Check the file's permissions.") from None


def _read(
    path: Path,
    where: str,
    source_file: str,
    scratch: Path,
    settings: SourceSettings,
    engine: EngineSettings | None,
) -> Raw:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise DataError(f"{where}: the file is empty.", "Export the orders again.")
    workbook = None
    if zipfile.is_zipfile(path) or head.startswith(COMPOUND):
        # Before the engine is even imported: it loads in another thread while this one parses.
        workbook = _workbook(path, where, settings)

    import duckdb
    import ibis

    from custseg.engine import connect, literal
    from custseg.sources.values import typed

    connection = connect(engine, scratch)
    try:
        if workbook:
            rows, columns = workbook
            table = ibis.memtable(rows)
        elif head.startswith(b"PAR1"):
            table = connection.read_parquet(
                literal(path), file_row_number=True, hive_partitioning=False
            )
            header = [name for name in table.columns if name != "file_row_number"]
            columns = match(header, settings.columns, where)
            table = table.mutate(source_row=table.file_row_number + 1)
        else:
            _refuse_other_text(head, where)
            encoding = "utf-8" if _is_utf8(path) else "latin-1"
            table = connection.read_csv(
                literal(path),
                all_varchar=True,
                header=True,
                encoding=encoding,
                hive_partitioning=False,
            )
            columns = match(table.columns, settings.columns, where)
            # Without a partition or an order DuckDB numbers rows as it reads them: in file order.
            table = table.mutate(source_row=ibis.row_number() + 2)
        canonical = _canonical(table, columns, source_file)
        raw, blank_rows = typed(canonical, columns.columns, settings.date_format, where)
    except duckdb.Error as error:
        raise _unreadable(where, error) from error
    return Raw(raw, columns.preset, blank_rows, source_file)


def _workbook(path: Path, where: str, settings: SourceSettings) -> tuple[pa.Table, ColumnMap]:
    """The first sheet that has the columns."""
    from custseg.sources.workbook import open_workbook

    missing: list[DataError] = []
    for table in open_workbook(path, where, settings):
        try:
            columns = match(table.header, settings.columns, table.name)
        except DataError as error:
            missing.append(error)
        else:
            return table.read(tuple(columns.columns.values())), columns
    raise missing[0]


def _unpacked(path: Path, scratch: Path) -> tuple[Path, str]:
    """The table's file itself, and what messages call it."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file.", _FORMATS)
    tables = unpacked(path, path.name, scratch)
    if len(tables) > 1:
        raise DataError(
            f"{path}: the zip holds {len(tables)} tables.",
            f"Unpack it and name the file to read. {_FORMATS}",
        )
    return tables[0]


def _refuse_other_text(head: bytes, where: str) -> None:
    if re.match(rb"\s*(<!doctype|<html|<\?xml)", head, re.IGNORECASE):
        raise DataError(f"{where}: is a web page, not a table.", "Fetch the file itself.")
    if b"\x00" in head:
        raise DataError(f"{where}: is not a table custseg knows.", _FORMATS)


def _is_utf8(path: Path) -> bool:
    with path.open(encoding="utf-8") as stream:
        try:
            while stream.read(1 << 22):
                pass
        except UnicodeDecodeError:
            return False
    return True


def _canonical(table: ir.Table, columns: ColumnMap, source_file: str) -> ir.Table:
    """Rename what is mapped, drop what is not, add what the source lacks as null."""
    import ibis

    return table.select(
        **{
            name: table[columns.columns[name]]
            if name in columns.columns
            else ibis.null("string" if name != "amount" else "decimal(18,4)")
            for name in ORDER_LINE_NAMES
        },
        source_file=ibis.literal(source_file),
        source_row=table.source_row.cast("int64"),
    )


def _unreadable(where: str, error: duckdb.Error) -> CustsegError:
    """Say where reading failed; the engine's own message quotes rows, so it is not shown."""
    if "format specifier" in str(error):
        return SettingsError("[source] date_format is no date format.", "Such as %d/%m/%Y %H:%M")
    line = re.search(r"CSV Error on Line: (\d+)", str(error))
    at = f", row {line[1]}" if line else ""
    return DataError(
        f"{where}{at}: cannot be read as a table; the file is damaged or no regular csv or "
        "Parquet.",
        "Export it again; --debug shows the engine's message, which may quote customer data.",
    )
