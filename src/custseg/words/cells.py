"""Texts in cells of a spreadsheet that start no formula, whatever they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS: Final = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What makes a program take a cell as a formula: OWASP, "CSV Injection"; the last four are the full
width forms of the first."""
_STARTS: Final = "^[" + FORMULA_STARTS.replace("-", r"\-") + "]"
E164: Final = r"^\+[1-9][0-9]{7,14}$"
"""A phone number in international form (ITU-T E.164): inert, and mangled it reaches nobody."""


def is_risky(texts: pd.Series[str]) -> pd.Series[bool]:
    """Tell which texts a spreadsheet could take as a formula."""
    return texts.str.contains(_STARTS, regex=True)


def neutralised(texts: pd.Series[str], *, phones: bool = False) -> pd.Series[str]:
    """Put an apostrophe before each text that a spreadsheet could take as a formula.

    Parameters
    ----------
    texts
        Cells of a csv that others wrote: names, descriptions, identifiers. Numbers need none.
    phones
        They are phone numbers, and those in E.164 form stay as they are.
    """
    risky = is_risky(texts)
    if phones:
        risky &= ~texts.str.contains(E164, regex=True)
    return texts.where(~risky, "'" + texts)
