"""Words that name a row as the sum of others, in the languages that columns are known in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

_WORDS: Final = (
    r"(?:grand[ -]?|sub[ -]?|order[ -]?|invoice[ -]?|running |page |report |overall )?totals?"
    r"|total (?:amount|sum|sales|order|général|general|geral|generale|complessivo)|sum|subtotal"
    r"|summe|(?:gesamt|zwischen|end|teil|bestell|auftrags)(?:summe|betrag|ergebnis)|gesamt|ergebnis"
    r"|somme|sous-?total|totaux|suma|suma (?:total|końcowa|częściowa)|sumas|somma|totale|subtotale"
    r"|soma|totais|totaal|(?:sub|eind)totaal|som|razem|ogółem|suma pośrednia"
    r"|celkem|součet|mezisoučet"
    r"|summa|(?:total|del)summa|totalt|i alt|yhteensä|välisumma|toplam|(?:ara|genel) toplam"
    r"|итого|всего|сумма|промежуточный итог"
    r"|合计|小计|总计|总和|合計|小計|総計|総合計|합계|소계|총계"
    r"|المجموع|الإجمالي|الاجمالي|المجموع الكلي"
)
_SIGNS: Final = r"[\s:.=*_()-]*"
ALONE: Final = rf"(?i)^{_SIGNS}(?:{_WORDS}){_SIGNS}$"
"""Nothing but such a word."""
_BESIDE: Final = rf"(?i)^(?:{_WORDS})[\s:]|\s(?:{_WORDS}){_SIGNS}$"
"""Beside what is summed up, as spreadsheets write it: `May Total`, `Summe Mai`."""


def is_total(text: ir.Value) -> ir.Value:
    """Whether a text is nothing but a word for a sum."""
    return text.cast("string").re_search(ALONE).fill_null(False)


def tells_total(text: ir.Value) -> ir.Value:
    """Whether a text is a word for a sum, or has one beside what is summed up."""
    beside: ir.Value = text.cast("string").re_search(_BESIDE).fill_null(False)
    return is_total(text) | beside


def is_total_text(text: str) -> bool:
    """Whether a single text is nothing but a word for a sum."""
    return re.search(ALONE, text) is not None


def tells_total_text(text: str) -> bool:
    """Whether a single text is a word for a sum, or has one beside what is summed up."""
    return is_total_text(text) or re.search(_BESIDE, text) is not None


def any_of(conditions: list[ir.Value]) -> ir.Value:
    """Whether one of some conditions holds; of none, none does."""
    import ibis

    return ibis.or_(*conditions) if conditions else ibis.literal(False)
