"""How figures, money, shares, months and lists are written: one set of rules, in any language."""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

_CENTS_BELOW: Final = 100
_MOST_DECIMALS: Final = 8
_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}


@dataclass(frozen=True)
class Style:
    """The signs that a language, or a medium, writes figures with. The defaults are English text.

    Charts, sentences, tables and the plans' texts differ in how many decimals they show; every
    figure of theirs is written by one of these methods.
    """

    thousands: str = ","
    decimal: str = "."
    minus: str = "-"
    money_pattern: str = "{currency}{number}"
    percent_pattern: str = "{number} %"
    unknown: str = ""
    """What stands for a missing value."""

    def number(
        self,
        value: Decimal | float | None,
        places: int = 0,
        *,
        grouped: bool = True,
        strip: bool = False,
    ) -> str:
        """Write a number: 1,234.50.

        Parameters
        ----------
        value
            None and NaN are missing.
        places
            Decimals.
        grouped
            Whether thousands are set apart.
        strip
            Whether zeros at the end of the decimals are left out, and the sign of a zero.
        """
        if value is None or math.isnan(value):
            return self.unknown
        text = f"{value:{',' if grouped else ''}.{places}f}"
        if strip and "." in text:
            text = text.rstrip("0").rstrip(".")
        if strip and text == "-0":
            text = "0"
        signs = {",": self.thousands, ".": self.decimal, "-": self.minus}
        return "".join(signs.get(sign, sign) for sign in text)

    def percent(
        self, share: Decimal | float | None, places: int = 1, *, strip: bool = False
    ) -> str:
        """Write a share: 12.3 %."""
        if share is None or math.isnan(share):
            return self.unknown
        number = self.number(100 * share, places, grouped=False, strip=strip)
        return self.percent_pattern.format(number=number)

    @property
    def percent_sign(self) -> str:
        """What stands behind the number of a share."""
        return self.percent_pattern.format(number="")

    @property
    def currency_leads(self) -> bool:
        """Whether a currency stands before its number."""
        return self.money_pattern.startswith("{currency}")

    def money(self, value: Decimal | float | None, currency: str, places: int = 0) -> str:
        """Write an amount: £1,234; -£5; EUR 1,234. What is rounded to nothing has no sign."""
        if value is None or math.isnan(value):
            return self.unknown
        # Letters keep a distance from a number that follows them.
        sign = self.minus if round(float(value), places) < 0 else ""
        return (
            sign
            + self.money_pattern.format(
                currency=before(currency) if self.currency_leads else plain(currency),
                number=self.number(-value if value < 0 else value, places),
            ).rstrip()
        )


TEXT: Final = Style()
"""Of sentences and tables."""


def cents(value: Decimal | float) -> int:
    """Decimals of an amount where small ones have cents: 2 below 100, else 0."""
    return 2 if round(abs(float(value)), 2) < _CENTS_BELOW else 0


def money(value: Decimal | float, currency: str) -> str:
    """£1,234; -£5; EUR 1,234."""
    return TEXT.money(value, currency)


def before(currency: str) -> str:
    """A currency as it stands before a number: letters keep a distance, signs don't."""
    currency = plain(currency)
    return f"{currency}\N{NO-BREAK SPACE}" if currency[-1:].isalpha() else currency


def currency_sign(currency: str) -> str:
    """Return the sign of a currency whose code only one sign is usual for: £ for GBP, but CHF."""
    return _SIGNS.get(currency, currency)


def two_digits(amount: float) -> float:
    """Round to two digits: a range of guesses is worth no more."""
    if not amount or math.isnan(amount):
        return amount
    return round(amount, 1 - math.floor(math.log10(abs(amount))))


def percent(share: float, places: int = 1) -> str:
    """12.3 %."""
    return TEXT.percent(share, places)


def decimals(places: int) -> Callable[[float | None], str]:
    """Make a writer of numbers with so many decimals: 0.268."""
    return lambda value: TEXT.number(value, places, grouped=False)


def beside(figure: float, threshold: float) -> str:
    """Write a figure next to the threshold that it is compared with: 0.82 for 0.829.

    Two decimals, rounded down, or as many as show on which side it lies however it is rounded:
    0.7499 is below 0.75, where 0.74 would stand beside the 0.75 of a table.
    """
    for places in range(2, _MOST_DECIMALS):
        scale = 10**places
        down = math.floor(scale * figure + 1e-9) / scale
        below = figure < threshold
        if (down < threshold) == below == (round(figure, places) < threshold):
            return f"{down:.{places}f}"
    return f"{figure:g}"


def weekday(number: int) -> str:
    """Monday for 0."""
    # `calendar` follows the locale of the process, which custseg never sets: English.
    return calendar.day_name[number]


def month(iso: str, *, short: bool = False) -> str:
    """September 2011, or Sep 2011, for 2011-09."""
    names = calendar.month_abbr if short else calendar.month_name
    return f"{names[int(iso[5:])]} {iso[:4]}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """A, B and C; semicolons where a name has a comma of its own, which one in 1,234 isn't."""
    mark = "; " if any(re.search(r",(?!\d)", word) for word in words) else ", "
    return f" {last} ".join([mark.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: int, one: str, many: str) -> str:
    """1 customer; 1,234 customers."""
    return f"{TEXT.number(number)} {one if number == 1 else many}"


def capital(text: str) -> str:
    """Text as a sentence begins; the rest as it is."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """A line of a log as a sentence, which begins with a capital and ends with a full stop."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def plain(text: str) -> str:
    """Leave out what would break a line or turn its direction."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Put blanks for line breaks, escape sequences and other characters that are not shown."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
