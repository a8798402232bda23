"""The page's tables: plain rows from the summary with how they are written."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from typing import TYPE_CHECKING, Any

from custseg.report.tables.account import dated
from custseg.report.tables.definition import rows_of
from custseg.report.tables.inventory import UNITS_TEST, units_needed
from custseg.report.tables.ledger import LEDGER, STATUSES, ledger_rows, status_rows
from custseg.report.tables.model import K_SCORES
from custseg.report.tables.offers import BUNDLES, LIST_TEST
from custseg.report.tables.retention import LEAVING, SLIPPING, WINDOWS
from custseg.report.tables.segments import headers, segment_rows, segments
from custseg.report.tables.validation import VALIDATION
from custseg.report.tables.value import FORECAST_TEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Definition, Row
    from custseg.report.tables.table import Table
    from custseg.words.language import Wording


def grids(summary: Summary, wording: Wording) -> dict[str, Table | None]:
    """Lay out every table of the evidence; None where the run has nothing to fill it."""

    def lay(
        definition: Definition,
        rows: list[Row],
        **figures: Any,  # noqa: ANN401  (what its texts name)
    ) -> Table:
        return definition.in_words(rows, wording, money=summary.money, **figures)

    # Beside a figure the page draws its share: the key with `_share`.
    sizes = [
        row | {"customers_share": row["customer_share"], "orders_share": row["measure_share"]}
        for row in segment_rows(summary)
    ]
    always = {
        "overview": lay(segments(summary, sizes), sizes, name="overview", **headers(summary)),
        "ledger": lay(LEDGER, ledger_rows(summary, wording)),
    }
    found = _of_shop(summary, wording, lay) | _of_tests(summary, wording, lay)
    found["statuses"] = lay(STATUSES, status_rows(summary, wording))
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


def _of_shop(summary: Summary, wording: Wording, lay: Callable[..., Table]) -> dict[str, Table]:
    """Tables of what sells, and what is needed."""
    needed = [
        _named(segment) | asdict(need)
        for segment in summary.segments
        for need in segment.units_needed
    ]
    return {
        "windows": lay(WINDOWS, _windows(summary, wording)),
        "units": lay(
            units_needed(),
            needed,
            name="units",
            days=needed[0]["days"] if needed else 0,
            banded=any(row["units_low"] is not None for row in needed),
        ),
    }


def _of_tests(summary: Summary, wording: Wording, lay: Callable[..., Table]) -> dict[str, Table]:
    """Tables of how the number of segments was chosen, and of tests at past dates."""
    names = wording.texts("page.tables.value_backtest.rows")
    forecasts = [
        row
        | ({} if row["decile"] else {"total": True})
        | {"decile": wording.fill(names["tenth" if row["decile"] else "all"], row)}
        for row in sorted(
            dated(summary.forecast_test, wording), key=lambda row: row["decile"] or inf
        )
    ]
    scores = summary.k_scores if len(summary.k_scores) > 1 else ()
    return {
        "choice": lay(K_SCORES, rows_of(scores), name="choice"),
        "validation": lay(
            VALIDATION,
            dated(summary.validation, wording, method="grouping"),
            days=summary.method.validation_days,
        ),
        "forecast": lay(
            FORECAST_TEST,
            forecasts,
            name="forecast",
            cut_off=forecasts[0]["cut_off"] if forecasts else "",
        ),
        "lists": lay(
            LIST_TEST, dated(summary.list_test, wording, method="lists", task="tasks"), name="lists"
        ),
        "units_test": lay(
            UNITS_TEST, dated(summary.units_test, wording, method="units"), name="units_test"
        ),
    }


def _windows(summary: Summary, wording: Wording) -> list[Row]:
    """The last days beside as many before, and a year ago: of the whole shop."""
    days = summary.windows[0].days if summary.windows else 0
    when = {0: "last", days: "before", 365: "year"}
    names = wording.texts("page.tables.windows.rows")
    return [
        row | {"days": wording.fill(names[when[row["ended_days_ago"]]], row)}
        for row in rows_of(summary.windows)
    ]


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
