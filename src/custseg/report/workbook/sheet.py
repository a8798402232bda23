"""A sheet that is filled from top to bottom, and then fitted to what it holds."""

from __future__ import annotations

from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table

from custseg.report.workbook.cells import Block, Label, Shown
from custseg.report.workbook.formats import TEXT, WHOLE, Format
from custseg.report.workbook.measure import breadth, lines
from custseg.words.colours import INK, PALE, in_excel, ink_on
from custseg.words.excel import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

    from custseg.report.workbook.cells import Heading, Pair, Value

_LINK: Final = "#0b5cad"
_HEADER: Final = PatternFill("solid", fgColor="EEF1F4")
_RULE: Final = Side(style="thin", color="D0D7DE")
_UNDER: Final = Border(bottom=_RULE)
_TOP: Final = Alignment(vertical="top")
_WRAP: Final = Alignment(vertical="top", wrap_text=True)
_ASIDE: Final = Alignment("left", "top", wrap_text=True, indent=1)
"""Of a text that may stand right of a number."""
_NEXT: Final = Alignment("right", "top", wrap_text=True)
_FONT: Final = "Arial"
"""Every office program has it, or one with the same widths."""
_BODY: Final = 10
"""Points; a digit of it is as wide as the unit of column widths, one of Calibri 11."""
_LINE: Final = 13.5
_ROW: Final = 15.0
"""Height of a line of body text, and of a row without a height of its own, in points."""
_TALLEST: Final = 409.0
"""Points: Excel's limit for a row."""
_NARROWEST: Final = 9.0
_WIDEST_TEXT: Final = 44.0
"""Letters; longer texts are wrapped. Numbers are never wrapped, so they have no limit."""
_BUTTON: Final = 3.0
"""Letters that a filter's button covers."""
_READABLE: Final = 110.0
"""Letters that sentences across the sheet have room for, at least."""
_SLACK: Final = 0.95
"""Programs round widths to pixels: a line is planned to hold a little less than it can."""
_BOLD: Final = 1.1
"""How much wider bold letters are."""
_POINTS_PER_CM: Final = 28.35


class SheetWriter:
    """Fills a sheet block by block; `finish` sets widths, heights and how it prints."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.pages = (1, 0)
        self.orientation: Literal["landscape", "portrait"] = "landscape"
        """Pages that it prints on, across and down; 0 is as many as it takes."""
        self._row = 1
        self._columns = 1
        self._needed: dict[int, float] = {}
        self._fixed: dict[int, float] = {}
        self._wrapped: list[tuple[int, int, int | None, str, float]] = []
        sheet.sheet_view.showGridLines = False

    def title(self, text: str, below: str, colour: str | None = None) -> None:
        """Head the sheet: its title, in a segment's colour or none, and a sentence below."""
        cell = self._across(text, 1, 16, _font(16, bold=True))
        if colour:
            cell.fill = PatternFill("solid", fgColor=in_excel(colour))
            cell.font = _font(16, bold=True, color=ink_on(colour))
            self.sheet.sheet_properties.tabColor = in_excel(colour)
        self._row += 1
        self.freeze(self._row)
        self.sentence(below, pale=True)
        self._row += 1

    def heading(self, text: str) -> None:
        """Begin a block."""
        if self.sheet.cell(self._row - 1, 1).value is not None:
            self._row += 1
        self._across(text, 1, 13, _font(13, bold=True))
        self._row += 1

    def sentence(self, text: str, *, pale: bool = False) -> None:
        """Write a sentence across the sheet."""
        self._across(text, 1, _BODY, _font(color=PALE if pale else INK))
        self._row += 1

    def sentences(self, heading: str, told: Iterable[str]) -> None:
        """Begin a block of sentences, if there are any."""
        if told := list(told):
            self.heading(heading)
            for text in told:
                self.sentence(text)

    def pairs(self, rows: Iterable[Pair]) -> None:
        """Write what is what: what each is called stands next to it, however wide the columns."""
        for label, value, note in rows:
            self._write(1, label, TEXT, _font(color=PALE))
            self.sheet.cell(self._row, 1).alignment = _NEXT
            if isinstance(value, str):
                self._across(value, 2, _BODY, _font()).alignment = _ASIDE
            else:
                self._write(2, value, WHOLE, _font())
                self.sheet.cell(self._row, 2).alignment = _ASIDE
                if note:
                    self._across(note, 3, _BODY, _font(color=PALE)).alignment = _ASIDE
            self._row += 1

    def table(
        self, columns: Sequence[Heading], rows: Sequence[Sequence[Value]], name: str | None = None
    ) -> Block:
        """Write rows under their headers.

        Parameters
        ----------
        columns
            Their headers differ.
        rows
            A value for each column.
        name
            Makes it one of Excel's tables, which can be sorted and filtered; no other has it.
        """
        header = self._row
        for number, column in enumerate(columns, 1):
            numeric = column.format is not TEXT
            align = Alignment(
                "right" if numeric else "left",
                "bottom",
                wrap_text=True,
                indent=0 if numeric or number == 1 else 1,
            )
            cell = self._cell(number, _font(bold=True), align)
            write_text(cell, column.header)
            cell.fill, cell.border = _HEADER, _UNDER
            # A header is broken at spaces and hyphens.
            parts = column.header.replace("-", "- ").split() or [""]
            longest = min(_BOLD * max(map(breadth, parts)), _WIDEST_TEXT)
            self._need(number, longest + _BUTTON * bool(name))
            self._wrapped.append((header, number, number, column.header, _BODY))
            if column.width:
                self._fixed[number] = column.width
        for row in rows:
            self._row += 1
            for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
                self._write(number, value, column.format, _font())
                colour = value.colour if isinstance(value, Label) else None
                self.sheet.cell(self._row, number).border = _ruled(colour)
        block = Block(header, header + 1, self._row, len(columns))
        if name:
            reference = f"A{header}:{get_column_letter(len(columns))}{self._row}"
            self.sheet.add_table(Table(name=name, displayName=name, ref=reference))
        self._row += 1
        return block

    def total(self, columns: Sequence[Heading], row: Sequence[Value]) -> None:
        """Write a row in bold under a table."""
        for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            self._write(number, value, column.format, _font(bold=True))
        self._row += 1

    def formula(self, number: int, formula: str, shown: Format) -> None:
        """Write a formula of ours in this row; texts of others never come here."""
        cell = self._cell(number, _font(bold=True), _TOP)
        cell.value, cell.number_format = formula, shown.code

    def chart(self, chart: ChartBase) -> None:
        """Draw a chart here, with room for it."""
        self._row += 1
        self.sheet.add_chart(chart, f"A{self._row}")
        self._row += ceil(chart.height * _POINTS_PER_CM / _ROW) + 1

    def freeze(self, row: int, columns: int = 0) -> None:
        """Keep what is above this row, and so many columns, in sight and on every page."""
        self.sheet.freeze_panes = self.sheet.cell(row, columns + 1)
        self.sheet.print_title_rows = f"{row - 1}:{row - 1}"
        if columns:
            self.sheet.print_title_cols = f"A:{get_column_letter(columns)}"

    def finish(self) -> None:
        """Fit columns and rows to what they hold, and set up the printing."""
        widths = {
            number: self._fixed.get(
                number, max(_NARROWEST, self._needed.get(number, 0) / _SLACK + 2)
            )
            for number in range(1, self._columns + 1)
        }
        while sum(widths.values()) < _READABLE:
            widths[len(widths) + 1] = 12.0
        for number, width in widths.items():
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        heights: dict[int, float] = {}
        for row, first, last, text, size in self._wrapped:
            end = last or len(widths)
            if end > first:
                self.sheet.merge_cells(None, row, first, row, end)
            room = sum(widths[number] for number in range(first, end + 1)) * _BODY / size * _SLACK
            height = lines(text, room) * _LINE * size / _BODY + 1.5
            heights[row] = min(_TALLEST, max(heights.get(row, _ROW), height))
        for row, height in heights.items():
            self.sheet.row_dimensions[row].height = height
        self._print()

    def _print(self) -> None:
        sheet = self.sheet
        sheet.page_setup.orientation = self.orientation
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = self.pages
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.page_margins.top = sheet.page_margins.bottom = 0.6
        sheet.page_margins.footer = 0.3
        sheet.oddFooter.left.text = "&A"
        sheet.oddFooter.right.text = "&P / &N"

    def _across(self, text: str, first: int, size: float, font: Font) -> Cell:
        """Write a text from this column to the sheet's last one."""
        cell = self._cell(first, font, _WRAP)
        write_text(cell, text)
        self._columns = max(self._columns, first)
        self._wrapped.append((self._row, first, None, text, size))
        return cell

    def _write(self, number: int, value: Value, shown: Format, font: Font) -> None:
        among_texts = shown is TEXT
        if isinstance(value, Shown):
            shown, value = value.format, value.value
        if isinstance(value, bool):
            value = "✓" if value else ""
        cell = self._cell(number, font, _TOP)
        if isinstance(value, Label):
            self._mark(cell, value)
            value = value.text
        if isinstance(value, str):
            cell.alignment = _WRAP if number == 1 else _ASIDE
            write_text(cell, value)
            width = self._fixed.get(number, _WIDEST_TEXT)
            self._need(number, min(breadth(value), width))
            self._wrapped.append((self._row, number, number, value, _BODY))
        elif value is not None:
            cell.value, cell.number_format = value, shown.code
            if among_texts:
                cell.alignment = _ASIDE
            self._need(number, breadth(shown.written(value)))

    def _mark(self, cell: Cell, label: Label) -> None:
        if label.colour:
            cell.border = _edge(label.colour)
        if label.link:
            place = f"{quote_sheetname(label.link)}!A1"
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)
            cell.font = _font(color=_LINK, underline="single")

    def _cell(self, number: int, font: Font, alignment: Alignment) -> Cell:
        self._columns = max(self._columns, number)
        cell: Cell = self.sheet.cell(self._row, number)
        cell.font, cell.alignment = font, alignment
        return cell

    def _need(self, number: int, letters: float) -> None:
        self._needed[number] = max(self._needed.get(number, 0), letters)


# openpyxl looks for a style among those that it has: quickest if it is the very same object.
@cache
def _edge(colour: str) -> Border:
    """A thick line of a colour left of a cell."""
    return Border(left=Side(style="thick", color=in_excel(colour)))


@cache
def _ruled(colour: str | None) -> Border:
    """The same with a rule under it; without a colour just that."""
    return (_edge(colour) if colour else Border(*[Side()] * 5)) + _UNDER


@cache
def _font(
    size: float = _BODY, *, bold: bool = False, color: str = INK, underline: str | None = None
) -> Font:
    return Font(_FONT, size, bold, color=in_excel(color), underline=underline)
