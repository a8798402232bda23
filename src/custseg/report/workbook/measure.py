"""How much room a text takes in Arial, in digits: the unit of column widths."""

from __future__ import annotations

import unicodedata
from math import ceil
from typing import Final

from custseg.words.sheet_names import printable

_SPACE: Final = 0.5
_WIDTHS: Final = {" .,:;'!|/\\[]Iijlft": _SPACE, '-()*"r': 0.6, "mwMW%@&": 1.5}


def breadth(text: str) -> float:
    """How wide a text's widest line is, in digits, the unit of column widths."""
    return max((sum(map(_width, line)) for line in printable(text).splitlines()), default=0)


def _width(letter: str) -> float:
    """About as wide as Arial has it: an i is half a digit, a capital a quarter more than one."""
    for letters, width in _WIDTHS.items():
        if letter in letters:
            return width
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.9
    return 1.25 if letter.isupper() else 1


def lines(text: str, room: float) -> int:
    """How many lines a text takes, broken between words, or inside one that is too long."""
    count = 0
    for paragraph in printable(text).splitlines() or [""]:
        count, used = count + 1, 0.0
        for word in paragraph.split():
            own = breadth(word)
            if used and used + _SPACE + own > room:
                count, used = count + 1, 0.0
            used += own + (_SPACE if used else 0)
            broken = max(0, ceil(used / room) - 1)
            count, used = count + broken, used - broken * room
    return count
