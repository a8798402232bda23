"""Dates in an order or with words that no format knows, written in the usual way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.sources.values.months import AFTERNOON, FORENOON
from custseg.sources.values.zones import YEAR_LAST

if TYPE_CHECKING:
    import ibis.expr.types as ir

_CLOCK: Final = r"(\d{1,2}:\d\d(?::\d\d)?)"
_REWRITINGS: Final = (
    (YEAR_LAST, r"\1 \4 \2\3"),
    (f" ?(?:{FORENOON}) ?{_CLOCK}", r" \1 AM"),
    (f" ?(?:{AFTERNOON}) ?{_CLOCK}", r" \1 PM"),
    (r"^(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?", r"\1.\2.\3"),
    (r"(?i)(\d:\d\d) ?(?:Uhr|h)$", r"\1"),
)
UNUSUAL: Final = "|".join(f"(?:{pattern})" for pattern, _ in _REWRITINGS)


def as_usual(text: ir.Value) -> ir.Value:
    """Write dates that are `UNUSUAL` as formats know them."""
    for pattern, usual in _REWRITINGS:
        text = text.re_replace(pattern, usual)
    return text
