"""A sheet that is filled from top to bottom, and then fitted to what it holds."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table

from custseg.report.workbook.cells import Block, Label, Shown
from custseg.report.workbook.formats import TEXT, WHOLE, Format
from custseg.report.workbook.measure import breadth, lines
from custseg.report.workbook.styles import (
    ASIDE,
    BODY,
    HEADER,
    LEFT,
    LINK,
    NEXT,
    TOP,
    UNDER,
    WRAP,
    edge,
    filled,
    font,
    over,
    ruled,
)
from custseg.words.colours import INK, PALE, ink_on
from custseg.words.excel import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.chart._chart import ChartBase
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.worksheet import Worksheet

    from custseg.report.workbook.cells import Heading, Pair, Value
    from custseg.words.language import Texts, Wording

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
_SLACK: Final = 0.95
"""Programs round widths to pixels: a line is planned to hold a little less than it can."""
_BOLD: Final = 1.1
"""How much wider bold letters are."""
_POINTS_PER_CM: Final = 28.35
_LARGE: Final = 16
"""Points of a figure that is read first, and of a title."""


class SheetWriter:
    """Fills a sheet block by block; `finish` sets widths, heights and how it prints."""

    def __init__(self, sheet: Worksheet, say: Texts) -> None:
        self.sheet = sheet
        self.say = say
        """The workbook's texts, in the shop's language."""
        self.orientation: Literal["landscape", "portrait"] = "landscape"
        self.pages = (1, 0)
        """Pages that it prints on, across and down; 0 is as many as it takes."""
        self.readable = 110.0
        """Letters that sentences across the sheet have room for, at least."""
        self._row = 1
        self._columns = 1
        self._needed: dict[int, float] = {}
        self._fixed: dict[int, float] = {}
        self._wrapped: list[tuple[int, int, int | None, str, float]] = []
        sheet.sheet_view.showGridLines = False

    @property
    def wording(self) -> Wording:
        """The shop's language and currency."""
        return self.say.wording

    def title(self, text: str, below: str) -> None:
        """Head the sheet: its title, and a sentence below."""
        self._across(text, 1, _LARGE, font(_LARGE, bold=True))
        self._row += 1
        self.freeze(self._row)
        self.sentence(below, pale=True)
        self._row += 1

    def heading(self, text: str) -> None:
        """Begin a block."""
        if self.sheet.cell(self._row - 1, 1).value is not None:
            self._row += 1
        self._across(text, 1, 13, font(13, bold=True))
        self._row += 1

    def strong(self, text: str, colour: str | None = None) -> None:
        """Write a line in bold, with a segment's colour beside it."""
        cell = self._across(text, 1, BODY, font(bold=True))
        if colour:
            cell.border = edge(colour)
        self._row += 1

    def sentence(self, text: str, *, pale: bool = False) -> None:
        """Write a sentence across the sheet."""
        self._across(text, 1, BODY, font(color=PALE if pale else INK))
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
            self._write(1, label, TEXT, font(color=PALE))
            self.sheet.cell(self._row, 1).alignment = NEXT
            if isinstance(value, str):
                self._across(value, 2, BODY, font()).alignment = ASIDE
            else:
                self._write(2, value, WHOLE, font())
                self.sheet.cell(self._row, 2).alignment = ASIDE
                if note:
                    self._across(note, 3, BODY, font(color=PALE)).alignment = ASIDE
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
            self._head(number, column, filtered=bool(name))
        self._row += 1
        self.rows(columns, rows)
        block = Block(header, header + 1, self._row - 1, len(columns))
        if name:
            reference = f"A{header}:{get_column_letter(len(columns))}{block.last}"
            self.sheet.add_table(Table(name=name, displayName=name, ref=reference))
        return block

    def rows(self, columns: Sequence[Heading], rows: Iterable[Sequence[Value]]) -> None:
        """Write rows in columns whose headers stand above."""
        for row in rows:
            for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
                self._write(number, value, column.format, font())
                colour = value.colour if isinstance(value, Label) else None
                self.sheet.cell(self._row, number).border = ruled(colour)
            self._row += 1

    def _head(self, number: int, column: Heading, *, filtered: bool) -> None:
        ink = ink_on(column.colour) if column.colour else INK
        cell = self._cell(
            number, font(bold=True, color=ink), over(column.format is not TEXT, number)
        )
        write_text(cell, column.header)
        cell.fill, cell.border = filled(column.colour) if column.colour else HEADER, UNDER
        # A header is broken at spaces and hyphens.
        parts = column.header.replace("-", "- ").split() or [""]
        longest = min(_BOLD * max(map(breadth, parts)), _WIDEST_TEXT)
        self._need(number, longest + _BUTTON * filtered)
        self._wrapped.append((self._row, number, number, column.header, BODY))
        if column.width:
            self._fixed[number] = column.width

    def total(self, columns: Sequence[Heading], row: Sequence[Value]) -> None:
        """Write a row in bold under a table."""
        for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            self._write(number, value, column.format, font(bold=True))
        self._row += 1

    def formula(self, number: int, formula: str, shown: Format) -> None:
        """Write a formula of ours in this row; texts of others never come here."""
        cell = self._cell(number, font(bold=True), TOP)
        cell.value, cell.number_format = formula, shown.code

    def chart(self, chart: ChartBase) -> None:
        """Draw a chart here, with room for it."""
        self._row += 1
        self.sheet.add_chart(chart, f"A{self._row}")
        self._row += ceil(chart.height * _POINTS_PER_CM / _ROW) + 1

    def figures(self, told: Sequence[tuple[str, Shown, Shown]]) -> None:
        """Write figures side by side: what each is, how large, and how it changed."""
        shown = [font(color=PALE), font(_LARGE, bold=True), font(color=PALE)]
        for values, letters in zip(zip(*told, strict=True), shown, strict=True):
            for number, value in enumerate(values, 1):
                self._write(number, value, TEXT, letters)
                self.sheet.cell(self._row, number).alignment = LEFT
            self._row += 1
        for number, (_, value, _) in enumerate(told, 1):
            self._need(number, breadth(value.format.written(value.value or 0)) * _LARGE / BODY)
        self.sheet.row_dimensions[self._row - 2].height = _LINE * _LARGE / BODY + 3

    def print_first(self, block: Block, rows: int) -> None:
        """Print so many rows of a list with what stands above it, on one page."""
        self.pages = (1, 1)
        last = min(block.last, block.header + rows)
        self.sheet.print_area = f"A1:{get_column_letter(block.columns)}{last}"

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
        while sum(widths.values()) < self.readable:
            widths[len(widths) + 1] = 12.0
        for number, width in widths.items():
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        heights: dict[int, float] = {}
        for row, first, last, text, size in self._wrapped:
            end = last or len(widths)
            if end > first:
                self.sheet.merge_cells(None, row, first, row, end)
            room = sum(widths[number] for number in range(first, end + 1)) * BODY / size * _SLACK
            height = lines(text, room) * _LINE * size / BODY + 1.5
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
        cell = self._cell(first, font, WRAP)
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
        cell = self._cell(number, font, TOP)
        if isinstance(value, Label):
            self._mark(cell, value)
            value = value.text
        if isinstance(value, str):
            cell.alignment = WRAP if number == 1 else ASIDE
            write_text(cell, value)
            width = self._fixed.get(number, _WIDEST_TEXT)
            self._need(number, min(breadth(value), width))
            self._wrapped.append((self._row, number, number, value, BODY))
        elif value is not None:
            cell.value, cell.number_format = value, shown.code
            if among_texts:
                cell.alignment = ASIDE
            self._need(number, breadth(shown.written(value)))

    def _mark(self, cell: Cell, label: Label) -> None:
        if label.colour:
            cell.border = edge(label.colour)
        if label.link:
            place = f"{quote_sheetname(label.link)}!A1"
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)
            cell.font = font(color=LINK, underline="single")

    def _cell(self, number: int, font: Font, alignment: Alignment) -> Cell:
        self._columns = max(self._columns, number)
        cell: Cell = self.sheet.cell(self._row, number)
        cell.font, cell.alignment = font, alignment
        return cell

    def _need(self, number: int, letters: float) -> None:
        self._needed[number] = max(self._needed.get(number, 0), letters)
