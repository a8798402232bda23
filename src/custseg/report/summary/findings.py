"""What a run found, in sentences with their figures: the opening of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary import trust
from custseg.report.summary.sentence import YEAR, Finding, Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.measure import Measure
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_CONCENTRATED: Final = 1.5
"""Times its share of customers that a segment's share of revenue is worth a sentence."""
_TAIL: Final = 1 / 3
"""… and below which it is worth another."""
_MOST: Final = 0.75
"""Share of revenue that the fewest segments together are named for."""
_STEADY: Final = 0.02
"""A change of revenue below this is none."""
_CLEAR_Z: Final = 2.0
"""Standard errors from which a difference of two shares is told."""


def findings(summary: Summary, wording: Wording | None = None) -> tuple[Finding, ...]:
    """Say what a run found, by subject; what doesn't hold on this data is not said.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    wording
        The language; English by default.
    """
    told = Telling.of(summary, wording)
    return tuple(finding for tell in _TOLD for finding in tell(told))


def _segments(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    yield told.finding(
        "segments",
        "segments",
        {
            "customers": summary.customers,
            "orders": summary.orders,
            "segments": len(summary.segments),
        }
        | measure.amounts(revenue=float(summary.revenue)),
        names=[segment.segment_name for segment in summary.segments],
        segmented=summary.segmented,
        first=summary.first_day,
        last=summary.last_day,
    )
    if not measure.money:
        yield told.finding("no_amounts", "segments", {})


def _value(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    known = ((segment, measure.share(segment)) for segment in summary.segments)
    shares = [(segment, share) for segment, share in known if share is not None]
    if not shares:
        return

    def finding(
        name: str, together: list[SegmentSummary], people: float, brought: float, **more: float
    ) -> Finding:
        figures = {"customer_share": people, f"{measure.name}_share": brought} | more
        names = [segment.segment_name for segment in together]
        return told.finding(name, "value", figures, share=brought, names=names)

    best, share = max(shares, key=lambda pair: pair[1] / pair[0].customer_share)
    times = share / best.customer_share
    if times >= _CONCENTRATED:
        yield finding("concentration", [best], best.customer_share, share, times=times)
    together = _fewest(shares)
    people = sum(segment.customer_share for segment in together)
    brought = sum(measure.share(segment) or 0.0 for segment in together)
    if len(together) > 1 and people < brought / _CONCENTRATED:
        yield finding("most_revenue", together, people, brought)
    least, share = min(shares, key=lambda pair: pair[1] / pair[0].customer_share)
    if share / least.customer_share <= _TAIL:
        yield finding("tail", [least], least.customer_share, share)


def _fewest(shares: list[tuple[SegmentSummary, float]]) -> list[SegmentSummary]:
    """The fewest segments that bring most, those that bring most first."""
    together: list[SegmentSummary] = []
    brought = 0.0
    for segment, share in sorted(shares, key=lambda pair: (-pair[1], pair[0].segment)):
        if brought >= _MOST:
            break
        together.append(segment)
        brought += share
    return together


def _expected(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    known = [(segment, segment.expected) for segment in summary.segments if segment.expected]
    total = sum(measure.expected(expected) for _, expected in known)
    if total <= 0:
        return
    best, expected = max(known, key=lambda pair: measure.expected(pair[1]))
    share = measure.expected(expected) / total
    figures = {"days": summary.method.horizon_days, measure.spend: total, "share": share}
    band = measure.band([expected for _, expected in known])
    if band is not None:
        figures |= {"low": band[0], "high": band[1]}
    before = summary.year_before
    if before is not None and measure.of_days(before) > 0:
        figures |= {
            "customers_before": before.customers,
            "before": float(measure.of_days(before)),
        }
    yield told.finding(
        "expected",
        "value",
        figures,
        written=told.amounts(
            total=total, **{key: figures.get(key) for key in ("low", "high", "before")}
        ),
        name=best.segment_name if summary.segmented else "",
        since=told.since(0),
        forecast=told.forecast(),
    )


def _sales(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    by_end = {window.ended_days_ago: window for window in summary.windows}
    days = summary.method.recent_days
    now, before, year = by_end.get(0), by_end.get(days), by_end.get(YEAR)
    if now is None or before is None or measure.of_days(before) <= 0:
        return
    amount = float(measure.of_days(now))
    ratio = amount / float(measure.of_days(before))
    figures = {
        "days": days,
        "customers": now.customers,
        measure.name: amount,
        "change": abs(ratio - 1),
        "before": float(measure.of_days(before)),
    }
    year_ratio = None
    if year is not None and measure.of_days(year) > 0:
        year_ratio = amount / float(measure.of_days(year))
        figures["year_change"] = abs(year_ratio - 1)
    yield told.finding(
        "sales",
        "changed",
        figures,
        written=told.amounts(now=amount, before=figures["before"]),
        steady=abs(ratio - 1) < _STEADY,
        ratio=ratio,
        year_ratio=year_ratio,
        since=told.since(days),
        first=summary.first_day,
    )


def _slipping(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    own = summary.slipping
    if not own.customers:
        return
    yield told.finding(
        "slipping",
        "changed",
        {
            "customers": own.customers,
            "regulars": own.regulars,
            "after": summary.method.slipping_after,
        }
        | measure.amounts(revenue=float(own.year_revenue), days=YEAR),
        regular_days=summary.method.regular_days,
    )
    test = summary.slipping_test
    if test is None:
        return
    back, others = test.came_back / test.slipping, test.others_came_back / test.others
    pooled = (test.came_back + test.others_came_back) / (test.slipping + test.others)
    error = (pooled * (1 - pooled) * (1 / test.slipping + 1 / test.others)) ** 0.5
    if others - back >= _CLEAR_Z * error > 0:
        yield told.finding(
            "slipping_test",
            "changed",
            {"slipping": test.slipping, "days": test.days, "back": back, "others": others},
            date=test.cut_off,
        )


def _actions(told: Telling) -> Iterator[Finding]:
    summary, measure = told.summary, told.measure
    ranked = sorted(summary.segments, key=lambda one: (-_stake(one, measure), one.segment))
    for segment in ranked:
        plan, stake = segment.plan, _stake(segment, measure)
        if stake <= 0:
            continue
        named = {"objective": plan.objective, "name": segment.segment_name}
        figures: dict[str, float] = {"customers": segment.customers}
        if plan.buying_probability is None:
            figures["share"] = measure.share(segment) or 0.0
            key = "action_without_forecast"
        else:
            figures |= {"days": summary.method.horizon_days, "buying": plan.buying_probability}
            figures |= measure.amounts(stake=plan.value_at_stake or 0.0)
            key = "action"
        name = f"action_{segment.segment}"
        yield told.finding(name, "actions", figures, key, **named, season=told.season())


def _stake(segment: SegmentSummary, measure: Measure) -> float:
    """What a plan is about: the spend, or where none is known the buyers, to be expected.

    Without a forecast, the share of what was spent or ordered so far.
    """
    plan = segment.plan
    if plan.buying_probability is None:
        return measure.share(segment) or 0.0
    if measure.money:
        return plan.value_at_stake or 0.0
    return plan.buying_probability * segment.customers


_TOLD: Final[tuple[Callable[[Telling], Iterator[Finding]], ...]] = (
    _segments,
    _value,
    _expected,
    _sales,
    _slipping,
    _actions,
    trust.stability,
    trust.borders,
    trust.power,
    trust.left_out,
    trust.forecast,
)
