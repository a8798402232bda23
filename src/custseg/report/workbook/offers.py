"""What to do and to offer: plans side by side, and lists of products to filter."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Final

from custseg.report.summary.insights import insights
from custseg.report.tables.definition import rows_of
from custseg.report.tables.inventory import units_needed as units_needed_table
from custseg.report.tables.offers import BUNDLES, PLANS, SHELVES, TOP_PRODUCTS
from custseg.report.workbook.cells import Heading, Label, Shown, Value
from custseg.report.workbook.formats import TEXT
from custseg.report.workbook.tables import number_format, of_segment, write_table

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.tables.table import Column
    from custseg.report.workbook.sheet import SheetWriter

_PLAN_WIDTH: Final = 40.0
_PLANS_PER_PAGE: Final = 4
"""As many as can be read in print."""


def top_products(writer: SheetWriter, summary: Summary) -> None:
    """The products each segment spends most on, or buys most units of."""
    most = (
        "on which each segment spends most" if summary.money else "of which each segment buys most"
    )
    writer.title("Top products", f"The products {most}.")
    rows = [
        asdict(product) | of_segment(segment) | {"rank": number}
        for segment in summary.segments
        for number, product in enumerate(segment.top_products, 1)
    ]
    writer.freeze(write_table(writer, TOP_PRODUCTS, rows, summary).first)


def recommendations(writer: SheetWriter, summary: Summary) -> None:
    """The plans side by side, and what follows for the whole shop."""
    writer.title("Recommendations", "What to do with each segment: read down for one of them.")
    plans = [_plan(segment) for segment in summary.segments]
    heads = [Heading(one.segment_name, TEXT, _PLAN_WIDTH) for one in summary.segments]
    rows: list[list[Value]] = [
        [column.header, *(_point(column, plan, summary.currency) for plan in plans)]
        for column in PLANS.columns_for("workbook", plans, money=summary.money)
        if summary.money or column.kind != "share"
    ]
    writer.freeze(writer.table([Heading("Point", TEXT, 20), *heads], rows).first, 1)
    for area, heading in (("marketing", "For marketing"), ("inventory", "For stock")):
        said = (one for one in insights(summary) if one.area == area and not one.segment)
        writer.sentences(heading, (one.sentence for one in said))
    writer.pages = (ceil(len(summary.segments) / _PLANS_PER_PAGE), 0)


def _plan(segment: SegmentSummary) -> Row:
    return {key: None if value == "" else value for key, value in asdict(segment.plan).items()}


def _point(column: Column, plan: Row, currency: str) -> Value:
    value: Value = plan[column.key]
    if column.kind == "text":
        return value
    assert not isinstance(value, str | bool | Shown | Label)
    return Shown(value, number_format(column, currency, []))


def shelves(writer: SheetWriter, summary: Summary) -> None:
    """What to put before each segment: what it buys most, and what it buys more than others."""
    writer.title(
        "Shelves",
        "What to put before each segment. Best seller: many of its customers buy it. Buys more: "
        "its share of the segment's lines is so many times its share of all lines.",
    )
    rows = [
        asdict(product) | of_segment(segment) | {"list": kind, "rank": rank}
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
    writer.freeze(write_table(writer, BUNDLES, rows_of(summary.bundles), summary).first)


def units_needed(writer: SheetWriter, summary: Summary) -> None:
    """Units of shelves' products that each segment is likely to need."""
    writer.title(
        "Units needed",
        summary.verdicts.get("inventory", "Units that each segment is likely to need."),
    )
    rows = [
        asdict(need) | of_segment(segment)
        for segment in summary.segments
        for need in sorted(segment.units_needed, key=lambda need: -need.units_expected)
    ]
    writer.freeze(write_table(writer, units_needed_table(), rows, summary).first)
