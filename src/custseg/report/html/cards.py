"""A segment's card: its summary in a reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.report.tables.features import Difference, Habit, apart, typical
from custseg.segments.model.claims import RULES, claims_of
from custseg.segments.model.standing import FEATURES
from custseg.words.language import Texts
from custseg.words.names import numbered, parts_of

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
    reason: str
    """Why it has its name."""
    claim: str
    """What the name says of a customer."""
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
    say = Texts(wording, "evidence.card", {"money": summary.money})
    return tuple(_card(segment, insights, say) for segment in summary.segments)


def _card(segment: SegmentSummary, insights: tuple[Insight, ...], say: Texts) -> Card:
    wording = say.wording
    return Card(
        segment=segment,
        reason=_reason(segment, say),
        claim=say("claim", claim=_claim(segment, say)),
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
            (share.country, wording.cells.percent(share.customer_share))
            for share in segment.countries[:_COUNTRIES]
        ],
        compactness=say(
            "compact",
            ambiguous=segment.ambiguous_share,
            silhouette=segment.silhouette,
        ),
    )


def _over_bought(products: tuple[Product, ...]) -> tuple[Product, ...]:
    notable = [product for product in products if (product.lift or 0) >= _NOTABLE_LIFT]
    return tuple(notable[:_PRODUCTS])


def _reason(segment: SegmentSummary, say: Texts) -> str:
    """Why it has its name: medians of what the name speaks of, beside those of all customers."""
    spoken = {FEATURES[kind] for claim in claims_of(segment.rule) for kind in claim.signs}
    own = tuple(one for one in segment.features if one.feature in spoken)
    figures = [
        say("figure", median=habit.median, overall=habit.overall)
        for habit in typical(own, say.wording)
    ]
    return say("reason", said=segment.reason, figures=figures)


def _claim(segment: SegmentSummary, say: Texts) -> str:
    """What the name says of a customer."""
    own = numbered(segment.rule)[0]
    names = [own] if own in RULES else parts_of(own) or [own]
    known = say.names("claims")
    told = [say(f"claims.{name}") for name in names if name in known]
    return f" {say.wording.texts('format')['and']} ".join(told) or segment.claim
