"""How often customers buy and when they stop: the BG/NBD family of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit, gammaln, roots_legendre
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Model = Literal["mbg-nbd", "bg-nbd", "steady"]

_UNITS: Final = 10.0
"""Ages are scaled to this while fitting, so that all four parameters are of the order of 1."""
_BOUNDS: Final = ((-7.0, 7.0), (-7.0, 7.0), (-9.0, 4.0), (-7.0, 5.5))
"""Of the logs of r, alpha (scaled), a and b: beyond them the likelihood is flat."""
_NODES: Final = 64
_TINY: Final = 1e-12
"""A probability of stopping below which a customer goes on at their rate."""
_BETTER: Final = 1.0
"""Nats by which BG/NBD has to be likelier than MBG/NBD: where nobody stops they are the same, and
the optimiser's noise must not choose."""
_PRIOR_ORDERS: Final = 0.5


@dataclass(frozen=True)
class History:
    """What customers have done: arrays of one value per customer, times in days.

    Fader, Hardie & Lee (2005), "Counting your customers the easy way", write (x, t_x, T).
    """

    repeats: NDArray[np.float64]
    """Active days after the first."""
    last: NDArray[np.float64]
    """Days from the first purchase to the last; 0 where there is only one."""
    age: NDArray[np.float64]
    """Days from the first purchase until now."""


@dataclass(frozen=True)
class Purchasing:
    """A fitted model of purchasing.

    While active, a customer buys at a rate that varies over customers as a gamma distribution with
    shape `r` and scale `alpha` (days). After a purchase they stop for good with a probability that
    varies as a beta distribution with parameters `a` and `b`.

    BG/NBD (Fader, Hardie & Lee 2005) lets nobody stop right after the first purchase, MBG/NBD
    (Batislam, Denizel & Filiztekin 2007) does. `steady` is MBG/NBD in which nobody ever stops.
    """

    model: Model
    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, history: History) -> NDArray[np.float64]:
        """Log-likelihood of each customer's history (`a` > 0)."""
        x, chances = history.repeats, _chances(history, self.model)
        bought = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        active = betaln(self.a, self.b + chances) - (self.r + x) * np.log(self.alpha + history.age)
        # A customer without a chance to stop is active; 1 only keeps the logarithm finite.
        stops = betaln(self.a + 1, self.b + np.maximum(chances, 1) - 1)
        stopped = np.where(
            chances > 0, stops - (self.r + x) * np.log(self.alpha + history.last), -np.inf
        )
        each: NDArray[np.float64] = bought + np.logaddexp(active, stopped) - betaln(self.a, self.b)
        return each

    def active(self, history: History) -> NDArray[np.float64]:
        """Probability that each customer has not stopped for good."""
        chances = _chances(history, self.model)
        if self.a == 0:
            return np.ones(len(chances))
        silence = np.log(self.alpha + history.age) - np.log(self.alpha + history.last)
        odds = np.log(self.a) - np.log(self.b + np.maximum(chances, 1) - 1)
        stopped = expit(odds + (self.r + history.repeats) * silence)
        probability: NDArray[np.float64] = np.where(chances > 0, 1 - stopped, 1.0)
        return probability

    def buying(self, history: History, days: float) -> NDArray[np.float64]:
        """Probability that each customer buys within the next days."""
        alpha = self.alpha + history.age
        none = (alpha / (alpha + days)) ** (self.r + history.repeats)
        probability: NDArray[np.float64] = self.active(history) * (1 - none)
        return probability

    def expected(self, history: History, days: float) -> NDArray[np.float64]:
        """Active days to expect of each customer in the next days.

        Notes
        -----
        Fader, Hardie & Lee (2005), equation 10, as the integral that it solves: the mean of
        (1 - (alpha + T)^(r+x) / (alpha + T + p t)^(r+x)) / p over the beta distribution of the
        customer's p. Their closed form needs 2F1, which overflows against a factor that underflows,
        and of which SciPy gives NaN for one in 200 random sets of parameters. Gauss-Legendre nodes
        on the quantiles of p are within 1e-5 of it and never fail.
        """
        shape, scale = self.r + history.repeats, self.alpha + history.age
        steady = shape * days / scale
        if self.a == 0:
            return steady
        chances, which = np.unique(_chances(history, self.model), return_inverse=True)
        nodes, weights = roots_legendre(_NODES)
        quantiles = betaincinv(self.a, self.b + chances[:, None], (nodes + 1) / 2)
        mean = np.zeros(len(shape))
        for p, weight in zip(quantiles.T, weights / 2, strict=True):
            stops = p[which]
            bought = -np.expm1(-shape * np.log1p(stops * days / scale))
            mean += weight * np.divide(bought, stops, out=steady.copy(), where=stops > _TINY)
        expected: NDArray[np.float64] = self.active(history) * mean
        return expected


def fit(history: History, model: Literal["mbg-nbd", "bg-nbd"]) -> Purchasing:
    """Fit a model by maximum likelihood.

    Parameters
    ----------
    history
        At least one customer of an age above 0.
    model
        Which of the two.

    Returns
    -------
    Purchasing
        The same for any order of the customers.
    """
    unit = float(history.age.max()) / _UNITS
    # Equal customers are counted, not repeated: faster, and sorted whatever the order they come in.
    kinds, counts = np.unique(
        np.stack([history.repeats, history.last / unit, history.age / unit]),
        axis=1,
        return_counts=True,
    )
    scaled = History(*kinds)

    def loss(logs: NDArray[np.float64]) -> float:
        likelihood = Purchasing(model, *np.exp(logs)).log_likelihood(scaled)
        return float(-(counts @ likelihood) / counts.sum())

    with threadpool_limits(1):
        found = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=_BOUNDS)
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return Purchasing(model, r, alpha * unit, a, b)


def fit_likelier(history: History) -> Purchasing:
    """Fit both, which have as many parameters; return BG/NBD where it is clearly likelier."""
    first, second = fit(history, "mbg-nbd"), fit(history, "bg-nbd")
    gain = second.log_likelihood(history).sum() - first.log_likelihood(history).sum()
    return second if gain > _BETTER else first


def steady(history: History) -> Purchasing:
    """Model everyone as going on at their own rate for ever.

    It is drawn to the shop's with the weight of half an order. Needs no fit, so that it holds for
    three customers too.
    """
    rate = (history.repeats.sum() + _PRIOR_ORDERS) / (history.age + 1).sum()
    return Purchasing("steady", _PRIOR_ORDERS, float(_PRIOR_ORDERS / rate), 0.0, 1.0)


def _chances(history: History, model: Model) -> NDArray[np.float64]:
    """Purchases after which a customer could have stopped."""
    return history.repeats + (model != "bg-nbd")
