"""What follows from the figures for each segment; `insights` adds whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.measure import Measure
from custseg.report.summary.sentence import YEAR, Insight, season_basis, units_basis
from custseg.words.figures import counted, money, percent, weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.segment import PastBehaviour, SegmentSummary
    from custseg.report.summary.whole import Summary

_FEWEST: Final = 5
"""Customers that a sentence about some of a segment needs."""
_HOME: Final = 0.95
"""Above this share in one country, where customers live is no news."""


def _over_buys(segment: SegmentSummary, _summary: Summary) -> Iterator[Insight]:
    if segment.over_buys:
        product = segment.over_buys[0]
        assert product.lift is not None
        bought = (
            f"; {counted(product.buyers, 'customer', 'customers')} of them bought it"
            if product.buyers is not None
            else ""
        )
        yield Insight(
            "over_buys",
            "marketing",
            f"{product.description} makes up {product.lift:.1f} times as much of their orders as "
            f"of the shop's{bought}.",
            {"lift": product.lift} | ({} if product.buyers is None else {"buyers": product.buyers}),
            "Shares of order lines, surely more than by chance. Where baskets are small, fewer of "
            "them than of the shop may have bought it all the same.",
        )


def _best_seller(segment: SegmentSummary, _summary: Summary) -> Iterator[Insight]:
    if segment.best_sellers:
        product = segment.best_sellers[0]
        share = product.buyer_share
        yield Insight(
            "best_seller",
            "marketing",
            f"Their best-seller is {product.description}"
            + ("." if share is None else f": {percent(share)} of them bought it."),
            {} if share is None else {"share": share},
            "Share of the segment's customers who ever bought it.",
        )


def _where(segment: SegmentSummary, _summary: Summary) -> Iterator[Insight]:
    if segment.countries and segment.countries[0].customer_share < _HOME:
        first = segment.countries[0]
        others = segment.countries[1:2]
        sentence = f"{percent(first.customer_share)} of them live in {first.country}"
        figures = {"share": first.customer_share}
        for country in others:
            sentence += f", {percent(country.customer_share)} in {country.country}"
            figures["next_share"] = country.customer_share
        yield Insight(
            "country",
            "marketing",
            f"{sentence}.",
            figures,
            "Country of the last order.",
        )


def _when(segment: SegmentSummary, _summary: Summary) -> Iterator[Insight]:
    own = segment.busiest
    if own is not None:
        yield Insight(
            "busiest",
            "marketing",
            f"Their busiest day is {weekday(own.weekday)} "
            f"({percent(own.weekday_share)} of their orders)"
            # Dates without a time of day are all at midnight.
            + (
                f", their busiest hour begins at {own.hour}:00 ({percent(own.hour_share)})."
                if own.hour_share < 1
                else "."
            ),
            {"weekday_share": own.weekday_share}
            | ({"hour": own.hour, "hour_share": own.hour_share} if own.hour_share < 1 else {}),
            "The plan tells whether that differs from the shop's other customers.",
        )


def _chance(segment: SegmentSummary, summary: Summary) -> Iterator[Insight]:
    measure = Measure.of(summary)
    if segment.expected is not None:
        days = summary.method.horizon_days
        yield Insight(
            "buying",
            "retention",
            f"{percent(segment.expected.buying_probability)} of them are expected to order in the "
            f"next {days} days"
            + measure.choose(f", for {money(segment.expected.expected_spend, summary.currency)}")
            + ".",
            {"buying": segment.expected.buying_probability, "days": days}
            | measure.amounts(spend=segment.expected.expected_spend),
            season_basis(summary),
        )
    if segment.past is not None:
        past = segment.past
        sentence = (
            f"Of {counted(past.customers, 'customer', 'customers')} in a segment of this name on "
            f"{past.date}, {percent(past.buying_rate)} ordered in the "
            f"{summary.method.validation_days} days after"
        )
        figures = {
            "customers": past.customers,
            "rate": past.buying_rate,
            "days": summary.method.validation_days,
        }
        if past.expected_rate is not None:
            sentence += f"; a forecast made then expected {percent(past.expected_rate)}"
            figures["expected"] = past.expected_rate
        yield Insight("past", "retention", f"{sentence}.", figures, _past_basis(segment, past))


def _past_basis(segment: SegmentSummary, past: PastBehaviour) -> str:
    """Say why what was seen of them need not be what is expected of today's."""
    then, now = past.recency_days, segment.recency_days
    ago = (
        f" Their last order was {_days(then)} ago then, that of today's is {_days(now)} ago "
        "(medians)."
        if then is not None and now is not None
        else ""
    )
    return (
        "Other customers, in other months: the segments were made at that date."
        f"{ago} 95 % interval {percent(past.buying_rate_low)} to {percent(past.buying_rate_high)}."
    )


def _days(number: float) -> str:
    """1 day; 12 days."""
    return counted(round(number), "day", "days")


def _away(segment: SegmentSummary, summary: Summary) -> Iterator[Insight]:
    own, measure = segment.slipping, Measure.of(summary)
    if own is not None and own.customers >= _FEWEST:
        yield Insight(
            "slipping",
            "retention",
            f"{own.customers:,} of its {own.regulars:,} regular customers are slipping away"
            + measure.choose(
                f"; they spent {money(own.year_revenue, summary.currency)} in the last {YEAR} days"
            )
            + ".",
            {"customers": own.customers, "regulars": own.regulars}
            | measure.amounts(revenue=float(own.year_revenue), days=YEAR),
            f"Silent for {summary.method.slipping_after:g} times their usual gap or more.",
        )


def _units(segment: SegmentSummary, summary: Summary) -> Iterator[Insight]:
    needed = segment.units_needed
    if not needed:
        return
    total = sum(product.units_expected for product in needed)
    most = min(needed, key=lambda product: (-product.units_expected, product.product_id))
    name = (most.description or most.product_id).strip()
    band = ""
    figures = {
        "units": total,
        "products": len(needed),
        "days": most.days,
        "most": most.units_expected,
    }
    if most.units_low is not None and most.units_high is not None:
        band = f" (from {most.units_low:,.0f} to {most.units_high:,.0f})"
        figures |= {"low": most.units_low, "high": most.units_high}
    yield Insight(
        "units",
        "inventory",
        f"Of the {counted(len(needed), 'product', 'products')} on its shelf it is likely to need "
        f"{total:,.0f} units in the next {most.days} days, most of {name}: "
        f"{most.units_expected:,.0f}{band}.",
        figures,
        units_basis(summary),
    )


OF_SEGMENT: Final[tuple[Callable[[SegmentSummary, Summary], Iterator[Insight]], ...]] = (
    _over_buys,
    _best_seller,
    _where,
    _when,
    _chance,
    _away,
    _units,
)
