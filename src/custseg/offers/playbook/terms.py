"""What a contact may cost and an offer may give away, so that neither loses money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from custseg.offers.playbook.figures import Figures
    from custseg.offers.playbook.objectives import Objective
    from custseg.settings import PlaybookSettings

Channel = Literal["email", "letter", "call", "personal"]

MOST_OF_WORTH: Final = 1 / 2
"""A paid contact costs at most this part of what it is worth: the rest is for the shop."""
KEPT_ONE_IN: Final = 100
"""A personal contact has to pay by keeping one customer in so many."""


@dataclass(frozen=True)
class Terms:
    """The channel, and the limits of cost and discount."""

    extra_orders: float | None
    """Orders hoped for per contact, beyond those that come anyway; None without a forecast, which
    tells how many these are."""
    contact_worth: float
    """Margin of these, shop currency; NaN where there are no amounts, as is the ceiling."""
    channel: Channel
    contact_cost: float
    """Cost of that channel, shop currency per contact."""
    kept_one_in: float
    """The margin expected of the mean customer pays for so many calls."""
    ceiling: float
    """Largest discount that breaks even, as a share of the order."""
    discount: bool
    """Whether the plan offers one."""


def terms(figures: Figures, objective: Objective, settings: PlaybookSettings) -> Terms:
    """Work out what pays for a segment.

    Of 100 customers contacted, 100 p order anyway and 100 u more because of it (u no more than p:
    a message doesn't double who orders). With baskets of B at margin g, a contact is worth u B g.
    A discount of d is given on all p + u orders, so that after a contact's cost c it breaks even
    at d = (u B g - c) / ((p + u) B). Where the orders have no amounts B is not known: nothing is
    paid or given away, and likewise where p is not.
    """
    if figures.own.buying is None:
        unknown = float("nan")
        return Terms(None, unknown, "email", 0.0, 0.0, unknown, discount=False)
    buying, basket = figures.own.buying, max(figures.own.basket, 0.0)
    extra = min(settings.extra_orders, buying)
    each = figures.own.value_each
    if each is None:
        return Terms(extra, float("nan"), "email", 0.0, 0.0, float("nan"), discount=False)
    worth = extra * basket * settings.gross_margin
    expected = each * settings.gross_margin
    kept = expected / settings.call_cost if settings.call_cost else float("inf")
    channel: Channel = "email"
    cost = 0.0
    paid: list[tuple[float, Channel]] = [
        (settings.letter_cost, "letter"),
        (settings.call_cost, "call"),
    ]
    for price, name in sorted(paid):
        if worth > 0 and price <= MOST_OF_WORTH * worth:
            channel, cost = name, price
    personal = objective == "protect" and kept >= KEPT_ONE_IN
    sales = (buying + extra) * basket
    # A personal contact is paid by whom it keeps, not by extra orders.
    ceiling = max(0.0, worth - cost * (not personal)) / sales if sales > 0 else 0.0
    return Terms(
        extra_orders=extra,
        contact_worth=worth,
        channel="personal" if personal else channel,
        contact_cost=settings.call_cost if personal else cost,
        kept_one_in=kept,
        ceiling=ceiling,
        discount=objective != "protect" and ceiling >= settings.least_discount,
    )
