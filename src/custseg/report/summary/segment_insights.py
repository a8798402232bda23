"""What follows from the figures for each segment; `insights` adds whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.sentence import YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.sentence import Insight, Telling

_FEWEST: Final = 5
"""Customers that a sentence about some of a segment needs."""
_HOME: Final = 0.95
"""Above this share in one country, where customers live is no news."""


def _over_buys(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    if segment.over_buys:
        product = segment.over_buys[0]
        assert product.lift is not None
        figures = {"lift": product.lift}
        if product.buyers is not None:
            figures["buyers"] = product.buyers
        yield told.insight("over_buys", "marketing", figures, product=product.description)


def _best_seller(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    if segment.best_sellers:
        product = segment.best_sellers[0]
        figures = {} if product.buyer_share is None else {"share": product.buyer_share}
        yield told.insight("best_seller", "marketing", figures, product=product.description)


def _where(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    if segment.countries and segment.countries[0].customer_share < _HOME:
        first, *others = segment.countries[:2]
        figures = {"share": first.customer_share}
        other = ""
        for country in others:
            figures["next_share"], other = country.customer_share, country.country
        yield told.insight("country", "marketing", figures, country=first.country, other=other)


def _when(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    own = segment.busiest
    if own is not None:
        figures: dict[str, float] = {"weekday_share": own.weekday_share}
        # Dates without a time of day are all at midnight.
        if own.hour_share < 1:
            figures |= {"hour": own.hour, "hour_share": own.hour_share}
        yield told.insight("busiest", "marketing", figures, weekday=own.weekday)


def _chance(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    method, measure = told.summary.method, told.measure
    if segment.expected is not None:
        figures = {
            "buying": segment.expected.buying_probability,
            "days": method.horizon_days,
        } | measure.amounts(spend=segment.expected.expected_spend)
        yield told.insight("buying", "retention", figures, season=told.season())
    if segment.past is not None:
        past = segment.past
        figures = {
            "customers": past.customers,
            "rate": past.buying_rate,
            "days": method.validation_days,
        }
        if past.expected_rate is not None:
            figures["expected"] = past.expected_rate
        yield told.insight(
            "past",
            "retention",
            figures,
            date=past.date,
            then=past.recency_days,
            now=segment.recency_days,
            low=past.buying_rate_low,
            high=past.buying_rate_high,
        )


def _away(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    own = segment.slipping
    if own is not None and own.customers >= _FEWEST:
        yield told.insight(
            "slipping",
            "retention",
            {"customers": own.customers, "regulars": own.regulars}
            | told.measure.amounts(revenue=float(own.year_revenue), days=YEAR),
            "slipping_of_segment",
            after=told.summary.method.slipping_after,
        )


def _units(segment: SegmentSummary, told: Telling) -> Iterator[Insight]:
    needed = segment.units_needed
    if not needed:
        return
    most = min(needed, key=lambda product: (-product.units_expected, product.product_id))
    figures = {
        "units": sum(product.units_expected for product in needed),
        "products": len(needed),
        "days": most.days,
        "most": most.units_expected,
    }
    if most.units_low is not None and most.units_high is not None:
        figures |= {"low": most.units_low, "high": most.units_high}
    product = (most.description or most.product_id).strip()
    yield told.insight("units", "inventory", figures, product=product, of_units=told.units())


OF_SEGMENT: Final[tuple[Callable[[SegmentSummary, Telling], Iterator[Insight]], ...]] = (
    _over_buys,
    _best_seller,
    _where,
    _when,
    _chance,
    _away,
    _units,
)
