"""Dates in words, brought to the few forms that a date format can describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MONTHS: Final = {
    "jan": "january|januar|jänner|januari|janvier|janv|enero|ene|gennaio|gen|janeiro",
    "feb": "february|februar|februari|février|févr|fév|fevr|febrero|febbraio|fevereiro|fev",
    "mar": "march|märz|mär|mrz|maart|mrt|mars|marzo|março",
    "apr": "april|avril|avr|abril|abr|aprile",
    "may": "mai|mei|mayo|maggio|mag|maio",
    "jun": "june|juni|juin|junio|giugno|giu|junho",
    "jul": "july|juli|juillet|juil|julio|luglio|lug|julho",
    "aug": "august|augustus|août|aout|agosto|ago",
    "sep": "september|sept|septembre|septiembre|setiembre|settembre|set|setembro",
    "oct": "october|oktober|okt|octobre|octubre|ottobre|ott|outubro|out",
    "nov": "november|novembre|noviembre|novembro",
    "dec": "december|dezember|dez|décembre|déc|diciembre|dic|dicembre|dezembro",
}
"""Months of English, German, French, Spanish, Italian, Portuguese and Dutch, long and short."""

_DAY: Final = r"(\d{1,2})(?:st|nd|rd|th|er|º|°|ª)?"
_MONTH: Final = r"(\pL{3,10})\.?"
_GAP: Final = r"[\s.,/-]*(?:(?:of|de|del) )?"
_WEEKDAY: Final = r"^\pL+[.,]* ((?:\d{1,2}(?:\.|st|nd|rd|th|er|º|°|ª)? (?:(?:of|de) )?)?\pL{3})"
_ORDERS: Final = (
    (rf"^{_DAY}{_GAP}{_MONTH}{_GAP}(\d{{4}}|\d{{2}})\b", r"\1 \2 \3"),
    (rf"^{_MONTH}[\s./-]*{_DAY}[\s.,/-]+(\d{{4}})\b", r"\1 \2 \3"),
    (rf"^(\d{{4}})[\s.,/-]*{_MONTH}[\s.,/-]*(\d{{1,2}})\b", r"\1 \2 \3"),
)


def tidy(text: ir.Value) -> ir.Value:
    """One blank between date and time and before AM and PM, a point before fractions."""
    text = text.re_replace(r"[\s\x{a0}\x{202f}]+", " ").strip()
    text = text.re_replace(r"(\d)[Tt](\d)", r"\1 \2")
    text = text.re_replace(r"(\d)(?:,| -|,? at|, ?um) ?(\d{1,2}:\d\d)", r"\1 \2")
    text = text.re_replace(r"(:\d\d),(\d)", r"\1.\2")
    return text.re_replace(r" ?([AaPp])\.? ?[Mm]\.?$", r" \1M")


def spaced(text: ir.Value) -> ir.Value:
    """`Monday, 11th of February 2013`, `11-Feb-2013` and `11FEB2013` as `11 Feb 2013`.

    The order of day, month and year stays; what is no such date stays as it is.
    """
    text = tidy(text).re_replace(_WEEKDAY, r"\1")
    for pattern, form in _ORDERS:
        text = text.re_replace(pattern, form)
    return text


def in_english(text: ir.Value) -> ir.Value:
    """Months by their short English names, in small letters."""
    text = text.lower()
    for month, names in _MONTHS.items():
        text = text.re_replace(rf"(^|\PL)(?:{names})(\PL|$)", rf"\1{month}\2")
    return text
