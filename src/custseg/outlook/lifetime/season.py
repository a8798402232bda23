"""Last year's season: how far the same forecast was off in the same days a year before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from custseg.outlook.lifetime.backtest import Backtest, Factors, backtest, ranked_by
from custseg.outlook.lifetime.forecast import enough, history_needed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from custseg.outlook.hindsight import Hindsight

YEAR: Final = 365
"""Days back to the same days a year before."""
_CLEARLY: Final = 0.5
"""The back-test's total has to be off by at most this part of what it was without the season. On
CDNOW, which has none, smaller gains were chance, and the next forecast worse (docs/value.md)."""


@dataclass(frozen=True)
class Season:
    """What came in the same days a year before / what the same forecast expected of them."""

    now: Factors
    """Of the days ahead, a year before."""
    then: Factors
    """Of the back-test's days, a year before: what it could have been corrected by."""
    test: Backtest
    """The back-test, in which nothing of a season is known."""

    @property
    def left(self) -> Factors:
        """What came / what the back-test expected once corrected by the season a year before."""
        return self.test.ratios.over(self.then)

    @property
    def off(self) -> tuple[float, float]:
        """By what share the back-test's total was off, with the season and without."""
        what = ranked_by(self.test.table)
        came = self.test.ratio(what)
        return (float(getattr(self.then, what)) / came - 1, 1 / came - 1) if came > 0 else (0, 0)

    @property
    def helps(self) -> bool:
        """Whether the back-test was clearly nearer with it."""
        with_it, without = self.off
        return abs(with_it) <= _CLEARLY * abs(without)


def season_history(days: int) -> int:
    """Days of orders that a season, and the test of it, take."""
    # Before the back-test's days a year ago, as much as any forecast takes.
    return YEAR + days + history_needed(days)


def season_dates(as_of: date, first: date, days: int) -> list[date]:
    """Dates a year before the days ahead, and before the back-test's; none where too young."""
    if days >= YEAR or (as_of - first).days < season_history(days):
        return []
    return [as_of - timedelta(days=YEAR + back) for back in (days, 0)]


def season(
    pasts: Mapping[date, Hindsight], test: Backtest, cut_off: date, days: int
) -> Season | None:
    """Learn the season from the same forecast a year before.

    Parameters
    ----------
    pasts
        The customers known at past dates.
    test
        The back-test of the model that is used.
    cut_off
        Its date, one horizon before the days ahead.
    days
        The horizon.

    Returns
    -------
    Season or None
        None where the shop was not known at those dates, or too few came or were known then.
    """
    then = pasts.get(cut_off - timedelta(days=YEAR))
    now = pasts.get(cut_off + timedelta(days=days - YEAR))
    if then is None or now is None or not (enough(then.customers) and enough(now.customers)):
        return None
    tests = [backtest(past, test.model, days) for past in (now, then)]
    if not all(one.telling for one in (*tests, test)):
        return None
    ahead, back = (one.ratios.moderated() for one in tests)
    return Season(ahead, back, test)
