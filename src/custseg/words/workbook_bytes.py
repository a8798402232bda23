"""Excel workbooks that are the same bytes whenever they are written, and whose texts are inert."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl.cell import WriteOnlyCell
from openpyxl.writer.excel import ExcelWriter

from custseg.words.cells import FORMULA_STARTS
from custseg.words.sheet_names import printable

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can have, with its header."""
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001  (the earliest a zip can hold; it has no zone)
_RISKY: Final = re.compile(rf"[{re.escape(FORMULA_STARTS)}]|#[A-Z]")
"""Beginnings of formulas, and of error values ("#N/A"), which openpyxl would write as such."""


def save(book: Workbook, sink: BinaryIO, dated: datetime | None = None) -> None:
    """Write a workbook whose bytes depend on its content only, not on the time.

    `dated` is when its properties say that it was made.
    """
    book.properties.creator = "custseg"
    book.properties.created = book.properties.modified = dated or _EPOCH
    # Workbook.save would set the time of modification.
    with _Timeless(sink, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()


def text_cell(sheet: WriteOnlyWorksheet, text: str) -> str | WriteOnlyCell:
    """Return what to append for a text, so that it stays that text.

    A formula in it is shown, not computed; what XML or a cell can't hold is left out.
    """
    text = printable(text)
    if not _RISKY.match(text):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    # As if typed with an apostrophe before it: it stays a text when someone edits it.
    cell.quotePrefix = True
    return cell


class _Timeless(ZipFile):
    """A zip whose entries all have the same date."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Add an entry from memory."""
        super().writestr(_entry(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Add an entry from a file."""
        path: Path | str = filename
        with open(path, "rb") as source, self.open(_entry(arcname), "w", force_zip64=True) as entry:  # noqa: PTH123
            shutil.copyfileobj(source, entry)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _EPOCH.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry
