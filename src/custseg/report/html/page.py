"""The page: what to do this month, the segments, who moved and the shop, in the shop's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.report.html.environment import asset, colours, dark, environment, policy, sentence
from custseg.report.html.figures import figures, script_json
from custseg.report.html.grids import grids
from custseg.report.html.moves import moves
from custseg.report.html.retention import retention
from custseg.report.html.vega import library
from custseg.report.summary.front import Action, Front, Headline, front
from custseg.words.language import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.campaigns import CampaignOutcome
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.settings import ReportSettings

_STEADY: Final = 0.005
"""A change below this is none."""
_CHARTS: Final = ("moves", "revenue-by-month", "orders-by-month")
"""Those of the page; all others are in the evidence."""
_CAMPAIGNS: Final = 2
"""On page one; the workbook and `custseg campaign` have all."""
_ON_FRONT: Final = ("message", "timing", "brings", "measure")
_ON_CARD: Final = ("because", "message", "channel", "offer", "products", "timing", "brings")
"""Texts of a plan, in the order in which they are read; the rest is in the workbook."""


@dataclass(frozen=True)
class _Texts:
    """Writes what the page says, in its language."""

    wording: Wording

    def __call__(self, key: str, **figures: Any) -> str:  # noqa: ANN401  (what a text names)
        return self.wording.render(f"page.{key}", figures)


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
    wording = Wording(language, summary.currency)
    texts = _Texts(wording)
    drawn, datasets = figures(one for one in drawings if one.name in _CHARTS)
    script, bundle = asset("page.js"), library() if drawn else ""
    painted = colours(summary)
    told = front(summary)
    since = date.fromisoformat(told.since) if told.since else None
    names = {one.segment: one.segment_name for one in summary.segments}
    templates = environment()
    templates.filters |= {
        "money": wording.money,
        "about": wording.about,
        "number": wording.number,
        "percent": wording.percent,
        "date": wording.written_date,
        "sentence": sentence,
    }
    return templates.get_template("page.html.j2").render(
        t=texts,
        language=language,
        title=settings.title or texts("title"),
        as_of=date.fromisoformat(summary.as_of),
        summary=summary,
        front=told,
        headlines=[_headline(one, texts) for one in told.headlines],
        actions=[_action(one, names, texts) for one in told.first],
        campaigns=[_campaign(one, texts) for one in told.campaigns[:_CAMPAIGNS]],
        cards=[_card(one, told, texts) for one in summary.segments],
        since=since,
        moves=moves(summary, wording),
        grids=grids(summary, wording),
        retention=retention(summary, wording),
        charts={one.drawing.name: one for one in drawn},
        colours=painted,
        on_dark=dark(painted),
        style=asset("style.css") + asset("page.css"),
        script=script,
        library=bundle,
        policy=policy([script, bundle]),
        picture=settings.charts[0] if settings.charts else "",
        datasets=datasets,
        repainted=script_json(dict(zip(painted.values(), dark(painted).values(), strict=True))),
    )


def withheld_page(summary: Summary, settings: ReportSettings) -> str:
    """Write the page of a shop of which nothing can be told."""
    language = summary.method.plan_language
    return (
        environment()
        .get_template("withheld.html.j2")
        .render(
            language=language,
            title=settings.title or _Texts(Wording(language))("title"),
            told=summary.withheld,
            style=asset("style.css"),
            policy=policy([]),
        )
    )


def _headline(one: Headline, texts: _Texts) -> dict[str, Any]:
    """A figure, and how it changed."""
    change = one.change
    said = ""
    if change is not None:
        way = "steady" if abs(change) < _STEADY else "rise" if change > 0 else "fall"
        # Whole points: a reader compares, and does not add up.
        said = texts(way, change=round(abs(change), 2))
    return {
        "name": texts(f"headlines.{one.name}"),
        "value": one.value,
        "money": one.name == "revenue",
        "change": said,
    }


def _action(one: Action, names: dict[int, str], texts: _Texts) -> dict[str, Any]:
    """An action in words: whom, why now, and the texts of its plan."""
    segment, entered = one.segment, one.entered
    why = segment.plan.because
    if entered and entered.segment in names:
        name = names[entered.segment]
        why += " " + texts("moved_in", number=entered.customers, name=name)
    return {
        "segment": segment,
        "title": one.title(texts.wording),
        "why": why,
        "texts": _plan(one, _ON_FRONT, texts),
        "command": one.command,
    }


def _card(segment: SegmentSummary, told: Front, texts: _Texts) -> dict[str, Any]:
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
        "plan": _plan(action, _ON_CARD, texts),
        "command": action.command,
    }


def _plan(action: Action, fields: tuple[str, ...], texts: _Texts) -> list[Any]:
    """The texts of a plan, and what campaigns have shown of its aim."""
    plan = action.segment.plan
    # An offer is told by the sentence to send.
    told = [field for field in fields if field != "offer" or plan.voucher is None]
    found = {field: getattr(plan, field) for field in told}
    if action.learned and action.failed:
        found["brings"] = texts("learned_nothing", tries=action.learned.tries)
    elif action.learned and action.measured_gain:
        low, high = action.measured_gain
        found["brings"] = texts("learned", low=low, high=high, tries=action.learned.tries)
    return [(field, texts(f"fields.{field}"), text) for field, text in found.items() if text]


def _campaign(one: CampaignOutcome, texts: _Texts) -> str:
    """What a campaign brought, or how far along it is."""
    known: dict[str, Any] = {"name": one.campaign, "day": one.day, "days": one.horizon_days}
    if one.state == "planned":
        return texts("campaigns.planned", **known | {"sent": date.fromisoformat(one.sent)})
    if one.state == "running":
        return texts("campaigns.running", **known)
    if one.share_effect is None or one.share_low is None or one.share_high is None:
        return texts("campaigns.unmeasured", **known)
    kind = "effect" if one.verdict in {"effect", "harm"} else "nothing"
    points = {"low": 100 * one.share_low, "high": 100 * one.share_high}
    said = texts(f"campaigns.{kind}", **known | points)
    if one.gain_low is not None and one.gain_high is not None:
        said += " " + texts("campaigns.gain", low=one.gain_low, high=one.gain_high)
    return said
