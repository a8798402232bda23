"""The sheet of one segment: who they are, what they buy and when, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from custseg.report.summary.insights import insights
from custseg.report.tables.profile import FEATURES_APART, GROUPS, RULES
from custseg.report.workbook.cells import Heading, Pair, Shown, Value, with_known_columns
from custseg.report.workbook.formats import (
    HUNDREDTHS,
    PERCENT,
    TENTHS,
    TIMES,
    WHOLE,
    exact_money,
    exact_units,
    money,
)
from custseg.report.workbook.tables import write_table
from custseg.words.figures import percent, weekday

if TYPE_CHECKING:
    from custseg.report.summary.segment import FeatureFigures, Product, SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.formats import Format
    from custseg.report.workbook.sheet import SheetWriter

_PRODUCT = (Heading("Product"), Heading("Code"), Heading("Buyers", WHOLE))
_PLAN = {
    "Objective": "objective",
    "Because": "because",
    "Who": "who",
    "Message": "message",
    "Channel": "channel",
    "Offer": "offer",
    "Products": "products",
    "Timing": "timing",
    "Measure": "measure",
}


def segment_sheet(writer: SheetWriter, summary: Summary, segment: SegmentSummary) -> None:
    """Tell all that is known of a segment."""
    writer.title(segment.segment_name, f"Named so for: {segment.reason}.", segment.colour)
    writer.heading("In figures")
    writer.pairs(_figures(summary, segment))
    said = [insight for insight in insights(summary) if insight.segment == segment.segment]
    if said:
        writer.heading("What follows")
        for insight in said:
            writer.sentence(insight.sentence)
    writer.heading("What to do")
    writer.pairs(plan(segment))
    _typical_customer(writer, summary, segment)
    if segment.rules:
        writer.heading("Rules that tell it apart")
        write_table(writer, RULES, [asdict(rule) for rule in segment.rules], summary)
    _products(writer, summary, segment)
    _places_and_times(writer, segment)


def plan(segment: SegmentSummary) -> list[Pair]:
    """Say what to do with a segment, point by point; points without words are left out."""
    points = [(label, getattr(segment.plan, name), "") for label, name in _PLAN.items()]
    return [point for point in points if point[1]]


def _figures(summary: Summary, segment: SegmentSummary) -> list[Pair]:
    amount = money(summary.currency)
    revenue = exact_money(summary.currency, [segment.revenue])
    of_revenue = segment.revenue_share
    figures: list[Pair] = [
        (
            "Customers",
            Shown(segment.customers, WHOLE),
            f"{percent(segment.customer_share)} of all {summary.customers:,}",
        ),
        *[
            (
                "Revenue",
                Shown(segment.revenue, revenue),
                "" if of_revenue is None else f"{percent(of_revenue)} of all",
            )
        ]
        * summary.money,
        ("Orders", Shown(segment.orders, WHOLE), ""),
        ("Days since the last order", Shown(segment.recency_days, TENTHS), "median"),
        ("Orders of a customer", Shown(segment.frequency, TENTHS), "median"),
        *[("Spend of a customer", Shown(segment.monetary, amount), "median")] * summary.money,
        (
            "Returned",
            Shown(segment.return_rate, PERCENT),
            f"of the {'value' if summary.money else 'units'} bought",
        ),
        (
            "Customers who returned",
            Shown(segment.returning_share, PERCENT),
            "of its customers sent something back",
        ),
        (
            "Near another segment",
            Shown(segment.ambiguous_share, PERCENT),
            "of customers: they could as well be in a neighbouring segment",
        ),
    ]
    if segment.silhouette is not None:
        note = "silhouette: 1 is far from the others, 0 on the border"
        figures.append(("Apart from others", Shown(segment.silhouette, HUNDREDTHS), note))
    return figures + _outlook(summary, segment) + _slipping(segment)


def _outlook(summary: Summary, segment: SegmentSummary) -> list[Pair]:
    figures: list[Pair] = []
    amount = money(summary.currency)
    expected = segment.expected
    days = summary.method.horizon_days
    if expected:
        orders = _band(expected.orders_low, expected.orders_high, TENTHS)
        spend = _band(expected.spend_low, expected.spend_high, amount)
        share = f"{percent(expected.spend_share)} of all that is expected"
        figures += [
            (
                "Likely to order",
                Shown(expected.buying_probability, PERCENT),
                f"of its customers, in the next {days} days",
            ),
            ("Orders expected", Shown(expected.expected_orders, TENTHS), orders),
            *[
                (
                    "Spend expected",
                    Shown(expected.expected_spend, amount),
                    f"{share}; {spend}" if spend else share,
                )
            ]
            * summary.money,
        ]
    past = segment.past
    if past:
        band = _band(past.buying_rate_low, past.buying_rate_high, PERCENT, "95 %")
        note = (
            f"of the {past.customers:,} in the segment of this name on {past.date} ordered in the "
            f"{summary.method.validation_days} days after; {band}"
        )
        figures.append(("In the past", Shown(past.buying_rate, PERCENT), note))
    return figures


def _band(low: float | None, high: float | None, shown: Format, level: str = "80 %") -> str:
    if low is None or high is None:
        return ""
    return f"{level} band: {shown.written(low)} to {shown.written(high)}"


def _slipping(segment: SegmentSummary) -> list[Pair]:
    slipping = segment.slipping
    if not slipping.regulars:
        return []
    return [
        (
            "Slipping regulars",
            Shown(slipping.customers, WHOLE),
            f"of {slipping.regulars:,} regular customers: see Retention",
        )
    ]


def _typical_customer(writer: SheetWriter, summary: Summary, segment: SegmentSummary) -> None:
    writer.heading("The typical customer, and what sets it apart")
    writer.sentence(
        "Half of the segment's customers lie between the quartiles. Difference: of the segment's "
        "mean from the shop's, in standard deviations (on a log scale); the largest come first.",
        pale=True,
    )
    rows = [asdict(own) for own in sorted(segment.features, key=_distinct)]
    write_table(writer, FEATURES_APART, rows, summary)


def _distinct(own: FeatureFigures) -> tuple[float, str]:
    return -abs(own.standardised_difference or 0), own.feature


def _products(writer: SheetWriter, summary: Summary, segment: SegmentSummary) -> None:
    if segment.top_products:
        most = "spends most on" if summary.money else "buys most of"
        writer.heading(f"Products it {most}")
        columns, (rows,) = with_known_columns(
            [
                *_PRODUCT,
                Heading("Of its customers", PERCENT),
                Heading("Units", exact_units(product.units for product in segment.top_products)),
                Heading(
                    "Spend",
                    exact_money(
                        summary.currency, (product.revenue for product in segment.top_products)
                    ),
                ),
            ],
            [
                [*_product(product), product.buyer_share, product.units, product.revenue]
                for product in segment.top_products
            ],
        )
        writer.table(columns, rows)
    if segment.over_buys:
        writer.heading("Products that make up more of its orders than of the shop's")
        writer.table(
            [*_PRODUCT, Heading("Of its customers", PERCENT), Heading("As often as others", TIMES)],
            [
                [*_product(product), product.buyer_share, product.lift]
                for product in segment.over_buys
            ],
        )
    if segment.over_bought_groups:
        writer.heading("Kinds of product that make up more of its orders")
        groups = [
            asdict(group) | {"group_name": group.description}
            for group in segment.over_bought_groups
        ]
        write_table(writer, GROUPS, groups, summary)


def _product(product: Product) -> list[Value]:
    return [product.description, product.product_id, product.buyers]


def _places_and_times(writer: SheetWriter, segment: SegmentSummary) -> None:
    if segment.countries:
        writer.heading("Where they live")
        writer.table(
            [Heading("Country"), Heading("Customers", WHOLE), Heading("Of its customers", PERCENT)],
            [[row.country, row.customers, row.customer_share] for row in segment.countries],
        )
    busiest = segment.busiest
    if busiest:
        writer.heading("When they order")
        writer.table(
            [Heading("Busiest"), Heading("Which"), Heading("Of its orders", PERCENT)],
            [
                ["Day of the week", weekday(busiest.weekday), busiest.weekday_share],
                ["Hour of the day", f"{busiest.hour:02}:00", busiest.hour_share],
                ["Month", busiest.month, busiest.month_share],
            ],
        )
