"""Every chart, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from custseg.report.charts.backtest import list_test
from custseg.report.charts.choice import elbow, k_criteria
from custseg.report.charts.components import explained_variance
from custseg.report.charts.customers import recency_frequency, slipping
from custseg.report.charts.fingerprint import fingerprint, snake
from custseg.report.charts.flow import k_flow
from custseg.report.charts.ledger import ledger_money, ledger_rows
from custseg.report.charts.months import revenue_by_month
from custseg.report.charts.moves import moves
from custseg.report.charts.plane import segments_plane
from custseg.report.charts.products import over_buys, units_needed
from custseg.report.charts.shares import shares
from custseg.report.charts.silhouette import silhouette
from custseg.report.charts.trust import forecast_test, predictive_power

if TYPE_CHECKING:
    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

Chart = Callable[["Summary", "Wording | None"], "Drawing | None"]
"""Draws one chart of the summary in a language, or nothing where there is nothing to draw."""

SHOP_CHARTS: Final[tuple[Chart, ...]] = (
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
"""About customers, revenue and cleaning."""
MODEL_CHARTS: Final[tuple[Chart, ...]] = (
    segments_plane,
    k_criteria,
    elbow,
    k_flow,
    explained_variance,
    silhouette,
    predictive_power,
    forecast_test,
    list_test,
)
"""About the model and how far to trust it."""
