"""How figures are written in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


def money(value: Decimal | float, currency: str) -> str:
    """£1,234; -£5."""
    sign = "-" if round(value) < 0 else ""
    return f"{sign}{currency}{abs(round(value)):,}"


def percent(share: float) -> str:
    """12.3 %."""
    return f"{100 * share:.1f} %"


def down(figure: float) -> str:
    """0.82 for 0.829: what passes a threshold must not seem to reach the next."""
    return f"{math.floor(100 * figure + 1e-9) / 100:.2f}"


def listed(words: Sequence[str]) -> str:
    """A, B and C; semicolons where a name has a comma of its own."""
    mark = "; " if any("," in word for word in words) else ", "
    return " and ".join([mark.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def change(ratio: float) -> str:
    """12.3 % more, or less, of what is the ratio of now to then."""
    return f"{percent(abs(ratio - 1))} {'more' if ratio > 1 else 'less'}"


def counted(number: int, one: str, many: str) -> str:
    """1 customer; 1,234 customers."""
    return f"{number:,} {one if number == 1 else many}"
