"""The charts about customers, revenue and cleaning, in the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.charts.customers import recency_frequency, slipping
from custseg.report.charts.fingerprint import fingerprint, snake
from custseg.report.charts.ledger import ledger_money, ledger_rows
from custseg.report.charts.months import revenue_by_month
from custseg.report.charts.moves import moves
from custseg.report.charts.products import over_buys, units_needed
from custseg.report.charts.shares import shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary

SHOP_CHARTS: Final[tuple[Callable[[Summary], Drawing | None], ...]] = (
    shares,
    fingerprint,
    snake,
    moves,
    recency_frequency,
    slipping,
    over_buys,
    revenue_by_month,
    units_needed,
    ledger_rows,
    ledger_money,
)
"""Each draws one chart of the summary, or nothing where there is nothing to draw."""
