"""From a file of order lines (xlsx, csv, Parquet or a zip of one) to the canonical raw table."""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.artifacts import MONEY_SCALE, ORDER_LINE_NAMES
from custseg.errors import CustsegError, DataError, SettingsError
from custseg.settings import SourceSettings
from custseg.sources.columns import ColumnMap, match

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import ibis.expr.types as ir

    from custseg.settings import EngineSettings

TABLE_SUFFIXES: Final = (".xlsx", ".csv", ".tsv", ".txt", ".parquet")
_LONGEST_NAME: Final = 60
_CHUNK: Final = 1 << 26
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
        where, table = path.name, _unpacked(path, scratch)
        where = where if table == path else f"{where}, {table.name}"
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
    if zipfile.is_zipfile(path):
        # Before the engine is even imported: it loads in another thread while this one parses.
        from custseg.sources.workbook import read_workbook

        workbook = read_workbook(path, where, settings)

    import duckdb
    import ibis

    from custseg.engine import connect, literal
    from custseg.sources.values import good, refusal, typed

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
        values = typed(canonical, columns.columns, settings, where)
        if error := refusal(values, columns.columns, where):
            raise error
        raw = _raw(good(values))
    except duckdb.Error as error:
        raise _unreadable(where, error) from error
    return Raw(raw, columns.preset, values.blank_rows, source_file)


def _unpacked(path: Path, scratch: Path) -> Path:
    """The table's file itself: what a zip holds, or the path as it is."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file.", _FORMATS)
    with path.open("rb") as stream:
        zipped = stream.read(4) == b"PK\x03\x04"
    if not zipped:
        return path
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" in names:
                return path
            tables = [
                name
                for name in names
                if name.lower().endswith(TABLE_SUFFIXES) and not name.startswith("__MACOSX")
            ]
            if len(tables) != 1:
                held = f"{len(tables)} tables" if tables else "no table"
                raise DataError(
                    f"{path}: the zip holds {held} (of {len(names)} files).",
                    f"Unpack it and name the file to read. {_FORMATS}",
                )
            name = re.sub(r"[^\w. +()-]", "_", tables[0].rsplit("/", 1)[-1])
            target = scratch / name[-_LONGEST_NAME:]
            with archive.open(tables[0]) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, _CHUNK)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the zip is damaged ({error}).", "Fetch it again.") from None
    except (RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: the zip cannot be unpacked: {error}.", "Unpack it.") from None
    return target


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
    """Rename what is mapped and drop what is not."""
    import ibis

    return table.select(
        **{ours: table[theirs] for ours, theirs in columns.columns.items()},
        source_file=ibis.literal(source_file),
        source_row=table.source_row.cast("int64"),
    )


def _raw(lines: ir.Table) -> ir.Table:
    """Add each line's amount, and what the source lacks as null."""
    import ibis

    lacking = {name: ibis.null("string") for name in ORDER_LINE_NAMES if name not in lines.columns}
    amount = (lines.quantity * lines.unit_price).round(MONEY_SCALE)
    return lines.mutate(**lacking | {"amount": amount}).select(
        *ORDER_LINE_NAMES, "source_file", "source_row"
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
