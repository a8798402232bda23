"""What a column's name says it holds, in the languages of many shops."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.words import sorted_words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WITH_OR_WITHOUT: Final = frozenset(
    {"incl", "inc", "excl", "ex", "including", "excluding", "inkl", "exkl", "zzgl", "with", "w"}
    | {"without", "wo", "mit", "ohne", "nach", "vor", "avec", "sans", "con", "sin", "after"}
    | {"before", "less"}
)
_TAXES: Final = frozenset({"tax", "vat", "gst", "mwst", "ust", "tva", "iva", "btw", "moms"})
_DISCOUNTS: Final = frozenset(
    {"discount", "discounts", "rabatt", "remise", "descuento", "sconto", "desconto", "korting"}
    | {"rabat", "indirim", "nachlass", "скидка"}
)
_NO_DISCOUNT: Final = frozenset(
    {"id", "code", "number", "applied", "date", "description", "reason", "title", "tax", "used"}
)
"""Words beside a discount that make it something else."""
_MONEY_AT_END: Final = re.compile(
    "(betrag|preis|umsatz|summe|bedrag|prijs|belopp|pris|金额|金額|价|価格|額)$"
)
_CURRENCIES: Final = frozenset(
    {"EUR", "EURO", "USD", "GBP", "CHF", "PLN", "SEK", "NOK", "DKK", "BRL", "CAD", "AUD", "NZD"}
    | {"JPY", "CNY", "RMB", "INR", "MXN", "CZK", "HUF", "RON", "RUB", "TRY", "AED", "SAR", "ZAR"}
    | {"€", "£"}
)
"""What names a currency beyond doubt; "$" is that of many countries."""
OTHERS: Final = "others"
_MINOR: Final = frozenset(
    {"cent", "cents", "cts", "pence", "penny", "pennies", "minor", "paise", "paisa", "kobo"}
    | {"centavo", "centavos", "centimes", "centimos", "centesimi", "grosze", "groszy", "ore"}
    | {"haleru", "kurus", "kopeck", "kopecks", "копеек", "копейки"}
)
"""Words for the smallest units of currencies."""
_AMOUNT_AT_END: Final = frozenset({"amount", "value", "centamount", "amountcents", "cents"})
"""What a field of an object of money is called: the object says what the money is."""
_SCALES: Final = frozenset({"divisor", "fractiondigits"})
"""Fields beside an amount that say how many decimals it has."""
_LIST_OF_LINES: Final = frozenset({"lineitems", "items", "orderlines", "orderitems", "lines"})
_OF_MONEY: Final = frozenset(
    {"unit_price", "amount", "total", "order_total", "discount", "tax", "refunded"}
    | {"order_discount", "order_tax", "order_shipping", "order_refunded"}
)


class How(IntEnum):
    """How much of a name says so: the less, the worse."""

    WHOLE = 0
    PART = 1
    WEAK = 2
    """The whole name, which could be that of many things."""


@dataclass(frozen=True, order=True)
class Meaning:
    """One thing that a column's name can mean. The smaller, the likelier."""

    how: How
    tier: int
    """Place of the name among those of its field; 0 tells most."""
    field: str
    """A canonical field, one of the lexicon's own, or OTHERS."""
    text: str
    """The field in words; of OTHERS, why it is none of ours."""
    found: str
    """The part of the name that says so."""


@dataclass(frozen=True)
class _Lexicon:
    labels: Mapping[str, str]
    whole: Mapping[str, list[Meaning]]
    """Meanings by a name's words, in order and run together, or sorted."""
    parts: Mapping[str, list[tuple[Counter[str], Meaning]]]
    """Meanings by words to be looked for inside a name, under the first of them."""
    fill: frozenset[str]
    neutral: frozenset[str]
    generic: frozenset[str]
    other: frozenset[str]
    money: frozenset[str]
    apart: Mapping[str, str]
    """Words that make any name none of ours, each with the reason."""


def label(field: str) -> str:
    """Return a field in words: `order id`."""
    return _lexicon().labels[field]


@lru_cache(maxsize=1024)
def meanings(name: str) -> tuple[Meaning, ...]:
    """Tell what a column's name can mean, likeliest first.

    A name that is known as a whole means only that. Of others a part can be known, with words
    beside it that change nothing or nothing for sure.
    """
    lexicon = _lexicon()
    if of_object := _of_money_object(name):
        return of_object
    words = words_of(name, lexicon.fill)
    words = _without_minor(words) if says_minor_units(name) else words
    whole = lexicon.whole.get("".join(words), []) + lexicon.whole.get(sorted_words(words), [])
    if whole:
        return _likeliest(whole)
    if _WITH_OR_WITHOUT & set(words):
        # "Total incl. VAT" is a total and no VAT.
        said = _WITH_OR_WITHOUT | _TAXES | _DISCOUNTS
        if bare := [word for word in words if word not in said]:
            words = bare
            if whole := lexicon.whole.get("".join(words), []):
                return _likeliest(whole)
    for word in words:
        if reason := lexicon.apart.get(word):
            return (Meaning(How.PART, 0, OTHERS, reason, word),)
    counted = Counter(words)
    found = [
        (part.total(), meaning)
        for word in counted
        for part, meaning in lexicon.parts.get(word, ())
        if part <= counted and _changes_nothing(counted - part, part, lexicon)
    ]
    if not found and _is_discount(set(words), lexicon):
        rate = {"percent", "rate", "pct"} & set(words)
        field = "discount_rate" if rate else "discount"
        return (Meaning(How.PART, 1, field, lexicon.labels[field], "discount"),)
    longest = max((length for length, _ in found), default=0)
    return _likeliest(meaning for length, meaning in found if length == longest)


def _of_money_object(name: str) -> tuple[Meaning, ...]:
    """What `lineItems.price.value.centAmount` means: as `price`, if that is money; else nothing."""
    if says_scale(name):
        return (Meaning(How.WHOLE, 0, OTHERS, "decimals of an amount", name),)
    path, _, leaf = name.rpartition(".")
    if not path or plain_name(leaf) not in _AMOUNT_AT_END:
        return ()
    first, _, rest = path.partition(".")
    found = meanings(rest if rest and plain_name(first) in _LIST_OF_LINES else path)
    return found if found and found[0].field in _OF_MONEY else ()


def _without_minor(words: list[str]) -> list[str]:
    """Words without those for cents; "minor units" is two of them."""
    said = _MINOR | {"unit", "units"} if "minor" in words else _MINOR
    return [word for word in words if word not in said] or words


def says_any(name: str, wanted: frozenset[str]) -> bool:
    """Whether one of some words is in a name."""
    return not wanted.isdisjoint(words_of(name, frozenset()))


def says_minor_units(name: str) -> bool:
    """Whether a name says cents, pence or the like."""
    words = words_of(name, frozenset())
    if any(words[i : i + 2] in (["per", "cent"], ["pro", "cent"]) for i in range(len(words))):
        return False
    return bool(_MINOR & set(words))


def says_scale(name: str) -> bool:
    """Whether a field is how many decimals the amount beside it has."""
    return plain_name(name.rpartition(".")[2]) in _SCALES and "." in name


def means_money(name: str) -> bool:
    """Whether a name means a price, a total, or what is taken off."""
    path, _, leaf = name.rpartition(".")
    if path and plain_name(leaf) in _AMOUNT_AT_END:
        return True
    return any(meaning.field in _OF_MONEY for meaning in meanings(name))


def _is_discount(words: set[str], lexicon: _Lexicon) -> bool:
    """Whether a name says discount, whoever it is for: unseen, it would be left in the amount."""
    beside = words & (lexicon.other | _NO_DISCOUNT) - {"percent", "rate"}
    return bool(words & _DISCOUNTS) and not beside


def says_money(name: str) -> bool:
    """Whether a word in a name says money, though nothing is known of the whole name."""
    lexicon = _lexicon()
    words = words_of(name, lexicon.fill)
    found = meanings(name)
    if found and found[0].field == OTHERS and "price" not in words:
        return False
    return any(word in lexicon.money or _MONEY_AT_END.search(word) for word in words)


def currency_named(name: str) -> str:
    """The currency that a column's name says its money is in, as "Total (EUR)"; empty if none."""
    written = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    codes = [word for word in re.findall(r"[^\W_]+|[€£]", written) if word.upper() in _CURRENCIES]
    return codes[-1].upper() if codes else ""


def _likeliest(found: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """The likeliest meaning for each field; a name known as none of ours is nothing else."""
    by_field: dict[str, Meaning] = {}
    for meaning in sorted(found):
        by_field.setdefault(meaning.field, meaning)
    return (by_field[OTHERS],) if OTHERS in by_field else tuple(by_field.values())


def _changes_nothing(rest: Counter[str], part: Counter[str], lexicon: _Lexicon) -> bool:
    """Whether the words beside a known part leave it what it is."""
    beside = set(rest)
    if beside <= lexicon.neutral:
        return True
    telling = len(part) > 1 or not set(part) <= lexicon.generic
    return telling and not beside & (lexicon.other | _TAXES)


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    text = (files("custseg.sources.columns.proposal") / "synonyms.toml").read_text("utf-8")
    document = tomllib.loads(text)
    groups = {name: frozenset(words) for name, words in document["words"].items()}
    whole: dict[str, list[Meaning]] = {}
    parts: dict[str, list[tuple[Counter[str], Meaning]]] = {}

    def add(how: How, tier: int, field: str, means: str, names: Iterable[str]) -> None:
        for name in names:
            words = words_of(name, groups["fill"])
            for key in {"".join(words), sorted_words(words)}:
                whole.setdefault(key, []).append(Meaning(how, tier, field, means, name))
            if how is How.WHOLE:
                part = (Counter(words), Meaning(How.PART, tier, field, means, name))
                parts.setdefault(words[0], []).append(part)

    for field, entry in document["fields"].items():
        for tier, names in enumerate(entry["names"]):
            add(How.WHOLE, tier, field, entry["label"], names)
        add(How.WEAK, 0, field, entry["label"], entry.get("weak", ()))
    for reason, names in document["others"].items():
        add(How.WHOLE, 0, OTHERS, reason, names)
    labels = {field: entry["label"] for field, entry in document["fields"].items()}
    apart = {
        word: reason
        for reason, names in document["apart"].items()
        for name in names
        for word in words_of(name, groups["fill"])
    }
    return _Lexicon(labels, whole, parts, **groups, apart=apart)
