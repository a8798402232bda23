"""What to do and to offer: plans side by side, and lists of products to filter."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Final

from custseg.report.summary.insights import insights
from custseg.report.tables.inventory import units_needed as units_needed_table
from custseg.report.tables.offers import BUNDLES
from custseg.report.workbook.formats import (
    HUNDREDTHS,
    PERCENT,
    TEXT,
    WHOLE,
    exact_money,
    exact_units,
    money,
)
from custseg.report.workbook.layout import Column, Label, Shown, Value, known
from custseg.report.workbook.segment import plan
from custseg.report.workbook.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.summary.segment import Product, SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.layout import Layout

_PLAN_WIDTH: Final = 40.0
_PLANS_PER_PAGE: Final = 4
"""As many as can be read in print."""
_SEGMENT: Final = Column("Segment")
_NUMBER: Final = Column("No.", WHOLE)
_PRODUCT: Final = (Column("Code"), Column("Product"))


def top_products(layout: Layout, summary: Summary) -> None:
    """The products each segment spends most on, or buys most units of."""
    most = (
        "on which each segment spends most" if summary.money else "of which each segment buys most"
    )
    layout.title("Top products", f"The products {most}.")
    products = [product for segment in summary.segments for product in segment.top_products]
    columns = [
        _SEGMENT,
        _NUMBER,
        *_PRODUCT,
        Column("Spend", exact_money(summary.currency, (product.revenue for product in products))),
        Column("Units", exact_units(product.units for product in products)),
        Column("Buyers", WHOLE),
        Column("Of the segment", PERCENT),
    ]
    rows: list[list[Value]] = [
        [
            _label(segment),
            number,
            product.product_id,
            product.description,
            product.revenue,
            product.units,
            product.buyers,
            product.buyer_share,
        ]
        for segment in summary.segments
        for number, product in enumerate(segment.top_products, 1)
    ]
    columns, (rows,) = known(columns, rows)
    layout.freeze(layout.table(columns, rows, "TopProducts").first)


def recommendations(layout: Layout, summary: Summary) -> None:
    """The plans side by side, and what follows for the whole shop."""
    layout.title("Recommendations", "What to do with each segment: read down for one of them.")
    plans = {
        segment.segment: {point: text for point, text, _ in plan(segment)}
        for segment in summary.segments
    }
    columns = [
        Column("Point", TEXT, 20),
        *(Column(segment.segment_name, TEXT, _PLAN_WIDTH) for segment in summary.segments),
    ]
    points = list(dict.fromkeys(point for texts in plans.values() for point in texts))
    rows: list[list[Value]] = [
        [point, *(texts.get(point) for texts in plans.values())] for point in points
    ]
    amount = money(summary.currency)
    own = [segment.plan for segment in summary.segments]
    if summary.money:
        rows += [
            ["Value at stake", *(Shown(one.value_at_stake, amount) for one in own)],
            ["A contact is worth", *(Shown(one.contact_worth, amount) for one in own)],
            ["A contact costs", *(Shown(one.contact_cost, amount) for one in own)],
            ["Largest discount", *(Shown(one.offer_ceiling, PERCENT) for one in own)],
        ]
    rows.append(["To leave alone", *(Shown(one.control_customers, WHOLE) for one in own)])
    layout.freeze(layout.table(columns, rows).first, 1)
    for area, heading in (("marketing", "For marketing"), ("inventory", "For stock")):
        said = [one for one in insights(summary) if one.area == area and not one.segment]
        if said:
            layout.heading(heading)
            for insight in said:
                layout.sentence(insight.sentence)
    layout.pages = (ceil(len(summary.segments) / _PLANS_PER_PAGE), 0)


def shelves(layout: Layout, summary: Summary) -> None:
    """What to put before each segment: what it buys most, and what it buys more than others."""
    layout.title(
        "Shelves",
        "What to put before each segment. Best seller: many of its customers buy it. Buys more: "
        "its share of the segment's lines is so many times its share of all lines.",
    )
    kinds: list[tuple[SegmentSummary, str, Iterable[Product]]] = [
        (segment, kind, products)
        for segment in summary.segments
        for kind, products in (
            ("Best seller", segment.best_sellers),
            ("Buys more", segment.over_buys),
        )
    ]
    rows: list[list[Value]] = [
        [
            _label(segment),
            kind,
            number,
            product.product_id,
            product.description,
            product.buyers,
            product.buyer_share,
            product.lift,
        ]
        for segment, kind, products in kinds
        for number, product in enumerate(products, 1)
    ]
    columns = [
        _SEGMENT,
        Column("Shelf"),
        _NUMBER,
        *_PRODUCT,
        Column("Buyers", WHOLE),
        Column("Of the segment", PERCENT),
        Column("Times the share of all", HUNDREDTHS),
    ]
    layout.freeze(layout.table(columns, rows, "Shelves").first)


def bundles(layout: Layout, summary: Summary) -> None:
    """Products that are ordered together."""
    layout.title("Bundles", summary.verdicts.get("bundles", "Products that are ordered together."))
    rows = [asdict(bundle) for bundle in summary.bundles]
    layout.freeze(write_table(layout, BUNDLES, rows, summary).first)


def units_needed(layout: Layout, summary: Summary) -> None:
    """Units of shelves' products that each segment is likely to need."""
    layout.title(
        "Units needed",
        summary.verdicts.get("inventory", "Units that each segment is likely to need."),
    )
    rows = [
        asdict(need) | {"segment_name": segment.segment_name, "colour": segment.colour}
        for segment in summary.segments
        for need in sorted(segment.units_needed, key=lambda need: -need.units_expected)
    ]
    layout.freeze(write_table(layout, units_needed_table(), rows, summary).first)


def _label(segment: SegmentSummary) -> Label:
    return Label(segment.segment_name, segment.colour)
