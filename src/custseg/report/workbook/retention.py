"""Who slips away, and which products lose their buyers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from custseg.report.summary.insights import insights
from custseg.report.tables.definition import rows_of
from custseg.report.tables.retention import LEAVING, SLIPPING, SLIPPING_TEST, WINDOWS
from custseg.report.workbook.charts import bars
from custseg.report.workbook.tables import of_segment, write_found, write_table
from custseg.report.workbook.words import stretch

if TYPE_CHECKING:
    from custseg.report.summary.segment import Slipping
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter


def retention(writer: SheetWriter, summary: Summary) -> None:
    """Tell who slips away, how sales went lately, and which products lose their buyers."""
    method = summary.method
    writer.title(
        "Retention",
        f"A regular customer has ordered on at least {method.regular_days} days; one who has been "
        f"silent for {method.slipping_after:g} times the usual gap is slipping away.",
    )
    for insight in insights(summary):
        if insight.area == "retention" and not insight.segment:
            writer.sentence(insight.sentence)
    _slipping(writer, summary)
    _tested(writer, summary)
    lately = "Revenue lately" if summary.money else "Orders lately"
    rows = [asdict(one) | {"days": stretch(one).capitalize()} for one in summary.windows]
    write_found(writer, lately, WINDOWS, rows, summary)
    _leaving(writer, summary)
    writer.pages = (1, 1)


def _slipping(writer: SheetWriter, summary: Summary) -> None:
    told = [(segment, segment.slipping) for segment in summary.segments if segment.slipping]
    if not summary.slipping.regulars or not told:
        return
    writer.heading("Regular customers who slip away")
    rows = [of_segment(segment) | _row(own, summary) for segment, own in told]
    total = {"segment_name": "All"} | _row(summary.slipping, summary)
    words = {"days": summary.method.horizon_days}
    block = write_table(writer, SLIPPING, rows, summary, total=total, words=words)
    if len(told) > 1 and any(own.customers for _, own in told):
        most, own = max(told, key=lambda pair: pair[1].customers)
        bars(
            writer,
            block,
            {4: [segment.colour for segment, _ in told]},
            title=f"{most.segment_name}: {own.customers:,} of the "
            f"{summary.slipping.customers:,} regular customers who slip away",
            axis="Share of regular customers who slip",
        )


def _row(one: Slipping, summary: Summary) -> dict[str, Any]:
    spent, of = one.year_revenue, one.regulars_year_revenue
    return asdict(one) | {
        "share": one.customers / one.regulars if one.regulars else None,
        "at_risk": float(spent / of) if summary.money and of else None,
    }


def _tested(writer: SheetWriter, summary: Summary) -> None:
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
            ("Slipping", test.slipping, test.came_back),
            ("Not slipping", test.others, test.others_came_back),
        )
    ]
    note = f"What became of the regular customers of {test.cut_off} in the {test.days} days after."
    write_found(writer, "Does it foretell anything?", SLIPPING_TEST, rows, summary, note)


def _leaving(writer: SheetWriter, summary: Summary) -> None:
    if not summary.products:
        return
    writer.heading("Products that lose their buyers")
    if not summary.leaving:
        writer.sentence("No product's regular buyers slip away clearly more often than the shop's.")
        return
    write_table(writer, LEAVING, rows_of(summary.leaving), summary)
