"""From a float to an exact decimal as DuckDB rounds it, in SQL of other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis.expr.datatypes as dt
import sqlglot.expressions as sge

if TYPE_CHECKING:
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

_NUDGE: Final = 1e-9
"""What DuckDB adds to a scaled float, away from zero, before it rounds half away from zero."""


def decimal_of_float(compiler: SQLGlotCompiler, arg: Any, to: dt.Decimal) -> Any:  # noqa: ANN401
    """Round a float to a decimal by the same steps of floating-point arithmetic as DuckDB.

    The engines' own casts take a float's shortest digits, or 15 of them, and so round a half
    otherwise now and then.
    """
    f, scale = compiler.f, to.scale
    scaled = sge.paren(compiler.cast(arg, dt.float64)) * sge.paren(
        compiler.cast(sge.convert(10**scale), dt.float64)
    )
    away = f.floor(f.abs(scaled) + sge.convert(_NUDGE) + sge.convert(0.5))
    whole = compiler.cast(sge.paren(f.sign(scaled) * away), dt.int64)
    unit = compiler.cast(sge.convert(f"{10**-scale:.{scale}f}"), dt.Decimal(scale + 1, scale))
    exact = compiler.cast(whole, dt.Decimal(to.precision - scale, 0))
    return compiler.cast(sge.paren(exact * unit), to)
