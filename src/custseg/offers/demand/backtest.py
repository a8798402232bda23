"""The same forecast at past dates: how wrong it was, the nearer method, and bands from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RECENT: Final = "recent rate"
SEASON: Final = "recent rate and last year's season"
AGAIN: Final = "the same again"
"""As many units as in the days before; what the others have to beat."""
_TAIL: Final = 0.1
_MIN_ROWS: Final = 20
"""Errors that the ends of a band are read off at least."""


@dataclass(frozen=True)
class Forecast:
    """Expected units of each row by the methods that could be used, with their variances."""

    rates: pd.DataFrame
    """As `recent_rates` gave them."""
    factor: Floats | None
    """Last year's season; None where it isn't known."""

    @property
    def methods(self) -> list[str]:
        """The methods that could be used."""
        return [RECENT, AGAIN] if self.factor is None else [RECENT, SEASON, AGAIN]

    def expected(self, method: str) -> Floats:
        """Units that a method expects."""
        if method == AGAIN:
            return self.rates["units_recent"].to_numpy(np.float64)
        return self._factor(method) * self.rates["expected"].to_numpy(np.float64)

    def spread(self, method: str) -> Floats:
        """Standard error that chance alone would leave, of what comes and of what was expected."""
        scatter = self.rates["scatter"].to_numpy(np.float64)
        doubt = self.rates["doubt"].to_numpy(np.float64)
        factor = self._factor(method)
        return np.asarray(np.sqrt(factor * scatter + factor**2 * doubt))

    def _factor(self, method: str) -> Floats | float:
        return self.factor if method == SEASON and self.factor is not None else 1.0


@dataclass(frozen=True)
class Trial:
    """A forecast at a past date, and the units that came."""

    cut_off: str
    forecast: Forecast
    came: Floats


@dataclass(frozen=True)
class Band:
    """The ends of an 80 % band, in standard errors by chance from the expected units."""

    low: float
    high: float

    def ends(self, expected: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """The lower end, not below 0, and the upper one."""
        return np.maximum(expected + self.low * spread, 0), expected + self.high * spread


def choose(tests: list[Trial]) -> str:
    """Use last year's season where, at the dates at which it was known, it was nearer."""
    with_season = [test for test in tests if test.forecast.factor is not None]
    off = {method: sum(_off(test, method) for test in with_season) for method in (RECENT, SEASON)}
    return SEASON if off[SEASON] < off[RECENT] else RECENT


def band(tests: list[Trial], method: str) -> Band | None:
    """Read the ends of a band off a method's past errors; None where these are too few.

    A tenth of the errors lay below, a tenth above, as multiples of what chance alone would leave
    (split conformal prediction with normalised errors: Lei et al. 2018). The expected units are
    within it.
    """
    errors = [_errors(test, method) for test in tests if method in test.forecast.methods]
    pooled = np.concatenate([*errors, np.array([])])
    if len(pooled) < _MIN_ROWS:
        return None
    low, high = np.quantile(pooled, [_TAIL, 1 - _TAIL])
    return Band(min(float(low), 0.0), max(float(high), 0.0))


def written(tests: list[Trial], chosen: str) -> pd.DataFrame:
    """Set the tests down as `inventory_backtest`."""
    names = ARTIFACTS["inventory_backtest"].column_names()
    rows = [
        {"cut_off": test.cut_off, "method": method, "chosen": method == chosen}
        | _figures(test, method, [other for other in tests if other is not test])
        for test in tests
        for method in test.forecast.methods
    ]
    return pd.DataFrame(rows, columns=names).astype({"chosen": bool})


def _figures(test: Trial, method: str, others: list[Trial]) -> dict[str, float]:
    expected, came = test.forecast.expected(method).sum(), test.came.sum()
    return {
        "rows": len(test.came),
        "units_expected": expected,
        "units_came": came,
        "wape": _off(test, method) / came if came else np.nan,
        "bias": expected / came - 1 if came else np.nan,
        "held": np.nan if method == AGAIN else _held(test, method, others),
    }


def _held(test: Trial, method: str, others: list[Trial]) -> float:
    """Share of rows whose band, read off other dates, held what came."""
    ends = band(others, method)
    if ends is None:
        return float("nan")
    forecast = test.forecast
    low, high = ends.ends(forecast.expected(method), forecast.spread(method))
    return float(((low <= test.came) & (test.came <= high)).mean())


def _off(test: Trial, method: str) -> float:
    return float(np.abs(test.forecast.expected(method) - test.came).sum())


def _errors(test: Trial, method: str) -> Floats:
    """Errors as multiples of what chance alone would leave."""
    spread = test.forecast.spread(method)
    some = spread > 0
    return (test.came - test.forecast.expected(method))[some] / spread[some]
