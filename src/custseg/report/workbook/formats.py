"""How numbers are written in a cell, and how wide that is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Number = int | float | Decimal


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
TIMES: Final = Format('0.0"×"', lambda value: f"{value:.1f}×")


def money(currency: str, places: int = 2) -> Format:
    """Amounts with the shop's sign before them, in so many decimals."""
    sign = currency.replace('"', "").strip()
    # "kr 5.00", but "£5.00".
    sign += " " if len(sign) > 1 else ""
    number = "#,##0." + "0" * places
    code = f'"{sign}"{number};-"{sign}"{number}' if sign else number

    def written(value: Number) -> str:
        minus = "-" if value < 0 else ""
        return f"{minus}{sign}{abs(value):,.{places}f}"

    return Format(code, written)


def exact_money(currency: str, amounts: Iterable[Decimal | None]) -> Format:
    """As many decimals as it takes to show all of them to the last digit: two to four."""
    return money(currency, max(2, _places(amounts)))


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
