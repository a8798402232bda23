"""Who slips away, and which products lose their buyers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.summary.insights import insights
from custseg.report.workbook.charts import bars
from custseg.report.workbook.formats import PERCENT, THOUSANDTHS, WHOLE, exact_money
from custseg.report.workbook.layout import Column, Label, Value, known
from custseg.report.workbook.words import stretch

if TYPE_CHECKING:
    from custseg.report.summary.segment import Slipping
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.layout import Layout


def retention(layout: Layout, summary: Summary) -> None:
    """Tell who slips away, how sales went lately, and which products lose their buyers."""
    method = summary.method
    layout.title(
        "Retention",
        f"A regular customer has ordered on at least {method.regular_days} days; one who has been "
        f"silent for {method.slipping_after:g} times the usual gap is slipping away.",
    )
    for insight in insights(summary):
        if insight.area == "retention" and not insight.segment:
            layout.sentence(insight.sentence)
    _slipping(layout, summary)
    _tested(layout, summary)
    _windows(layout, summary)
    _leaving(layout, summary)
    layout.pages = (1, 1)


def _slipping(layout: Layout, summary: Summary) -> None:
    if not summary.slipping.regulars:
        return
    layout.heading("Regular customers who slip away")
    everyone = [summary.slipping, *(segment.slipping for segment in summary.segments)]
    spend = exact_money(
        summary.currency,
        [amount for one in everyone for amount in (one.year_revenue, one.regulars_year_revenue)],
    )
    columns = [
        Column("Segment"),
        Column("Regular customers", WHOLE),
        Column("Slipping", WHOLE),
        Column("Share slipping", PERCENT),
        Column("What those slipping spent in 365 days", spend),
        Column("What all regulars spent", spend),
        Column("Of it at risk", PERCENT),
    ]
    forecast = any(one.buying_probability is not None for one in everyone)
    if forecast:
        days = summary.method.horizon_days
        columns.append(Column(f"Likely to order in {days} days all the same", PERCENT))
    width = len(columns)
    rows: list[list[Value]] = [
        [Label(segment.segment_name, segment.colour), *_row(segment.slipping, summary)][:width]
        for segment in summary.segments
    ]
    whole: list[Value] = ["All", *_row(summary.slipping, summary)][:width]
    columns, (rows, (whole,)) = known(columns, rows, [whole])
    block = layout.table(columns, rows, "Slipping")
    layout.total(columns, whole)
    slipping = [segment for segment in summary.segments if segment.slipping.customers]
    if slipping:
        most = max(slipping, key=lambda one: one.slipping.customers)
        layout.chart(
            bars(
                layout.sheet,
                block,
                {4: [segment.colour for segment in summary.segments]},
                title=f"{most.segment_name}: {most.slipping.customers:,} of the "
                f"{summary.slipping.customers:,} regular customers who slip away",
                axis="Share of regular customers who slip",
            )
        )


def _row(one: Slipping, summary: Summary) -> list[Value]:
    spent, of = (one.year_revenue, one.regulars_year_revenue) if summary.money else (None, None)
    return [
        one.regulars,
        one.customers,
        one.customers / one.regulars if one.regulars else None,
        spent,
        of,
        float(spent / of) if spent is not None and of else None,
        one.buying_probability,
    ]


def _tested(layout: Layout, summary: Summary) -> None:
    test = summary.slipping_test
    if not test:
        return
    layout.heading("Does it foretell anything?")
    layout.sentence(
        f"What became of the regular customers of {test.cut_off} in the {test.days} days after.",
        pale=True,
    )
    layout.table(
        [
            Column("On that day"),
            Column("Customers", WHOLE),
            Column("Ordered again", WHOLE),
            Column("Share", PERCENT),
        ],
        [
            [name, number, came, came / number if number else None]
            for name, number, came in (
                ("Slipping", test.slipping, test.came_back),
                ("Not slipping", test.others, test.others_came_back),
            )
        ],
    )


def _windows(layout: Layout, summary: Summary) -> None:
    if not summary.windows:
        return
    layout.heading("Revenue lately" if summary.money else "Orders lately")
    columns, (rows,) = known(
        [
            Column("Days"),
            Column("Customers who ordered", WHOLE),
            Column("Orders", WHOLE),
            Column("Revenue", exact_money(summary.currency, [w.revenue for w in summary.windows])),
        ],
        [
            [
                stretch(window).capitalize(),
                window.customers,
                window.orders,
                window.revenue if summary.money else None,
            ]
            for window in summary.windows
        ],
    )
    layout.table(columns, rows)


def _leaving(layout: Layout, summary: Summary) -> None:
    if not summary.products:
        return
    layout.heading("Products that lose their buyers")
    if not summary.leaving:
        layout.sentence("No product's regular buyers slip away clearly more often than the shop's.")
        return
    spend = exact_money(summary.currency, [one.year_revenue for one in summary.leaving])
    columns, (rows,) = known(
        [
            Column("Product"),
            Column("Code"),
            Column("Regular buyers", WHOLE),
            Column("Slipping", WHOLE),
            Column("Share slipping", PERCENT),
            Column("What those slipping spent on it in 365 days", spend),
            Column("Share of chance finds (q)", THOUSANDTHS),
        ],
        [
            [
                one.description,
                one.product_id,
                one.regulars,
                one.slipping,
                one.share,
                one.year_revenue if summary.money else None,
                one.q_value,
            ]
            for one in summary.leaving
        ],
    )
    layout.table(columns, rows, "LeavingProducts")
