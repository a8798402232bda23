"""A first action plan per segment, each sentence from the segment's own figures."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.recommendations.shelves import BEST_SELLERS, OVER_BUYS

if TYPE_CHECKING:
    from custseg.settings import PlaybookSettings

_PROTECT_RATIO: Final = 2.0
_PERSONAL_RATIO: Final = 3.0
_BASKET_STEP: Final = 1.2
_SHOWN_PRODUCTS: Final = 3
_HOLDOUT: Final = 0.1


@dataclass(frozen=True)
class Figures:
    """What a plan rests on: medians over a group of customers, and what it is worth."""

    customers: int
    customer_share: float
    revenue_share: float
    spend: float
    """Mean net spend."""
    recency: float
    frequency: float
    monetary: float
    tenure: float
    basket: float
    """Median of the average order value."""
    gap: float | None
    """Median days between active days; None where nobody came back."""
    weekday: str
    hour: int


@dataclass(frozen=True)
class Objective:
    """What to aim for with a segment, and how."""

    name: str
    message: str
    offer: str


def draw_up_plans(
    features: pd.DataFrame,
    segments: pd.DataFrame,
    shelves: pd.DataFrame,
    profile_times: pd.DataFrame,
    segment_value: pd.DataFrame | None,
    settings: PlaybookSettings | None = None,
) -> pd.DataFrame:
    """Draw up a plan for each segment.

    Parameters
    ----------
    features, segments, shelves, profile_times
        What the stages of those names gave.
    segment_value
        What the side study of that name gave; None where it was left out.
    settings
        The `[playbook]` settings.

    Returns
    -------
    DataFrame
        The columns of the artifact `plans`.
    """
    del segment_value, settings
    members = features.merge(segments, on="customer_id")
    return plans(members, shelves, profile_times)


def plans(members: pd.DataFrame, shelf: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Draw up a plan for each segment.

    Parameters
    ----------
    members
        Features and segment of every customer.
    shelf
        Products per segment, as `shelves` gives them.
    times
        Orders per segment, weekday and hour, as in the artifact `profile_times`.

    Returns
    -------
    DataFrame
        The columns of the artifact `plans`.
    """
    shop = _figures(members, members, times)
    late = float(members["recency_days"].quantile(0.75))
    early = float(members["tenure_days"].quantile(0.25))
    rows = []
    for (segment, name), group in members.groupby(["segment", "segment_name"]):
        own = _figures(group, members, times[times["segment"] == segment])
        objective = _objective(own, shop, late, early)
        rows.append(
            {
                "segment": segment,
                "segment_name": name,
                "objective": objective.name,
                "because": _because(own, shop),
                "message": objective.message,
                "channel": _channel(own, shop),
                "offer": objective.offer,
                "products": _products(shelf[shelf["segment"] == segment]),
                "timing": _timing(own, shop),
                "measure": _measure(own, shop),
            }
        )
    return pd.DataFrame(rows)


def _figures(group: pd.DataFrame, everyone: pd.DataFrame, times: pd.DataFrame) -> Figures:
    medians = group[
        ["recency_days", "frequency", "monetary", "tenure_days", "average_order_value"]
    ].median()
    gaps = group["gap_days_mean"].dropna()
    revenue = everyone["monetary"].sum()
    return Figures(
        customers=len(group),
        customer_share=len(group) / len(everyone),
        revenue_share=group["monetary"].sum() / revenue if revenue > 0 else 0.0,
        spend=group["monetary"].mean(),
        recency=medians["recency_days"],
        frequency=medians["frequency"],
        monetary=medians["monetary"],
        tenure=medians["tenure_days"],
        basket=medians["average_order_value"],
        gap=gaps.median() if len(gaps) else None,
        weekday=calendar.day_name[_busiest(times, "weekday")],
        hour=_busiest(times, "hour"),
    )


def _busiest(times: pd.DataFrame, name: str) -> int:
    """The weekday or hour with most orders; the earliest on a tie."""
    return int(np.bincount(times[name], weights=times["orders"]).argmax())


def _objective(own: Figures, shop: Figures, late: float, early: float) -> Objective:
    """The first aim whose condition the figures meet.

    `late` and `early` are the shop's upper quartile of recency and lower quartile of tenure.
    """
    step = own.basket * _BASKET_STEP
    if own.tenure <= early:
        return Objective(
            "Win the second order",
            f"Welcome, and what others bought next: the median customer here came {own.tenure:.0f} "
            f"days ago and has {_orders(own)}.",
            f"A small thank-you on the next order, no discount on the first basket's "
            f"{own.basket:,.0f}.",
        )
    if own.recency >= late:
        if own.monetary >= shop.monetary:
            return Objective(
                "Win back",
                f"We miss you: {own.recency:.0f} days since the last order of a customer worth "
                f"{own.monetary:,.0f}.",
                f"A strong one-time offer on a basket of {own.basket:,.0f} or more.",
            )
        return Objective(
            "One last try, then let go",
            f"What is new since the last visit {own.recency:.0f} days ago.",
            f"No discount beyond free delivery: the median customer spent {own.monetary:,.0f} in "
            "all.",
        )
    if own.revenue_share >= _PROTECT_RATIO * own.customer_share:
        return Objective(
            "Protect",
            f"Thanks and first access: {own.customer_share:.0%} of customers bring "
            f"{own.revenue_share:.0%} of revenue.",
            "Service instead of discounts: early access, reserved stock, a named contact.",
        )
    if own.recency > shop.recency:
        return Objective(
            "Bring back before they lapse",
            f"A reason to return now: {own.recency:.0f} days since the last order, against "
            f"{shop.recency:.0f} for the shop.",
            f"A limited offer on baskets from {own.basket:,.0f}, their usual size.",
        )
    if own.basket < shop.basket:
        return Objective(
            "Grow the basket",
            f"Goes well with what you bought: {_orders(own)} of {own.basket:,.0f} each, against "
            f"{shop.basket:,.0f} in the shop.",
            f"Free delivery or a bundle from {step:,.0f}, a fifth above their usual basket.",
        )
    return Objective(
        "Keep the rhythm",
        f"New arrivals in time for the next order: {_orders(own)} so far.",
        f"A reward on the {_ordinal(int(own.frequency) + 2)} order, from {own.basket:,.0f}.",
    )


def _orders(own: Figures) -> str:
    return "1 order" if own.frequency == 1 else f"{own.frequency:,.0f} orders"


def _ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")  # noqa: PLR2004
    return f"{n}{suffix}"


def _because(own: Figures, shop: Figures) -> str:
    return (
        f"Medians against the shop's: last order {own.recency:.0f} days ago ({shop.recency:.0f}), "
        f"{_orders(own)} ({shop.frequency:,.0f}), spent {own.monetary:,.0f} "
        f"({shop.monetary:,.0f}); {own.customer_share:.1%} of customers, "
        f"{own.revenue_share:.1%} of revenue."
    )


def _channel(own: Figures, shop: Figures) -> str:
    ratio = own.spend / shop.spend if shop.spend else 0.0
    if ratio >= _PERSONAL_RATIO:
        return f"A personal letter or call: the mean customer spends {ratio:.1f} times the shop's."
    if ratio >= 1:
        return f"E-mail, and paid reminders: a mean spend of {own.spend:,.0f} bears their cost."
    return f"E-mail only: a mean spend of {own.spend:,.0f} does not bear paid contacts."


def _products(shelf: pd.DataFrame) -> str:
    for name, words in ((OVER_BUYS, "What they over-buy"), (BEST_SELLERS, "Their best-sellers")):
        best = shelf[shelf["list"] == name].nsmallest(_SHOWN_PRODUCTS, "rank")
        if len(best):
            shown = best["description"].fillna(best["product_id"])
            return f"{words}: {'; '.join(shown)}."
    return "No products are known."


def _timing(own: Figures, shop: Figures) -> str:
    when = f"They order most on {own.weekday}s around {own.hour}:00"
    if own.gap is None:
        gap = f"; nobody has come back yet, the shop's usual gap is {shop.gap or 0:.0f} days."
        return when + (gap if shop.gap else ".")
    return f"{when}; those who came back did so {own.gap:.0f} days later (median)."


def _measure(own: Figures, shop: Figures) -> str:
    days = max(7, round(own.gap or shop.gap or own.tenure))
    held = max(1, round(own.customers * _HOLDOUT))
    return (
        f"Orders and spend within {days} days, against {held:,} customers drawn at random who "
        "get nothing."
    )
