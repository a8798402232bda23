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


def objective(figures: Figures) -> Objective:
    """Choose what to aim for with a segment.

    The rules are tried in turn, so that each may take for granted that those before don't hold;
    the last takes what is left: customers who come in time, often enough and with a full basket.
    """
    own, shop = figures.own, figures.shop
    if lapsed(figures):
        poor = own.stake / own.customers < LITTLE_VALUE * shop.stake / shop.customers
        # Where no basket is known, none speaks for them.
        small = own.basket < shop.basket or not figures.money
        return "let_go" if poor and small else "win_back"
    once = own.orders < 2  # noqa: PLR2004  (the second order is what there is to win)
    fresh = own.tenure <= NEW_TENURE * shop.tenure or not overdue(figures)
    if once and fresh and own.recency <= shop.recency:
        return "second_order"
    if figures.value_share >= PROTECTED_SHARE * figures.customer_share:
        return "protect"
    slower = own.recency > shop.recency and own.buying < shop.buying
    if once or overdue(figures) or slower:
        return "bring_back"
    return "grow_basket" if own.basket < SMALL_BASKET * shop.basket else "keep_rhythm"


def lapsed(figures: Figures) -> bool:
    """Whether it is unlikely to order, and its last orders are longer ago than the usual gap."""
    own, shop = figures.own, figures.shop
    late = own.recency > shop.recency if figures.wait is None else overdue(figures)
    return late and own.buying <= LAPSED_BUYING * shop.buying


def overdue(figures: Figures) -> bool:
    """Whether the median customer's next order is due."""
    return figures.wait is not None and figures.own.recency > figures.wait
