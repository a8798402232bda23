"""E-mails, telephones and card numbers in descriptions: masked before anything is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
import ibis.expr.datatypes as dt

from custseg.engine.base import fetch

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir

_COLUMNS: Final = ("description", "category")
"""Texts that people type; ids, among them the product's, are left as they are."""
_MAY_HOLD: Final = r"@|\d(?:[ ().\-/]{0,2}\d){6}"
"""What nearly no description has: an at sign, or seven digits in a row."""
_EMAIL: Final = r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+\.\p{L}{2,}"
_CARD: Final = (
    r"\b(?:(?:2[2-7]|[3-6]\d)\d{2}(?:[ -]?\d{4}){3}(?:[ -]?\d{3})?"
    r"|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}|3[0689]\d{2}[ -]?\d{6}[ -]?\d{4})\b"
)
"""Lengths and beginnings of ISO/IEC 7812 that cards have; articles' numbers (EAN) have 13 digits or
fewer."""
_LONGEST_CARD: Final = 19
_DOUBLED: Final = "0246813579"
"""The digits of twice a digit, added up."""
_START: Final = r"(^|[^\w+.\-/])"
_PHONES: Final = (
    r"\+[1-9](?:[ ().\-/]{0,2}\d){7,14}\b",
    r"(?:0\d{2,4}[ /]\d{3,4} ?\d{3,4}|0\d(?:[ .]\d\d){4})\b",
    r"\(0?\d{2,5}\) ?\d{3,4}[ -]?\d{3,4}\b",
    r"\d{3}-\d{3}-\d{4}\b",
)
"""Digits that are written as telephone numbers are: bare ones may be any code of the shop's."""
_NAMED_PHONE: Final = (
    r"(?i)\b((?:tel(?:e(?:ph|f)on[eo]?)?|t\x{00e9}l(?:\x{00e9}phone)?|phone|mob(?:ile|il)?|handy|"
    r"cell|whatsapp|fax|call)[.:]{0,2} ?(?:no\.?|nr\.?|number)? ?:? ?)"
    r"\(?\d(?:[ ().\-/]{0,2}\d){6,13}\b"
)
"""Digits after a word that says what they are."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    signature=((dt.string, dt.string), dt.Array(dt.string))
)
def regexp_extract_all(text: str, pattern: str) -> list[str]:
    """DuckDB's own: every part of a text that fits."""
    raise NotImplementedError


def mask_free_text(lines: ir.Table, columns: Collection[str]) -> tuple[ir.Table, int]:
    """Mask what tells of a person in texts about products.

    Parameters
    ----------
    lines
        Typed order lines.
    columns
        The canonical columns that the source has.

    Returns
    -------
    ibis Table
        The lines; the same where there is nothing to mask.
    int
        Texts that something was masked in.
    """
    masked = 0
    for name in _COLUMNS:
        if name not in columns:
            continue
        # Products come again on many lines: each text is looked at once. By the greatest of a
        # group, as the engine would look at every line before grouping by what it filters by.
        texts = lines.group_by(name).agg(text=lines[name].max(), lines=lines.count())
        found = texts.filter(texts.text.re_search(_MAY_HOLD)).view()
        changed = found.mutate(masked=without_people(found.text)).view()
        changed = changed.filter(changed.masked != changed.text)
        count = int(fetch(changed.aggregate(n=changed.lines.sum()))[0]["n"] or 0)
        if count:
            text = lines[name]
            lines = lines.mutate(
                **{name: text.re_search(_MAY_HOLD).ifelse(without_people(text), text)}
            )
            masked += count
    return lines, masked


def without_people(text: ir.Value) -> ir.Value:
    """Return a text with e-mail addresses, card numbers and telephone numbers masked."""
    text = text.re_replace(_EMAIL, "[e-mail]")
    cards = regexp_extract_all(text, _CARD).filter(_has_check_digit)
    text = (cards.length() > 0).ifelse(text.re_replace(_CARD, "[card]"), text)
    text = text.re_replace(_NAMED_PHONE, r"\1[phone]")
    for pattern in _PHONES:
        text = text.re_replace(_START + pattern, r"\1[phone]")
    return text


def _has_check_digit(card: ir.Value) -> ir.Value:
    """Whether the last digit is that of Luhn's formula (ISO/IEC 7812-1, annex B)."""
    digits = card.re_replace(r"\D", "").lpad(_LONGEST_CARD, "0")

    def worth(place: ir.Value) -> ir.Value:
        digit = digits.substr(place, 1).cast("int64")
        # From the right every second digit counts twice: of 19 places, those at odd ones.
        twice = ibis.literal(_DOUBLED).substr(digit, 1).cast("int64")
        return (place % 2 == 1).ifelse(twice, digit)

    return ibis.range(_LONGEST_CARD).map(worth).sums() % 10 == 0
