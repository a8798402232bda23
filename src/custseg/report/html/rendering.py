"""The page: what a summary and its charts say, in one file."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from custseg.report.html.account import account
from custseg.report.html.cards import cards
from custseg.report.html.figures import figures, script_json
from custseg.report.html.grids import grids
from custseg.report.html.moves import drift, moves
from custseg.report.html.retention import retention
from custseg.report.html.vega import library
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.report.tables.table import percent
from custseg.words.colours import on_dark
from custseg.words.language import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

_FOLDER: Final = Path(__file__).parent
_LANGUAGE: Final = "en"
_TITLE: Final = "Customer segments"
_SUBJECTS: Final = {
    "segments": "What the segments are",
    "value": "Who matters most",
    "changed": "What has changed",
    "actions": "What to do",
    "trust": "How far to trust it",
}
_DATE: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_SORTED_FROM: Final = 3
"""Rows from which on a table can be sorted."""


def render(summary: Summary, drawings: Iterable[Drawing], settings: ReportSettings) -> str:
    """Write the report's page.

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
    wording = Wording(_LANGUAGE, summary.currency)
    drawn, datasets = figures(drawings)
    script, bundle = _text("page.js"), library() if drawn else ""
    told, notes = findings(summary), insights(summary)
    tables = grids(summary, wording)
    charts = {
        section: tuple(figure for figure in drawn if figure.drawing.section == section)
        for section in ("segments", "since", "customers", "revenue", "trust", "method")
    }
    colours = {segment.segment: segment.colour for segment in summary.segments}
    if summary.movement:
        # Segments that are no more are drawn too.
        colours = {one.segment: one.colour for one in summary.movement.segments} | colours
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
    environment = _environment()
    environment.filters |= {
        "money": wording.money,
        "number": wording.number,
        "percent": percent,
        "sentence": _sentence,
    }
    return environment.get_template("page.html.j2").render(
        language=_LANGUAGE,
        title=settings.title or _TITLE,
        subtitle=_TITLE if settings.title else "",
        summary=summary,
        measure="revenue" if summary.money else "orders",
        colours=colours,
        on_dark={number: on_dark(colour) for number, colour in colours.items()},
        style=_text("style.css"),
        script=script,
        library=bundle,
        policy=_policy([script, bundle]),
        picture=settings.charts[0] if settings.charts else "",
        datasets=datasets,
        repainted=script_json({colour: on_dark(colour) for colour in colours.values()}),
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


def withheld_page(summary: Summary, settings: ReportSettings) -> str:
    """Write the page of a shop of which nothing can be told."""
    return (
        _environment()
        .get_template("withheld.html.j2")
        .render(
            language=_LANGUAGE,
            title=settings.title or _TITLE,
            told=summary.withheld,
            style=_text("style.css"),
            policy=_policy([]),
        )
    )


def _sentence(text: str) -> Markup:
    """A line of a log as a sentence, whose dates don't break."""
    from markupsafe import Markup, escape

    first = text[:1] if text[1:2] in {"", " "} else text[:1].upper()
    whole = first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', str(escape(whole))))  # noqa: S704  # nosec B704


def _grouped(told: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Findings under the headings of their subjects, in the subjects' order."""
    order = list(_SUBJECTS)
    by_subject = sorted(told, key=lambda finding: order.index(finding.subject))
    return [
        (_SUBJECTS[subject], list(group))
        for subject, group in groupby(by_subject, key=lambda finding: finding.subject)
    ]


def _policy(scripts: Sequence[str]) -> str:
    """The page's content security policy: its own scripts run, and nothing is fetched."""
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts if text)
    allowed = " ".join(f"'sha256-{digest.decode()}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
