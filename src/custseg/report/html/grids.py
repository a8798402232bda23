"""The page's tables: plain rows from the summary with how they are written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final

from custseg.report.summary.measure import Measure
from custseg.report.tables.inventory import UNITS_TEST, units_needed
from custseg.report.tables.ledger import LEDGER
from custseg.report.tables.model import K_SCORES
from custseg.report.tables.offers import BUNDLES, LIST_TEST
from custseg.report.tables.retention import LEAVING, SLIPPING, WINDOWS
from custseg.report.tables.segments import headers, segment_rows, segments
from custseg.report.tables.validation import VALIDATION
from custseg.report.tables.value import FORECAST_TEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import DataclassInstance

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Definition
    from custseg.report.tables.table import Table
    from custseg.words.language import Wording

_TOTAL: Final = {"decile": "All", "total": True}


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
    lay = _Layer(summary, wording)
    horizon = summary.method.validation_days
    return Grids(
        overview=_overview(lay),
        windows=_windows(lay),
        slipping=_slipping(lay),
        leaving=lay.out(
            LEAVING,
            "Products whose regular buyers slip away more often than others",
            summary.leaving,
            ["q-value: share of chance finds among products with one as low or lower."],
        ),
        bundles=lay.out(BUNDLES, "Products ordered together", summary.bundles),
        units=_units(lay),
        choice=lay.out(
            K_SCORES,
            "Criteria for each number of segments tried",
            summary.k_scores,
            [
                (
                    "Silhouette, gap and Calinski-Harabasz: higher is better; Davies-Bouldin: "
                    "lower. Stability: agreement when customers are drawn again, 1 is perfect."
                )
            ],
            name="choice",
        )
        if len(summary.k_scores) > 1
        else None,
        validation=lay.out(
            VALIDATION,
            f"How well ways to group customers foretold the next {horizon} days",
            summary.validation,
            words={"measured": "spend" if summary.money else "orders"},
        ),
        forecast=_forecast(lay),
        lists=lay.out(
            LIST_TEST, "What product lists of a past date named", summary.list_test, name="lists"
        ),
        units_test=lay.out(
            UNITS_TEST,
            "Forecasts of units at past dates, beside what came",
            summary.units_test,
            name="units_test",
        ),
        ledger=lay.rows(
            LEDGER,
            "What cleaning left out, rule by rule",
            [asdict(step) for step in summary.ledger],
        ),
    )


@dataclass(frozen=True)
class _Layer:
    """Lays definitions out for a run's page."""

    summary: Summary
    wording: Wording

    def rows(
        self,
        definition: Definition,
        title: str,
        rows: list[dict[str, Any]],
        notes: Iterable[str] = (),
        **others: Any,  # noqa: ANN401  (`for_page` says which)
    ) -> Table:
        """Lay out rows."""
        money = self.summary.money
        return definition.for_page(title, rows, self.wording, notes, money=money, **others)

    def out(
        self,
        definition: Definition,
        title: str,
        found: Iterable[DataclassInstance],
        notes: Iterable[str] = (),
        **others: Any,  # noqa: ANN401  (likewise)
    ) -> Table | None:
        """Lay out what the run found; None where it found nothing."""
        rows = [asdict(row) for row in found]
        return self.rows(definition, title, rows, notes, **others) if rows else None


def _overview(lay: _Layer) -> Table:
    summary = lay.summary
    # Beside a figure the page draws its share: the key with `_share`.
    rows = [
        row | {"customers_share": row["customer_share"], "orders_share": row["measure_share"]}
        for row in segment_rows(summary)
    ]
    medians = (
        "Days since order, orders and spend" if summary.money else "Days since order and orders"
    )
    return lay.rows(
        segments(summary, rows),
        f"Sizes, {Measure.of(summary).name} and medians",
        rows,
        [f"{medians}: medians of the segment’s customers."],
        name="overview",
        words=headers(summary),
    )


def _windows(lay: _Layer) -> Table | None:
    """The last days beside as many before, and a year ago: of the whole shop."""
    windows = lay.summary.windows
    if not windows:
        return None
    days = windows[0].days
    when = {0: f"last {days} days", days: f"{days} days before", 365: f"{days} days a year ago"}
    rows = [asdict(window) | {"days": when[window.ended_days_ago]} for window in windows]
    return lay.rows(WINDOWS, "Sales of late", rows)


def _slipping(lay: _Layer) -> Table | None:
    summary, method = lay.summary, lay.summary.method
    if not summary.slipping.customers:
        return None
    rows = [
        _named(segment)
        | asdict(segment.slipping)
        | {"share": segment.slipping.customers / segment.slipping.regulars}
        for segment in summary.segments
        if segment.slipping.regulars
    ]
    notes = [
        (
            f"Regular: ordered on at least {method.regular_days} days. Slipping: silent for at "
            f"least {method.slipping_after:g} times their usual gap between orders."
        )
    ]
    return lay.rows(SLIPPING, "Regular customers who are slipping away", rows, notes)


def _units(lay: _Layer) -> Table | None:
    needed = [
        _named(segment) | asdict(need)
        for segment in lay.summary.segments
        for need in segment.units_needed
    ]
    if not needed:
        return None
    bands = any(row["units_low"] is not None for row in needed)
    title = f"Units likely to be needed in the next {needed[0]['days']} days"
    notes = ["At least, at most: an 80 % band."] * bands
    return lay.rows(units_needed(), title, needed, notes, name="units")


def _forecast(lay: _Layer) -> Table | None:
    rows = [
        asdict(test) | ({"decile": f"Tenth {test.decile}"} if test.decile else _TOTAL)
        for test in sorted(lay.summary.forecast_test, key=lambda test: test.decile or inf)
    ]
    if not rows:
        return None
    title = f"The same forecast made on {rows[0]['cut_off']}, beside what came"
    notes = ["Tenth 1 was forecast to order most."]
    return lay.rows(FORECAST_TEST, title, rows, notes, name="forecast")


def _named(segment: SegmentSummary) -> dict[str, Any]:
    return {"segment": segment.segment, "segment_name": segment.segment_name}
