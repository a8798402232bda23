"""How many customers to leave alone, so that what a contact brings can be told from chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Measured = Literal["share", "spend", "nothing"]

FEWEST_TESTED: Final = 40
"""Customers below whom no test is proposed."""
MOST_ROUNDS: Final = 12
"""Tests that may be needed together: one a month for a year."""
FULL_SHARE: Final = 0.95
"""Where more than this share is to order, spend is measured: the share can hardly rise."""
_FEWEST_COUNTED: Final = 5
"""Buyers and others expected in each group that the normal approximation of a share needs."""
_FEWEST_AVERAGED: Final = 20
"""Customers in each group that the normal approximation of a mean needs."""


@dataclass(frozen=True)
class Trial:
    """A test of the plan against a random control group."""

    measured: Measured
    control: int
    """Customers to leave alone; 0 without a test."""
    found: bool
    """Whether the uplift hoped for is found with the power asked for."""
    detectable: float | None
    """Smallest uplift that is; points of the share as a fraction, or spend per customer."""
    rounds: int | None
    """Times that it takes to repeat the test, or segments of this size to test together, with half
    of them left alone; 1 where it is found."""

    @property
    def worthwhile(self) -> bool:
        """Whether a year of months could tell; if not, leaving customers alone tells nothing."""
        return self.rounds is not None and self.rounds <= MOST_ROUNDS


NO_TRIAL: Final = Trial("nothing", 0, found=False, detectable=None, rounds=None)


@dataclass(frozen=True)
class Design:
    """What a test compares, and how surely.

    Two independent proportions, or means, in groups of different sizes; normal approximation
    without continuity correction (Fleiss, Levin & Paik 2003, chapter 4).
    """

    measured: Literal["share", "spend"]
    buying: float
    """Share that orders anyway."""
    spread: float
    """Standard deviation of customers' spend."""
    confidence: float
    """1 - level of the two-sided test."""
    power: float
    """Probability of finding the uplift."""

    def margin(
        self, control: NDArray[np.float64], uplift: float, total: float | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """By how much the uplift exceeds what the test needs; -inf where it doesn't apply."""
        errors = _Errors(float(norm.ppf((1 + self.confidence) / 2)), float(norm.ppf(self.power)))
        if self.measured == "share":
            return _share_margin(control, total - control, self.buying, uplift, errors)
        return _mean_margin(control, total - control, self.spread, uplift, errors)

    def detectable(self, control: int, customers: int) -> float | None:
        """Smallest uplift that is found with so many of the customers left alone.

        Points of the share as a fraction, or spend per customer; None where the groups are too
        small for any.
        """
        half = max(customers // 2, 1)
        most = 1 - self.buying if self.measured == "share" else 1e3 * self.spread / math.sqrt(half)
        return _smallest(
            lambda uplift: float(self.margin(np.array([float(control)]), uplift, customers)[0]),
            most,
        )


@dataclass(frozen=True)
class _Errors:
    """Quantiles of the normal distribution for a two-sided test and its power."""

    test: float
    power: float


def trial(
    customers: int,
    buying: float,
    extra_orders: float,
    extra_spend: float,
    spread: float | None,
    *,
    confidence: float,
    power: float,
) -> Trial:
    """Find the smallest control group that suffices, up to half of the customers.

    Parameters
    ----------
    customers
        Customers in the segment.
    buying, extra_orders
        Share that orders anyway, and by how much a contact is hoped to raise it.
    extra_spend, spread
        Rise of the mean spend that is hoped for, and the standard deviation of customers' spend;
        None where the orders have no amounts: then only who orders can be tested.
    confidence, power
        1 - level of the two-sided test; probability of finding the uplift hoped for.
    """
    if customers < FEWEST_TESTED or extra_orders <= 0:
        return NO_TRIAL
    measured: Literal["share", "spend"] = (
        "share" if spread is None or buying + extra_orders <= FULL_SHARE else "spend"
    )
    design = Design(measured, buying, spread or 0.0, confidence, power)
    hoped = extra_orders if measured == "share" else extra_spend
    half = customers // 2
    sizes = np.arange(1, half + 1, dtype=float)
    enough = design.margin(sizes, hoped, customers) >= 0
    found = bool(enough.any())
    control = int(sizes[enough.argmax()]) if found else half
    return Trial(
        measured,
        control,
        found=found,
        detectable=design.detectable(control, customers),
        rounds=1 if found else _rounds(lambda n: design.margin(n / 2, hoped, n), customers),
    )


def _share_margin(
    control: NDArray[np.float64],
    contacted: NDArray[np.float64],
    buying: float,
    uplift: float,
    errors: _Errors,
) -> NDArray[np.float64]:
    raised = min(buying + uplift, 1.0)
    pooled = (control * buying + contacted * raised) / (control + contacted)
    alike = np.sqrt(pooled * (1 - pooled) * (1 / control + 1 / contacted))
    apart = np.sqrt(buying * (1 - buying) / control + raised * (1 - raised) / contacted)
    counted = np.minimum(control, contacted) * min(buying, 1 - buying)
    needed = errors.test * alike + errors.power * apart
    return np.where(counted >= _FEWEST_COUNTED, raised - buying - needed, -np.inf)


def _mean_margin(
    control: NDArray[np.float64],
    contacted: NDArray[np.float64],
    spread: float,
    uplift: float,
    errors: _Errors,
) -> NDArray[np.float64]:
    needed = (errors.test + errors.power) * spread * np.sqrt(1 / control + 1 / contacted)
    return np.where(np.minimum(control, contacted) >= _FEWEST_AVERAGED, uplift - needed, -np.inf)


def _smallest(margin: Callable[[float], float], most: float) -> float | None:
    """The uplift at which the margin is 0; None where even the largest is not found."""
    if not margin(most) >= 0:
        return None
    return 0.0 if margin(0.0) >= 0 else float(brentq(margin, 0.0, most))


def _rounds(
    margin: Callable[[NDArray[np.float64]], NDArray[np.float64]], customers: int
) -> int | None:
    """How many such segments together suffice, up to 1,000."""
    enough = margin(customers * np.arange(1.0, 1001.0)) >= 0
    return int(enough.argmax()) + 1 if enough.any() else None
