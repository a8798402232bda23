"""Amounts in whole cents, as the interfaces of payment providers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.artifacts import MONEY
from custseg.sources.values.identifiers import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

_DECIMALS: Final = 2
"""Of currencies that are not named below."""
_OTHERS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
        0,
    ),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""ISO 4217, list one: decimals of the currencies that do not have two."""
_WIDE: Final = "decimal(22,4)"
_NO_INTEGER: Final = " is not in cents"
_WHOLE: Final = r"^[-+]?\d{1,15}(\.0+)?$"


def decimals_of(currency: str) -> int:
    """Return the decimals of a currency, by its code in ISO 4217."""
    return _OTHERS.get(currency.strip().upper(), _DECIMALS)


def in_major_units(
    amount: ir.Value, currency: ir.Value, otherwise: Mapping[str, int], *, strict: bool = False
) -> ir.Value:
    """Return amounts in whole minor units (1000, of USD) as amounts of the currency (10.00).

    What is no whole number stays as it is; strictly, it becomes a text that is no number.

    Parameters
    ----------
    currency
        Codes of ISO 4217, in capitals or not; null is one of two decimals.
    otherwise
        Decimals of currencies that the source counts in another way.
    """
    import ibis

    text = as_text(amount).strip()
    decimals = _OTHERS | dict(otherwise)
    code = as_text(currency).strip().upper()
    unit = ibis.cases(
        *(
            (code.isin([name for name, number in decimals.items() if number == places]), factor)
            for places in sorted(set(decimals.values()) - {_DECIMALS})
            for factor in (_factor(places),)
        ),
        else_=_factor(_DECIMALS),
    )
    # A decimal times a decimal is exact; divided, it would be a float.
    major = (text.try_cast(_WIDE) * unit).cast(MONEY)
    other = text.nullif("") + ibis.literal(_NO_INTEGER) if strict else text
    return text.re_search(_WHOLE).ifelse(major.cast("string"), other)


def _factor(decimals: int) -> ir.Value:
    import ibis

    return ibis.literal(f"{10**-decimals:.4f}").cast(_WIDE)
