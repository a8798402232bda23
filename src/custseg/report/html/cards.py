"""A segment's card: its summary in a reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.report.tables.features import Difference, Habit, apart, typical
from custseg.report.tables.table import percent

if TYPE_CHECKING:
    from custseg.report.summary.segment import Product, SegmentSummary
    from custseg.report.summary.sentence import Insight
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_PRODUCTS: Final = 6
_COUNTRIES: Final = 5
_NOTABLE_LIFT: Final = 1.05
"""From here on a lift is read as more than 1.0 times."""
_LISTED: Final = {"best_seller", "country"}
"""Insights whose figures stand in the card's lists, with more of their kind."""


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
    compactness: str


def cards(summary: Summary, insights: tuple[Insight, ...], wording: Wording) -> tuple[Card, ...]:
    """Tell of every segment."""
    return tuple(_card(segment, insights, wording) for segment in summary.segments)


def _card(segment: SegmentSummary, insights: tuple[Insight, ...], wording: Wording) -> Card:
    return Card(
        segment=segment,
        insights=tuple(
            insight
            for insight in insights
            if insight.segment == segment.segment and insight.name not in _LISTED
        ),
        typical=typical(segment.features, wording),
        apart=apart(segment.features, wording),
        best_sellers=segment.best_sellers[:_PRODUCTS],
        over_buys=_over_bought(segment.over_buys),
        groups=_over_bought(segment.over_bought_groups),
        countries=[
            (share.country, percent(share.customer_share))
            for share in segment.countries[:_COUNTRIES]
        ],
        compactness=_compactness(segment),
    )


def _over_bought(products: tuple[Product, ...]) -> tuple[Product, ...]:
    notable = [product for product in products if (product.lift or 0) >= _NOTABLE_LIFT]
    return tuple(notable[:_PRODUCTS])


def _compactness(segment: SegmentSummary) -> str:
    if segment.ambiguous_share is None:
        border = "some of its customers may be as close to another segment"
    else:
        border = (
            f"{percent(segment.ambiguous_share)} of its customers are nearly as close to "
            "another segment"
        )
    if segment.silhouette is None:
        return f"{border}."
    return (
        f"Mean silhouette {segment.silhouette:.2f} (1 is a segment of its own, 0 none); {border}."
    )
