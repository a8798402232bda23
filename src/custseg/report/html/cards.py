"""A segment's card: its summary in a reader's words."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.report.html.words import Difference, Habit, apart, typical

if TYPE_CHECKING:
    from custseg.playbook.wording import Wording
    from custseg.summary.segment import Product, SegmentSummary
    from custseg.summary.sentence import Insight
    from custseg.summary.whole import Summary

_PRODUCTS: Final = 6
_COUNTRIES: Final = 5
_NOTABLE_LIFT: Final = 1.05
"""From here on a lift is read as more than 1.0 times."""
_PLAN: Final = {
    "message": "Message",
    "channel": "Channel",
    "offer": "Offer",
    "products": "Products",
    "timing": "Timing",
    "measure": "What to measure",
}


@dataclass(frozen=True)
class Card:
    """What is told of a segment."""

    segment: SegmentSummary
    insights: tuple[Insight, ...]
    typical: list[Habit]
    apart: list[Difference]
    best_sellers: tuple[Product, ...]
    over_buys: tuple[Product, ...]
    groups: tuple[Product, ...]
    countries: list[tuple[str, str]]
    """Names and shares."""
    when: str | None
    outlook: str | None
    past: str | None
    slipping: str | None
    compactness: str
    plan: list[tuple[str, str]]
    """Headings and texts; the texts are in the plans' language."""


def cards(summary: Summary, insights: tuple[Insight, ...], wording: Wording) -> tuple[Card, ...]:
    """Tell of every segment."""
    return tuple(_card(segment, summary, insights, wording) for segment in summary.segments)


def _card(
    segment: SegmentSummary, summary: Summary, insights: tuple[Insight, ...], wording: Wording
) -> Card:
    return Card(
        segment=segment,
        insights=tuple(insight for insight in insights if insight.segment == segment.segment),
        typical=typical(segment.features, wording),
        apart=apart(segment.features, wording),
        best_sellers=segment.best_sellers[:_PRODUCTS],
        over_buys=_over_bought(segment.over_buys),
        groups=_over_bought(segment.over_bought_groups),
        countries=[
            (share.country, wording.percent(share.customer_share))
            for share in segment.countries[:_COUNTRIES]
        ],
        when=_when(segment, wording),
        outlook=_outlook(segment, summary, wording),
        past=_past(segment, summary, wording),
        slipping=_slipping(segment, wording),
        compactness=_compactness(segment, wording),
        plan=[
            (heading, text)
            for field, heading in _PLAN.items()
            if (text := getattr(segment.plan, field))
        ],
    )


def _over_bought(products: tuple[Product, ...]) -> tuple[Product, ...]:
    notable = [product for product in products if (product.lift or 0) >= _NOTABLE_LIFT]
    return tuple(notable[:_PRODUCTS])


def _when(segment: SegmentSummary, wording: Wording) -> str | None:
    busiest = segment.busiest
    if busiest is None:
        return None
    year, month = busiest.month.split("-")
    return (
        f"Most orders on {calendar.day_name[busiest.weekday]}s "
        f"({wording.percent(busiest.weekday_share)}), from {busiest.hour}:00 to "
        f"{busiest.hour + 1}:00 ({wording.percent(busiest.hour_share)}) and in "
        f"{calendar.month_name[int(month)]} {year} ({wording.percent(busiest.month_share)})."
    )


def _outlook(segment: SegmentSummary, summary: Summary, wording: Wording) -> str | None:
    expected = segment.expected
    if expected is None:
        return None
    band = ""
    if expected.spend_low is not None and expected.spend_high is not None:
        low, high = wording.money(expected.spend_low), wording.money(expected.spend_high)
        band = f" (80 % band: {low} to {high})"
    return (
        f"Spend of {wording.money(expected.expected_spend)}{band} in "
        f"{wording.plural(expected.expected_orders, 'order', 'orders')} is expected over the next "
        f"{summary.method.horizon_days} days, {wording.percent(expected.spend_share)} of what is "
        f"expected of all; {wording.percent(expected.buying_probability)} of these customers are "
        "likely to order."
    )


def _past(segment: SegmentSummary, summary: Summary, wording: Wording) -> str | None:
    past = segment.past
    if past is None:
        return None
    return (
        f"Made on {past.date}, a segment of this name held "
        f"{wording.plural(past.customers, 'customer', 'customers')}. In the "
        f"{summary.method.validation_days} days after, {wording.percent(past.buying_rate)} of them "
        f"ordered (95 % interval: {wording.percent(past.buying_rate_low)} to "
        f"{wording.percent(past.buying_rate_high)}) and spent "
        f"{wording.money(past.mean_spend)} each on average."
    )


def _slipping(segment: SegmentSummary, wording: Wording) -> str | None:
    slipping = segment.slipping
    if not slipping.customers:
        return None
    return (
        f"{wording.number(slipping.customers)} of "
        f"{wording.plural(slipping.regulars, 'regular customer', 'regular customers')} "
        f"{'is' if slipping.customers == 1 else 'are'} slipping away; they spent "
        f"{wording.money(float(slipping.year_revenue))} in the last 365 days."
    )


def _compactness(segment: SegmentSummary, wording: Wording) -> str:
    border = (
        f"{wording.percent(segment.ambiguous_share)} of its customers are nearly as close to "
        "another segment"
    )
    if segment.silhouette is None:
        return f"{border}."
    return (
        f"Mean silhouette {segment.silhouette:.2f} (1 is a segment of its own, 0 none); {border}."
    )
