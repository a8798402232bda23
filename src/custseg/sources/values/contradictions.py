"""Dates of one column that contradict each other: day and month are swapped in some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.words.figures import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

_REAL: Final = r"^\s*\d{4}-\d\d-(\d\d)(?:[ T]|$)"
"""A spreadsheet's own dates reach us so."""
_PARTS: Final = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}(?:\D|$)"
_MONTHS: Final = 12
_ENOUGH: Final = 5
"""Different days up to the 12th that are no chance: it is 1 in 100 (0.4⁵)."""
_FEW: Final = 0.01
"""Up to this share of rows the other order is a slip of the pen, and those rows are no dates."""
_AGAIN: Final = (
    "Import the shop's own csv again with this column as text, or export it with dates such as "
    "2025-01-31. Leaving rows out would keep the swapped ones."
)


def refuse_contradictions(dates: ir.Table, where: str, label: str) -> None:
    """Refuse dates of which some have day and month in another order than the rest.

    A spreadsheet program of another country takes `05/03/2025` for the 3rd of May, makes it a date
    of its own, and leaves `25/03/2025` as text. In such a column the dates are all on days 1 to 12,
    and the texts on others.

    Parameters
    ----------
    dates
        The column's different texts, `date`, and how many rows have each, `n`.
    where, label
        The source's and the column's names, for messages.

    Raises
    ------
    DataError
        Some are swapped: how many of how many.
    """
    day = dates.date.re_extract(_REAL, 1).try_cast("int64")
    first, second = (dates.date.re_extract(_PARTS, i).try_cast("int64") for i in (1, 2))
    beyond = (first > _MONTHS).fill_null(False), (second > _MONTHS).fill_null(False)

    def rows(which: ir.Value) -> ir.Value:
        return which.ifelse(dates.n, 0).sum()

    found = fetch(
        dates.aggregate(
            all=dates.n.sum(),
            real=rows(day.notnull()),
            real_days=day.notnull().sum(),
            late=rows((day > _MONTHS).fill_null(False)),
            text=rows(first.notnull()),
            day_first=rows(beyond[0] & ~beyond[1]),
            month_first=rows(beyond[1] & ~beyond[0]),
        )
    )[0]
    n = {name: int(value or 0) for name, value in found.items()}
    telling = max(n["day_first"], n["month_first"])
    if telling and n["real"] and not n["late"]:
        one_order = not min(n["day_first"], n["month_first"])
        if one_order and (telling == n["text"] or n["real_days"] >= _ENOUGH):
            raise DataError(
                f'{where}, column "{label}": day and month of {n["real"]:,} of {n["all"]:,} dates '
                f"({percent(n['real'] / n['all'])}) seem to be swapped: these are real dates, all "
                f"on days 1 to 12 of a month, while {telling:,} are texts with a day after the "
                "12th. A spreadsheet program set to another country does this when it opens a csv.",
                _AGAIN,
            )
    fewer = min(n["day_first"], n["month_first"])
    if fewer > _FEW * n["all"]:
        either = n["text"] - n["day_first"] - n["month_first"]
        raise DataError(
            f'{where}, column "{label}": {n["day_first"]:,} of {n["all"]:,} dates '
            f"({percent(n['day_first'] / n['all'])}) can only be day/month/year and "
            f"{n['month_first']:,} ({percent(n['month_first'] / n['all'])}) only month/day/year"
            + (f"; {either:,} can be both." if either else "."),
            "Two kinds of exports were put into one file, or a spreadsheet program swapped day and "
            f"month. {_AGAIN}",
        )
