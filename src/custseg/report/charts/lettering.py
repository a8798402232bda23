"""How figures and names are written on charts: as in sentences, with the minus sign of the axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from custseg.words import widths
from custseg.words.features import FEATURES
from custseg.words.figures import Style, capital, cents, plain

if TYPE_CHECKING:
    from decimal import Decimal

    from custseg.report.summary.segment import SegmentSummary
    from custseg.words.language import Wording

MINUS: Final = "\N{MINUS SIGN}"
"""As Vega writes it on axes."""
_CHART: Final = Style(minus=MINUS, unknown="unknown")
_WHOLE_FROM: Final = 100
_SHORT_NAME: Final = 28
_NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def shorten(text: str, letters: int) -> str:
    """Cut text that is wider than so many letters, with an ellipsis; wide ones count twice."""
    text = plain(text)
    kept, width = "", 0
    for sign in text:
        width += 2 if widths.is_wide(sign) else 1
        if width <= letters - 1:
            kept += sign
    return text if width <= letters else f"{kept.rstrip()}…"


def text_width(text: str, size: float) -> float:
    """About how many pixels a label takes, and a little more."""
    return size * widths.text_width(text, widths.BOLD_SANS_SERIF)


def name(segment: SegmentSummary) -> str:
    """A segment's name where there is little room."""
    return shorten(segment.segment_name, _SHORT_NAME)


def named(segment: SegmentSummary) -> str:
    """A segment's name within a sentence, in quotes where its own comma would mislead."""
    short = name(segment)
    return f"“{short}”" if "," in short else short


def chart_style(wording: Wording) -> Style:
    """Return the signs of a language on a chart."""
    return replace(wording.style, minus=MINUS)


def whole(value: float, style: Style = _CHART) -> str:
    """1,234."""
    return style.number(value)


def number(value: float) -> str:
    """A number with as many decimals as its size deserves: 1,234, 12.5, 0.04."""
    size = abs(value)
    places = 0 if size >= _WHOLE_FROM or value == round(value) else 1 if size >= 1 else 2
    return _CHART.number(value, places)


def percent(share: float, style: Style = _CHART) -> str:
    """12.3 %; never 0 % or 100 % where it is not quite."""
    if 0 < share < 0.001:  # noqa: PLR2004  (a tenth of a hundredth)
        return f"<{style.percent(0.001)}"
    if 0.999 < share < 1:  # noqa: PLR2004  (likewise)
        return f">{style.percent(0.999)}"
    return style.percent(share)


def signed_percent(share: float) -> str:
    """+12.3 %."""
    return ("+" if share >= 0 else MINUS) + _CHART.percent(abs(share))


def in_words(number: int) -> str:
    """Seven; 13."""
    return _NUMBERS[number] if number < len(_NUMBERS) else whole(number)


def money(
    value: Decimal | float, currency: str, *, exact: bool = False, style: Style = _CHART
) -> str:
    """£1,234; with cents below 100, or where asked for."""
    rounded = cents(value) if round(float(value), 2) else 0
    return style.money(value, currency, 2 if exact else rounded)


def in_currency(what: str, currency: str) -> str:
    """Title of an axis of money, such as `Revenue (£)`."""
    return f"{what} ({plain(currency)})" if plain(currency) else f"{what} (shop currency)"


def feature_label(name: str) -> str:
    """What a feature is called where it stands alone."""
    return capital(FEATURES[name].label)


def feature_value(name: str, value: float | None, currency: str) -> str:
    """A value of a feature."""
    if value is None:
        return _CHART.unknown
    kind = FEATURES[name].kind
    if kind == "money":
        return money(value, currency)
    return percent(value) if kind == "share" else number(value)
