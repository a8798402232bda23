"""Fonts, borders, fills and alignments of the workbook's cells."""

from __future__ import annotations

from functools import cache
from typing import Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from custseg.words.colours import INK, in_excel

LINK: Final = "#0b5cad"
HEADER: Final = PatternFill("solid", fgColor="EEF1F4")
_RULE: Final = Side(style="thin", color="D0D7DE")
UNDER: Final = Border(bottom=_RULE)
TOP: Final = Alignment(vertical="top")
WRAP: Final = Alignment(vertical="top", wrap_text=True)
ASIDE: Final = Alignment("left", "top", wrap_text=True, indent=1)
"""Of a text that may stand right of a number."""
LEFT: Final = Alignment("left", "top", wrap_text=True)
NEXT: Final = Alignment("right", "top", wrap_text=True)
_FONT: Final = "Arial"
"""Every office program has it, or one with the same widths."""
BODY: Final = 10
"""Points; a digit of it is as wide as the unit of column widths, one of Calibri 11."""


# openpyxl looks for a style among those that it has: quickest if it is the very same object.
@cache
def edge(colour: str) -> Border:
    """A thick line of a colour left of a cell."""
    return Border(left=Side(style="thick", color=in_excel(colour)))


@cache
def ruled(colour: str | None) -> Border:
    """The same with a rule under it; without a colour just that."""
    return (edge(colour) if colour else Border(*[Side()] * 5)) + UNDER


@cache
def over(numeric: bool, column: int) -> Alignment:  # noqa: FBT001  (cached by place)
    """How the header of a column stands over its values."""
    indent = 0 if numeric or column == 1 else 1
    return Alignment("right" if numeric else "left", "bottom", wrap_text=True, indent=indent)


@cache
def filled(colour: str) -> PatternFill:
    """A cell of one colour."""
    return PatternFill("solid", fgColor=in_excel(colour))


@cache
def font(
    size: float = BODY, *, bold: bool = False, color: str = INK, underline: str | None = None
) -> Font:
    """Letters of the workbook."""
    return Font(_FONT, size, bold, color=in_excel(color), underline=underline)
