"""How figures and names are written on charts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from custseg.words import figures as wording
from custseg.words.features import FEATURES
from custseg.words.figures import before, plain

if TYPE_CHECKING:
    from decimal import Decimal

    from custseg.report.summary.segment import SegmentSummary

_CENTS_BELOW: Final = 100
_SHORT_NAME: Final = 28
_NARROW: Final = frozenset("iIjlftr.,:;'|!()[] -/")
_WIDE: Final = frozenset("mwMW%@&<>=+")
_MINUS: Final = "\N{MINUS SIGN}"
"""As Vega writes it on axes."""
_NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def shorten(text: str, letters: int) -> str:
    """Cut text that is wider than so many letters, with an ellipsis; wide ones count twice."""
    text = plain(text)
    kept, width = "", 0
    for sign in text:
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width <= letters - 1:
            kept += sign
    return text if width <= letters else f"{kept.rstrip()}…"


def text_width(text: str, size: float) -> float:
    """About how many pixels a text takes."""
    return size * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    """In its font size, of bold sans serif letters and a little more."""
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.92
    if letter.isupper():
        return 0.74
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.6


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
    return wording.percent(share).replace("-", _MINUS)


def signed_percent(share: float) -> str:
    """+12.3 %."""
    return ("+" if share >= 0 else _MINUS) + wording.percent(abs(share))


def in_words(number: int) -> str:
    """Seven; 13."""
    return _NUMBERS[number] if number < len(_NUMBERS) else whole(number)


def money(value: Decimal | float, currency: str, *, cents: bool = False) -> str:
    """£1,234; with cents below 100, or where asked for."""
    places = 2 if cents or 0 < round(abs(float(value)), 2) < _CENTS_BELOW else 0
    written = f"{abs(value):,.{places}f}"
    sign = _MINUS if value < 0 and written.strip("0.,") else ""
    return f"{sign}{before(currency)}{written}"


def in_currency(what: str, currency: str) -> str:
    """Title of an axis of money, such as `Revenue (£)`."""
    return f"{what} ({plain(currency)})" if plain(currency) else f"{what} (shop currency)"


def feature_label(name: str) -> str:
    """What a feature is called where it stands alone."""
    return wording.capital(FEATURES[name].label)


def feature_value(name: str, value: float | None, currency: str) -> str:
    """A value of a feature."""
    if value is None:
        return "unknown"
    kind = FEATURES[name].kind
    if kind == "money":
        return money(value, currency)
    return percent(value) if kind == "share" else number(value)
