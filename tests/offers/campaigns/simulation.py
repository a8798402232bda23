"""Campaigns in a shop whose customers order as those of the demo store do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import poisson

from custseg.sources.files.demo import DAYS, TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

DATE = 240.0
"""Day of the year on which lists are made."""
HORIZON = 90.0
CUSTOMERS = 600
CONTROL = 0.3


@dataclass(frozen=True)
class Campaigns:
    """Many campaigns, a row each, with a column for each customer of the list."""

    treated: NDArray[np.bool_]
    bought: Numbers
    spend: Numbers
    known: NDArray[np.float64]
    """Beside each customer: probability of an order, log orders and log spend before."""


def campaigns(count: int, points: float, seed: int) -> Campaigns:
    """Draw campaigns that make so many points more of the list order.

    Who would not have ordered is made to by the same chance each: such that of the shop's customers
    `points` more order on average.
    """
    draw = np.random.default_rng(seed)
    shape = (count, CUSTOMERS)
    rate, joined, gone = _customers(draw, shape)
    before = _days(joined, gone, DATE - HORIZON, DATE)
    after = _days(joined, gone, DATE, DATE + HORIZON)
    orders_before, orders = draw.poisson(rate * before), draw.poisson(rate * after)
    basket = draw.gamma(8.0, 1 / 8.0, shape) * 40
    spend_before = orders_before * basket
    treated = draw.random(shape).argsort(axis=1) >= CONTROL * CUSTOMERS
    moved = treated & (orders == 0) & (draw.random(shape) < points / (1 - _would_order()))
    orders = orders + moved
    # The forecast knows how often somebody has ordered, and not whether they have gone.
    probability = 1 - np.exp(-HORIZON * (orders_before + 0.5) / (HORIZON + 60))
    known = np.stack([probability, np.log1p(orders_before), np.log1p(spend_before)], axis=2)
    return Campaigns(treated, (orders > 0).astype(float), orders * basket, known)


def _customers(
    draw: np.random.Generator, shape: tuple[int, ...]
) -> tuple[Numbers, Numbers, Numbers]:
    """Each customer's orders a day, first and last day, as the demo store draws them."""
    kinds = draw.choice(len(TYPES), shape, p=[kind.share for kind in TYPES])

    def between(name: str) -> Numbers:
        low, high = (np.array([getattr(kind, name)[i] for kind in TYPES])[kinds] for i in (0, 1))
        days: Numbers = DAYS * (low + (high - low) * draw.random(shape))
        return days

    pace = draw.gamma(8.0, 1 / 8.0, shape)
    rate = pace / np.array([kind.days_between for kind in TYPES])[kinds]
    return rate, between("joined"), between("gone")


def _days(joined: Numbers, gone: Numbers, start: float, end: float) -> Numbers:
    days: Numbers = np.maximum(np.minimum(gone, end) - np.maximum(joined, start), 0)
    return days


def _would_order() -> float:
    """The share of the shop's customers who order within the horizon without a contact."""
    rate, joined, gone = _customers(np.random.default_rng(0), (400_000,))
    nobody = poisson.pmf(0, rate * _days(joined, gone, DATE, DATE + HORIZON))
    return float(1 - nobody.mean())
