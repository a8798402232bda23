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
from custseg.report.workbook.months import months
from custseg.report.workbook.movement import movement
from custseg.report.workbook.overview import overview
from custseg.report.workbook.products import bundles, products, units_needed
from custseg.report.workbook.retention import retention
from custseg.report.workbook.segments import recommendations, segments
from custseg.report.workbook.sheet import SheetWriter
from custseg.report.workbook.trust import trust
from custseg.words.excel import cell_text, save
from custseg.words.language import Texts, words_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings


@dataclass(frozen=True)
class Topic:
    """A sheet after the first."""

    name: str
    """The key of its name, and of what it is for."""
    fill: Callable[[SheetWriter, Summary], None]
    known: Callable[[Summary], object] = lambda _: True
    """Whether there is anything to say: its study may have been left out."""


TOPICS: Final = (
    Topic("segments", segments),
    Topic("recommendations", recommendations),
    Topic(
        "products",
        products,
        lambda run: any(
            one.top_products or one.best_sellers or one.over_buys for one in run.segments
        ),
    ),
    Topic("bundles", bundles, lambda run: run.bundles),
    Topic(
        "units_needed",
        units_needed,
        lambda run: any(segment.units_needed for segment in run.segments),
    ),
    Topic("months", months, lambda run: run.months),
    Topic(
        "retention",
        retention,
        lambda run: run.slipping.regulars or run.windows or run.leaving,
    ),
    Topic("cohorts", cohorts, lambda run: run.cohorts or run.revenue_tree),
    Topic("movement", movement, lambda run: run.movement),
    Topic("campaigns", campaigns, lambda run: run.campaigns),
    Topic("ledger", ledger, lambda run: run.ledger),
    Topic("trust", trust),
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
    texts = Texts(words_in(summary.method.plan_language, summary.currency))
    say = Texts(texts.wording, "workbook", {"money": summary.money})
    title = settings.title or texts("title")
    first = SheetWriter(book.create_sheet(say("names.overview")), say)
    if summary.withheld:
        first.title(title, summary.withheld)
        first.finish()
        return _saved(book, summary, title)
    topics = [topic for topic in TOPICS if topic.known(summary)]
    purposes = {say(f"names.{one.name}"): say(f"purposes.{one.name}") for one in topics}
    overview(first, summary, texts, title, purposes)
    first.finish()
    for topic in topics:
        writer = SheetWriter(book.create_sheet(say(f"names.{topic.name}")), say)
        topic.fill(writer, summary)
        writer.finish()
    return _saved(book, summary, title)


def _saved(book: Workbook, summary: Summary, title: str) -> bytes:
    book.properties.title = cell_text(title)
    sink = BytesIO()
    save(book, sink, datetime.fromisoformat(summary.as_of))
    return sink.getvalue()
