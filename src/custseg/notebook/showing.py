"""What a notebook shows of a run: page one's table with a chart, and what explains a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.table import Table
    from custseg.words.language import Wording
    from custseg.workspace.workspace import Workspace

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Shown:
    """Tables to look at: text where there is only text, set as HTML in a notebook."""

    tables: list[Table]

    def __repr__(self) -> str:
        """The tables as plain lines."""
        lines: list[str] = []
        for table in self.tables:
            lines += [table.title, *("\t".join(cells) for cells in table.written()), *table.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _render("tables.html.j2", tables=self.tables)


def page_one(home: Workspace) -> str:
    """Page one's table of segments and a chart, as a piece of HTML that makes no request."""
    from custseg.artifacts import ARTIFACTS
    from custseg.report.summary.front import front
    from custseg.report.tables.front import actions, lead
    from custseg.words.language import Texts, words_in
    from custseg.workspace import storage

    summary: Summary = storage.read(home.path("summary"), ARTIFACTS["summary"])
    wording = words_in(summary.method.plan_language, summary.currency)
    texts = Texts(wording)
    if summary.withheld:
        return _render("withheld.html.j2", told=texts("nothing", least=summary.smallest_group))
    told = front(summary)
    return _render(
        "segments.html.j2",
        t=texts,
        wording=wording,
        summary=summary,
        front=told,
        lead=lead(summary, texts),
        since=date.fromisoformat(told.since) if told.since else None,
        actions=actions(told, texts),
        drawing=_drawing(summary, wording),
    )


def _drawing(summary: Summary, wording: Wording) -> Drawing | None:
    """What is said of segments' shares of customers and of revenue."""
    from altair.utils.schemapi import debug_mode

    from custseg.report.charts.shares import shares

    with debug_mode(False):
        return shares(summary, wording)


def _render(template: str, **shown: Any) -> str:  # noqa: ANN401  (what the template names)
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**shown)
