"""Who slips away, and which products lose their buyers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from custseg.report.summary.insights import insights
from custseg.report.tables.definition import rows_of
from custseg.report.tables.retention import LEAVING, SLIPPING, SLIPPING_TEST, WINDOWS
from custseg.report.workbook.charts import bars
from custseg.report.workbook.tables import of_segment, write_found, write_table
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.segment import Slipping
    from custseg.report.summary.studies import Window
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Texts


def retention(writer: SheetWriter, summary: Summary) -> None:
    """Tell who slips away, how sales went lately, and which products lose their buyers."""
    method, say = summary.method, writer.say.below("retention")
    lead = say("lead", days=method.regular_days, times=method.slipping_after)
    writer.title(writer.say("names.retention"), lead)
    for insight in insights(summary, writer.wording):
        if insight.area == "retention" and not insight.segment:
            writer.sentence(insight.sentence)
    _slipping(writer, summary, say)
    _tested(writer, summary, say)
    rows = [asdict(one) | {"days": _stretch(one, say)} for one in summary.windows]
    write_found(writer, say("lately"), WINDOWS, rows, summary)
    _leaving(writer, summary, say)
    writer.pages = (1, 1)


def _stretch(window: Window, say: Texts) -> str:
    """Last 90 days."""
    if window.ended_days_ago:
        return say("ended", days=window.days, ago=window.ended_days_ago)
    return capital(say.wording.render("page.tables.windows.rows.last", {"days": window.days}))


def _slipping(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    told = [(segment, segment.slipping) for segment in summary.segments if segment.slipping]
    if not summary.slipping.regulars or not told:
        return
    writer.heading(say("slipping"))
    rows = [of_segment(segment) | _row(own, summary) for segment, own in told]
    total = {"segment_name": writer.say("all")} | _row(summary.slipping, summary)
    words = {"days": summary.method.horizon_days}
    block = write_table(writer, SLIPPING, rows, summary, total=total, words=words)
    if len(told) > 1 and any(own.customers for _, own in told):
        most, own = max(told, key=lambda pair: pair[1].customers)
        bars(
            writer,
            block,
            {4: [segment.colour for segment, _ in told]},
            title=say(
                "finding",
                name=most.segment_name,
                customers=own.customers,
                all=summary.slipping.customers,
            ),
            axis=say("axis"),
        )


def _row(one: Slipping, summary: Summary) -> dict[str, Any]:
    spent, of = one.year_revenue, one.regulars_year_revenue
    return asdict(one) | {
        "share": one.customers / one.regulars if one.regulars else None,
        "at_risk": float(spent / of) if summary.money and of else None,
    }


def _tested(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    test = summary.slipping_test
    if not test:
        return
    rows = [
        {
            "group": group,
            "customers": customers,
            "came": came,
            "share": came / customers if customers else None,
        }
        for group, customers, came in (
            (say("did_slip"), test.slipping, test.came_back),
            (say("did_not_slip"), test.others, test.others_came_back),
        )
    ]
    note = say("test_note", date=test.cut_off, days=test.days)
    write_found(writer, say("test"), SLIPPING_TEST, rows, summary, note)


def _leaving(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    if not summary.products:
        return
    writer.heading(say("leaving"))
    if not summary.leaving:
        writer.sentence(say("none_leaving"))
        return
    write_table(writer, LEAVING, rows_of(summary.leaving), summary)
