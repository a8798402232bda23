"""Read the sheet of an xlsx workbook that holds the orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import fastexcel
import pyarrow as pa

from custseg.errors import DataError
from custseg.sources.columns import ColumnMap, known_columns, match

if TYPE_CHECKING:
    from pathlib import Path

    from fastexcel import DType, DTypeMap

    from custseg.settings import SourceSettings

_SLICE: Final = 61_440
"""Rows per slice, so that the engine's threads share the work on them."""
_CELL_TYPES: Final[dict[str, DType]] = {
    "quantity": "float",
    "unit_price": "float",
    "ordered_at": "datetime",
}
"""Cells of known columns are taken as stored: a sixth faster than as text."""


def read_workbook(path: Path, where: str, settings: SourceSettings) -> tuple[pa.Table, ColumnMap]:
    """Return the first sheet that has the columns, or the one the settings name, as text.

    Only mapped columns are kept. `source_row` is the row in the sheet.

    Raises
    ------
    DataError
        The workbook is damaged, or no sheet has the columns.
    """
    try:
        book = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise _damaged_workbook(where, error) from None
    if settings.sheet and settings.sheet not in book.sheet_names:
        names = ", ".join(f'"{name}"' for name in book.sheet_names)
        raise DataError(
            f'{where}: no sheet "{settings.sheet}". Found: {names}.', "Set [source] sheet."
        )
    stored: DTypeMap = {
        theirs: _CELL_TYPES.get(ours, "string") for ours, theirs in known_columns(settings.columns)
    }
    missing: DataError | None = None
    for sheet in [settings.sheet] if settings.sheet else book.sheet_names:
        rows = _load(book, sheet, where, stored)
        if not rows.num_columns:
            continue
        try:
            columns = match(rows.column_names, settings.columns, f'{where}, sheet "{sheet}"')
        except DataError as error:
            missing = missing or error
            continue
        if _unclear(rows, columns):
            rows = _load(book, sheet, where, "string")
        numbers = pa.array(range(2, rows.num_rows + 2))
        kept = rows.select(list(dict.fromkeys(columns.columns.values()))).append_column(
            "source_row", numbers
        )
        slices = kept.to_batches(max_chunksize=_SLICE)
        return pa.Table.from_batches(slices, kept.schema), columns
    raise missing or DataError(f"{where}: the workbook holds no rows.", "Export it again.")


def _load(book: fastexcel.ExcelReader, sheet: str, where: str, types: DTypeMap | DType) -> pa.Table:
    try:
        return pa.table(book.load_sheet_eager(sheet, dtypes=types))
    except fastexcel.FastExcelError as error:
        raise _damaged_workbook(where, error) from None


def _unclear(rows: pa.Table, columns: ColumnMap) -> bool:
    """Whether a cell may have been lost: one that does not fit its column's type becomes null."""
    types = {name: rows.schema.field(name).type for name in columns.columns.values()}
    return any(
        not pa.types.is_string(types[name])
        if ours not in _CELL_TYPES
        else rows[name].null_count > 0
        for ours, name in columns.columns.items()
    )


def _damaged_workbook(where: str, error: Exception) -> DataError:
    reason = str(error).splitlines()[0]
    return DataError(f"{where}: the workbook cannot be read: {reason}.", "Save it again as xlsx.")
