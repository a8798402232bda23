"""Read the sheets of a workbook (xlsx, xls, ods) as tables."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import fastexcel
import numpy as np
import pyarrow as pa

from custseg.errors import DataError, did_you_mean
from custseg.sources.header import find_header
from custseg.sources.sheets.file import HEAD_ROWS, check_kind, copy_head, damage_reported
from custseg.sources.sheets.merges import Merges, fill_sample, read_merges, rows_above
from custseg.sources.sheets.parser import (
    open_book,
    parser_errors_reported,
    read_cells,
    try_in_own_process,
)
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fastexcel import DType, ExcelReader
    from ibis.backends.duckdb import Backend

    from custseg.settings import SourceSettings

_SLICE: Final = 61_440
"""Rows per slice, so that the engine's threads share the work on them."""
_SMALL: Final = 8 << 20
"""Bytes of a workbook in which merged cells are looked for wherever one is empty; in a larger one
only if its first rows have empty cells, for all of the sheet has to be unpacked."""
_MOST_COLUMNS: Final = 2_000
"""Columns that a table may have; a sheet has room for eight times as many."""


@dataclass(frozen=True)
class Sheet:
    """A sheet's table."""

    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    path: Path
    suffix: str
    """The format its content has, such as `.xlsx`."""
    sheet: str
    first_row: int
    """The first row of data, from 0."""
    columns: tuple[int, ...]
    """Where the header's columns stand in the sheet, from 0."""
    kinds: tuple[DType, ...]
    """As what each column's cells are read: as stored where the sample has one kind only, or as
    text. Numbers and dates take a sixth less time so."""
    merges: Merges | None = field(default=None, compare=False)
    """Its cells that are merged over several rows; None: not looked for, as the sample is full."""

    rows: pa.Table | None = field(default=None, compare=False, repr=False)
    """What `parsed` read."""

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:  # noqa: ARG002
        """Read some of its columns (see `SourceTable`)."""
        import ibis

        return Loaded(ibis.memtable(self.read(columns) if self.rows is None else self.rows))

    def parsed(self, columns: Sequence[str]) -> Sheet:
        """Read some of its columns before there is an engine (see `ParsedTable`)."""
        return replace(self, rows=self.read(columns))

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Read some of its columns.

        Returns
        -------
        pyarrow Table
            The columns and `source_row`. Numbers are doubles or text, dates timestamps or ISO text;
            a cell with an error is empty.

        Raises
        ------
        DataError
            The workbook is damaged.
        """
        wanted = list(dict.fromkeys(columns))
        places = [self.header.index(name) for name in wanted]
        kinds = {self.columns[i]: self.kinds[i] for i in places}
        with parser_errors_reported(self.name):
            book = open_book(self.path, self.suffix)
            cells, lost = read_cells(book, self.sheet, self.first_row, kinds)
            if lost:
                # Cells of another kind stand further down: what was read of their columns is void.
                texts, _ = read_cells(
                    book, self.sheet, self.first_row, dict.fromkeys(lost, "string")
                )
                cells.update(texts)
        height = len(next(iter(cells.values()), ()))
        self._fill_merged(cells, height)
        numbers = pa.array(np.arange(self.first_row + 1, self.first_row + 1 + height))
        rows = pa.table([cells[self.columns[i]] for i in places] + [numbers], [*wanted, ROW])
        return pa.Table.from_batches(rows.to_batches(max_chunksize=_SLICE), rows.schema)

    def _fill_merged(self, cells: dict[int, pa.Array], height: int) -> None:
        """Give merged cells' values to all of their rows."""
        merges = self.merges
        if merges is None:
            blank = any(array.null_count for array in cells.values())
            small = self.path.stat().st_size <= _SMALL
            merges = (
                _merges(self.path, self.suffix, self.sheet, self.name) if blank and small else {}
            )
        for place in merges.keys() & cells.keys():
            cells[place] = cells[place].take(
                pa.array(rows_above(merges[place], self.first_row, height))
            )


def open_workbook(path: Path, name: str, settings: SourceSettings) -> list[Sheet]:
    """Find the tables of a workbook: one per sheet that is shown and holds rows.

    A sheet of a single column or of a single row (a note, a title) counts only if no sheet has
    more.

    Parameters
    ----------
    path
        An xlsx, xlsm, xls or ods file; its content decides, not its name.
    name
        What messages call it.
    settings
        The sheet to read, if it is named; whether tables have a header, if it is known.

    Raises
    ------
    DataError
        The workbook is damaged, protected by a password, too large, or holds no table; or it does
        not have the sheet that the settings name.
    """
    suffix = check_kind(path, name)
    if suffix == ".xls":
        try_in_own_process(path, name)
    with parser_errors_reported(name):
        shown = _shown(path, suffix, name, settings)
        filled = [look for look in shown if look.rows]
        tables = [
            _table(look, path, suffix, _called(name, look, len(filled)), settings)
            for look in filled
        ]
    regular = [table for table in tables if len(table.header) > 1 and table.sample]
    if not tables:
        raise DataError(f"{name}: the workbook holds no rows.", "Export it again.")
    return regular or tables


def _shown(path: Path, suffix: str, name: str, settings: SourceSettings) -> list[_Look]:
    """Look at all sheets that are shown, or at the one that is named."""
    if suffix == ".xlsx":
        with damage_reported(name), zipfile.ZipFile(path) as container:
            small, cut = copy_head(container)
        # What the head lacks (a part at an odd place, rows below what was cut) the file has.
        with suppress(fastexcel.FastExcelError):
            looks = _looks(fastexcel.read_excel(small), name, settings)
            if all(look.rows for look in looks) or not cut:
                return looks
            book = open_book(path, suffix)
            return [look if look.rows else _look(book, look.sheet) for look in looks]
    return _looks(open_book(path, suffix), name, settings)


def _looks(book: ExcelReader, name: str, settings: SourceSettings) -> list[_Look]:
    names = list(book.sheet_names)
    if settings.sheet is None:
        return [look for look in (_look(book, sheet) for sheet in names) if look.shown]
    if settings.sheet not in names:
        found = ", ".join(f'"{sheet}"' for sheet in names)
        raise DataError(
            f'{name}: no sheet "{settings.sheet}"{did_you_mean(settings.sheet, names)}. '
            f"Found: {found}.",
            "Set [source] sheet.",
        )
    return [_look(book, settings.sheet)]


@dataclass(frozen=True)
class _Look:
    """A sheet's first rows as text."""

    book: ExcelReader
    sheet: str
    shown: bool
    first_row: int
    """The first row that holds anything, from 0."""
    columns: tuple[int, ...]
    rows: tuple[tuple[str | None, ...], ...]


def _look(book: ExcelReader, sheet: str) -> _Look:
    found = book.load_sheet(sheet, header_row=None, n_rows=HEAD_ROWS, dtypes="string")
    shown = found.visible == "visible"
    columns = tuple(column.absolute_index for column in found.selected_columns[:_MOST_COLUMNS])
    if not columns:
        return _Look(book, sheet, shown, 0, (), ())
    whole = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=1, dtypes="string")
    cells = [column.to_pylist() for column in found.to_arrow().columns[: len(columns)]]
    rows = tuple(zip(*cells, strict=True))
    if not any(_filled(row) for row in rows):
        rows = ()
    return _Look(book, sheet, shown, whole.total_height - found.total_height, columns, rows)


def _called(name: str, look: _Look, sheets: int) -> str:
    return f'{name}, sheet "{look.sheet}"' if sheets > 1 else name


def _table(look: _Look, path: Path, suffix: str, name: str, settings: SourceSettings) -> Sheet:
    held = [(at, row) for at, row in enumerate(look.rows) if _filled(row)]
    found = find_header([row for _, row in held], len(look.columns), settings.header)
    names = found.names
    below = [row for _, row in held[found.first :]]
    kept = found.columns_in_use(below)
    skipped = held[found.first - 1][0] + 1 if found.found else held[found.first][0]
    first_row = look.first_row + skipped
    columns = tuple(look.columns[i] for i in kept)
    sample = [[row[i] if _is_text(row[i]) else None for i in kept] for row in below][:SAMPLE_ROWS]
    merges = None
    if any(cell is None for row in sample for cell in row):
        merges = _merges(path, suffix, look.sheet, name)
        places = [look.first_row + at for at, _ in held[found.first :]][:SAMPLE_ROWS]
        fill_sample(sample, places, columns, merges)
    return Sheet(
        name,
        tuple(names[i] for i in kept),
        tuple(map(tuple, sample)),
        path,
        suffix,
        look.sheet,
        first_row,
        columns,
        _kinds(look, first_row, columns, [[row[i] for row in below] for i in kept]),
        merges,
    )


def _merges(path: Path, suffix: str, sheet: str, name: str) -> Merges:
    with damage_reported(name):
        return read_merges(path, sheet) if suffix == ".xlsx" else {}


def _kinds(
    look: _Look, first_row: int, columns: tuple[int, ...], texts: list[list[str | None]]
) -> tuple[DType, ...]:
    """Tell as what columns can be read so that no cell of the sample loses anything.

    Whole numbers without a negative one stay text: they may be ids, and a later `007` among them
    would become 7.
    """
    kinds: list[DType] = ["string"] * len(columns)
    if not columns or not any(texts):
        return tuple(kinds)
    _, not_floats = read_cells(
        look.book, look.sheet, first_row, dict.fromkeys(columns, "float"), HEAD_ROWS
    )
    _, not_dates = read_cells(
        look.book, look.sheet, first_row, dict.fromkeys(columns, "datetime"), HEAD_ROWS
    )
    for i, (column, cells) in enumerate(zip(columns, texts, strict=True)):
        values = [text for text in cells if text and text.strip()]
        if column not in not_floats:
            if any("." in text or "-" in text for text in values) and all(map(_is_plain, values)):
                kinds[i] = "float"
        elif column not in not_dates and all(_is_iso(text) for text in values):
            kinds[i] = "datetime"
    return tuple(kinds)


def _filled(row: tuple[str | None, ...]) -> bool:
    return any(map(_is_text, row))


def _is_text(cell: str | None) -> bool:
    return bool(cell and cell.strip())


def _is_plain(text: str) -> bool:
    """Whether a number comes back from a float as it is written: 1.10 and true do not."""
    try:
        return repr(float(text)).removesuffix(".0") == text
    except ValueError:
        return False


def _is_iso(text: str) -> bool:
    return text[4:5] == "-" and text[:4] >= "1900"
