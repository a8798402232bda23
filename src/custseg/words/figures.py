"""How figures are written in sentences, and what charts, page and workbook write alike."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


def money(value: Decimal | float, currency: str) -> str:
    """£1,234; -£5; EUR 1,234."""
    sign = "-" if round(value) < 0 else ""
    return f"{sign}{before(currency)}{abs(round(value)):,}"


def before(currency: str) -> str:
    """A currency as it stands before a number: letters keep a distance, signs don't."""
    currency = plain(currency)
    return f"{currency}\N{NO-BREAK SPACE}" if currency[-1:].isalpha() else currency


def percent(share: float, places: int = 1) -> str:
    """12.3 %."""
    return f"{share:.{places}%}".replace("%", " %")


def down(figure: float) -> str:
    """0.82 for 0.829: what passes a threshold must not seem to reach the next."""
    return f"{math.floor(100 * figure + 1e-9) / 100:.2f}"


def listed(words: Sequence[str]) -> str:
    """A, B and C; semicolons where a name has a comma of its own, which one in 1,234 isn't."""
    mark = "; " if any(re.search(r",(?!\d)", word) for word in words) else ", "
    return " and ".join([mark.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def change(ratio: float, less: str = "less") -> str:
    """12.3 % more, or less (fewer, of what is counted), of what is the ratio of now to then."""
    return f"{percent(abs(ratio - 1))} {'more' if ratio > 1 else less}"


def counted(number: int, one: str, many: str) -> str:
    """1 customer; 1,234 customers."""
    return f"{number:,} {one if number == 1 else many}"


def capital(text: str) -> str:
    """Text as a sentence begins; the rest as it is."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Leave out what would break a line or turn its direction."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def printable(cell: str) -> str:
    """Put blanks for line breaks, escape sequences and other characters that are not shown."""
    return "".join(char if char.isprintable() else " " for char in cell)
