"""The sheet of one segment: who they are, what they buy and when, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from custseg.report.summary.insights import insights
from custseg.report.tables.definition import rows_of
from custseg.report.tables.offers import PLANS, PRODUCTS
from custseg.report.tables.profile import BUSIEST, COUNTRIES, FEATURES_APART, GROUPS, RULES
from custseg.report.workbook.cells import Pair, Shown
from custseg.report.workbook.formats import (
    HUNDREDTHS,
    PERCENT,
    TENTHS,
    WHOLE,
    exact_money,
    money,
)
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.figures import percent, weekday

if TYPE_CHECKING:
    from custseg.report.summary.segment import FeatureFigures, SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.formats import Format, Number
    from custseg.report.workbook.sheet import SheetWriter

    _Figure = tuple[str, Number | None, Format, str]


def segment_sheet(writer: SheetWriter, summary: Summary, segment: SegmentSummary) -> None:
    """Tell all that is known of a segment."""
    writer.title(segment.segment_name, f"Named so for: {segment.reason}.", segment.colour)
    writer.heading("In figures")
    writer.pairs(_figures(summary, segment))
    said = (insight for insight in insights(summary) if insight.segment == segment.segment)
    writer.sentences("What follows", (insight.sentence for insight in said))
    writer.heading("What to do")
    writer.pairs(plan(segment))
    features = sorted(segment.features, key=_distinct)
    writer.heading("The typical customer, and what sets it apart")
    writer.sentence(
        "Half of the segment's customers lie between the quartiles. Difference: of the segment's "
        "mean from the shop's, in standard deviations (on a log scale); the largest come first.",
        pale=True,
    )
    write_table(writer, FEATURES_APART, rows_of(features), summary)
    write_found(writer, "Rules that tell it apart", RULES, rows_of(segment.rules), summary)
    most = "spends most on" if summary.money else "buys most of"
    groups = [asdict(one) | {"group_name": one.description} for one in segment.over_bought_groups]
    for heading, table, rows in (
        (f"Products it {most}", PRODUCTS, rows_of(segment.top_products)),
        (
            "Products that make up more of its orders than of the shop's",
            PRODUCTS,
            rows_of(segment.over_buys),
        ),
        ("Kinds of product that make up more of its orders", GROUPS, groups),
        ("Where they live", COUNTRIES, rows_of(segment.countries)),
        ("When they order", BUSIEST, _busiest(segment)),
    ):
        write_found(writer, heading, table, rows, summary)


def plan(segment: SegmentSummary) -> list[Pair]:
    """Say what to do with a segment, point by point; points without words are left out."""
    return [
        (column.header, text, "")
        for column in PLANS.columns_for("workbook", [])
        if column.kind == "text" and (text := getattr(segment.plan, column.key))
    ]


def _figures(summary: Summary, segment: SegmentSummary) -> list[Pair]:
    amount, of_revenue = money(summary.currency), segment.revenue_share
    exact = exact_money(summary.currency, [segment.revenue])
    customers = f"{percent(segment.customer_share)} of all {summary.customers:,}"
    revenue = "" if of_revenue is None else f"{percent(of_revenue)} of all"
    near = "of customers: they could as well be in a neighbouring segment"
    figures: list[_Figure] = [
        ("Customers", segment.customers, WHOLE, customers),
        *[("Revenue", segment.revenue, exact, revenue)] * summary.money,
        ("Orders", segment.orders, WHOLE, ""),
        ("Days since the last order", segment.recency_days, TENTHS, "median"),
        ("Orders of a customer", segment.frequency, TENTHS, "median"),
        *[("Spend of a customer", segment.monetary, amount, "median")] * summary.money,
        (
            "Returned",
            segment.return_rate,
            PERCENT,
            f"of the {'value' if summary.money else 'units'} bought",
        ),
        (
            "Customers who returned",
            segment.returning_share,
            PERCENT,
            "of its customers sent something back",
        ),
        ("Don't fit the name", segment.misfits, WHOLE, f"it says: {segment.claim}"),
        ("Near another segment", segment.ambiguous_share, PERCENT, near),
    ]
    if segment.silhouette is not None:
        note = "silhouette: 1 is far from the others, 0 on the border"
        figures.append(("Apart from others", segment.silhouette, HUNDREDTHS, note))
    figures += _outlook(summary, segment)
    if segment.slipping and segment.slipping.regulars:
        note = f"of {segment.slipping.regulars:,} regular customers: see Retention"
        figures.append(("Slipping regulars", segment.slipping.customers, WHOLE, note))
    return [(label, Shown(value, form), note) for label, value, form, note in figures]


def _outlook(summary: Summary, segment: SegmentSummary) -> list[_Figure]:
    figures: list[_Figure] = []
    amount, expected, past = money(summary.currency), segment.expected, segment.past
    if expected:
        likely = f"of its customers, in the next {summary.method.horizon_days} days"
        orders = _band(expected.orders_low, expected.orders_high, TENTHS)
        spend = _band(expected.spend_low, expected.spend_high, amount)
        share = f"{percent(expected.spend_share)} of all that is expected"
        share += f"; {spend}" if spend else ""
        figures += [
            ("Likely to order", expected.buying_probability, PERCENT, likely),
            ("Orders expected", expected.expected_orders, TENTHS, orders),
            *[("Spend expected", expected.expected_spend, amount, share)] * summary.money,
        ]
    if past:
        band = _band(past.buying_rate_low, past.buying_rate_high, PERCENT, "95 %")
        note = (
            f"of the {past.customers:,} in the segment of this name on {past.date} ordered in the "
            f"{summary.method.validation_days} days after; {band}"
        )
        if past.expected_rate is not None:
            note += f"; a forecast made then expected {PERCENT.written(past.expected_rate)}"
        figures.append(("In the past", past.buying_rate, PERCENT, note))
    return figures


def _band(low: float | None, high: float | None, shown: Format, level: str = "80 %") -> str:
    if low is None or high is None:
        return ""
    return f"{level} band: {shown.written(low)} to {shown.written(high)}"


def _distinct(own: FeatureFigures) -> tuple[float, str]:
    return -abs(own.standardised_difference or 0), own.feature


def _busiest(segment: SegmentSummary) -> list[Row]:
    own = segment.busiest
    if own is None:
        return []
    return [
        {"what": "Day of the week", "which": weekday(own.weekday), "share": own.weekday_share},
        # All orders in one hour: the source tells days only.
        *[{"what": "Hour of the day", "which": f"{own.hour:02}:00", "share": own.hour_share}]
        * (own.hour_share < 1),
        {"what": "Month", "which": own.month, "share": own.month_share},
    ]
