"""Lists of products to filter: what each segment buys, what goes together, what is needed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from custseg.report.tables.account import verdict_sentences
from custseg.report.tables.definition import rows_of
from custseg.report.tables.inventory import units_needed as units_needed_table
from custseg.report.tables.offers import BUNDLES, PRODUCTS
from custseg.report.workbook.tables import of_segment, write_list

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter

_PRINTED: Final = 40
"""Rows of a list that a page holds."""


def products(writer: SheetWriter, summary: Summary) -> None:
    """What each segment spends most on, what most of it buy, what it buys more than others."""
    say = writer.say.below("products")
    most = say("spends" if summary.money else "buys")
    rows = [
        asdict(product) | of_segment(segment) | {"list": kind, "rank": rank}
        for segment in summary.segments
        for kind, listed in (
            (most, segment.top_products),
            (say("best_seller"), segment.best_sellers),
            (say("over_buys"), segment.over_buys),
        )
        for rank, product in enumerate(listed, 1)
    ]
    # The first of each list come first, so that a printed page has some of every segment.
    rows.sort(key=lambda row: row["rank"])
    writer.title(writer.say("names.products"), say("lead", most=most))
    write_list(writer, PRODUCTS, rows, summary, _PRINTED)


def bundles(writer: SheetWriter, summary: Summary) -> None:
    """Products that are ordered together."""
    _title(writer, summary, "bundles", "bundles")
    write_list(writer, BUNDLES, rows_of(summary.bundles), summary, _PRINTED)


def units_needed(writer: SheetWriter, summary: Summary) -> None:
    """Units of products that each segment is likely to need."""
    _title(writer, summary, "units_needed", "inventory")
    rows = [
        asdict(need) | of_segment(segment)
        for segment in summary.segments
        for need in segment.units_needed
    ]
    rows.sort(key=lambda row: -row["units_expected"])
    write_list(writer, units_needed_table(), rows, summary, _PRINTED)


def _title(writer: SheetWriter, summary: Summary, name: str, study: str) -> None:
    """Head a list with what a test found of it, or with what it is."""
    found = verdict_sentences(summary, writer.wording).get(study)
    writer.title(writer.say(f"names.{name}"), found or writer.say(f"products.{name}"))
