"""The forms of a list: what each program can import, checked in its help in November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import pandas as pd

from custseg.errors import DataError, UsageError
from custseg.offers.export.selection import slug
from custseg.words.excel import E164, neutralise
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, BinaryIO

    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from custseg.offers.export.contacts import Contacts

_WIDEST: Final = 48
"""Widths of a column, in characters; longer texts run on into the next."""
_NARROWEST: Final = 8
_MARGIN: Final = 2
_FILTER_BUTTON: Final = 2
_NUMBER_FORMATS: Final = {"spend": "#,##0.00", "buying_probability": "0.0%"}


@dataclass(frozen=True)
class Format:
    """A form of list."""

    name: str
    layout: Callable[[pd.DataFrame], pd.DataFrame]
    """From what we know of each customer to the columns it takes."""
    reached_by: frozenset[str] = frozenset()
    """It takes a customer by one of these (email, phone); empty: by customer_id."""
    products: bool = True
    """Whether it takes products."""
    fewest: int = 1
    """Customers below whom it is of no use there."""

    @property
    def suffix(self) -> str:
        """Ending of its files."""
        return ".xlsx" if self.name == "xlsx" else ".csv"

    def check(self, contacts: Contacts | None) -> None:
        """Refuse a list that could not be imported.

        Raises
        ------
        UsageError
            The contacts lack what it identifies customers by.
        """
        given = contacts.identifiers if contacts else frozenset()
        if self.reached_by and not self.reached_by & given:
            needed = " or ".join(sorted(self.reached_by))
            raise UsageError(
                f"{self.name} knows customers by {needed}, which the workspace never holds.",
                f"Pass a csv with customer_id and {needed}: --contacts FILE",
            )


def write_csv(frame: pd.DataFrame, sink: BinaryIO) -> None:
    """Write a table as csv (UTF-8, commas) in which no text starts a formula.

    Nor does one where a program splits the lines at semicolons or tabs instead.
    """
    safe = {
        column: neutralise(
            # Objects as well, which may be texts among missing values: pandas 2 would write "None".
            frame[column].astype("str").where(frame[column].notna()),
            E164 if column.lower().startswith("phone") else None,
        )
        for column in map(str, frame.columns)
        if not pd.api.types.is_numeric_dtype(frame[column])
    }
    frame.assign(**safe).to_csv(sink, index=False, lineterminator="\n", encoding="utf-8")


def write_xlsx(frame: pd.DataFrame, sink: BinaryIO) -> None:
    """Write a table as a workbook with one sheet, in which identifiers are texts.

    Raises
    ------
    DataError
        It has more rows than a sheet can have.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    from custseg.words.excel import MOST_ROWS, save

    if len(frame) >= MOST_ROWS:
        raise DataError(
            f"A sheet holds {counted(MOST_ROWS - 1, 'customer', 'customers')}, this list has "
            f"{len(frame):,}.",
            "Take --format csv.",
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    letters = [get_column_letter(number) for number in range(1, len(frame.columns) + 1)]
    sheet.auto_filter.ref = f"A1:{letters[-1]}{len(frame) + 1}"
    header, writers = [], []
    for letter, name in zip(letters, map(str, frame.columns), strict=True):
        longest = int(frame[name].astype("str").str.len().fillna(0).max())
        width = min(max(longest, len(name) + _FILTER_BUTTON, _NARROWEST), _WIDEST)
        sheet.column_dimensions[letter].width = width + _MARGIN
        cell = WriteOnlyCell(sheet, name)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF1F4E79")
        header.append(cell)
        writers.append(_writer(sheet, name, text=pd.api.types.is_string_dtype(frame[name])))
    sheet.append(header)
    for row in zip(*(frame[name].tolist() for name in frame), strict=True):
        sheet.append([write(value) for write, value in zip(writers, row, strict=True)])
    save(book, sink)


def _writer(sheet: WriteOnlyWorksheet, name: str, *, text: bool) -> Callable[[Any], Any]:
    """How a column's values become cells."""
    from openpyxl.cell import WriteOnlyCell

    from custseg.words.excel import text_cell

    if text:
        # A shop without countries has a missing value in each row.
        return lambda value: text_cell(sheet, value) if isinstance(value, str) else None
    if name not in _NUMBER_FORMATS:
        return lambda value: value
    # A row is written at once, so that one cell serves the whole column.
    cell = WriteOnlyCell(sheet)
    cell.number_format = _NUMBER_FORMATS[name]

    def numbered(value: float) -> Cell:
        cell.value = None if pd.isna(value) else value
        return cell

    return numbered


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Our own names, for spreadsheets and for programs that map columns."""
    first = [name for name in ("customer_id", "email", "phone") if name in rows]
    rest = rows.drop(columns=[*first, "segment_slug", "campaign"])
    return pd.concat([rows[first], rest, rows[["campaign"]]], axis=1)


def _klaviyo(rows: pd.DataFrame) -> pd.DataFrame:
    """Klaviyo asks for Email or Phone Number as the first column; the rest are properties."""
    return _titled(rows, {"email": "Email", "phone": "Phone Number"})


def _mailchimp(rows: pd.DataFrame) -> pd.DataFrame:
    """Mailchimp asks for Email Address; tags are separated by commas, so they are slugs."""
    titled = _titled(rows, {"email": "Email Address", "phone": "Phone Number"})
    titled["Tags"] = rows["segment_slug"] + "," + rows["campaign"].map(slug)
    return titled


def _titled(rows: pd.DataFrame, reached: Mapping[str, str]) -> pd.DataFrame:
    """Columns with headers for people: Days Since Order, Buy Again 1, and so on."""
    renamed = {name: title for name, title in reached.items() if name in rows}
    left_out = {"segment", "segment_slug", *renamed}
    renamed |= {
        name: name.replace("_", " ").title().removesuffix(" Name").replace(" Id", " ID")
        for name in map(str, rows.columns)
        if name not in left_out
    }
    return rows[list(renamed)].rename(columns=renamed)


def _meta(rows: pd.DataFrame) -> pd.DataFrame:
    """Meta takes identifiers only: SHA-256 of small letters, of digits with the country's code.

    An extern_id is the shop's own, and not hashed; it finds whom Meta was told of before.
    """
    hashed = {
        name: pd.Series([_digest(text) for text in rows[name]], rows.index, dtype="str")
        for name in ("email", "phone")
        if name in rows
    }
    return pd.DataFrame(hashed | {"extern_id": rows["customer_id"]})


def _digest(text: str) -> str:
    return sha256(text.removeprefix("+").encode()).hexdigest() if text else ""


FORMATS: Final = {
    kind.name: kind
    for kind in (
        Format("csv", _plain),
        Format("xlsx", _plain),
        Format("klaviyo", _klaviyo, frozenset({"email", "phone"})),
        Format("mailchimp", _mailchimp, frozenset({"email"})),
        Format("meta", _meta, products=False, fewest=100),
    )
}
