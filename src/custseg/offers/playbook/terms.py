"""What a contact may cost and an offer may give away, so that neither loses money."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
KEPT: Final = (0.1, 0.3)
"""Of those who are not expected to order, a personal contact may keep so many."""
HOPED: Final = (0.4, 1.6)
"""What a contact may bring, as parts of the extra orders hoped for: 2 to 8 in 100 for 5."""
GIVEN: Final = 1 / 2
"""An offer gives away this part of what would break even: the rest is for the shop."""


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
    voucher: float | None
    """Amount off that the plan offers, in round numbers; None where it offers none."""
    threshold: float | None
    """Orders from here on get it."""
    gain_low: float
    """What a contact may bring, less its cost and the offer's: margin, or orders where there are
    no amounts; NaN without a forecast."""
    gain_high: float

    @property
    def discount(self) -> bool:
        """Whether the plan offers one."""
        return self.voucher is not None


def terms(figures: Figures, objective: Objective, settings: PlaybookSettings) -> Terms:
    """Work out what pays for a segment.

    Of 100 customers contacted, 100 p order anyway and 100 u more because of it (u no more than p:
    a message doesn't double who orders). With baskets of B at margin g, a contact is worth u B g.
    A discount of d is given on all p + u orders, so that after a contact's cost c it breaks even
    at d = (u B g - c) / ((p + u) B). Where the orders have no amounts B is not known: nothing is
    paid or given away, and likewise where p is not. An offer gives away half of d, so that at the
    extra orders hoped for half of what the contact brings is left to the shop.
    """
    unknown = float("nan")
    nothing = Terms(None, unknown, "email", 0.0, 0.0, unknown, None, None, unknown, unknown)
    if figures.own.buying is None:
        return nothing
    buying, basket = figures.own.buying, max(figures.own.basket, 0.0)
    extra = min(settings.extra_orders, buying)
    low, high = (part * extra for part in HOPED)
    each = figures.own.value_each
    if each is None:
        return replace(nothing, extra_orders=extra, gain_low=low, gain_high=high)
    margin = settings.gross_margin
    worth = extra * basket * margin
    kept = each * margin / settings.call_cost if settings.call_cost else float("inf")
    channel: Channel = "email"
    cost = 0.0
    paid: list[tuple[float, Channel]] = [
        (settings.letter_cost, "letter"),
        (settings.call_cost, "call"),
    ]
    for price, name in sorted(paid):
        if worth > 0 and price <= MOST_OF_WORTH * worth:
            channel, cost = name, price
    sales = (buying + extra) * basket
    keeping = [part * (1 - buying) * each * margin - settings.call_cost for part in KEPT]
    if objective == "protect" and kept >= KEPT_ONE_IN and sum(keeping) > 0:
        # A personal contact is paid by whom it keeps, not by extra orders.
        ceiling = worth / sales if sales > 0 else 0.0
        price = settings.call_cost
        return Terms(extra, worth, "personal", price, kept, ceiling, None, None, *keeping)
    ceiling = max(0.0, worth - cost) / sales if sales > 0 else 0.0
    voucher, threshold = _offer(ceiling, basket, settings.least_discount)
    if objective == "protect":
        voucher = threshold = None
    low, high = (
        order * basket * margin - cost - (voucher or 0.0) * (buying + order)
        for order in (low, high)
    )
    return Terms(extra, worth, channel, cost, kept, ceiling, voucher, threshold, low, high)


def _offer(
    ceiling: float, basket: float, least_discount: float
) -> tuple[float, float] | tuple[None, None]:
    """An amount off, and from which order on, in round numbers; none that is too small to try."""
    voucher = round_down(GIVEN * ceiling * basket)
    threshold = round_up(basket)
    if voucher <= 0 or voucher < least_discount * threshold:
        return None, None
    return voucher, threshold


def round_down(amount: float) -> float:
    """To one digit, or to a half of it from 10 on: 6.99 becomes 6, 17.20 becomes 15."""
    if not amount > 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(amount))
    step = unit / 2 if unit >= 10 else unit  # noqa: PLR2004  (of small change, whole coins)
    return round(math.floor(amount / step + 1e-9) * step, 10)


def round_up(amount: float) -> float:
    """To a quarter of its first digit's unit: 110 becomes 125, 732 becomes 750."""
    if not amount > 0:
        return 0.0
    step = 10.0 ** math.floor(math.log10(amount)) / 4
    # A hair below, so that 350.00000001 stays 350.
    return round(math.ceil(amount / step - 1e-9) * step, 10)
