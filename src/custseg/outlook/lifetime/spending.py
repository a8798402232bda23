"""What a customer spends on a day that they buy: the gamma-gamma model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BOUNDS: Final = (-7.0, 7.0)


@dataclass(frozen=True)
class Spending:
    """A fitted gamma-gamma model (Fader & Hardie 2013).

    The spend of a day is gamma-distributed with shape `p` about a customer's own mean; those means
    vary as an inverse gamma with shape `q` > 1 and scale `p` times `v` (shop currency).
    """

    p: float
    q: float
    v: float

    def log_likelihood(
        self, days: NDArray[np.float64], spend: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Log-likelihood of each customer's mean spend per day, from active days and net spend."""
        shape = self.p * days
        each: NDArray[np.float64] = (
            gammaln(shape + self.q)
            - gammaln(shape)
            - gammaln(self.q)
            + self.q * np.log(self.v)
            + (shape - 1) * np.log(spend / days)
            + shape * np.log(days)
            - (shape + self.q) * np.log(spend + self.v)
        )
        return each

    def expected(
        self, days: NDArray[np.float64], spend: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Spend to expect of each customer on a day that they buy.

        Their own mean, drawn to the shop's the more the fewer days they have bought on. A net spend
        below 0 (returns without their purchase) counts as 0.
        """
        mean: NDArray[np.float64] = (
            self.p * (self.v + np.maximum(spend, 0)) / (self.p * days + self.q - 1)
        )
        return mean


def fit(days: NDArray[np.float64], spend: NDArray[np.float64]) -> Spending:
    """Fit by maximum likelihood.

    Parameters
    ----------
    days
        Active days of each customer, from 1.
    spend
        Their net spend; at least one above 0. Others are left out: the model knows no gifts.

    Returns
    -------
    Spending
        The same for any order of the customers; q > 1, without which there is no mean.
    """
    unit = float(np.mean(np.sort(spend[spend > 0] / days[spend > 0])))
    known, counts = np.unique(
        np.stack([days, spend / unit])[:, spend > 0], axis=1, return_counts=True
    )

    def loss(logs: NDArray[np.float64]) -> float:
        p, above, v = np.exp(logs)
        likelihood = Spending(p, 1 + above, v).log_likelihood(known[0], known[1])
        return float(-(counts @ likelihood) / counts.sum())

    with threadpool_limits(1):
        found = minimize(loss, np.zeros(3), method="L-BFGS-B", bounds=[_BOUNDS] * 3)
    p, above, v = (float(value) for value in np.exp(found.x))
    return Spending(p, 1 + above, v * unit)


def steady(days: NDArray[np.float64], spend: NDArray[np.float64]) -> Spending:
    """Model each customer's own mean, drawn to the shop's with one day's weight; needs no fit."""
    return Spending(1.0, 2.0, max(float(np.sort(spend).sum() / days.sum()), 0.0))
