"""What to aim for with a segment: the first rule that its figures meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from custseg.offers.playbook.figures import Figures

Objective = Literal[
    "win_back",
    "let_go",
    "second_order",
    "protect",
    "bring_back",
    "grow_basket",
    "keep_rhythm",
]
OBJECTIVES: Final[tuple[Objective, ...]] = get_args(Objective)

LAPSED_BUYING: Final = 2 / 3
"""Lapsed customers are at most this part as likely to order as the shop's."""
LITTLE_VALUE: Final = 1 / 4
"""Let go at less than this part of the spend (without amounts, the orders) expected of the shop's
mean customer."""
NEW_TENURE: Final = 1 / 2
"""New customers have known the shop for at most this part of the median customer's time."""
PROTECTED_SHARE: Final = 2.0
"""Protect those of whom this many times their share of customers is expected in spend."""
SMALL_BASKET: Final = 0.9
"""A small basket is below this part of the shop's."""
HOPELESS: Final = 0.01
"""Where fewer are expected to order, nobody is to be brought back, whatever their baskets."""
MANY: Final = 0.4
"""Come in time: no more than this share has waited longer than their own usual gap. Of customers
who order at random at a rate of their own, 1/e = 37 % have at any time."""


def objective(figures: Figures) -> Objective:
    """Choose what to aim for with a segment.

    The rules are tried in turn, so that each may take for granted that those before don't hold;
    the last takes what is left: customers who come in time, often enough and with a full basket.
    Where the shop is too young for a forecast nobody has lapsed, and what segments brought so far
    stands in for what is expected of them. A segment's name plays no part.
    """
    own, shop = figures.own, figures.shop
    if lapsed(figures):
        return "let_go" if _little_to_win(figures) else "win_back"
    once = own.orders < 2  # noqa: PLR2004  (the second order is what there is to win)
    waiting = figures.wait is not None and not late(figures)
    fresh = own.recency <= shop.recency and (
        own.tenure <= NEW_TENURE * shop.tenure or not late(figures)
    )
    if once and (waiting or fresh):
        return "second_order"
    share = figures.revenue_share if figures.value_share is None else figures.value_share
    if share >= PROTECTED_SHARE * figures.customer_share:
        return "protect"
    if once or late(figures) or _slower(figures):
        return "let_go" if _hopeless(figures) else "bring_back"
    return "grow_basket" if own.basket < SMALL_BASKET * shop.basket else "keep_rhythm"


def lapsed(figures: Figures) -> bool:
    """Whether it is unlikely to order, and its last orders are longer ago than the usual gap."""
    own, shop = figures.own, figures.shop
    if own.buying is None or shop.buying is None:
        return False
    long_ago = own.recency > shop.recency if figures.wait is None else late(figures)
    return long_ago and own.buying <= LAPSED_BUYING * shop.buying


def late(figures: Figures) -> bool:
    """Whether its next orders are due: the median customer's, or those of many."""
    return overdue(figures) or (figures.overdue_share or 0.0) > MANY


def overdue(figures: Figures) -> bool:
    """Whether the median customer's next order is due."""
    return figures.wait is not None and figures.own.recency > figures.wait


def _little_to_win(figures: Figures) -> bool:
    """Whether nearly nobody would come back, or those who would spend little."""
    own, shop = figures.own, figures.shop
    poor = (own.stake or 0.0) / own.customers < LITTLE_VALUE * (shop.stake or 0.0) / shop.customers
    # Where no basket is known, none speaks for them.
    small = own.basket < shop.basket or not figures.money
    return _hopeless(figures) or (poor and small)


def _hopeless(figures: Figures) -> bool:
    return figures.own.buying is not None and figures.own.buying < HOPELESS


def _slower(figures: Figures) -> bool:
    """Whether its last orders are longer ago than the shop's, and fewer are expected to order."""
    own, shop = figures.own, figures.shop
    fewer = own.buying is not None and shop.buying is not None and own.buying < shop.buying
    return own.recency > shop.recency and fewer
