"""The workbook: which sheets it has, in which order, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final

from openpyxl import Workbook

from custseg.report.workbook.accounts import ledger
from custseg.report.workbook.campaigns import campaigns
from custseg.report.workbook.cohorts import cohorts
from custseg.report.workbook.method import method
from custseg.report.workbook.movement import movement
from custseg.report.workbook.offers import (
    bundles,
    recommendations,
    shelves,
    top_products,
    units_needed,
)
from custseg.report.workbook.overview import months, overview
from custseg.report.workbook.retention import retention
from custseg.report.workbook.segment import segment_sheet
from custseg.report.workbook.sheet import SheetWriter
from custseg.report.workbook.trust import trust
from custseg.words.excel import cell_text, save, sheet_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

OVERVIEW: Final = "Overview"
TITLE: Final = "Customer segments"


@dataclass(frozen=True)
class Topic:
    """A sheet on the whole shop."""

    name: str
    purpose: str
    fill: Callable[[SheetWriter, Summary], None]
    known: Callable[[Summary], object] = lambda _: True
    """Whether there is anything to say: its study may have been left out."""
    counted: str = ""
    """Its purpose in a run that knows no amounts, if another."""


TOPICS: Final = (
    Topic(
        "Months",
        "revenue per month and segment",
        months,
        lambda run: run.months,
        "orders per month and segment",
    ),
    Topic(
        "Top products",
        "what each segment spends most on",
        top_products,
        lambda run: any(segment.top_products for segment in run.segments),
        "what each segment buys most of",
    ),
    Topic("Recommendations", "the plans for all segments, side by side", recommendations),
    Topic(
        "Shelves",
        "products to put before each segment",
        shelves,
        lambda run: any(segment.best_sellers or segment.over_buys for segment in run.segments),
    ),
    Topic("Bundles", "products that are ordered together", bundles, lambda run: run.bundles),
    Topic(
        "Units needed",
        "units each segment is likely to need",
        units_needed,
        lambda run: any(segment.units_needed for segment in run.segments),
    ),
    Topic(
        "Retention",
        "regular customers who slip away; revenue lately",
        retention,
        lambda run: run.slipping.regulars or run.windows or run.leaving,
        "regular customers who slip away; orders lately",
    ),
    Topic(
        "Cohorts",
        "who comes back, and what changed revenue",
        cohorts,
        lambda run: run.cohorts or run.revenue_tree,
        "who comes back, and what changed the number of orders",
    ),
    Topic(
        "Since the last snapshot",
        "who moved from segment to segment, and why",
        movement,
        lambda run: run.movement,
    ),
    Topic(
        "Campaigns",
        "what each campaign brought",
        campaigns,
        lambda run: run.campaigns,
    ),
    Topic(
        "Ledger",
        "where every row and every penny went",
        ledger,
        lambda run: run.ledger,
        "where every row went",
    ),
    Topic("Trust", "how many segments, and what tests on past dates gave", trust),
    Topic("Method", "how the segments were made", method),
)


def workbook(summary: Summary, settings: ReportSettings) -> bytes:
    """Write the workbook of a run.

    Parameters
    ----------
    summary
        The run. Sheets of studies that were left out are absent.
    settings
        The `[report]` settings: its title.

    Returns
    -------
    bytes
        An xlsx file, the same for the same summary. It names no customer.
    """
    book = Workbook()
    book.remove(book.active)
    if summary.withheld:
        only = SheetWriter(book.create_sheet(OVERVIEW))
        only.title(settings.title or TITLE, summary.withheld)
        only.finish()
        return _saved(book, summary, settings)
    topics = [topic for topic in TOPICS if topic.known(summary)]
    taken = {OVERVIEW.casefold(), *(topic.name.casefold() for topic in topics)}
    links = {
        segment.segment: sheet_name(segment.segment_name, f"Segment {segment.segment}", taken)
        for segment in summary.segments
    }
    title = settings.title or TITLE
    first = SheetWriter(book.create_sheet(OVERVIEW))
    sheets = {
        topic.name: topic.purpose if summary.money else topic.counted or topic.purpose
        for topic in topics
    }
    overview(first, summary, title, links, sheets)
    first.finish()
    for segment in summary.segments:
        own = SheetWriter(book.create_sheet(links[segment.segment]))
        segment_sheet(own, summary, segment)
        own.finish()
    for topic in topics:
        writer = SheetWriter(book.create_sheet(topic.name))
        topic.fill(writer, summary)
        writer.finish()
    return _saved(book, summary, settings)


def _saved(book: Workbook, summary: Summary, settings: ReportSettings) -> bytes:
    book.properties.title = cell_text(settings.title or TITLE)
    sink = BytesIO()
    save(book, sink, datetime.fromisoformat(summary.as_of))
    return sink.getvalue()
