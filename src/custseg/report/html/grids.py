"""The page's tables: plain rows from the summary with how they are written."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

from custseg.report.summary.measure import Measure
from custseg.report.tables.table import Column, Table, decimals, mark, money, percent, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_SEGMENT: Final = Column("segment_name", "Segment")
_AMOUNTS: Final = frozenset(
    {
        "revenue",
        "monetary",
        "year_revenue",
        "expected_spend",
        "actual_spend",
        "value_removed",
        "value_left",
    }
)
"""Columns of amounts."""
_TOTAL: Final = {"who": "All", "total": True}
_TESTED: Final = (Column("date", "As of"), Column("method", "Method"))


@dataclass(frozen=True)
class Grids:
    """Every table of the page; None where the run has nothing to fill it."""

    overview: Table
    windows: Table | None
    slipping: Table | None
    leaving: Table | None
    bundles: Table | None
    units: Table | None
    choice: Table | None
    validation: Table | None
    forecast: Table | None
    lists: Table | None
    units_test: Table | None
    ledger: Table


def grids(summary: Summary, wording: Wording) -> Grids:
    """Lay out the tables of a run."""
    found = Grids(
        overview=_overview(summary, wording),
        windows=_windows(summary, wording),
        slipping=_slipping(summary, wording),
        leaving=_leaving(summary, wording),
        bundles=_bundles(summary),
        units=_units(summary),
        choice=_choice(summary),
        validation=_validation(summary),
        forecast=_forecast(summary, wording),
        lists=_lists(summary),
        units_test=_units_test(summary),
        ledger=_ledger(summary),
    )
    return found if summary.money else _without_money(found)


def _without_money(found: Grids) -> Grids:
    """The same without columns of amounts, which are not known."""
    tables: dict[str, Table | None] = {own.name: getattr(found, own.name) for own in fields(found)}
    without: dict[str, Any] = {
        name: replace(table, columns=tuple(c for c in table.columns if c.key not in _AMOUNTS))
        for name, table in tables.items()
        if table
    }
    return replace(found, **without)


def _overview(summary: Summary, wording: Wording) -> Table:
    days, measure = summary.method.horizon_days, Measure.of(summary)
    columns = [
        _SEGMENT,
        Column("customers", "Customers", whole),
        Column("revenue", "Revenue", wording.money),
        *[Column("orders", "All orders", whole)] * (not summary.money),
        Column("recency_days", "Days since order", whole),
        Column("frequency", "Orders", wording.number),
        Column("monetary", "Spend", wording.money),
    ]
    if any(segment.expected for segment in summary.segments):
        header = f"Expected in {days} days"
        columns.append(
            Column("expected", header, wording.money)
            if summary.money
            else Column("expected", f"Orders {header.lower()}", whole)
        )
    columns.append(Column("objective", "Objective"))
    rows = [
        {column.key: getattr(segment, column.key) for column in columns}
        | {
            "segment": segment.segment,
            "customers_share": segment.customer_share,
            "revenue_share": segment.revenue_share,
            "orders_share": measure.share(segment),
            "expected": measure.expected(segment.expected) if segment.expected else None,
        }
        for segment in summary.segments
    ]
    medians = (
        "Days since order, orders and spend" if summary.money else "Days since order and orders"
    )
    title = f"Sizes, {measure.name} and medians"
    notes = [f"{medians}: medians of the segment’s customers."]
    return Table("overview", title, tuple(columns), rows, notes)


def _windows(summary: Summary, wording: Wording) -> Table | None:
    """The last days beside as many before, and a year ago: of the whole shop."""
    if not summary.windows:
        return None
    days = summary.windows[0].days
    when = {0: f"last {days} days", days: f"{days} days before", 365: f"{days} days a year ago"}
    columns = (
        Column("days", "Days"),
        Column("customers", "Customers who ordered", whole),
        Column("orders", "Orders", whole),
        Column("revenue", "Revenue", wording.money),
    )
    rows = [asdict(window) | {"days": when[window.ended_days_ago]} for window in summary.windows]
    return Table("windows", "Sales of late", columns, rows)


def _slipping(summary: Summary, wording: Wording) -> Table | None:
    if not summary.slipping.customers:
        return None
    columns = [
        _SEGMENT,
        Column("regulars", "Regular customers", whole),
        Column("customers", "Slipping", whole),
        Column("share", "of regulars", percent),
        Column("year_revenue", "Their spend in 365 days", wording.money),
        Column("buying_probability", "Likely to order again", percent),
    ]
    rows = [
        _named(segment)
        | asdict(segment.slipping)
        | {"share": segment.slipping.customers / segment.slipping.regulars}
        for segment in summary.segments
        if segment.slipping.regulars
    ]
    if all(row["buying_probability"] is None for row in rows):
        del columns[-1]
    method = summary.method
    notes = [
        (
            f"Regular: ordered on at least {method.regular_days} days. Slipping: silent for at "
            f"least {method.slipping_after:g} times their usual gap between orders."
        )
    ]
    return Table("slipping", "Regular customers who are slipping away", tuple(columns), rows, notes)


def _leaving(summary: Summary, wording: Wording) -> Table | None:
    columns = (
        Column("product_id", "Code"),
        Column("description", "Product"),
        Column("regulars", "Regular buyers", whole),
        Column("slipping", "Slipping", whole),
        Column("share", "of them", percent),
        Column("year_revenue", "Their spend on it in 365 days", wording.money),
        Column("q_value", "q-value", decimals(3)),
    )
    title = "Products whose regular buyers slip away more often than others"
    notes = ["q-value: share of chance finds among products with one as low or lower."]
    return _of(summary.leaving, "leaving", title, columns, notes)


def _bundles(summary: Summary) -> Table | None:
    columns = [
        Column("antecedent", "With"),
        Column("consequent", "goes"),
        Column("orders", "Orders with both", whole),
        Column("customers", "Customers", whole),
        Column("confidence", "of orders with the first", percent),
        Column("lift", "Times chance", decimals(1)),
        Column("later_confidence", "later, in a test", percent),
    ]
    if all(bundle.later_confidence is None for bundle in summary.bundles):
        del columns[-1]
    return _of(summary.bundles, "bundles", "Products ordered together", tuple(columns))


def _units(summary: Summary) -> Table | None:
    needed = [
        _named(segment) | asdict(need)
        for segment in summary.segments
        for need in segment.units_needed
    ]
    if not needed:
        return None
    columns = [
        _SEGMENT,
        Column("product_id", "Code"),
        Column("description", "Product"),
        Column("units_recent", "Units of late", whole),
        Column("units_expected", "Units needed", whole),
        Column("units_low", "at least", whole),
        Column("units_high", "at most", whole),
    ]
    notes = []
    if all(row["units_low"] is None for row in needed):
        del columns[-2:]
    else:
        notes = ["At least, at most: an 80 % band."]
    title = f"Units likely to be needed in the next {needed[0]['days']} days"
    return Table("units", title, tuple(columns), needed, notes)


def _choice(summary: Summary) -> Table | None:
    columns = [
        Column("k", "Segments", whole),
        Column("silhouette", "Silhouette", decimals(3)),
        Column("stability", "Stability (ARI)", decimals(3)),
        Column("gap", "Gap", decimals(3)),
        Column("calinski_harabasz", "Calinski-Harabasz", whole),
        Column("davies_bouldin", "Davies-Bouldin", decimals(3)),
        Column("smallest_share", "Smallest segment", percent),
        Column("chosen", "Chosen", mark),
    ]
    rows = [asdict(score) for score in summary.k_scores]
    columns = [column for column in columns if any(row[column.key] is not None for row in rows)]
    notes = [
        (
            "Silhouette, gap and Calinski-Harabasz: higher is better; Davies-Bouldin: lower. "
            "Stability: agreement when customers are drawn again, 1 is perfect."
        )
    ]
    title = "Criteria for each number of segments tried"
    return Table("choice", title, tuple(columns), rows, notes) if len(rows) > 1 else None


def _validation(summary: Summary) -> Table | None:
    columns = (
        *_TESTED,
        Column("customers", "Customers", whole),
        Column(
            "r2",
            f"Variance of {'spend' if summary.money else 'orders'} explained (R²)",
            percent,
        ),
        Column("r2_se", "± (standard error)", percent),
        Column("auc", "Buyers told apart (AUC)", decimals(3)),
        Column("auc_se", "± (standard error)", decimals(3)),
    )
    days = summary.method.validation_days
    title = f"How well ways to group customers foretold the next {days} days"
    return _of(summary.validation, "validation", title, columns)


def _forecast(summary: Summary, wording: Wording) -> Table | None:
    columns = (
        Column("who", "Customers by forecast"),
        Column("customers", "Customers", whole),
        Column("expected_orders", "Orders forecast", whole),
        Column("actual_orders", "Orders that came", whole),
        Column("expected_spend", "Spend forecast", wording.money),
        Column("actual_spend", "Spend that came", wording.money),
    )
    rows = [
        asdict(test) | ({"who": f"Tenth {test.decile}"} if test.decile else _TOTAL)
        for test in sorted(summary.forecast_test, key=lambda test: test.decile or inf)
    ]
    if not rows:
        return None
    notes = ["Tenth 1 was forecast to order most."]
    title = f"The same forecast made on {rows[0]['cut_off']}, beside what came"
    return Table("forecast", title, columns, rows, notes)


def _lists(summary: Summary) -> Table | None:
    columns = (
        *_TESTED,
        Column("task", "Of what they bought next"),
        Column("customers", "Customers", whole),
        Column("hit_rate", "Found something on the list", percent),
        Column("hit_rate_se", "± (standard error)", percent),
    )
    return _of(summary.list_test, "lists", "What product lists of a past date named", columns)


def _units_test(summary: Summary) -> Table | None:
    columns = (
        Column("cut_off", "As of"),
        Column("method", "Method"),
        Column("units_expected", "Units forecast", whole),
        Column("units_came", "Units that came", whole),
        Column("wape", "Error per product (WAPE)", percent),
        Column("chosen", "Chosen", mark),
    )
    title = "Forecasts of units at past dates, beside what came"
    return _of(summary.units_test, "units_test", title, columns)


def _ledger(summary: Summary) -> Table:
    columns = (
        Column("meaning", "Rule"),
        Column("rows_removed", "Rows removed", whole),
        Column("value_removed", "Value removed", money),
        Column("rows_left", "Rows left", whole),
        Column("value_left", "Value left", money),
        Column("orders_left", "Orders left", whole),
        Column("customers_left", "Customers left", whole),
    )
    rows = [asdict(step) for step in summary.ledger]
    return Table("ledger", "What cleaning left out, rule by rule", columns, rows)


def _named(segment: SegmentSummary) -> dict[str, Any]:
    return {"segment": segment.segment, "segment_name": segment.segment_name}


def _of(
    found: Sequence[Any],
    name: str,
    title: str,
    columns: tuple[Column, ...],
    notes: Sequence[str] = (),
) -> Table | None:
    rows = [asdict(row) for row in found]
    return Table(name, title, columns, rows, list(notes)) if rows else None
