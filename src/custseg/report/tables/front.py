"""Page one in words, in the shop's language: what the page and the workbook both show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from custseg.report.summary.front import Action, Front
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Texts

ON_CARD: Final = ("because", "message", "channel", "offer", "products", "timing", "brings")
"""Texts of a plan, in the order in which they are read."""
_ON_FRONT: Final = ("message", "timing", "brings", "measure")
_CAMPAIGNS: Final = 2
"""On page one; the workbook and `custseg campaign` have all."""
_STEADY: Final = 0.005
"""A change below this is none."""


@dataclass(frozen=True)
class Told:
    """An action in words: whom, why now, and the texts of its plan."""

    segment: SegmentSummary
    title: str
    why: str
    texts: list[tuple[str, str, str]]
    """Of each point of the plan its key, what it is called, and what is said."""
    command: str


def lead(summary: Summary, texts: Texts) -> str:
    """Say how many customers there are, as of when."""
    as_of = date.fromisoformat(summary.as_of)
    return texts("lead", customers=summary.customers, as_of=as_of)


def way(change: float | None) -> str:
    """Which of the texts a change of a figure is told by; none where it isn't known."""
    if change is None:
        return ""
    return "steady" if abs(change) < _STEADY else "rise" if change > 0 else "fall"


def actions(told: Front, texts: Texts) -> list[Told]:
    """Tell the actions to take first."""
    names = {place.segment.segment: place.segment.segment_name for place in told.places}
    return [_action(one, names, texts) for one in told.first]


def plan(action: Action, fields: tuple[str, ...], texts: Texts) -> list[tuple[str, str, str]]:
    """Return the texts of a plan that say something, and what campaigns have shown of its aim."""
    own = action.segment.plan
    # An offer is told by the sentence to send.
    told = [field for field in fields if field != "offer" or own.voucher is None]
    found = {field: getattr(own, field) for field in told}
    if action.learned and action.failed:
        found["brings"] = texts("learned_nothing", tries=action.learned.tries)
    elif action.learned and action.measured_gain:
        low, high = action.measured_gain
        found["brings"] = texts("learned", low=low, high=high, tries=action.learned.tries)
    return [(field, texts(f"fields.{field}"), text) for field, text in found.items() if text]


def campaigns(told: Front) -> list[str]:
    """Say what the latest campaigns brought, or how far along they are."""
    return [one.sentence for one in told.campaigns[:_CAMPAIGNS]]


def _action(one: Action, names: dict[int, str], texts: Texts) -> Told:
    segment, entered = one.segment, one.entered
    why = segment.plan.because
    if entered and entered.segment in names:
        name = names[entered.segment]
        why += " " + texts("moved_in", number=entered.customers, name=name)
    return Told(
        segment=segment,
        title=one.title(texts.wording),
        why=why,
        texts=plan(one, _ON_FRONT, texts),
        command=one.command,
    )
