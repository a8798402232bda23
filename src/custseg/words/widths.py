"""How wide texts are, estimated letter by letter: no font is read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Font:
    """Widths of a font's letters, all in one unit."""

    widths: Mapping[str, float]
    """Of letters that are narrower or wider than most, several at a time."""
    capital: float
    usual: float
    wide: float
    """Of a Chinese, Japanese or Korean letter."""


ARIAL: Final = Font(
    {" .,:;'!|/\\[]Iijlft": 0.5, '-()*"r': 0.6, "mwMW%@&": 1.5},
    capital=1.25,
    usual=1.0,
    wide=1.9,
)
"""Cells of a workbook, in digits: the unit of column widths."""
BOLD_SANS_SERIF: Final = Font(
    {"iIjlftr.,:;'|!()[] -/": 0.36, "mwMW%@&<>=+": 0.92}, capital=0.74, usual=0.6, wide=1.0
)
"""Labels of charts, in their size, and a little more than they take."""


def text_width(text: str, font: Font) -> float:
    """Estimate how wide a text is on one line, in the font's unit."""
    return sum(_letter_width(letter, font) for letter in text)


def is_wide(letter: str) -> bool:
    """Tell whether a letter takes the room of two, as Chinese ones do."""
    return unicodedata.east_asian_width(letter) in "WF"


def _letter_width(letter: str, font: Font) -> float:
    if unicodedata.combining(letter):
        return 0.0
    for letters, width in font.widths.items():
        if letter in letters:
            return width
    if is_wide(letter):
        return font.wide
    return font.capital if letter.isupper() else font.usual
