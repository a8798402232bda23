"""How figures and names are written on charts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from custseg.summary.segment import SegmentSummary

_CENTS_BELOW: Final = 100
_SHORT_NAME: Final = 28
_MINUS: Final = "\N{MINUS SIGN}"


def plain(text: str) -> str:
    """Leave out what would break a line or turn its direction."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def shorten(text: str, letters: int) -> str:
    """Cut text that is wider than so many letters, with an ellipsis; wide ones count twice."""
    text = plain(text)
    kept, width = "", 0
    for sign in text:
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width <= letters - 1:
            kept += sign
    return text if width <= letters else f"{kept.rstrip()}…"


def name(segment: SegmentSummary) -> str:
    """A segment's name where there is little room."""
    return shorten(segment.segment_name, _SHORT_NAME)


def named(segment: SegmentSummary) -> str:
    """A segment's name within a sentence, in quotes where its own comma would mislead."""
    short = name(segment)
    return f"“{short}”" if "," in short else short


def whole(value: float) -> str:
    """1,234."""
    return f"{value:,.0f}".replace("-", _MINUS)


def number(value: float) -> str:
    """A number with as many decimals as its size deserves: 1,234, 12.5, 0.04."""
    size = abs(value)
    places = 0 if size >= _CENTS_BELOW or value == round(value) else 1 if size >= 1 else 2
    return f"{value:,.{places}f}".replace("-", _MINUS)


def percent(share: float) -> str:
    """12.3 %; never 0 % or 100 % where it is not quite."""
    if 0 < share < 0.001:  # noqa: PLR2004  (a tenth of a hundredth)
        return "<0.1 %"
    if 0.999 < share < 1:  # noqa: PLR2004  (likewise)
        return ">99.9 %"
    return f"{share:.1%}".replace("%", " %").replace("-", _MINUS)


def money(value: Decimal | float, currency: str, *, cents: bool = False) -> str:
    """£1,234; with cents below 100, or where asked for."""
    places = 2 if cents or 0 < round(abs(float(value)), 2) < _CENTS_BELOW else 0
    written = f"{abs(value):,.{places}f}"
    sign = _MINUS if value < 0 and written.strip("0.,") else ""
    return f"{sign}{before(currency)}{written}"


def before(currency: str) -> str:
    """A currency as it stands before a number: letters keep a distance, signs don't."""
    currency = plain(currency)
    return f"{currency}\N{NO-BREAK SPACE}" if currency[-1:].isalpha() else currency


def in_currency(what: str, currency: str) -> str:
    """Title of an axis of money, such as `Revenue (£)`."""
    return f"{what} ({plain(currency)})" if plain(currency) else f"{what} (shop currency)"


def several(count: int, one: str, many: str) -> str:
    """A count and what is counted."""
    return f"{whole(count)} {one if count == 1 else many}"


def listed(names: list[str]) -> str:
    """`A, B and C`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))
