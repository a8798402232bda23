"""The words of a column's name as they are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER: Final = frozenset(
    {"no", "nr", "nbr", "num", "number", "nummer", "numero", "numer", "n", "номер", "№"}
)
_ABBREVIATED: Final = {
    "amt": "amount",
    "amnt": "amount",
    "tran": "transaction",
    "trans": "transaction",
    "txn": "transaction",
    "trx": "transaction",
    "cust": "customer",
    "ord": "order",
    "prod": "product",
    "qnty": "quantity",
}
_ID: Final = frozenset({"identifier", "identifiant", "identificador", "identificativo", "ids"})
_SIGNS: Final = {
    "#": " number ",
    "№": " number ",
    "n°": " number ",
    "%": " percent ",
    "€": " eur ",
    "$": " usd ",
    "£": " gbp ",
    # Letters with a stroke are no accents to Unicode.
    "ł": "l",
    "ı": "i",
    "ø": "o",
    "đ": "d",
    "æ": "ae",
}


def words_of(name: str, fill: frozenset[str]) -> list[str]:
    """Return a name's words as they are compared, without fill words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    for sign, word in _SIGNS.items():
        spaced = spaced.replace(sign, word).replace(sign.upper(), word)
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKD", spaced.casefold())
        if not unicodedata.combining(char)
    )
    words = [_plain(word) for word in re.findall(r"[^\W_]+", folded)]
    # "Tax 5%" is the tax, and no rate.
    words = [
        word
        for i, word in enumerate(words)
        if not (word == "percent" and i and words[i - 1].isdecimal())
        and not (word.isdecimal() and words[i + 1 : i + 2] == ["percent"])
    ] or words
    return [word for word in words if word not in fill] or words


def _plain(word: str) -> str:
    word = plain_name(word)
    if word in _NUMBER:
        return "number"
    if word in _ID:
        return "id"
    word = _ABBREVIATED.get(word, word)
    # "Kundennr." is short for "Kundennummer".
    return re.sub(r"(?<=\w{3})nr$", "nummer", word)


def sorted_words(words: Iterable[str]) -> str:
    """Return words in one order, whatever that of the name."""
    return " ".join(sorted(words))
