"""Discount rates: parts of one or percent, judged by the whole column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.sources.values.numbers import Parser

_RATE: Final = "decimal(18,8)"
_SIGN: Final = r"\s*%\s*$"


def without_percent(column: ir.Value) -> ir.Value:
    """Text without the sign at its end; other types stay as they are."""
    return column.re_replace(_SIGN, "") if column.type().is_string() else column


def rate_parser(table: ir.Table, name: str, read: Parser) -> Parser:
    """How to read a column of discount rates as parts of one, whatever their sign.

    Parameters
    ----------
    table
        Columns as the source has them.
    name
        The column.
    read
        How its numbers are read; the percent signs are gone by then.

    Returns
    -------
    Parser
        15 and "15 %" are 0.15 where any value of the column is above 1 or has the sign; else the
        values are parts of one already.
    """
    column = table[name]
    above = (read(without_percent(column)).abs() > 1).any()
    signed = column.re_search(_SIGN).any() if column.type().is_string() else above
    seen = fetch(table.aggregate(above=above, signed=signed))[0]
    parts = 100 if seen["above"] or seen["signed"] else 1

    def parse(column: ir.Value) -> ir.Value:
        number = read(without_percent(column)).abs()
        return (number.cast("float64") / parts).round(8).cast(_RATE)

    return parse
