"""The parser of workbooks, held so that whatever a workbook does to it ends in an error of ours."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastexcel import DType, ExcelReader

_PARSER_LOGGERS: Final = ("calamine", "fastexcel")
_TRIAL: Final = """
import sys
from contextlib import suppress
with suppress(ImportError, ValueError):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import fastexcel
from pathlib import Path
book = fastexcel.read_excel(Path(sys.argv[1]).read_bytes())
for sheet in book.sheet_names:
    book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_arrow()
"""
_LONGEST_REASON: Final = 120
_ERROR_CELL: Final = "but got 'Error("
"""How the parser describes a cell such as #N/A, which holds no value."""


def open_book(path: Path, suffix: str) -> ExcelReader:
    """Open a workbook whose content has the format of a suffix, whatever its name."""
    # The parser goes by a path's suffix; bytes it looks at.
    return fastexcel.read_excel(path if path.suffix.lower() == suffix else path.read_bytes())


def read_cells(
    book: ExcelReader, sheet: str, first_row: int, kinds: dict[int, DType], most: int | None = None
) -> tuple[dict[int, pa.Array], set[int]]:
    """Read columns of a sheet from a row on.

    Parameters
    ----------
    book
        The workbook.
    sheet
        The sheet's name.
    first_row
        The first row to read, from 0.
    kinds
        As what each column is read, by its place in the sheet, from 0.
    most
        Rows to read at most.

    Returns
    -------
    tuple of dict and set
        The columns' cells by their places, and the places of columns of which a cell was lost
        because it does not fit the kind.
    """
    columns = list(kinds)
    read = book.load_sheet(
        sheet,
        header_row=None,
        skip_rows=first_row,
        n_rows=most,
        use_columns=columns,
        dtypes={place: kinds[place] for place in columns},
    )
    # The parser counts the columns from the first that is used, and names them so.
    places = {column.name: column.absolute_index for column in read.selected_columns}
    numbers = {column.index: column.absolute_index for column in read.selected_columns}
    batch, errors = read.to_arrow_with_errors()
    cells = {places[name]: batch[name] for name in batch.schema.names}
    lost = {
        numbers[error.offset_position[1]]
        for error in (errors.errors if errors else ())
        if _ERROR_CELL not in error.detail[:40]
    }
    for place, array in cells.items():
        # The parser takes the texts "nan" and "inf" for numbers.
        if pa.types.is_floating(array.type) and not pc.all(pc.is_finite(array)).as_py():
            lost.add(place)
    return cells, lost


@contextmanager
def parser_errors_reported(name: str) -> Iterator[None]:
    """Turn what the parser raises on a damaged workbook into an error that says so."""
    for logger in _PARSER_LOGGERS:
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        yield
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0][:_LONGEST_REASON]
        raise _damaged(name, reason) from None
    except BaseException as error:
        # What the Rust code did not foresee arrives as this class, which cannot be imported.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise _damaged(name, "its parts do not fit each other") from None


def try_in_own_process(path: Path, name: str) -> None:
    """Parse an xls workbook in a process of its own, and report how that ends.

    A damaged one can make the parser ask for any amount of memory, which ends its process.
    """
    done = subprocess.run(  # noqa: S603  (this Python, and a program of our own)  # nosec B603
        [sys.executable, "-c", _TRIAL, str(path)], capture_output=True, check=False
    )
    if done.returncode:
        raise _damaged(name, "its parts do not fit each other")


def _damaged(name: str, reason: str) -> DataError:
    return DataError(
        f"{name}: the workbook cannot be read: {reason}.",
        "Open it in a spreadsheet program and save it again as xlsx.",
    )
