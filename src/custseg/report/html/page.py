"""The page: what to do this month, the segments, who moved and the shop, in the shop's language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.report.html.environment import asset, environment, framed, policy
from custseg.report.html.figures import figures
from custseg.report.html.grids import page_grids
from custseg.report.html.moves import moves
from custseg.report.html.retention import retention
from custseg.report.summary.front import Front, Headline, front
from custseg.report.tables.front import ON_CARD, actions, campaigns, lead, plan, way
from custseg.words.language import Texts, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

_CHARTS: Final = frozenset({"moves", "revenue-by-month", "orders-by-month"})
"""Those of the page; all others are in the evidence."""


def page(summary: Summary, drawings: Iterable[Drawing], settings: ReportSettings) -> str:
    """Write the report's page.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    drawings
        The charts; those of the month's moves and of the shop's months are shown.
    settings
        The `[report]` settings.

    Returns
    -------
    str
        HTML that holds all it needs: opened anywhere, it makes no request.
    """
    language = summary.method.plan_language
    wording = words_in(language, summary.currency)
    texts = Texts(wording)
    drawn, datasets = figures(one for one in drawings if one.name in _CHARTS)
    told = front(summary)
    since = date.fromisoformat(told.since) if told.since else None
    return framed(
        "page.html.j2",
        summary,
        settings,
        (drawn, datasets),
        wording,
        title=settings.title or texts("title"),
        day=wording.written_date(date.fromisoformat(summary.as_of)),
        body="monday",
        style=asset("style.css") + asset("page.css"),
        lead=lead(summary, texts),
        front=told,
        headlines=[_headline(one, texts) for one in told.headlines],
        actions=actions(told, texts),
        campaigns=campaigns(told),
        cards=[_card(one, told, texts) for one in summary.segments],
        since=since,
        moves=moves(summary, wording),
        grids=page_grids(summary, wording),
        retention=retention(summary, wording),
        charts={one.drawing.name: one for one in drawn},
    )


def withheld_page(summary: Summary, settings: ReportSettings) -> str:
    """Write the page of a shop of which nothing can be told."""
    language = summary.method.plan_language
    wording = words_in(language)
    texts = Texts(wording)
    return (
        environment(wording)
        .get_template("withheld.html.j2")
        .render(
            language=language,
            title=settings.title or texts("title"),
            told=texts("nothing", least=summary.smallest_group),
            style=asset("style.css"),
            policy=policy([]),
        )
    )


def _headline(one: Headline, texts: Texts) -> dict[str, Any]:
    """A figure, and how it changed."""
    told = way(one.change)
    return {
        "name": texts(f"headlines.{one.name}"),
        "value": one.value,
        "money": one.name == "revenue",
        # Whole points: a reader compares, and does not add up.
        "change": texts(told, change=round(abs(one.change or 0), 2)) if told else "",
    }


def _card(segment: SegmentSummary, told: Front, texts: Texts) -> dict[str, Any]:
    """A segment's card: facts first, then its plan."""
    medians = {figures.feature: figures.median for figures in segment.features}
    habits = [
        texts(f"habits.{feature}", value=medians[feature])
        for feature in ("recency_days", "frequency", "monetary")
        if medians.get(feature) is not None
    ]
    action = next(one for one in told.actions if one.segment is segment)
    return {
        "segment": segment,
        "typical": ", ".join(habits),
        "plan": plan(action, ON_CARD, texts),
        "command": action.command,
    }
