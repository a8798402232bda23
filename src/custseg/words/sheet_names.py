"""Names that Excel accepts for sheets, and texts that it accepts in cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from custseg.words.cells import FORMULA_STARTS

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""XML 1.0, section 2.2."""
_NOT_IN_SHEET_NAMES: Final = re.compile(r"[\[\]:*?/\\\s]+")
_LONGEST_SHEET_NAME: Final = 31
_RESERVED: Final = "history"
"""Excel keeps this name for its own log of changes."""
_LONGEST_TEXT: Final = 32_767
"""Letters that a cell can hold."""


def printable(text: str) -> str:
    """Leave out what XML can't hold, and what is beyond the end of a cell."""
    return _cut(_NOT_IN_XML.sub("", text), _LONGEST_TEXT)


def write_text(cell: Cell, text: str) -> None:
    """Write a text that stays a text, whatever it says: no formula, no error value."""
    cell.value = printable(text)
    cell.data_type = "s"
    # As if typed with an apostrophe before it: it stays a text when someone edits it.
    cell.quotePrefix = text.startswith(tuple(FORMULA_STARTS))


def sheet_name(text: str, fallback: str, taken: set[str]) -> str:
    r"""Make a name for a sheet, and note it as taken.

    At most 31 UTF-16 units, none of ``[ ] : * ? / \``, no apostrophe at either end, and different
    from the others in more than capitals: the rules of Excel, which refuses a workbook otherwise.

    Parameters
    ----------
    text
        What it should say.
    fallback
        What it says instead where nothing of that is left.
    taken
        The names of the other sheets, case-folded; the new one is added.
    """
    name = _NOT_IN_SHEET_NAMES.sub(" ", printable(text))
    name = _cut(name.strip(" '"), _LONGEST_SHEET_NAME).strip(" '")
    if not name or name.casefold() == _RESERVED:
        name = fallback
    unique, number = name, 1
    while unique.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        unique = _cut(name, _LONGEST_SHEET_NAME - len(suffix)).rstrip() + suffix
    taken.add(unique.casefold())
    return unique


def _cut(text: str, units: int) -> str:
    """Its beginning, of at most so many UTF-16 units: Excel counts an emoji as two."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
