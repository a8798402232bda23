"""How much room a text takes in Arial, in digits: the unit of column widths."""

from __future__ import annotations

from math import ceil
from typing import Final

from custseg.words.excel import cell_text
from custseg.words.widths import ARIAL, text_width

_SPACE: Final = text_width(" ", ARIAL)


def breadth(text: str) -> float:
    """How wide a text's widest line is, in digits, the unit of column widths."""
    return max((text_width(line, ARIAL) for line in cell_text(text).splitlines()), default=0)


def lines(text: str, room: float) -> int:
    """How many lines a text takes, broken between words, or inside one that is too long."""
    count = 0
    for paragraph in cell_text(text).splitlines() or [""]:
        count, used = count + 1, 0.0
        for word in paragraph.split():
            own = breadth(word)
            if used and used + _SPACE + own > room:
                count, used = count + 1, 0.0
            used += own + (_SPACE if used else 0)
            broken = max(0, ceil(used / room) - 1)
            count, used = count + broken, used - broken * room
    return count
