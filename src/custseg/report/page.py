"""The report: charts, page and workbook from the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.settings import ReportSettings

if TYPE_CHECKING:
    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary


@dataclass(frozen=True)
class Report:
    """What people open."""

    report: bytes
    workbook: bytes
    charts: dict[str, bytes]


def write_report(summary: Summary, settings: ReportSettings | None = None) -> Report:
    """Draw the charts, and write page and workbook.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    settings
        The `[report]` settings.

    Returns
    -------
    Report
        The page (UTF-8), the workbook, and every chart by file name.
    """
    from custseg.report.charts.drawing import pictures
    from custseg.report.html.rendering import render, withheld_page
    from custseg.report.workbook.book import workbook

    settings = settings or ReportSettings()
    if summary.withheld:
        return Report(withheld_page(summary, settings).encode(), workbook(summary, settings), {})
    drawings = charts(summary)
    return Report(
        report=render(summary, drawings, settings).encode(),
        workbook=workbook(summary, settings),
        charts={
            f"{drawing.name}.{kind}": picture
            for drawing in drawings
            for kind, picture in pictures(drawing, settings.charts).items()
        },
    )


def charts(summary: Summary) -> list[Drawing]:
    """Every chart that the run has something for, in the order of the page."""
    from altair.utils.schemapi import debug_mode

    from custseg.report.charts.catalogue import MODEL_CHARTS, SHOP_CHARTS

    # Altair would check each part of a chart as it is made: a third of the time they take.
    with debug_mode(False):
        found = [chart(summary) for chart in (*SHOP_CHARTS, *MODEL_CHARTS)]
    return [drawing for drawing in found if drawing is not None]
