"""What people open."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import Artifact

ARTIFACTS: Final = (
    Artifact(
        "summary",
        "What the run found, in plain tables and numbers: all that is shown of it comes from here",
        storage="json",
        file_name="summary.json",
        holds="custseg.report.summary.whole:Summary",
    ),
    Artifact(
        "report",
        "The report: what to do, in one page without any request",
        storage="bytes",
        file_name="report.html",
    ),
    Artifact(
        "evidence",
        "How sure the report is and how it was made, with every chart; likewise",
        storage="bytes",
        file_name="evidence.html",
    ),
    Artifact(
        "workbook",
        "The report as a workbook for people",
        storage="bytes",
        file_name="segments.xlsx",
    ),
    Artifact(
        "charts", "Every chart of the report as PNG and SVG", storage="folder", file_name="charts"
    ),
)
