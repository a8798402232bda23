"""The figures that a text can name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.offers.playbook.objectives import late, overdue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.offers.playbook.figures import Figures, Group
    from custseg.offers.playbook.hits import Hits
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


_STEP: Final = 1.2
"""A threshold is this many times the usual basket: near enough to be reached."""

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
    "products": "Up to three products or groups: name, lift, share",
    "list_hits": "Share of such customers who bought something of their own list of new products "
    "in the back-test; none without one",
    "shelf_hits": "Share who bought something of their segment's best-sellers then",
    "list_tested": "Customers of whom that is known",
    "hits_of_segment": "Whether they were in a segment of this name; else they are all customers",
    "weekday": "Weekday with clearly more of its orders than of others', 0 = Monday; else none",
    "weekday_share": "That weekday's share of its orders",
    "weekday_others": "That weekday's share of the orders of all others",
    "hour": "Hour with clearly more of its orders than of others'; else none",
    "hour_share": "That hour's share of its orders",
    "hour_others": "That hour's share of the orders of all others",
    "shop_weekday": "The shop's busiest weekday; none where all orders have one",
    "shop_hour": "The shop's busiest hour; none where all orders have one",
    "shop_weekday_share": "Share of the segment's orders on the shop's busiest weekday",
    "shop_hour_share": "Share of the segment's orders in the shop's busiest hour",
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
    products: Sequence[Product],
    hits: Hits,
    settings: PlaybookSettings,
    horizon: int,
) -> dict[str, Any]:
    """Gather what a text of one segment can name: the keys of `NAMES`.

    What is of money is missing where the orders have no amounts.
    """
    own, shop = _whole_days(figures.own), _whole_days(figures.shop)
    days, hours = figures.weekday, figures.hour
    tested_share = trial.measured == "share" and trial.detectable is not None
    waited, extra = figures.overdue_share, terms.extra_orders
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
        "horizon": horizon,
        "orders_ahead": own.orders_ahead,
        "orders_ahead_low": figures.orders_low,
        "orders_ahead_high": figures.orders_high,
        "value": own.value,
        "value_low": figures.value_low,
        "value_high": figures.value_high,
        "value_each": own.value_each,
        "value_share": figures.value_share,
        "buying": own.buying,
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
        "products": list(products),
        "list_hits": hits.list_hits,
        "shelf_hits": hits.shelf_hits,
        "list_tested": hits.list_tested,
        "hits_of_segment": hits.of_segment,
        "weekday": days.at if days else None,
        "weekday_share": days.share if days else None,
        "weekday_others": days.others if days else None,
        "hour": hours.at if hours else None,
        "hour_share": hours.share if hours else None,
        "hour_others": hours.others if hours else None,
        "shop_weekday": figures.busy_weekday,
        "shop_hour": figures.busy_hour,
        "shop_weekday_share": figures.busy_weekday_share,
        "shop_hour_share": figures.busy_hour_share,
        "control": trial.control,
        "contacted": figures.listed - trial.control,
        "raised": None if extra is None or own.buying is None else min(1.0, own.buying + extra),
        "detectable": trial.detectable,
        "detectable_points": 100 * (trial.detectable or 0.0) if tested_share else None,
        "rounds": trial.rounds,
        "power": settings.power,
        "level": 1 - settings.confidence,
    }
    return {name: None if _unknown(figure) else figure for name, figure in given.items()}


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
