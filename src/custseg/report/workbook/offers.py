"""What to do and to offer: plans side by side, and lists of products to filter."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Final

from custseg.report.summary.insights import insights
from custseg.report.tables.inventory import units_needed as units_needed_table
from custseg.report.tables.offers import BUNDLES, SHELVES
from custseg.report.workbook.cells import Heading, Label, Shown, Value, with_known_columns
from custseg.report.workbook.formats import (
    PERCENT,
    TEXT,
    WHOLE,
    exact_money,
    exact_units,
    money,
)
from custseg.report.workbook.segment import plan
from custseg.report.workbook.tables import write_table

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter

_PLAN_WIDTH: Final = 40.0
_PLANS_PER_PAGE: Final = 4
"""As many as can be read in print."""
_SEGMENT: Final = Heading("Segment")
_NUMBER: Final = Heading("No.", WHOLE)
_PRODUCT: Final = (Heading("Code"), Heading("Product"))


def top_products(writer: SheetWriter, summary: Summary) -> None:
    """The products each segment spends most on, or buys most units of."""
    most = (
        "on which each segment spends most" if summary.money else "of which each segment buys most"
    )
    writer.title("Top products", f"The products {most}.")
    products = [product for segment in summary.segments for product in segment.top_products]
    columns = [
        _SEGMENT,
        _NUMBER,
        *_PRODUCT,
        Heading("Spend", exact_money(summary.currency, (product.revenue for product in products))),
        Heading("Units", exact_units(product.units for product in products)),
        Heading("Buyers", WHOLE),
        Heading("Of the segment", PERCENT),
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
    columns, (rows,) = with_known_columns(columns, rows)
    writer.freeze(writer.table(columns, rows, "TopProducts").first)


def recommendations(writer: SheetWriter, summary: Summary) -> None:
    """The plans side by side, and what follows for the whole shop."""
    writer.title("Recommendations", "What to do with each segment: read down for one of them.")
    plans = {
        segment.segment: {point: text for point, text, _ in plan(segment)}
        for segment in summary.segments
    }
    columns = [
        Heading("Point", TEXT, 20),
        *(Heading(segment.segment_name, TEXT, _PLAN_WIDTH) for segment in summary.segments),
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
    writer.freeze(writer.table(columns, rows).first, 1)
    for area, heading in (("marketing", "For marketing"), ("inventory", "For stock")):
        said = [one for one in insights(summary) if one.area == area and not one.segment]
        if said:
            writer.heading(heading)
            for insight in said:
                writer.sentence(insight.sentence)
    writer.pages = (ceil(len(summary.segments) / _PLANS_PER_PAGE), 0)


def shelves(writer: SheetWriter, summary: Summary) -> None:
    """What to put before each segment: what it buys most, and what it buys more than others."""
    writer.title(
        "Shelves",
        "What to put before each segment. Best seller: many of its customers buy it. Buys more: "
        "its share of the segment's lines is so many times its share of all lines.",
    )
    rows = [
        asdict(product)
        | {
            "segment_name": segment.segment_name,
            "colour": segment.colour,
            "list": kind,
            "rank": rank,
        }
        for segment in summary.segments
        for kind, products in (
            ("Best seller", segment.best_sellers),
            ("Buys more", segment.over_buys),
        )
        for rank, product in enumerate(products, 1)
    ]
    writer.freeze(write_table(writer, SHELVES, rows, summary).first)


def bundles(writer: SheetWriter, summary: Summary) -> None:
    """Products that are ordered together."""
    writer.title("Bundles", summary.verdicts.get("bundles", "Products that are ordered together."))
    rows = [asdict(bundle) for bundle in summary.bundles]
    writer.freeze(write_table(writer, BUNDLES, rows, summary).first)


def units_needed(writer: SheetWriter, summary: Summary) -> None:
    """Units of shelves' products that each segment is likely to need."""
    writer.title(
        "Units needed",
        summary.verdicts.get("inventory", "Units that each segment is likely to need."),
    )
    rows = [
        asdict(need) | {"segment_name": segment.segment_name, "colour": segment.colour}
        for segment in summary.segments
        for need in sorted(segment.units_needed, key=lambda need: -need.units_expected)
    ]
    writer.freeze(write_table(writer, units_needed_table(), rows, summary).first)


def _label(segment: SegmentSummary) -> Label:
    return Label(segment.segment_name, segment.colour)
