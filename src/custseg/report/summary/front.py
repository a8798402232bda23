"""Page one: four figures, the segments side by side, and the actions to take first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from custseg.offers.export.holdout import control_size
from custseg.offers.export.selection import Segment
from custseg.report.summary.measure import Measure
from custseg.words.figures import two_digits

if TYPE_CHECKING:
    from decimal import Decimal

    from custseg.report.summary.campaigns import CampaignOutcome, CampaignPool
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

ACTIONS: Final = 3
_OPEN: Final = "open"
_FAILED: Final = frozenset({"no effect twice", "harm"})
"""Verdicts on the campaigns of an aim: not known yet, and those that lower it."""
_TOLD: Final = ("finished", "running", "planned")
"""States of campaigns that page one tells; closed ones are in the workbook."""
_MONTH: Final = 31


@dataclass(frozen=True)
class Headline:
    """A figure of the last days, and the same of as many days before."""

    name: str
    """revenue, orders, buyers or newcomers."""
    value: Decimal | int
    before: Decimal | int | None

    @property
    def change(self) -> float | None:
        """By what share it rose, or (below 0) fell; None where it isn't known."""
        if self.before is None or self.before <= 0:
            return None
        return float(self.value / self.before) - 1


@dataclass(frozen=True)
class Entered:
    """Customers who came into a segment from another one since the snapshot before."""

    segment: int
    """Where most of them came from; 0: those who are new or back."""
    customers: int


@dataclass(frozen=True)
class Place:
    """A segment's line on page one."""

    segment: SegmentSummary
    share: float | None
    """Of revenue, or of orders where there are no amounts."""
    change: int | None
    """Customers more, or (below 0) fewer, than in the snapshot before."""


@dataclass(frozen=True)
class Action:
    """What to do with a segment, and how it ranks among the others."""

    segment: SegmentSummary
    month: str
    """Of the as-of date, such as 2011-12."""
    holdout: int
    """Per cent of the list that are left alone; 0 without a control group."""
    joined: int
    """Customers known to have come into the segment since the snapshot before."""
    entered: Entered | None
    """The largest group of these."""
    this_month: bool
    """Whether it is due within a month."""
    score: float
    learned: CampaignPool | None
    """What campaigns of the same aim have shown, one way or the other; None where nothing yet."""

    @property
    def failed(self) -> bool:
        """Whether campaigns of its aim showed no effect twice, or did harm."""
        return self.learned is not None and self.learned.verdict in _FAILED

    @property
    def measured_gain(self) -> tuple[float, float] | None:
        """What campaigns of its aim brought, for the customers that it would contact."""
        pool = self.learned
        if pool is None or self.failed or pool.margin_low is None or pool.margin_high is None:
            return None
        sent = self.segment.plan.listed - self.segment.plan.control_customers
        return two_digits(sent * pool.margin_low), two_digits(sent * pool.margin_high)

    def title(self, wording: Wording) -> str:
        """The action in words: Bring back 343 Big baskets."""
        return wording.render(
            f"objectives.{self.segment.plan.aim}.action",
            {
                "listed": self.segment.plan.listed,
                "customers": self.segment.customers,
                "name": wording.quoted(self.segment.segment_name),
            },
        )

    @property
    def command(self) -> str:
        """The command that writes its list."""
        one = self.segment
        slug = Segment(one.segment, one.segment_name).slug
        held = f" --holdout {self.holdout}%" if self.holdout else ""
        sent = f" --sent {one.plan.send_on}"
        return f"custseg export --segment {slug} --campaign {slug}-{self.month}{sent}{held}"


@dataclass(frozen=True)
class Front:
    """What page one says."""

    days: int
    """That the headlines are of."""
    headlines: tuple[Headline, ...]
    places: tuple[Place, ...]
    since: str
    """As-of date of the snapshot before; empty where there is none."""
    actions: tuple[Action, ...]
    """Of every segment, the most worthwhile first."""
    campaigns: tuple[CampaignOutcome, ...]
    """What was sent before: results first, the latest of each first."""

    @property
    def first(self) -> tuple[Action, ...]:
        """The three of page one, by their day."""
        chosen = self.actions[:ACTIONS]
        return tuple(sorted(chosen, key=lambda one: (one.segment.plan.send_on, -one.score)))


def front(summary: Summary) -> Front:
    """Gather page one.

    Actions that are due this month come first. They are ranked by the money at stake, which is the
    middle of what contacting the segment may bring, and by this month's moves: it counts more by
    the customers known to have come into the segment since the snapshot before, per customer
    listed. Where campaigns of the same aim have shown an effect, its interval takes the place of
    what may be hoped for; where they showed none twice, the action comes after all others. Without
    a forecast money at stake is the revenue so far.
    """
    return Front(
        days=summary.lately[0].days if summary.lately else 0,
        headlines=_headlines(summary),
        places=tuple(_place(one, summary) for one in summary.segments),
        since=summary.movement.since if summary.movement else "",
        actions=_ranked(summary),
        campaigns=_campaigns(summary),
    )


def _headlines(summary: Summary) -> tuple[Headline, ...]:
    if not summary.lately:
        return ()
    now, *earlier = summary.lately
    before = earlier[0] if earlier else None
    found = [
        Headline("orders", now.orders, before.orders if before else None),
        Headline("buyers", now.customers, before.customers if before else None),
    ]
    if summary.money:
        found.insert(0, Headline("revenue", now.revenue, before.revenue if before else None))
    if now.newcomers is not None:
        found.append(Headline("newcomers", now.newcomers, before.newcomers if before else None))
    return tuple(found)


def _place(one: SegmentSummary, summary: Summary) -> Place:
    return Place(one, Measure.of(summary).share(one), _change(one.segment, summary))


def _change(segment: int, summary: Summary) -> int | None:
    if summary.movement is None:
        return None
    for one in summary.movement.segments:
        if one.segment == segment:
            before, now = one.customers.before, one.customers.now
            return None if before is None or now is None else now - before
    return None


def _ways_in(segment: int, summary: Summary) -> dict[int, int]:
    """How many came into a segment since the snapshot before, by the one that they were in."""
    if summary.movement is None:
        return {}
    ways: dict[int, int] = {}
    for way in summary.movement.transitions:
        if way.to_segment == segment and way.kind in {"moved", "new", "returning"}:
            ways[way.from_segment] = ways.get(way.from_segment, 0) + way.customers
    return ways


def _ranked(summary: Summary) -> tuple[Action, ...]:
    actions = [_action(one, summary) for one in summary.segments]

    def rank(one: Action) -> tuple[bool, bool, float, int]:
        return one.failed, not one.this_month, -one.score, one.segment.segment

    return tuple(sorted(actions, key=rank))


def _campaigns(summary: Summary) -> tuple[CampaignOutcome, ...]:
    latest = sorted(summary.campaigns, key=lambda one: (one.sent, one.number), reverse=True)
    told = [one for one in latest if one.state in _TOLD]
    return tuple(sorted(told, key=lambda one: _TOLD.index(one.state)))


def _action(one: SegmentSummary, summary: Summary) -> Action:
    plan = one.plan
    ways = _ways_in(one.segment, summary)
    most = min(ways, key=lambda way: (-ways[way], way), default=None)
    joined = sum(ways.values())
    stake = float(one.revenue if summary.money else one.orders)
    if plan.gain_low is not None and plan.gain_high is not None:
        stake = (plan.gain_low + plan.gain_high) / 2
    pools = {pool.aim: pool for pool in summary.campaign_pools if pool.verdict != _OPEN}
    found = Action(
        segment=one,
        month=summary.as_of[:7],
        holdout=_per_cent(plan.control_customers, plan.listed),
        joined=joined,
        entered=None if most is None else Entered(most, ways[most]),
        this_month=date.fromisoformat(plan.send_on)
        <= date.fromisoformat(summary.as_of) + timedelta(days=_MONTH),
        score=stake,
        learned=pools.get(plan.aim),
    )
    if found.measured_gain:
        stake = sum(found.measured_gain) / 2
    return replace(found, score=stake * (1 + joined / max(plan.listed, 1)))


def _per_cent(control: int, listed: int) -> int:
    """The smallest whole share of a list of which exports leave so many alone."""
    if not control:
        return 0
    return next(share for share in range(1, 51) if control_size(listed, share / 100) >= control)
