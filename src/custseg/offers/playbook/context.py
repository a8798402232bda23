"""The figures that a text can name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.offers.playbook.objectives import late, overdue
from custseg.offers.playbook.terms import HOPED, KEPT
from custseg.words.figures import two_digits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from custseg.offers.playbook.figures import Figures, Group
    from custseg.offers.playbook.terms import Terms
    from custseg.offers.playbook.trial import Trial
    from custseg.settings import PlaybookSettings

Shelf = Literal["over_buys", "groups", "best_sellers", "none"]


@dataclass(frozen=True)
class Product:
    """A product, or a group of products, as a text names it."""

    name: str
    lift: float
    """Times more of the segment's lines than of all."""
    share: float
    """Share of the segment's customers who bought it."""


@dataclass(frozen=True)
class Ahead:
    """The days that a plan looks ahead."""

    as_of: date
    days: int


_STEP: Final = 1.2
"""A threshold is this many times the usual basket: near enough to be reached."""
_OFFER_DAYS: Final = 14
MONDAY: Final = 0

NAMES: Final = {
    "segment_name": "Its name",
    "customers": "Customers in it",
    "misfits": "Customers in it of whom its name is not true",
    "listed": "The others: those whom lists hold, and whom a plan contacts and tests",
    "customer_share": "Share of the shop's customers",
    "others": "The shop's other customers",
    "recency": "Median days since the last order",
    "orders": "Median number of orders",
    "once": "Whether the median customer has one order",
    "next_order": "The number of the median customer's next order",
    "spend": "Median net spend so far",
    "tenure": "Median days since the first order",
    "basket": "Median net spend per order",
    "step": "A fifth above that, rounded up to two digits",
    "gap": "Median days between its orders; none where fewer than 10 customers came back",
    "wait": "gap, or else the shop's; none where that has none",
    "overdue": "Whether recency is beyond wait",
    "overdue_share": "Share of it whose last order is longer ago than their own usual gap, or than "
    "the shop's where they came once; none where the shop has none",
    "late": "Whether it is overdue, or overdue_share more than 40 %",
    "in_time": "Share of it who are within that gap; likewise",
    "shop": "The shop's figures: shop.customers, shop.recency, shop.orders, shop.spend, "
    "shop.tenure, shop.basket, shop.gap, shop.value, shop.value_each, shop.orders_ahead, "
    "shop.buying",
    "revenue_share": "Share of the shop's revenue so far; without amounts, of its orders",
    "history": "Days since the shop's first order",
    "forecast": "Whether that is long enough for a forecast; if not, all that is expected is none",
    "horizon": "Days that are looked ahead",
    "orders_ahead": "Orders expected of all of it over the horizon",
    "orders_ahead_low": "Low end of an 80 % band; none without a back-test",
    "orders_ahead_high": "Its high end",
    "value": "Net spend expected of all of it over the horizon",
    "value_low": "Low end of an 80 % band; none without a back-test",
    "value_high": "Its high end",
    "value_each": "value per customer",
    "value_share": "Its share of the spend expected of the shop",
    "buying": "Share expected to order within the horizon without being asked",
    "alarm": "Share that ordering falls below by more than chance: buying less 2 standard errors",
    "spread": "Standard deviation of customers' spend over as many days",
    "margin": "[playbook] gross_margin",
    "extra_orders": "Extra orders hoped for per contact; no more than buying",
    "extra_per_100": "The same per 100 contacts",
    "doubled": "Whether extra_orders is all of buying: a contact is hoped to double who orders",
    "extra_spend": "Extra spend hoped for per contact",
    "contact_worth": "Margin of the extra orders per contact",
    "contact_cost": "Cost of the chosen channel per contact",
    "personal": "Whether the channel is a personal contact, paid by whom it keeps",
    "letter_cost": "[playbook] letter_cost",
    "call_cost": "[playbook] call_cost",
    "kept_one_in": "Calls that the margin expected of one customer pays for",
    "ceiling": "Largest discount that breaks even, as a share of the order",
    "ceiling_money": "The same on the median basket",
    "voucher": "Amount off that is offered; none where no discount is",
    "threshold": "Orders from here on get it; none likewise",
    "gain_low": "What all contacts may bring: margin less what contacts and the offer cost",
    "gain_high": "Its high end; of orders where there are no amounts",
    "hoped_low": "Extra orders per 100 contacts that the low end is of",
    "hoped_high": "… the high end",
    "kept_low": "Customers kept per 100 personal contacts that the low end is of",
    "kept_high": "… the high end",
    "send_on": "The day to send: a Monday, or their own busiest weekday",
    "deadline": "Two weeks later, when an offer ends",
    "result_on": "The horizon later, when the result is known",
    "products": "Up to two products or groups: name, lift, share",
    "weekday": "Weekday with clearly more of its orders than of others', 0 = Monday; else none",
    "weekday_share": "That weekday's share of its orders",
    "weekday_others": "That weekday's share of the orders of all others",
    "hour": "Hour with clearly more of its orders than of others'; else none",
    "hour_share": "That hour's share of its orders",
    "hour_others": "That hour's share of the orders of all others",
    "control": "Customers to leave alone",
    "contacted": "The rest of it",
    "raised": "buying + extra_orders",
    "detectable": "Smallest rise that the test finds: of the share, or of spend; none if none",
    "detectable_points": "The same in percentage points, where the share is tested",
    "rounds": "Such tests that it takes together; none beyond 1,000",
    "power": "[playbook] power",
    "level": "1 - [playbook] confidence",
}
"""Each name with its meaning."""


def context(
    figures: Figures,
    terms: Terms,
    trial: Trial,
    control: int,
    products: Sequence[Product],
    settings: PlaybookSettings,
    ahead: Ahead,
) -> dict[str, Any]:
    """Gather what a text of one segment can name: the keys of `NAMES`.

    What is of money is missing where the orders have no amounts.
    """
    own, shop = _whole_days(figures.own), _whole_days(figures.shop)
    days, hours = figures.weekday, figures.hour
    tested_share = trial.measured == "share" and trial.detectable is not None
    waited, extra = figures.overdue_share, terms.extra_orders
    contacted, send_on = figures.listed - control, day_to_send(figures, ahead.as_of)
    given = {
        "segment_name": figures.name,
        "customers": own.customers,
        "misfits": figures.misfits,
        "listed": figures.listed,
        "customer_share": figures.customer_share,
        "others": shop.customers - own.customers,
        "recency": own.recency,
        "orders": own.orders,
        "once": own.orders < 2,  # noqa: PLR2004  (one, or a mean of one and two)
        "next_order": int(own.orders) + 1,
        "spend": own.spend,
        "tenure": own.tenure,
        "basket": own.basket,
        "step": _round_up(_STEP * own.basket),
        "gap": own.gap,
        "wait": own.gap if own.gap is not None else shop.gap,
        "overdue": overdue(figures),
        "overdue_share": waited,
        "late": late(figures),
        "in_time": None if waited is None else 1 - waited,
        "shop": shop,
        "revenue_share": figures.revenue_share,
        "history": figures.history,
        "forecast": figures.forecast,
        "horizon": ahead.days,
        "orders_ahead": own.orders_ahead,
        "orders_ahead_low": figures.orders_low,
        "orders_ahead_high": figures.orders_high,
        "value": own.value,
        "value_low": figures.value_low,
        "value_high": figures.value_high,
        "value_each": own.value_each,
        "value_share": figures.value_share,
        "buying": own.buying,
        "alarm": _alarm(own.buying, own.customers),
        "spread": figures.spread,
        "margin": settings.gross_margin,
        "extra_orders": extra,
        "extra_per_100": None if extra is None else 100 * extra,
        "doubled": extra is not None and own.buying is not None and extra >= own.buying,
        "extra_spend": None if extra is None else extra * own.basket,
        "contact_worth": terms.contact_worth,
        "contact_cost": terms.contact_cost,
        "personal": terms.channel == "personal",
        "letter_cost": settings.letter_cost,
        "call_cost": settings.call_cost,
        "kept_one_in": int(terms.kept_one_in),
        "ceiling": terms.ceiling,
        "ceiling_money": terms.ceiling * own.basket,
        "voucher": terms.voucher,
        "threshold": terms.threshold,
        "gain_low": two_digits(contacted * terms.gain_low),
        "gain_high": two_digits(contacted * terms.gain_high),
        "hoped_low": None if extra is None else 100 * extra * HOPED[0],
        "hoped_high": None if extra is None else 100 * extra * HOPED[1],
        "kept_low": _kept(own.buying, KEPT[0]),
        "kept_high": _kept(own.buying, KEPT[1]),
        "send_on": send_on,
        "deadline": send_on + timedelta(days=_OFFER_DAYS),
        "result_on": send_on + timedelta(days=ahead.days),
        "products": list(products),
        "weekday": days.at if days else None,
        "weekday_share": days.share if days else None,
        "weekday_others": days.others if days else None,
        "hour": hours.at if hours else None,
        "hour_share": hours.share if hours else None,
        "hour_others": hours.others if hours else None,
        "control": control,
        "contacted": contacted,
        "raised": None if extra is None or own.buying is None else min(1.0, own.buying + extra),
        "detectable": trial.detectable,
        "detectable_points": 100 * (trial.detectable or 0.0) if tested_share else None,
        "rounds": trial.rounds,
        "power": settings.power,
        "level": 1 - settings.confidence,
    }
    return {name: None if _unknown(figure) else figure for name, figure in given.items()}


def day_to_send(figures: Figures, as_of: date) -> date:
    """A Monday, or the segment's own busiest weekday, from when its next orders are due on."""
    wait, recency = figures.wait, figures.own.recency
    ahead = 0 if wait is None or late(figures) else max(0, round(wait) - round(recency))
    due = as_of + timedelta(days=ahead)
    weekday = figures.weekday.at if figures.weekday else MONDAY
    return due + timedelta(days=(weekday - due.weekday()) % 7)


def _kept(buying: float | None, part: float) -> float | None:
    return None if buying is None else round(100 * part * (1 - buying), 1)


def _alarm(buying: float | None, customers: int) -> float | None:
    if buying is None:
        return None
    return max(0.0, buying - 2 * math.sqrt(buying * (1 - buying) / customers))


def _unknown(figure: object) -> bool:
    return isinstance(figure, float) and math.isnan(figure)


def _whole_days(group: Group) -> Group:
    """Days as they are shown, so that their differences are what a reader finds."""
    return replace(
        group,
        recency=round(group.recency),
        tenure=round(group.tenure),
        gap=None if group.gap is None else round(group.gap),
    )


def _round_up(amount: float) -> float:
    """To two digits: 342 becomes 350."""
    if amount <= 0 or math.isnan(amount):
        return amount if math.isnan(amount) else 0.0
    unit = 10.0 ** (math.floor(math.log10(amount)) - 1)
    # A hair below, so that 350.00000001 stays 350.
    return round(math.ceil(amount / unit - 1e-9) * unit, 10)
