"""Ids as they were before a spreadsheet took them for numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

# An expression: the engine would join a list of values.
_MEANINGLESS: Final = r"^(?:(?i:null|\(null\)|nan|<na>)|\\N)?$"
# A point or a signed exponent: 1E5 and 22E10 are product codes.
_SCIENTIFIC: Final = r"^\s*\d(?:\.\d+[eE][+-]?|[eE][+-])\d{1,2}\s*$"
_POINT_ZERO: Final = r"^\s*(\d+)\.0\s*$"
_USUAL: Final = r"^[A-Za-z]{0,4}\d[0-9A-Za-z]*$"
_GUARDED: Final = r'^(?:=\s*"([^"]*)"|\'(.*))$'
_LOSSY_DECIMALS: Final = (2, 5)
"""Decimals of a spreadsheet's scientific format, and of six digits (C's %g and its heirs)."""
_SPREADSHEETS_EXPONENT: Final = 11
"""From here on a spreadsheet writes a number of a common cell so, with six digits at most."""

_LARGEST_FLOAT: Final = 2.0**53
"""From here on floats cannot tell whole numbers apart."""


def identifier(column: ir.Value) -> ir.Value:
    """Return an id as text, null where there is none.

    Blanks around it go, and so does what a spreadsheet added: the `.0` of `17850.0`, the guards of
    `'00123` and `="00123"`, and scientific notation where no digit is lost (`1e+05`). Leading
    zeros stay; `1E5` is a code, not a number. Null, too, where `lost_digits`.
    """
    import ibis

    if not column.type().is_string():
        return as_text(column)
    text = column.strip()
    given = ibis.cases(
        # Nearly every id: the order of these is for speed.
        (column.re_search(_USUAL), column),
        (column.re_search(_POINT_ZERO), column.re_replace(_POINT_ZERO, r"\1")),
        (text.re_search(_MEANINGLESS), None),
        (text.re_search(_GUARDED), text.re_replace(_GUARDED, r"\1\2").strip()),
        (text.re_search(_SCIENTIFIC), _written_out(text)),
        else_=text,
    )
    return given.nullif("")


def lost_digits(column: ir.Value) -> ir.Value:
    """Whether an id is in scientific notation that shows fewer digits than it had.

    All are there when as many decimals are shown as the exponent moves (`1.7850E+04`). Missing
    ones were zeros where a program writes every digit it has (`1e+05`, R's), but are lost where
    the number of decimals is fixed: 2 or 5, or any from 12 digits on. In a column of floats digits
    are lost from 2^53 on.
    """
    import ibis

    if column.type().is_floating():
        return (column.isnan().ifelse(0, column).abs() >= _LARGEST_FLOAT).fill_null(False)
    if not column.type().is_string():
        return ibis.literal(False)
    lossy = column.re_search(_SCIENTIFIC).ifelse(_is_lossy(column.strip()), False)
    return lossy.fill_null(False)


def label(column: ir.Value) -> ir.Value:
    """Return a short text such as a country without blanks around it, null where there is none."""
    text = as_text(column).strip()
    return text.re_search(_MEANINGLESS).ifelse(None, text)


def as_text(column: ir.Value) -> ir.Value:
    """Text; a whole number that a float column holds is written without `.0`, NaN is null."""
    if column.type().is_floating():
        column = column.isnan().ifelse(None, column)
        digits = column.try_cast("decimal(38,0)")
        whole = (digits.cast("float64") == column) & digits.notnull()
        return whole.ifelse(digits.cast("string"), column.cast("string"))
    return column.cast("string")


def _written_out(text: ir.Value) -> ir.Value:
    return _is_lossy(text).ifelse(None, text.try_cast("decimal(38,0)").cast("string"))


def _is_lossy(text: ir.Value) -> ir.Value:
    """Whether a number in scientific notation lacks digits of an id."""
    exponent = text.re_extract(r"[eE]\+?(-?\d+)$", 1).try_cast("int64")
    decimals = text.re_extract(r"^\d\.?(\d*)", 1).length()
    missing = decimals < exponent
    fixed = decimals.isin(_LOSSY_DECIMALS) | (exponent >= _SPREADSHEETS_EXPONENT)
    # A fraction is no id, and too long a number is none that can be written out.
    number = text.try_cast("decimal(38,12)")
    broken = number.isnull() | (number != number.floor())
    return (missing & fixed) | broken
