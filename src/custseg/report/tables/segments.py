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
from custseg.words.figures import capital, counted

if TYPE_CHECKING:
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
            workbook="Spend expected in {days} days",
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
            Column("customer_share", "share", percent, None, "Of customers", picture=bars),
            Column("revenue", "revenue", as_money, terminal=False),
            *[orders] * (not money),
            Column("revenue_share", "of revenue", percent, picture=bars, page=None, workbook=None),
            Column("measure_share", "of {measure}", percent, terminal=False, page=None),
            Column(
                "recency_days",
                "days since order",
                whole,
                optional=True,
                workbook="Days since the last order",
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
    rows = segment_rows(summary)
    notes = [
        medians(money=summary.money),
        *_misfits(summary),
        *(f"Warning: {warning}" for warning in summary.warnings),
    ]
    title = counted(len(rows), "segment", "segments")
    return segments(summary, rows).for_terminal(title, rows, notes, words=headers(summary))


def ending_segments(summary: Summary) -> Table:
    """Lay the segments out for the end of a run: their sizes and shares."""
    rows = segment_rows(summary)
    whole_table = segments(summary, rows).for_terminal("", rows, words=headers(summary))
    customers = counted(summary.customers, "customer", "customers")
    said = [f"{capital(note)}." for note in _misfits(summary)]
    if summary.warnings:
        said.append(f"{counted(len(summary.warnings), 'warning', 'warnings')}: custseg summarise")
    return replace(
        whole_table,
        title=f"{customers} in {len(rows)} segments, from {summary.rows_kept:,} of "
        f"{summary.rows_in:,} rows",
        columns=tuple(column for column in whole_table.columns if column.key in _AT_THE_END),
        notes=[" ".join(said)] if said else [],
    )


def medians(*, money: bool) -> str:
    """Say which figures of the table are medians."""
    return f"days since order{', orders and spend' if money else ' and orders'} are medians"


def _misfits(summary: Summary) -> list[str]:
    if any(one.misfits is None for one in summary.segments):
        return [f"figures of fewer than {summary.smallest_group} customers are left out"]
    misfits = sum(one.misfits or 0 for one in summary.segments)
    if not misfits:
        return []
    whole_shop = f"{summary.customers:,}"
    return [f"{misfits:,} of {whole_shop} don't fit their segment's name; exports leave them out"]
