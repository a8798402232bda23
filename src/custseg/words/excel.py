"""What a spreadsheet accepts: texts that stay texts, files of the same bytes."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_FORMULA_STARTS: Final = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What makes a program take a cell as a formula: OWASP, "CSV Injection"; the last four are the full
width forms of the first."""
_FORMULA: Final = "^[" + _FORMULA_STARTS.replace("-", r"\-") + "]"
_BLANKS: Final = r"\x00-\x20\u00a0\u2000-\u200f\u202f\u2060\u3000\ufeff"
_SIGNS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
"""As `_FORMULA_STARTS`, with the small forms and the minus of mathematics."""
_INJECTION: Final = re.compile(
    rf'(^|[,;\t\r\n"])(?=[{_BLANKS}"]*[{_SIGNS}][{_BLANKS}]*[^{_BLANKS},;])|^(?=[\t\r\n])'
)
"""Where a formula could begin, if a file with commas is read with semicolons or tabs: then a cell
is split at them, quotes are letters or stand around nothing, and a line break begins a row."""
_ANY_SIGN: Final = "[=+@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212-]"
_FORMULA_OR_ERROR: Final = re.compile(f"{_FORMULA}|#[A-Z]")
"""Beginnings of formulas, and of error values ("#N/A"), which openpyxl would write as such."""
E164: Final = r"^\+[1-9][0-9]{7,14}$"
"""A phone number in international form (ITU-T E.164): inert, and mangled it reaches nobody."""
MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can have, with its header."""
_LONGEST_TEXT: Final = 32_767
"""Letters that a cell can hold."""
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""XML 1.0, section 2.2."""
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001  (the earliest a zip can hold; it has no zone)


def neutralise(texts: pd.Series[str], allowed: str | None = None) -> pd.Series[str]:
    """Put an apostrophe before all that a spreadsheet could take as a formula.

    The cells are safe however the file is opened: under commas, semicolons or tabs.

    Parameters
    ----------
    texts
        Cells of a csv that others wrote: names, descriptions, identifiers. Numbers need none.
    allowed
        A pattern of texts that stay as they are, such as `E164`: signs that a reader needs.
    """
    # Most texts have none of these signs, and the engine of the column finds that out at once.
    risky = texts.str.contains(_ANY_SIGN, regex=True).fillna(value=False).astype(bool)
    if allowed:
        risky &= ~texts.str.contains(allowed, regex=True).fillna(value=False).astype(bool)
    safe = texts[risky].map(lambda text: _INJECTION.sub(r"\1'", text))
    return texts.where(~risky, safe)


def cell_text(text: str) -> str:
    """Leave out what XML can't hold, and what is beyond the end of a cell."""
    return _cut(_NOT_IN_XML.sub("", text), _LONGEST_TEXT)


def write_text(cell: Cell, text: str) -> None:
    """Write a text that stays a text, whatever it says: no formula, no error value."""
    cell.value = cell_text(text)
    cell.data_type = "s"
    # As if typed with an apostrophe before it: it stays a text when someone edits it.
    cell.quotePrefix = text.startswith(tuple(_FORMULA_STARTS))


def text_cell(sheet: WriteOnlyWorksheet, text: str) -> str | WriteOnlyCell:
    """Return what to append to a write-only sheet for a text, so that it stays that text.

    A formula in it is shown, not computed; what XML or a cell can't hold is left out.
    """
    text = cell_text(text)
    if not _FORMULA_OR_ERROR.match(text):
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _cut(text: str, units: int) -> str:
    """Its beginning, of at most so many UTF-16 units: Excel counts an emoji as two."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def save(book: Workbook, sink: BinaryIO, dated: datetime | None = None) -> None:
    """Write a workbook whose bytes depend on its content only, not on the time.

    `dated` is when its properties say that it was made.
    """
    from openpyxl.writer.excel import ExcelWriter

    book.properties.creator = "custseg"
    book.properties.created = book.properties.modified = dated or _EPOCH
    # Workbook.save would set the time of modification.
    with _Timeless(sink, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()


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
