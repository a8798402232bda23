"""How numbers are written in a cell, and how wide that is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.words.figures import cents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from custseg.words.language import Wording

Number = int | float | Decimal
_TENTH: Final = 0.0995
"""A share that is written as 10 %."""


@dataclass(frozen=True)
class Format:
    """A number format of the workbook, and the same in Python."""

    code: str
    written: Callable[[Number], str]
    """What a reader sees: its length is the width that the cell needs."""


TEXT: Final = Format("General", str)
WHOLE: Final = Format("#,##0", lambda value: f"{value:,.0f}")
TENTHS: Final = Format("#,##0.0", lambda value: f"{value:,.1f}")
HUNDREDTHS: Final = Format("#,##0.00", lambda value: f"{value:,.2f}")
THOUSANDTHS: Final = Format("0.000", lambda value: f"{value:.3f}")
SIGNED: Final = Format("+0.00;-0.00;0.00", lambda value: f"{value:+.2f}")
PERCENT: Final = Format("0.0%", lambda value: f"{value:.1%}")
MOVED: Final = Format('"▲ "#,##0;"▼ "#,##0;"="', lambda value: f"▲ {abs(value):,.0f}")
"""So many more, or fewer."""
TIMES: Final = Format('0.0"×"', lambda value: f"{value:.1f}×")


def money(wording: Wording, places: int = 2) -> Format:
    """Amounts with the shop's sign where the language has it, in so many decimals."""
    sign = wording.currency.replace('"', "").strip()
    # A cell breaks no line, and a format knows the plain blank for sure.
    pattern = wording.style.money_pattern.replace("\N{NO-BREAK SPACE}", " ")
    if wording.style.currency_leads:
        # "kr 5.00", but "£5.00".
        sign += " " if len(sign) > 1 else ""
    number = "#,##0" + ("." + "0" * places if places else "")
    code = pattern.format(currency=f'"{sign}"' if sign else "", number=number).strip()

    def written(value: Number) -> str:
        minus = "-" if value < 0 else ""
        return minus + pattern.format(currency=sign, number=f"{abs(value):,.{places}f}").strip()

    return Format(f"{code};-{code}" if sign else code, written)


def rounded_money(wording: Wording, value: Number) -> Format:
    """An amount as a reader needs it: pence below 100."""
    return money(wording, cents(value))


def rounded_share(value: float) -> Format:
    """A share as a reader needs it: a decimal below 10 %."""
    return Format("0%", lambda own: f"{own:.0%}") if abs(value) >= _TENTH else PERCENT


def change(way: str) -> Format:
    """By what share a figure rose or fell, in whole points with an arrow; a sign for hardly."""
    if way == "steady":
        return Format('"=";"=";"="', lambda _: "=")
    return Format('"▲ "0%;"▼ "0%', lambda own: f"▲ {own:.0%}")


def exact_money(wording: Wording, amounts: Iterable[Decimal | None]) -> Format:
    """As many decimals as it takes to show all of them to the last digit: two to four."""
    return money(wording, max(2, _places(amounts)))


def exact_units(units: Iterable[Decimal | None]) -> Format:
    """Whole units, or as many decimals as they have where they are weighed."""
    places = _places(units)
    return (
        Format("#,##0." + "0" * places, lambda value: f"{value:,.{places}f}") if places else WHOLE
    )


def _places(values: Iterable[Decimal | None]) -> int:
    exponents = [value.normalize().as_tuple().exponent for value in values if value is not None]
    # Of 20, 2E+1, the exponent is above zero.
    return max((0, *(-int(exponent) for exponent in exponents)))
