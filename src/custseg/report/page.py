"""The report: charts, page and workbook from the summary."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from custseg.engine.processes import cores, ending_on_failure
from custseg.settings import ReportSettings, RunSettings
from custseg.words.language import words_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary
    from custseg.settings.report import Picture

_WORTH_LINES: Final = 100_000
"""Order lines from which on a run has other processes, which wait."""


@dataclass(frozen=True)
class Report:
    """What people open."""

    report: bytes
    evidence: bytes
    workbook: bytes
    charts: dict[str, bytes]


def write_report(
    summary: Summary,
    settings: ReportSettings | None = None,
    run_settings: RunSettings | None = None,
) -> Report:
    """Draw the charts, and write the page, the evidence and the workbook.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    settings
        The `[report]` settings.
    run_settings
        The `[run]` settings: in how many processes to draw. Their number changes no bit.

    Returns
    -------
    Report
        The page and its evidence (UTF-8), the workbook, and every chart by file name.

    Examples
    --------
    >>> report = custseg.write_report(summary, ReportSettings(charts=[]))
    >>> report.report[:15]
    b'<!DOCTYPE html>'
    """
    from custseg.report.charts.drawing import draw, with_finding
    from custseg.report.html.evidence import evidence_page
    from custseg.report.html.page import page, withheld_page
    from custseg.report.workbook.book import workbook

    settings, run = settings or ReportSettings(), run_settings or RunSettings()
    if summary.withheld:
        told = withheld_page(summary, settings).encode()
        return Report(told, told, workbook(summary, settings), {})
    style = words_in(summary.method.plan_language).style
    drawings: list[Drawing] = []
    specs: dict[str, dict[str, Any]] = {}
    asked: dict[str, Future[dict[Picture, bytes]]] = {}
    processes = cores(run.workers) - 1 if summary.ledger[0].rows_left >= _WORTH_LINES else 0
    with ending_on_failure(processes) if processes else nullcontext() as aside:
        # Other processes draw the pictures, each as soon as its chart is there, while this one
        # writes the page and the workbook.
        for drawing in _charts(summary):
            drawings.append(drawing)
            if settings.charts:
                specs[drawing.name] = spec = with_finding(drawing, style)
                if aside:
                    asked[drawing.name] = aside.submit(draw, spec, settings.charts)
        report = page(summary, drawings, settings).encode()
        evidence = evidence_page(summary, drawings, settings).encode()
        book = workbook(summary, settings)
        # What they have not begun by then is drawn here, from the end.
        drawn = {
            name: draw(specs[name], settings.charts)
            for name in reversed(specs)
            if name not in asked or asked[name].cancel()
        }
        drawn |= {name: future.result() for name, future in asked.items() if name not in drawn}
    return Report(
        report,
        evidence,
        book,
        {f"{name}.{kind}": picture for name in specs for kind, picture in drawn[name].items()},
    )


def charts(summary: Summary) -> list[Drawing]:
    """Every chart that the run has something for, in the page's order and the shop's language."""
    return list(_charts(summary))


def _charts(summary: Summary) -> Iterator[Drawing]:
    from altair.utils.schemapi import debug_mode

    from custseg.report.charts.catalogue import MODEL_CHARTS, SHOP_CHARTS

    wording = words_in(summary.method.plan_language, summary.currency)
    # Altair would check each part of a chart as it is made: a third of the time they take.
    with debug_mode(False):
        for chart in (*SHOP_CHARTS, *MODEL_CHARTS):
            drawing = chart(summary, wording)
            if drawing is not None:
                yield drawing
