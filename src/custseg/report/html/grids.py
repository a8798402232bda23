"""The page's tables: plain rows from the summary with how they are written."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from typing import TYPE_CHECKING, Any

from custseg.report.summary.measure import Measure
from custseg.report.tables.definition import rows_of
from custseg.report.tables.inventory import UNITS_TEST, units_needed
from custseg.report.tables.ledger import LEDGER, STATUSES
from custseg.report.tables.model import K_SCORES
from custseg.report.tables.offers import BUNDLES, LIST_TEST
from custseg.report.tables.retention import LEAVING, SLIPPING, WINDOWS
from custseg.report.tables.segments import headers, segment_rows, segments
from custseg.report.tables.validation import VALIDATION
from custseg.report.tables.value import FORECAST_TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Definition, Row
    from custseg.report.tables.table import Table
    from custseg.words.language import Wording


def grids(summary: Summary, wording: Wording) -> dict[str, Table | None]:
    """Lay out every table of the evidence; None where the run has nothing to fill it."""

    def lay(
        definition: Definition,
        title: str,
        rows: list[Row],
        notes: Iterable[str] = (),
        **others: Any,  # noqa: ANN401  (`for_page` says which)
    ) -> Table:
        return definition.for_page(title, rows, wording, notes, money=summary.money, **others)

    # Beside a figure the page draws its share: the key with `_share`.
    sizes = [
        row | {"customers_share": row["customer_share"], "orders_share": row["measure_share"]}
        for row in segment_rows(summary)
    ]
    medians = Measure.of(summary).choose(
        "Days since order, orders and spend", "Days since order and orders"
    )
    always = {
        "overview": lay(
            segments(summary, sizes),
            f"Sizes, {Measure.of(summary).name} and medians",
            sizes,
            [f"{medians}: medians of the segment’s customers."],
            name="overview",
            words=headers(summary),
        ),
        "ledger": lay(LEDGER, "What cleaning left out, rule by rule", rows_of(summary.ledger)),
    }
    found = _of_shop(summary, lay) | _of_tests(summary, lay)
    found["statuses"] = lay(STATUSES, "Statuses of orders", rows_of(summary.statuses))
    return always | page_grids(summary, wording) | _filled(found)


def page_grids(summary: Summary, wording: Wording) -> dict[str, Table | None]:
    """Lay out the tables of the page in its language: products bought together, who slips away."""
    method, money = summary.method, summary.money
    found = {
        "slipping": SLIPPING.in_words(
            _slipping(summary),
            wording,
            money=money,
            days=method.regular_days,
            times=method.slipping_after,
        ),
        "leaving": LEAVING.in_words(rows_of(summary.leaving), wording, money=money),
        "bundles": BUNDLES.in_words(rows_of(summary.bundles), wording, money=money),
    }
    return _filled(found)


def _filled(found: dict[str, Table]) -> dict[str, Table | None]:
    return {name: table if table.rows else None for name, table in found.items()}


def _of_shop(summary: Summary, lay: Callable[..., Table]) -> dict[str, Table]:
    """Tables of what sells, and what is needed."""
    needed = [
        _named(segment) | asdict(need)
        for segment in summary.segments
        for need in segment.units_needed
    ]
    days = needed[0]["days"] if needed else 0
    return {
        "windows": lay(WINDOWS, "Sales of late", _windows(summary)),
        "units": lay(
            units_needed(),
            f"Units likely to be needed in the next {days} days",
            needed,
            ["At least, at most: an 80 % band."]
            * any(row["units_low"] is not None for row in needed),
            name="units",
        ),
    }


def _of_tests(summary: Summary, lay: Callable[..., Table]) -> dict[str, Table]:
    """Tables of how the number of segments was chosen, and of tests at past dates."""
    forecasts = [
        asdict(test)
        | ({"decile": f"Tenth {test.decile}"} if test.decile else {"decile": "All", "total": True})
        for test in sorted(summary.forecast_test, key=lambda test: test.decile or inf)
    ]
    cut_off = forecasts[0]["cut_off"] if forecasts else ""
    ahead = summary.method.validation_days
    return {
        "choice": lay(
            K_SCORES,
            "Criteria for each number of segments tried",
            rows_of(summary.k_scores) if len(summary.k_scores) > 1 else [],
            [
                (
                    "Silhouette, gap and Calinski-Harabasz: higher is better; Davies-Bouldin: "
                    "lower. Stability: agreement when customers are drawn again, 1 is perfect."
                )
            ],
            name="choice",
        ),
        "validation": lay(
            VALIDATION,
            f"How well ways to group customers foretold the next {ahead} days",
            rows_of(summary.validation),
            words={"measured": Measure.of(summary).spend},
        ),
        "forecast": lay(
            FORECAST_TEST,
            f"The same forecast made on {cut_off}, beside what came",
            forecasts,
            ["Tenth 1 was forecast to order most."],
            name="forecast",
        ),
        "lists": lay(
            LIST_TEST,
            "What product lists of a past date named",
            rows_of(summary.list_test),
            name="lists",
        ),
        "units_test": lay(
            UNITS_TEST,
            "Forecasts of units at past dates, beside what came",
            rows_of(summary.units_test),
            name="units_test",
        ),
    }


def _windows(summary: Summary) -> list[Row]:
    """The last days beside as many before, and a year ago: of the whole shop."""
    days = summary.windows[0].days if summary.windows else 0
    when = {0: f"last {days} days", days: f"{days} days before", 365: f"{days} days a year ago"}
    return [asdict(own) | {"days": when[own.ended_days_ago]} for own in summary.windows]


def _slipping(summary: Summary) -> list[Row]:
    return [
        _named(segment)
        | asdict(segment.slipping)
        | {"share": segment.slipping.customers / segment.slipping.regulars}
        for segment in summary.segments
        if summary.slipping.customers and segment.slipping and segment.slipping.regulars
    ]


def _named(segment: SegmentSummary) -> Row:
    return {"segment": segment.segment, "segment_name": segment.segment_name}
