"""What can be wrong with values, and how a value is shown that may be a person's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir


EMPTY: Final = "are empty"
_LOST: Final = "have lost digits (scientific notation); export them as text"
_HUGE: Final = "are too large"
_ABOVE_ALL: Final = "are above 100 %"
_TOO_LARGE: Final = "times the price are too large"
UNREADABLE: Final[dict[str, str]] = {"number": "are not numbers", "date": "are not dates"}
_REASONS: Final = {
    EMPTY: "is empty",
    _LOST: "has lost digits (scientific notation)",
    _HUGE: "is too large",
    _ABOVE_ALL: "is above 100 %",
    _TOO_LARGE: "times the price is too large",
    "are not numbers": "is not a number",
    "are not dates": "is not a date",
}
_LARGEST: Final = 10**12
"""Numbers from here on are mistakes; those below can be added without leaving `MONEY`."""
_LONGEST_VALUE: Final = 40
_LONGEST_LOOKED_AT: Final = 400
_EMAIL: Final = re.compile(r"\S+@\S+")
_MASKS: Final = (
    (re.compile(r"[^\W\d_]{5,}"), "xxxxx"),
    (re.compile(r"[^\W\d_]"), "x"),
    (re.compile(r"\d{9,}"), "999999999"),
    (re.compile(r"\d"), "9"),
)
"""Of long words and numbers not even the length is told."""
_SHEET_ERRORS: Final = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")
"""What a spreadsheet writes where a formula fails, and nobody is called."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a column, and the rows that have it."""

    column: str
    """The canonical column."""
    what: str
    """Of its values, such as `are not numbers`."""
    mark: str
    """The column of `Typed.lines` that is true in these rows."""
    count: int
    """Rows; at least 1."""

    @property
    def reason(self) -> str:
        """What is wrong with one such row; no value."""
        return f"{self.column} {_REASONS[self.what]}"


def masked(value: str) -> str:
    """Return the form of a value for a message: its signs, x for each letter, 9 for each digit.

    A row that has slipped by a column shows anything in a number's place, and short words are
    names too.
    """
    if value in _SHEET_ERRORS:
        return value
    # Accents that stand alone would stay when their letters have gone.
    value = unicodedata.normalize("NFKD", value[:_LONGEST_LOOKED_AT])
    value = "".join(sign for sign in value if not unicodedata.category(sign).startswith("M"))
    return " an e-mail address ".join(map(_form, _EMAIL.split(value))).strip()[:_LONGEST_VALUE]


def _form(value: str) -> str:
    for pattern, mask in _MASKS:
        value = pattern.sub(mask, value)
    return value.strip()


def find_faults(lines: ir.Table, kinds: Mapping[str, str]) -> dict[tuple[str, str], ir.Value]:
    """Return the rows that have each fault that columns can have, by what is wrong and where."""
    # A line's own amount is what counts: where it is given, units and price are beside the point.
    money = ("amount",) if "amount" in kinds else ("quantity", "unit_price")
    required = ("order_id", *money, "ordered_at")
    faults: dict[tuple[str, str], ir.Value] = {
        (EMPTY, name): lines[name].isnull() & ~lines[f"lost_{name}"]
        if kinds[name] == "id"
        else lines[f"given_{name}"].isnull()
        for name in kinds
        if name in required
    }
    faults |= {(_LOST, name): lines[f"lost_{name}"] for name in kinds if kinds[name] == "id"}
    for kind, what in UNREADABLE.items():
        for name in kinds:
            if kinds[name] == kind:
                faults[what, name] = lines[name].isnull() & lines[f"given_{name}"].notnull()
    for name in kinds:
        if kinds[name] == "number":
            faults[_HUGE, name] = (lines[name].abs() >= _LARGEST).fill_null(False)
    if "discount_rate" in kinds:
        faults[_ABOVE_ALL, "discount_rate"] = (lines.discount_rate > 1).fill_null(False)
    if {"quantity", "unit_price"} <= set(kinds):
        amount = lines.quantity.cast("float64") * lines.unit_price.cast("float64")
        too_large = (amount.abs() >= _LARGEST) & ~faults[_HUGE, "quantity"]
        too_large &= ~faults[_HUGE, "unit_price"]
        if "amount" in kinds:
            too_large &= lines.amount.isnull()
        faults[_TOO_LARGE, "quantity"] = too_large.fill_null(False)
    return faults


def counts_as_fault(fault: Fault, lines: int) -> bool:
    """Whether a fault is one: a source none of whose lines has an order id has no such column."""
    return fault.count > 0 and not (
        fault.column == "order_id" and fault.what == EMPTY and fault.count == lines
    )
