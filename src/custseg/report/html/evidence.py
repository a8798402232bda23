"""The evidence: what a run found, how sure that is and how it was made, with every chart."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from custseg.report.html.account import account
from custseg.report.html.cards import cards
from custseg.report.html.environment import asset, framed
from custseg.report.html.figures import figures
from custseg.report.html.grids import grids
from custseg.report.html.moves import drift, moves
from custseg.report.html.retention import retention
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.report.tables.table import percent
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

_TITLE: Final = "Evidence"
_SUBJECTS: Final = {
    "segments": "What the segments are",
    "value": "Who matters most",
    "changed": "What has changed",
    "actions": "What to do",
    "trust": "How far to trust it",
}
_SORTED_FROM: Final = 3
"""Rows from which on a table can be sorted."""


def evidence_page(summary: Summary, drawings: Iterable[Drawing], settings: ReportSettings) -> str:
    """Write the page of evidence, in English.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    drawings
        The charts, in the order in which they are shown within their sections.
    settings
        The `[report]` settings.

    Returns
    -------
    str
        HTML that holds all it needs: opened anywhere, it makes no request.
    """
    wording = english(summary.currency)
    drawn, datasets = figures(drawings)
    told, notes = findings(summary), insights(summary)
    tables = grids(summary, wording)
    charts = {
        section: tuple(figure for figure in drawn if figure.drawing.section == section)
        for section in ("segments", "since", "customers", "revenue", "trust", "method")
    }
    areas = []
    for area, heading, names in (
        ("marketing", "Marketing", ("bundles",)),
        ("retention", "Retention", ("slipping", "leaving")),
        ("inventory", "Inventory", ("units",)),
    ):
        said = [note for note in notes if note.area == area and not note.segment]
        own = [tables[name] for name in names if tables[name]]
        if said or own:
            areas.append((area, heading, said, own))
    return framed(
        "evidence.html.j2",
        summary,
        settings,
        (drawn, datasets),
        wording,
        percent=percent,
        title=settings.title or _TITLE,
        subtitle=_TITLE if settings.title else "",
        day=summary.as_of,
        body="",
        style=asset("style.css"),
        measure="revenue" if summary.money else "orders",
        findings=_grouped(told),
        grids=tables,
        moves=moves(summary, wording),
        retention=retention(summary, wording),
        drift=drift(summary, wording),
        charts=charts,
        cards=cards(summary, notes, wording),
        areas=areas,
        studies=[
            (heading, summary.verdicts[study], evidence)
            for study, (heading, evidence) in {
                "validation": ("Do the segments foretell anything?", tables["validation"]),
                "expected": (
                    f"The forecast of orders{' and spend' * summary.money}",
                    tables["forecast"],
                ),
                "lists": ("Lists of products", tables["lists"]),
                "bundles": ("Bundles", None),
                "inventory": ("The forecast of units", tables["units_test"]),
                "rules": ("The rules", None),
            }.items()
            if study in summary.verdicts
        ],
        account=account(summary, wording),
        sorted_from=_SORTED_FROM,
    )


def _grouped(told: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Findings under the headings of their subjects, in the subjects' order."""
    order = list(_SUBJECTS)
    by_subject = sorted(told, key=lambda finding: order.index(finding.subject))
    return [
        (_SUBJECTS[subject], list(group))
        for subject, group in groupby(by_subject, key=lambda finding: finding.subject)
    ]
