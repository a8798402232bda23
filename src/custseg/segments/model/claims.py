"""What each segment name says of a customer: a claim that their figures meet or don't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from custseg.segments.model.standing import customers_of, shop_of
from custseg.words.names import EVERYBODY, numbered, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from custseg.segments.model.standing import Shop

LEAST_TRUE: Final = 0.9
"""Share of a segment's customers who have to meet the claim of its name."""
_SHORT_DAYS: Final = 30
"""Nobody who ordered less long ago is said to be gone, or not to have been seen lately."""
_LONG_DAYS: Final = 90
"""Nobody whose first order is longer ago is new; whose last one is, has not ordered lately."""
_OVERDUE: Final = 2.0
"""Usual waits after which an order is overdue: waits differ, and after one, many just take longer
(a third, if they are exponential; after two, a seventh)."""
_LOST: Final = 3.0
"""Usual waits after which a customer needs more than attention."""
_REPEATED: Final = 2
_MANY: Final = 3


@dataclass(frozen=True)
class Claim:
    """What a name says of a customer."""

    sentence: str
    """In words, as docs and report show it; the customer is its subject."""
    holds: Callable[[pd.DataFrame, Shop], pd.Series[bool]]
    """Whether the figures that `customers_of` gives meet it; no known figure, no claim."""
    signs: Mapping[str, int]
    """On which side of the shop's average a segment of that name is, by feature."""
    counted: str = ""
    """The sentence where no amounts are known, if that is another."""


def _wait(customers: pd.DataFrame, shop: Shop) -> pd.Series[float]:
    """The usual wait: the customer's own, or the shop's where they ordered on one day only."""
    return customers["wait"].fillna(shop.usual_wait)


def _repeat(customers: pd.DataFrame, _: Shop) -> pd.Series[bool]:
    return customers["days"] >= _REPEATED


def _slipping(customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    recency = customers["recency"]
    return (recency > _wait(customers, shop)) & (recency > shop.recency)


def _gone(customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    return _slipping(customers, shop) & (customers["recency"] >= _SHORT_DAYS)


def _in_time(customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    """Ordered on two days or more, and not overdue."""
    recency = customers["recency"]
    # Where most ordered once and never again, the median says nothing of those who come back.
    lately = min(shop.recency, _OVERDUE * shop.usual_wait)
    due = (recency <= _OVERDUE * _wait(customers, shop)) | (recency <= lately)
    return _repeat(customers, shop) & due


def _champion(customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    if pd.isna(shop.monetary):
        return _in_time(customers, shop) & (customers["frequency"] > shop.frequency)
    return _in_time(customers, shop) & (customers["monetary"] > shop.monetary)


def _big(customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    return customers["order_value"] > shop.upper["order_value"]


_IN_TIME: Final = "ordered on two days or more and is not overdue"
RULES: Final[Mapping[str, Claim]] = {
    "New": Claim(
        "ordered once or twice, for the first time at most the shop's usual wait, and at most "
        f"{_LONG_DAYS} days, ago",
        lambda c, s: (c["tenure"] <= min(s.usual_wait, _LONG_DAYS)) & (c["frequency"] <= _REPEATED),
        {"tenure": -1},
    ),
    "Champions": Claim(
        f"{_IN_TIME}, and spent more than half of the customers",
        _champion,
        {"recency": -1, "frequency": 1, "monetary": 1},
        f"{_IN_TIME}, and ordered more often than half of the customers",
    ),
    "Loyal": Claim(
        f"{_IN_TIME}, and ordered more often than half of the customers",
        lambda c, s: _in_time(c, s) & (c["frequency"] > s.frequency),
        {"frequency": 1, "recency": -1},
    ),
    "Potential loyal": Claim(_IN_TIME, _in_time, {"frequency": 1, "recency": -1}),
    "Big baskets, slipping": Claim(
        "spends more per order than three quarters of the customers, and is slipping",
        lambda c, s: _big(c, s) & _slipping(c, s),
        {"order_value": 1, "recency": 1},
    ),
    "Big baskets": Claim(
        "spends more per order than three quarters of the customers", _big, {"order_value": 1}
    ),
    "Needs attention": Claim(
        "ordered on two days or more, the last time longer ago than the usual wait, but at most "
        "three times as long",
        lambda c, s: (
            _repeat(c, s) & (c["recency"] > _wait(c, s)) & (c["recency"] <= _LOST * _wait(c, s))
        ),
        {"recency": 1},
    ),
    "Dormant": Claim(
        f"is slipping, has not ordered for {_SHORT_DAYS} days or more, and not for longer than "
        "three quarters of the customers",
        lambda c, s: _gone(c, s) & (c["recency"] > s.upper["recency"]),
        {"recency": 1},
    ),
    "Lapsed small buyers": Claim(
        f"is slipping, has not ordered for {_SHORT_DAYS} days or more, and spent less than half of "
        "the customers",
        lambda c, s: _gone(c, s) & (c["monetary"] < s.monetary),
        {"monetary": -1, "recency": 1},
    ),
    "Hibernating": Claim(
        f"is slipping, and has not ordered for {_SHORT_DAYS} days or more", _gone, {"recency": 1}
    ),
}
"""By name, in the order in which they are given to segments: what says more comes first."""
PLAIN: Final[Mapping[str, Claim]] = {
    "high value": Claim(
        "spent more than half of the customers",
        lambda c, s: c["monetary"] > s.monetary,
        {"monetary": 1},
    ),
    "low value": Claim(
        "spent less than half of the customers",
        lambda c, s: c["monetary"] < s.monetary,
        {"monetary": -1},
    ),
    "large orders": Claim(
        "spends more per order than half of the customers",
        lambda c, s: c["order_value"] > s.order_value,
        {"order_value": 1},
    ),
    "small orders": Claim(
        "spends less per order than half of the customers",
        lambda c, s: c["order_value"] < s.order_value,
        {"order_value": -1},
    ),
    "many orders": Claim(
        "ordered three times or more, and more often than half of the customers",
        lambda c, s: (c["frequency"] >= _MANY) & (c["frequency"] > s.frequency),
        {"frequency": 1},
    ),
    "repeat buyers": Claim("ordered on two days or more", _repeat, {"frequency": 1}),
    "one order": Claim("ordered once", lambda c, _: c["frequency"] == 1, {"frequency": -1}),
    "one or two orders": Claim(
        "ordered once or twice", lambda c, _: c["frequency"] <= _REPEATED, {"frequency": -1}
    ),
    "fewer orders": Claim(
        "ordered less often than half of the customers",
        lambda c, s: c["frequency"] < s.frequency,
        {"frequency": -1},
    ),
    "ordered lately": Claim(
        f"last ordered at most {_LONG_DAYS} days ago, and later than half of the customers",
        lambda c, s: (c["recency"] < s.recency) & (c["recency"] <= _LONG_DAYS),
        {"recency": -1},
    ),
    "not seen lately": Claim(
        f"has not ordered for {_SHORT_DAYS} days or more, and not for longer than half of the "
        "customers",
        lambda c, s: (c["recency"] > s.recency) & (c["recency"] >= _SHORT_DAYS),
        {"recency": 1},
    ),
    "joined later": Claim(
        "first ordered later than half of the customers",
        lambda c, s: c["tenure"] < s.tenure,
        {"tenure": -1},
    ),
    "joined earlier": Claim(
        "first ordered earlier than half of the customers",
        lambda c, s: c["tenure"] > s.tenure,
        {"tenure": 1},
    ),
}
"""The claims of the parts of plain names."""
TERMS: Final[Mapping[str, str]] = {
    "usual wait": "the mean days between the days on which a customer ordered; with one such day, "
    "the shop's: the median of those waits (where nobody has one, of the days since the last "
    "order)",
    "slipping": "the last order is longer ago than the usual wait, and than that of half of the "
    "customers",
    "overdue": "the last order is longer ago than twice the usual wait, and than that of half of "
    "the customers or twice the shop's usual wait, whichever is shorter",
}
"""What the sentences of claims mean by their terms."""


def claims_of(name: str) -> list[Claim]:
    """The claims that a name makes, with a number or without: one, or those of its parts."""
    own = numbered(name)[0]
    return [RULES[own]] if own in RULES else [PLAIN[part] for part in parts_of(own)]


def sentence(name: str, *, money: bool = True) -> str:
    """What a name says of a customer, in words; of a shop without amounts, none of them."""
    if name == EVERYBODY:
        return "is a customer of the shop"
    told = [
        claim.sentence if money else claim.counted or claim.sentence for claim in claims_of(name)
    ]
    return " and ".join(told) or "has little in common with the others in it"


def meets(name: str, customers: pd.DataFrame, shop: Shop) -> pd.Series[bool]:
    """Who meets all that a name says.

    Parameters
    ----------
    customers
        What `customers_of` gives.
    """
    met = pd.Series(True, index=customers.index)
    for claim in claims_of(name):
        met &= claim.holds(customers, shop)
    return met


def fits(
    features: pd.DataFrame, labels: NDArray[np.int64], names: Mapping[int, str]
) -> pd.Series[bool]:
    """Who meets the claim of their segment's name.

    Parameters
    ----------
    features
        Of all customers of the shop.
    labels
        Their segments.
    names
        Of segments, before the shop's own takes its place; who is in another meets none.
    """
    customers = customers_of(features)
    shop = shop_of(customers)
    found = pd.Series(False, index=features.index)
    for label, name in names.items():
        own = labels == label
        found[own] = meets(name, customers[own], shop)
    return found
