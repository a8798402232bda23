"""What the first values of a column look like: numbers, dates, ids, codes."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from custseg.sources.values.months import AFTERNOON, FORENOON
from custseg.sources.values.totals import tells_total_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEARLY_ALL: Final = 0.95
"""Share of a column's values that must look alike; the others may be mistakes."""
_CLOCK: Final = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]\.?m\.?)?"
_ZONE: Final = r"\s*(z|[a-z]{3,4}|(utc|gmt)?[+-]\d{1,2}:?(\d{2})?)?(\s*[\[(][^\])]*[\])])?"
_DAY: Final = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\.?"
    r"|\d{4}[年년]\s?\d{1,2}[月월]\s?\d{1,2}[日号일](\s?\d{1,2}[时時시]\s?\d{1,2}[分분])?"
    r"|\d{1,2}(st|nd|rd|th)?[-/. ]+[^\W\d_]{3,10}\.?,?[-/. ]*\d{2,4}"
    r"|[^\W\d_]{3,10}[-. ]+\d{1,2}(st|nd|rd|th)?,?[-/. ]+\d{2,4}"
    r"|\d{4}[-/. ][^\W\d_]{3,10}[-/. ]\d{1,2}"
    r"|\d{4}\. \d{1,2}\. \d{1,2}\.?"
)
_HALF: Final = rf"[t,\s]*({FORENOON}|{AFTERNOON})\s?"
_DATE: Final = re.compile(
    rf"([^\W\d_]{{2,10}}\.?,?\s+)?({_DAY})(({_HALF}|[t,\s]+)({_CLOCK})({_ZONE}|\s?(uhr|h)))?",
    re.IGNORECASE,
)
_DIGITS_DATE: Final = re.compile(
    r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(t?([0-5]\d){2,3}z?|([0-5]\d)?)", re.IGNORECASE
)
_TIME: Final = re.compile(rf"({_CLOCK}){_ZONE}|\d{{1,2}}h\d{{2}}|\d{{1,2}}\s*[ap]m", re.IGNORECASE)
_SERIAL: Final = range(20_000, 80_000)
"""Days from 1954 to 2119 as a spreadsheet counts them."""
_EPOCHS: Final = (
    range(10**8, 2**32),
    range(10**11, 2**32 * 1000),
    range(10**14, 2**32 * 10**6),
    range(10**17, 2**32 * 10**9),
)
"""Seconds since 1970, milliseconds, microseconds and nanoseconds."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_IP: Final = re.compile(
    r"\d{1,3}(\.(\d{1,3}|x+|\*)){3}(:\d+)?|(?=.*:.*:)[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}"
)
_NO_PERSON: Final = re.compile(r"[\d_@#]")
_ONE_NAME: Final = re.compile(
    r"[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][^\W\d_A-Z]+(['’-][^\W\d_]+)*\.?|[一-鿿]{2,5}|[A-Z]['’][A-Z][a-z]+"
    r"|[^\W\d_].* .*[^\W\d_]\.?"
)
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}|[€$£¥₹₽₩₺₫₴₱฿]|R\$|zł|kr\.?|Kč", re.IGNORECASE)
_SIGN: Final = re.compile(r"[€£₹₺₽₩]|R\$|zł|Kč|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_COUNTRY: Final = re.compile(r"[^\W\d_][^\d@_]*")
_CODED_PLACE: Final = re.compile(r"[A-Z]{2}")
_AFFIXES: Final = re.compile(
    r"^([^\W\d_]{0,3}[^\w.,()+-]?\.?|[^\W\d_]{1,3}\.[^\W\d_]{1,3}\.?)\u200f?(?=[-+.\d])"
    r"|([^\w.,()+-]?[^\W\d_]{0,3}\.?|(?<=\d)[^\W\d_]{1,3}\.[^\W\d_]{1,3}\.?)\u200f?$"
)
"""A sign or code of money before or after a number: `R$`, `kr.`, `EUR`, `د.إ`, `%`."""
_FEW_WORDS: Final = 25
_LONGEST: Final = 200
"""Characters of a value that are looked at."""
_LONGEST_CODE: Final = 64


@dataclass(frozen=True)
class Sample:
    """The first values of one column; None where empty."""

    name: str
    values: tuple[str | None, ...]

    @classmethod
    def of(cls, name: str, values: Sequence[str | None]) -> Sample:
        """Take the values without blanks around them, and no more of each than tells its kind."""
        cut = [(value or "").strip()[:_LONGEST] for value in values]
        return cls(name, tuple(value or None for value in cut))

    @cached_property
    def filled(self) -> list[str]:
        """Values that are not empty."""
        return [value for value in self.values if value is not None]

    @cached_property
    def distinct(self) -> set[str]:
        """Different values."""
        return set(self.filled)

    @cached_property
    def unique(self) -> bool:
        """Whether no value comes again."""
        return len(self.distinct) == len(self.filled)

    def nearly_all(self, test: Callable[[str], object]) -> bool:
        """Whether nearly all values that are not empty pass; of no values none do."""
        passed = sum(bool(test(value)) for value in self.filled)
        return bool(self.filled) and passed >= NEARLY_ALL * len(self.filled)

    @cached_property
    def numbers(self) -> list[float | None]:
        """Values as numbers, signs of money left out; None where empty or no number."""
        plain = [value and _without_affixes(value) for value in self.values]
        comma = _decimal_comma([value for value in plain if value])
        return [_number(value, comma=comma) if value else None for value in plain]

    @cached_property
    def numeric(self) -> bool:
        """Whether nearly all values are numbers."""
        numbers = sum(number is not None for number in self.numbers)
        return bool(self.filled) and numbers >= NEARLY_ALL * len(self.filled) and not self.dates

    @cached_property
    def known_numbers(self) -> list[float]:
        """The values that are numbers."""
        return [number for number in self.numbers if number is not None]

    @cached_property
    def all_zero(self) -> bool:
        """Whether nothing but zeros and empty values is there."""
        return not any(self.known_numbers)

    @cached_property
    def whole(self) -> bool:
        """Whether nearly all values are whole numbers."""
        whole = sum(number.is_integer() for number in self.known_numbers)
        return self.numeric and whole >= NEARLY_ALL * len(self.known_numbers)

    @cached_property
    def dates(self) -> bool:
        """Whether nearly all values are written as dates; words for a sum say nothing."""
        others = [
            value
            for value in self.filled
            if not (_DATE.fullmatch(value) or _DIGITS_DATE.fullmatch(_no_point_zero(value)))
        ]
        wrong = sum(not tells_total_text(value) for value in others)
        dates = len(self.filled) - len(others)
        return dates > 0 and dates >= NEARLY_ALL * (dates + wrong)

    @cached_property
    def serial_dates(self) -> bool:
        """Whether nearly all values could be a spreadsheet's days, or seconds since 1970."""
        ranges = (_SERIAL, *_EPOCHS)
        return self.nearly_all(
            lambda value: (
                any(int(n) in r for r in ranges) if (n := _number(value, comma=False)) else False
            )
        )

    @cached_property
    def clock(self) -> bool:
        """Whether times of day are written with the dates."""
        written = r"\d:\d|^\d{10,14}$" if self.dates else r"^\d{9,}$|\.\d*[1-9]"
        return any(re.search(written, value) for value in self.filled)

    @cached_property
    def times(self) -> bool:
        """Whether nearly all values are times of day."""
        return self.nearly_all(_TIME.fullmatch)

    @cached_property
    def emails(self) -> bool:
        """Whether nearly all values are e-mail addresses."""
        return self.nearly_all(_EMAIL.fullmatch)

    @cached_property
    def addresses_of_devices(self) -> bool:
        """Whether nearly all values are IP addresses."""
        return self.nearly_all(_IP.fullmatch)

    @cached_property
    def people(self) -> bool:
        """Whether nearly all values could be a person's name: words and no digit."""
        return self.nearly_all(
            lambda value: " " in value and value[0].isalpha() and not _NO_PERSON.search(value)
        )

    @cached_property
    def lettered(self) -> bool:
        """Whether nearly all values have a letter in them, as codes of products have."""
        return self.nearly_all(lambda value: any(char.isalpha() for char in value))

    @cached_property
    def mostly_words(self) -> bool:
        """Whether most different values are words without digits, as names are and codes aren't."""
        words = sum(
            len(value) > 1 and value[0].isalpha() and not _NO_PERSON.search(value)
            for value in self.distinct
        )
        return words * 2 > len(self.distinct)

    @cached_property
    def mostly_names(self) -> bool:
        """Whether most different values are written as names are: `Anna`, `O'Neil`, `田中`."""
        names = sum(bool(_ONE_NAME.fullmatch(value)) for value in self.distinct)
        return names * 2 > len(self.distinct)

    @cached_property
    def currencies(self) -> bool:
        """Whether nearly all values are codes or signs of currencies."""
        return self.nearly_all(_CURRENCY.fullmatch)

    @cached_property
    def currency(self) -> str:
        """The one sign or code of money that all its numbers are written with; empty if none."""
        found = {match and match[0].upper() for match in map(_SIGN.search, self.filled)}
        (sign, *more) = found or {None}
        return "" if more or sign is None else sign

    @cached_property
    def places(self) -> bool:
        """Whether nearly all values are words without digits."""
        return self.nearly_all(_COUNTRY.fullmatch)

    @cached_property
    def few_words(self) -> bool:
        """Whether few different values come, which are no codes of places."""
        few = 0 < len(self.distinct) <= _FEW_WORDS
        return few and not self.dates and not self.nearly_all(_CODED_PLACE.fullmatch)

    @cached_property
    def nested(self) -> bool:
        """Whether nearly all values are objects or lists of JSON."""
        return self.nearly_all(re.compile(r"(?s)\{.*\}|\[.*\]").fullmatch)

    @cached_property
    def codes(self) -> bool:
        """Whether the values can be ids: no dates, no fractions, no long texts."""
        if not self.filled or self.dates or self.times:
            return False
        fractions = any(not number.is_integer() for number in self.known_numbers)
        # "1.785e4" is an id that went through a spreadsheet; "12.50" is none.
        long = not self.nearly_all(lambda value: len(value) <= _LONGEST_CODE)
        return not (self.numeric and fractions) and not long

    @cached_property
    def order_numbers(self) -> bool:
        """Whether nearly all values are numbers with at most a few letters or signs before."""
        return self.nearly_all(re.compile(r"#?[A-Za-z]{0,6}[-/_ ]?\d[\d/_-]*").fullmatch)

    @cached_property
    def counts_up(self) -> bool:
        """Whether it numbers the rows, or the lines of each order anew: 1, 2, 3."""
        numbers = self.known_numbers
        if not self.whole or len(numbers) < 3 or len(numbers) < len(self.values):  # noqa: PLR2004
            return False
        steps = itertools.pairwise(numbers)
        ups = [after - before == 1 for before, after in steps]
        restarts = [after in {0, 1} for after in numbers[1:]]
        fits = all(up or restart for up, restart in zip(ups, restarts, strict=True))
        return fits and sum(ups) >= len(ups) / 3

    @cached_property
    def shares(self) -> bool:
        """Whether the values are percentages, or lie between 0 and 1."""
        if any(value.endswith("%") for value in self.filled):
            return True
        numbers = self.known_numbers
        within = all(0 <= number <= 1 for number in numbers)
        return self.numeric and within and any(0 < number < 1 for number in numbers)


def _no_point_zero(value: str) -> str:
    return value.removesuffix(".0")


def _without_affixes(value: str) -> str:
    """A number without signs of money, percent and blanks; parentheses become a minus."""
    text = re.sub(r"[\s'’\u00a0\u202f]", "", value)
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    if text.endswith("-"):
        text = "-" + text[:-1]
    negative = text.startswith("-")
    text = _AFFIXES.sub("", text.lstrip("-+"))
    return f"-{text.lstrip('-+')}" if negative else text


def _decimal_comma(values: list[str]) -> bool:
    """Whether a comma, not a point, stands before decimals; judged on all values together."""
    both = [value for value in values if "," in value and "." in value]
    if both:
        commas = sum(value.rfind(",") > value.rfind(".") for value in both)
        return commas * 2 > len(both)
    with_comma = [value for value in values if "," in value]
    thousands = re.compile(r"[-+]?\d{1,3}(,\d{3})+")
    return bool(with_comma) and not all(thousands.fullmatch(value) for value in with_comma)


def _number(value: str, *, comma: bool) -> float | None:
    text = value.replace(".", "").replace(",", ".") if comma else value.replace(",", "")
    if not comma and text.count(".") > 1:
        text = text.replace(".", "")
    # float() alone would read "nan", "infinity" and "1_000".
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,2})?", text, re.IGNORECASE):
        return float(text)
    return None
