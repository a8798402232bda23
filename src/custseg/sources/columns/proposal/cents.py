"""Which columns are whole cents beyond doubt: by their names, or by what is beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.names import means_money, says_minor_units, says_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[Sequence[str | None]]

_WHOLE: Final = re.compile(r"[-+]?\d{1,15}(\.0+)?")
_FORMATTED: Final = re.compile(r"(?i)(.+?)[_ .]?formatted")
_SCALES: Final = {"100", "100.0"}
_FRACTION_DIGITS: Final = {"2", "2.0"}


def minor_columns(header: Sequence[str], sample: Rows) -> dict[str, str]:
    """Tell which columns are whole cents beyond doubt, and why.

    Their names say so, or a column beside them does: `divisor` of 100, `fractionDigits` of 2, or
    the same amount as it is shown (`total_formatted`). None of their values has a fraction.
    """
    values = filled_values(header, sample)
    whole = {name for name, given in values.items() if all(map(_WHOLE.fullmatch, given))}
    found = {name: "whole cents by its name" for name in header if says_minor_units(name)}
    for name, given in values.items():
        path = _path(name)
        if says_scale(name) and given and set(given) <= _scales(name):
            found = {
                other: f'whole cents by "{name}"'
                for other in header
                if _path(other) == path and other != name and means_money(other)
            } | found
    rows = {
        name: [row[i] if i < len(row) else None for row in sample] for i, name in enumerate(header)
    }
    for name in header:
        bare = (_FORMATTED.fullmatch(name) or [None, None])[1]
        if bare in rows and bare in whole and _shows_cents(rows[name], rows[bare]):
            found = {
                other: f'whole cents by "{name}"'
                for other in header
                if _path(other) == _path(name) and (other == bare or means_money(other))
            } | found
    return {name: why for name, why in found.items() if name in whole}


def filled_values(header: Sequence[str], sample: Rows) -> dict[str, list[str]]:
    """The values of each column that are not empty."""
    return {
        name: [v for row in sample if i < len(row) and (v := (row[i] or "").strip())]
        for i, name in enumerate(header)
    }


def _path(name: str) -> str:
    return name.rpartition(".")[0]


def _scales(name: str) -> set[str]:
    return _SCALES if "divisor" in name.lower() else _FRACTION_DIGITS


def _shows_cents(shown: Sequence[str | None], bare: Sequence[str | None]) -> bool:
    """Whether texts such as `$129.45` are hundredths of whole numbers."""
    pairs = [(text, number) for text, number in zip(shown, bare, strict=True) if text and number]
    return bool(pairs) and all(_hundredths(t) == abs(int(float(number))) for t, number in pairs)


def _hundredths(text: str) -> int | None:
    found = re.fullmatch(r"\D*(\d[\d.,' ]*?)[.,](\d{1,2})\D*", text)
    return int(re.sub(r"\D", "", found[1]) + found[2].ljust(2, "0")) if found else None
