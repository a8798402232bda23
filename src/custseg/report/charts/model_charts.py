"""The charts of the model and how far to trust it, in the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.charts.backtest import list_test
from custseg.report.charts.choice import elbow, k_criteria
from custseg.report.charts.components import explained_variance
from custseg.report.charts.flow import k_flow
from custseg.report.charts.plane import segments_plane
from custseg.report.charts.silhouette import silhouette
from custseg.report.charts.trust import forecast_test, predictive_power

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary

MODEL_CHARTS: Final[tuple[Callable[[Summary], Drawing | None], ...]] = (
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
