"""The evidence: what a run found, how sure that is and how it was made, with every chart."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from custseg.report.html.cards import cards
from custseg.report.html.environment import asset, framed
from custseg.report.html.figures import figures
from custseg.report.html.grids import grids
from custseg.report.html.moves import drift, moves
from custseg.report.html.retention import retention
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.report.tables.account import account, stages, verdicts
from custseg.words.language import Texts, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.sentence import Finding
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

_SUBJECTS: Final = ("segments", "value", "changed", "actions", "trust")
_AREAS: Final = {
    "marketing": ("bundles",),
    "retention": ("slipping", "leaving"),
    "inventory": ("units",),
}
"""Of what is told of the whole shop, and the tables that each has."""
_SORTED_FROM: Final = 3
"""Rows from which on a table can be sorted."""


def evidence_page(summary: Summary, drawings: Iterable[Drawing], settings: ReportSettings) -> str:
    """Write the page of evidence, in the shop's language.

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
    wording = words_in(summary.method.plan_language, summary.currency)
    say = Texts(wording, "evidence", {"money": summary.money})
    drawn, datasets = figures(drawings)
    notes, tables = insights(summary, wording), grids(summary, wording)
    charts = {
        section: tuple(figure for figure in drawn if figure.drawing.section == section)
        for section in ("segments", "since", "customers", "revenue", "trust", "method")
    }
    areas = []
    for area, names in _AREAS.items():
        told = [note for note in notes if note.area == area and not note.segment]
        own = [tables[name] for name in names if tables[name]]
        if told or own:
            areas.append((area, say(f"areas.{area}"), told, own))
    return framed(
        "evidence.html.j2",
        summary,
        settings,
        (drawn, datasets),
        wording,
        percent=wording.cells.percent,
        e=say,
        c=say.below("card"),
        title=settings.title or say("title"),
        subtitle=say("title") if settings.title else "",
        day=wording.iso_date(summary.as_of),
        body="",
        style=asset("style.css"),
        findings=_grouped(findings(summary, wording), say),
        grids=tables,
        moves=moves(summary, wording),
        retention=retention(summary, wording),
        drift=drift(summary, wording),
        charts=charts,
        cards=cards(summary, notes, wording),
        areas=areas,
        stages=stages(summary, wording),
        studies=[
            (heading, sentence, tables[table] if table else None)
            for heading, sentence, table in verdicts(summary, wording)
        ],
        account=account(summary, wording),
        sorted_from=_SORTED_FROM,
    )


def _grouped(told: Sequence[Finding], say: Texts) -> list[tuple[str, list[Finding]]]:
    """Findings under the headings of their subjects, in the subjects' order."""
    by_subject = sorted(told, key=lambda finding: _SUBJECTS.index(finding.subject))
    return [
        (say(f"subjects.{subject}"), list(group))
        for subject, group in groupby(by_subject, key=lambda finding: finding.subject)
    ]
