"""Charts that Excel draws itself: they follow when somebody changes a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import LegendEntry
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.formatting.rule import DataBarRule
from openpyxl.utils import get_column_letter

from custseg.words.colours import GREY, GRID, INK, PALE, WHITE, in_excel
from custseg.words.excel import cell_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from custseg.report.workbook.cells import Block
    from custseg.report.workbook.sheet import SheetWriter

_WIDTH: Final = 20.0
_HEIGHT: Final = 8.0
"""Centimetres."""
_POINT: Final = 100
"""A text's size is given in hundredths of a point."""
_EMU_PER_POINT: Final = 12_700


def bars(
    writer: SheetWriter, block: Block, columns: dict[int, Sequence[str]], *, title: str, axis: str
) -> None:
    """Draw bars side by side for each row of a table, with their shares written at their ends.

    Parameters
    ----------
    columns
        The columns to draw, from 1, each with a colour per row.
    """
    chart = _chart(BarChart(), title, axis, "0%")
    chart.gapWidth = 60
    for column, colours in columns.items():
        series = _series(writer.sheet, block, column, GREY)
        for index, colour in enumerate(colours):
            point = DataPoint(idx=index)
            point.graphicalProperties = _filled(colour)
            series.dPt.append(point)
        series.dLbls = DataLabelList(showVal=True, numFmt="0%", dLblPos="outEnd")
        _only_values(series.dLbls)
        chart.series.append(series)
    if len(columns) == 1:
        chart.legend = None
    _draw(writer, chart, block)


def bar_in_cell(writer: SheetWriter, row: int, column: int, colour: str, most: float) -> None:
    """Fill a cell from its left, as far as its value's share of the most."""
    rule = DataBarRule("num", 0, "num", most, in_excel(colour), minLength=0, maxLength=100)
    writer.sheet.conditional_formatting.add(f"{get_column_letter(column)}{row}", rule)


def stacked(
    writer: SheetWriter, block: Block, columns: dict[int, str | None], *, title: str, axis: str
) -> None:
    """Draw columns stacked for each row of a table; a series without colour can't be seen.

    Parameters
    ----------
    columns
        The columns to draw, from 1, from the bottom of the stack up, with their colours.
    """
    chart = _chart(BarChart(), title, axis, "#,##0")
    chart.grouping, chart.overlap, chart.gapWidth = "stacked", 100, 40
    for index, (column, colour) in enumerate(columns.items()):
        series = _series(writer.sheet, block, column, colour or GREY)
        if colour is None:
            # What floats is measured from zero, or its height would lie.
            chart.y_axis.scaling.min = 0
            chart.legend.legendEntry.append(LegendEntry(idx=index, delete=True))
            series.graphicalProperties = GraphicalProperties(noFill=True)
            series.graphicalProperties.line.noFill = True
        elif None in columns.values():
            # A small step is seen by its outline.
            series.graphicalProperties.line.solidFill = in_excel(colour)
        chart.series.append(series)
    _draw(writer, chart, block)


def lines(
    writer: SheetWriter,
    block: Block,
    columns: dict[int, str],
    *,
    title: str,
    axes: tuple[str, str],
    most: float,
) -> None:
    """Draw a line with marks for each column, over the rows of a table.

    Parameters
    ----------
    axes
        What is drawn across, and what up.
    most
        The end of the axis that goes up.
    """
    chart = _chart(LineChart(), title, axes[1], "0.0")
    chart.x_axis.title = _rich(axes[0], 10)
    chart.y_axis.scaling.max = most
    for (column, colour), symbol in zip(columns.items(), _SYMBOLS, strict=False):
        series = _series(writer.sheet, block, column, colour)
        series.graphicalProperties = GraphicalProperties()
        series.graphicalProperties.line.solidFill = in_excel(colour)
        series.graphicalProperties.line.width = int(2.25 * _EMU_PER_POINT)
        series.marker.symbol, series.marker.size = symbol, 7
        series.marker.graphicalProperties = _filled(colour)
        series.smooth = False
        chart.series.append(series)
    _draw(writer, chart, block)


_SYMBOLS: Final = ("circle", "square", "triangle", "diamond")
"""Lines differ in more than colour."""


def _chart(chart: Any, title: str, axis: str, number_format: str) -> Any:  # noqa: ANN401
    chart.title = _rich(title, 12, bold=True)
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.legend.position = "b"
    chart.y_axis.title = _rich(axis, 10)
    chart.y_axis.number_format = number_format
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=in_excel(GRID))
    )
    for side in (chart.x_axis, chart.y_axis):
        # Without this Excel hides the axes that openpyxl writes.
        side.delete = False
        side.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=in_excel(GRID)))
        side.txPr = _small()
    # Long names are broken into lines, not turned.
    chart.x_axis.txPr.properties = RichTextProperties(rot=0)
    # Labels stay at the bottom where a column goes below zero.
    chart.x_axis.tickLblPos = "low"
    chart.legend.txPr = _small()
    return chart


def _series(sheet: Worksheet, block: Block, column: int, colour: str) -> Any:  # noqa: ANN401
    values = Reference(sheet, column, block.header, column, block.last)
    series = Series(values, title_from_data=True)
    series.graphicalProperties = _filled(colour)
    return series


def _draw(writer: SheetWriter, chart: Any, block: Block) -> None:  # noqa: ANN401
    chart.set_categories(Reference(writer.sheet, 1, block.first, 1, block.last))
    writer.chart(chart)


def _filled(colour: str) -> GraphicalProperties:
    return GraphicalProperties(
        solidFill=in_excel(colour), ln=LineProperties(solidFill=in_excel(WHITE))
    )


def _only_values(labels: DataLabelList) -> None:
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = False
    labels.txPr = _small()


def _small() -> RichText:
    properties = CharacterProperties(sz=9 * _POINT, solidFill=in_excel(INK))
    return RichText(p=[Paragraph(ParagraphProperties(defRPr=properties), endParaRPr=properties)])


def _rich(text: str, size: int, *, bold: bool = False) -> Title:
    properties = CharacterProperties(
        sz=size * _POINT, b=bold, solidFill=in_excel(INK if bold else PALE)
    )
    run = RegularTextRun(rPr=properties, t=cell_text(text))
    paragraph = Paragraph(ParagraphProperties(defRPr=properties), r=[run])
    return Title(Text(rich=RichText(p=[paragraph])), overlay=False)
