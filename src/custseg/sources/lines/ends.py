"""Where orders end: the as-of date that they give themselves, and how far back they are kept."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch
from custseg.words.figures import counted

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

_LONGEST_SILENCE: Final = timedelta(days=1000)
"""No shop that is open sells nothing for longer."""
_FEW: Final = 3
_FEW_SHARE: Final = 0.01


@dataclass(frozen=True)
class End:
    """Where the source's orders end."""

    as_of: date
    """The day after the last row, exclusive."""
    stray_rows: int = 0
    """Rows far later than all others, whose dates must be wrong."""
    stray_from: date | None = None
    stray_to: date | None = None

    def note(self) -> str:
        """Say what lies beyond; empty where nothing does."""
        if not self.stray_rows or self.stray_to is None:
            return ""
        silence = (self.stray_from - self.as_of).days // 365 if self.stray_from else 0
        are = "is" if self.stray_rows == 1 else "are"
        return (
            f"{counted(self.stray_rows, 'row', 'rows')} {are} dated {self.stray_from} or later, "
            f"{silence} years after all others, and left out. If the dates are right: "
            f"--as-of {self.stray_to + timedelta(days=1)}"
        )


def end_of(lines: ir.Table) -> End:
    """Find the day after the last row of any kind.

    A few rows (at most three, or one in a hundred) that follow a silence of more than 1,000 days
    don't move it: a date of 2099 is a slip, and everybody would have left the shop by then. Today's
    date plays no part, so that the same source gives the same result on any day.
    """
    days = fetch(lines.group_by(day=lines.ordered_at.date()).agg(n=lines.count()).order_by("day"))
    dated: list[tuple[date, int]] = [(row["day"], row["n"]) for row in days]
    total = later = sum(n for _, n in dated)
    for (day, n), (following, _) in itertools.pairwise(dated):
        later -= n
        few = later <= _FEW_SHARE * total or (later <= _FEW and 3 * later < total)
        if few and following - day > _LONGEST_SILENCE:
            return End(day + timedelta(days=1), later, following, dated[-1][0])
    return End(dated[-1][0] + timedelta(days=1))


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or its last day where it is shorter."""
    from calendar import monthrange

    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return day.replace(
        year=years, month=month + 1, day=min(day.day, monthrange(years, month + 1)[1])
    )


def leave_out_expired(lines: ir.Table, keep_months: int | None) -> tuple[ir.Table, int]:
    """Leave out lines that are older than they may be kept, and count them.

    What counts is the end of the source, as `end_of` finds it: today's date plays no part.
    """
    if keep_months is None:
        return lines, 0
    first = months_before(end_of(lines).as_of, keep_months)
    expired = (lines.ordered_at < ibis.timestamp(first.isoformat())).fill_null(False)
    return lines.filter(~expired), fetch(lines.aggregate(n=expired.sum()))[0]["n"] or 0
