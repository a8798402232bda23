"""The segments side by side: their sizes, shares, medians and objectives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from custseg.report.summary.measure import Measure
from custseg.report.tables.definition import Definition
from custseg.report.tables.pictures import Bar
from custseg.report.tables.table import (
    Column,
    Face,
    Form,
    Table,
    decimals,
    percent,
    whole,
)
from custseg.report.tables.table import money as as_money
from custseg.words.language import Wording, words_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.report.summary.whole import Summary

_AT_THE_END: Final = frozenset({"segment_name", "customers", "customer_share", "revenue_share"})


def segments(summary: Summary, rows: list[dict[str, Any]]) -> Definition:
    """Define the table; where no amounts are known, orders take the place of revenue."""
    forecast = any(segment.expected for segment in summary.segments)
    return definition(rows, money=summary.money, forecast=forecast)


def definition(rows: list[dict[str, Any]], *, money: bool, forecast: bool) -> Definition:
    """Define the table for a shop with or without amounts, or a forecast."""
    bars = Bar.of(rows, "customer_share", "revenue_share")
    orders = Column("orders", "all orders", whole, terminal=False)
    expected = (
        Column(
            "expected",
            "expected in {days} days",
            as_money,
            terminal=False,
            page=Face() if forecast else None,
        )
        if money
        else Column(
            "expected",
            "orders expected in {days} days",
            whole,
            terminal=False,
            page=Face() if forecast else None,
        )
    )
    return Definition(
        "segments",
        (
            Column("segment", "no.", whole, page=None, workbook=None),
            Column("segment_name", "segment"),
            Column("customers", "customers", whole),
            Column("customer_share", "share", percent, None, picture=bars),
            Column("revenue", "revenue", as_money, terminal=False),
            *[orders] * (not money),
            Column("revenue_share", "of revenue", percent, picture=bars, page=None, workbook=None),
            Column("measure_share", "of {measure}", percent, terminal=False, page=None),
            Column(
                "recency_days",
                "days since order",
                whole,
                optional=True,
            ),
            Column(
                "frequency",
                "orders",
                whole,
                Form("number", readable=True),
                decimals(1),
                optional=True,
            ),
            Column("monetary", "spend", whole, as_money, as_money, optional=True),
            Column(
                "buying_probability",
                "likely to order in {days} days",
                percent,
                None,
                terminal=False,
            ),
            expected,
            Column("objective", "objective"),
            *(
                Column(key, header, form, terminal=False, page=None)
                for key, header, form in (
                    ("return_rate", "returned, of what was bought", percent),
                    ("returning_share", "customers who returned something", percent),
                    ("misfits", "customers whom the name doesn't fit", whole),
                    ("ambiguous_share", "near another segment", percent),
                )
            ),
        ),
        drops=frozenset({"terminal", "workbook"}),
    )


def segment_rows(summary: Summary) -> list[dict[str, Any]]:
    """Return a row for each segment."""
    measure = Measure.of(summary)
    return [
        {
            "segment": one.segment,
            "segment_name": one.segment_name,
            "colour": one.colour,
            "customers": one.customers,
            "customer_share": one.customer_share,
            "revenue": one.revenue,
            "orders": one.orders,
            "revenue_share": one.revenue_share,
            "measure_share": measure.share(one),
            "recency_days": one.recency_days,
            "frequency": one.frequency,
            "monetary": one.monetary,
            "buying_probability": one.expected.buying_probability if one.expected else None,
            "expected": measure.expected(one.expected) if one.expected else None,
            "objective": one.objective,
            "misfits": one.misfits,
            "return_rate": one.return_rate,
            "returning_share": one.returning_share,
            "ambiguous_share": one.ambiguous_share,
            "silhouette": one.silhouette,
        }
        for one in summary.segments
    ]


def headers(summary: Summary) -> dict[str, object]:
    """Return the words that the table's headers name."""
    return {"days": summary.method.horizon_days, "measure": Measure.of(summary).name}


def terminal_segments(summary: Summary) -> Table:
    """Lay the segments out for a terminal."""
    wording = words_in(summary.method.plan_language, summary.currency)
    rows = segment_rows(summary)
    notes = [
        medians(wording, money=summary.money),
        *_misfits(summary, wording),
        *(f"Warning: {warning}" for warning in summary.warnings),
    ]
    title = wording.render("terminal.segments", {"segments": len(rows)})
    words = headers(summary)
    return on_terminal(segments(summary, rows), title, rows, notes, wording, words)


def ending_segments(summary: Summary, wording: Wording) -> Table:
    """Lay the segments out for the end of a run: their sizes and shares."""
    rows = segment_rows(summary)
    said = _misfits(summary, wording)
    if summary.warnings:
        said.append(wording.render("terminal.warnings", {"warnings": len(summary.warnings)}))
    title = wording.render(
        "terminal.ended",
        {
            "customers": summary.customers,
            "segments": len(rows),
            "kept": summary.rows_kept,
            "rows": summary.rows_in,
        },
    )
    notes = [" ".join(said)] if said else []
    shown = on_terminal(segments(summary, rows), title, rows, notes, wording, headers(summary))
    columns = tuple(column for column in shown.columns if column.key in _AT_THE_END)
    return replace(shown, columns=columns)


def on_terminal(
    table: Definition,
    title: str,
    rows: list[dict[str, Any]],
    notes: list[str],
    wording: Wording,
    words: Mapping[str, object],
) -> Table:
    """Lay the segments out in a language."""
    headed = table.headed(wording.texts("terminal.columns"))
    return headed.for_terminal(title, rows, notes, words=words, wording=wording)


def medians(wording: Wording, *, money: bool) -> str:
    """Say which figures of the table are medians."""
    return wording.render("terminal.medians", {"money": money})


def _misfits(summary: Summary, wording: Wording) -> list[str]:
    if any(one.misfits is None for one in summary.segments):
        return [wording.render("page.withheld", {"least": summary.smallest_group})]
    misfits = sum(one.misfits or 0 for one in summary.segments)
    if not misfits:
        return []
    figures = {"misfits": misfits, "customers": summary.customers}
    return [wording.render("terminal.misfits", figures)]
