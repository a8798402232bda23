"""What a run found, in sentences with their figures: the opening of the report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from custseg.report.summary import trust
from custseg.report.summary.measure import Measure
from custseg.report.summary.sentence import YEAR, Finding, forecast_basis, season_basis
from custseg.words.figures import change, counted, listed, money, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary

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


def findings(summary: Summary) -> tuple[Finding, ...]:
    """Say what a run found, by subject; what doesn't hold on this data is not said."""
    return tuple(finding for tell in _TOLD for finding in tell(summary))


def _segments(summary: Summary) -> Iterator[Finding]:
    measure = Measure.of(summary)
    names = listed([segment.segment_name for segment in summary.segments])
    yield Finding(
        "segments",
        "segments",
        f"{counted(summary.customers, 'customer', 'customers')} with "
        f"{counted(summary.orders, 'order', 'orders')}"
        + measure.choose(f" worth {money(summary.revenue, summary.currency)}")
        + (
            f" fall into {counted(len(summary.segments), 'segment', 'segments')}: {names}."
            if summary.segmented
            else ": this shop is too small to segment."
        ),
        {
            "customers": summary.customers,
            "orders": summary.orders,
            "segments": len(summary.segments),
        }
        | measure.amounts(revenue=float(summary.revenue)),
        f"Orders that count, {summary.first_day} to {summary.last_day}.",
    )
    if not measure.money:
        yield Finding(
            "no_amounts",
            "segments",
            "The orders have no amounts, so nothing here is about money: spend is no part of the "
            "segments, classical RFM rules go by recency and frequency alone, the forecast is of "
            "orders, and the plans name no discount and no cost.",
            {},
            "Segments are ranked by their customers' orders.",
        )


def _value(summary: Summary) -> Iterator[Finding]:
    measure = Measure.of(summary)
    known = ((segment, measure.share(segment)) for segment in summary.segments)
    shares = [(segment, share) for segment, share in known if share is not None]
    if not shares:
        return
    name = f"{measure.name}_share"
    basis = measure.choose("Net spend of all orders that count.", "All orders that count.")
    best, share = max(shares, key=lambda pair: pair[1] / pair[0].customer_share)
    times = share / best.customer_share
    if times >= _CONCENTRATED:
        yield Finding(
            "concentration",
            "value",
            f"{best.segment_name} are {percent(best.customer_share)} of customers and "
            f"{measure.brings} {percent(share)} of {measure.name}: {times:.1f} times their number.",
            {"customer_share": best.customer_share, name: share, "times": times},
            basis,
        )
    together = _fewest(shares)
    people = sum(segment.customer_share for segment in together)
    brought = sum(measure.share(segment) or 0.0 for segment in together)
    if len(together) > 1 and people < brought / _CONCENTRATED:
        yield Finding(
            "most_revenue",
            "value",
            f"{listed([segment.segment_name for segment in together])} together, "
            f"{percent(people)} of customers, {measure.brings} {percent(brought)} of "
            f"{measure.name}.",
            {"customer_share": people, name: brought},
            basis,
        )
    least, share = min(shares, key=lambda pair: pair[1] / pair[0].customer_share)
    if share / least.customer_share <= _TAIL:
        yield Finding(
            "tail",
            "value",
            f"{least.segment_name} are {percent(least.customer_share)} of customers and "
            f"{measure.brings} {percent(share)} of {measure.name}.",
            {"customer_share": least.customer_share, name: share},
            basis,
        )


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


def _expected(summary: Summary) -> Iterator[Finding]:
    known = [(segment, segment.expected) for segment in summary.segments if segment.expected]
    measure = Measure.of(summary)
    total = sum(measure.expected(expected) for _, expected in known)
    if total <= 0:
        return
    best, expected = max(known, key=lambda pair: measure.expected(pair[1]))
    share = measure.expected(expected) / total
    days = summary.method.horizon_days
    figures = {"days": days, measure.spend: total, "share": share}
    band = measure.band([expected for _, expected in known])
    ends = ""
    if band is not None:
        ends = f" ({measure.write(band[0])} to {measure.write(band[1])})"
        figures |= {"low": band[0], "high": band[1]}
    told = measure.choose(
        f"spend of {measure.write(total)}{ends} is", f"{measure.write(total)}{ends} are"
    )
    sentence = f"Over the next {days} days {told} to be expected"
    if summary.segmented:
        sentence += f", {percent(share)} of {measure.it} from {best.segment_name}"
    before = summary.year_before
    if before is not None and measure.of_days(before) > 0:
        sentence += (
            f"; in the same days a year before (from {_year_before(summary, 0)}) "
            f"{counted(before.customers, 'customer', 'customers')} {measure.gave} "
            f"{measure.write(measure.of_days(before))}"
        )
        figures |= {
            "customers_before": before.customers,
            "before": float(measure.of_days(before)),
        }
    yield Finding("expected", "value", f"{sentence}.", figures, forecast_basis(summary))


def _year_before(summary: Summary, days: int) -> str:
    """The date a year before the one so many days before the as-of date."""
    return (date.fromisoformat(summary.as_of) - timedelta(days=YEAR + days)).isoformat()


def _sales(summary: Summary) -> Iterator[Finding]:
    by_end = {window.ended_days_ago: window for window in summary.windows}
    days = summary.method.recent_days
    now, before, year = by_end.get(0), by_end.get(days), by_end.get(YEAR)
    measure = Measure.of(summary)
    if now is None or before is None or measure.of_days(before) <= 0:
        return
    ratio = float(measure.of_days(now)) / float(measure.of_days(before))
    alike = measure.choose("about as much as", "about as many as")
    told = alike if abs(ratio - 1) < _STEADY else f"{change(ratio, measure.less)} than"
    figures = {
        "days": days,
        "customers": now.customers,
        measure.name: float(measure.of_days(now)),
        "change": abs(ratio - 1),
        "before": float(measure.of_days(before)),
    }
    sentence = (
        f"In the last {days} days {counted(now.customers, 'customer', 'customers')} "
        f"{measure.gave} "
        f"{measure.write(measure.of_days(now))}, {told} in the {days} days before "
        f"({measure.write(measure.of_days(before))})"
    )
    basis = (
        f"{measure.basis}. The same {days} days of the year before, from "
        f"{_year_before(summary, days)}, are not known as a whole (orders begin on "
        f"{summary.first_day}), so a season can't be told from a trend."
    )
    if year is not None and measure.of_days(year) > 0:
        ratio = float(measure.of_days(now)) / float(measure.of_days(year))
        sentence += f" and {change(ratio, measure.less)} than in the same days a year ago"
        figures["year_change"] = abs(ratio - 1)
        basis = f"{measure.basis}; the same days a year ago have the same season."
    yield Finding("sales", "changed", f"{sentence}.", figures, basis)


def _slipping(summary: Summary) -> Iterator[Finding]:
    own, measure = summary.slipping, Measure.of(summary)
    if not own.customers:
        return
    after = f"{summary.method.slipping_after:g}"
    yield Finding(
        "slipping",
        "changed",
        f"{own.customers:,} of {own.regulars:,} regular customers are slipping away: silent for "
        f"{after} times their usual gap or more."
        + measure.choose(
            f" They spent {money(own.year_revenue, summary.currency)} in the last {YEAR} days."
        ),
        {
            "customers": own.customers,
            "regulars": own.regulars,
            "after": summary.method.slipping_after,
        }
        | measure.amounts(revenue=float(own.year_revenue), days=YEAR),
        f"Regular: ordered on at least {summary.method.regular_days} days. The usual gap is the "
        "mean between these days.",
    )
    test = summary.slipping_test
    if test is None:
        return
    back, others = test.came_back / test.slipping, test.others_came_back / test.others
    pooled = (test.came_back + test.others_came_back) / (test.slipping + test.others)
    error = (pooled * (1 - pooled) * (1 / test.slipping + 1 / test.others)) ** 0.5
    if others - back >= _CLEAR_Z * error > 0:
        yield Finding(
            "slipping_test",
            "changed",
            f"Slipping is a sign: of the {test.slipping:,} who were slipping {test.days} days ago, "
            f"{percent(back)} have ordered since; of the other regular customers "
            f"{percent(others)}.",
            {"slipping": test.slipping, "days": test.days, "back": back, "others": others},
            f"Measured on {test.cut_off} from the orders before it.",
        )


def _actions(summary: Summary) -> Iterator[Finding]:
    days, measure = summary.method.horizon_days, Measure.of(summary)
    ranked = sorted(summary.segments, key=lambda one: (-_stake(one, measure), one.segment))
    for segment in ranked:
        plan, stake = segment.plan, _stake(segment, measure)
        if stake <= 0:
            continue
        title = f"{plan.objective}: {segment.segment_name}."
        who = counted(segment.customers, "customer", "customers")
        if plan.buying_probability is None:
            share = measure.share(segment) or 0.0
            yield Finding(
                f"action_{segment.segment}",
                "actions",
                f"{title} {who} with {percent(share)} of {measure.name} so far.",
                {"customers": segment.customers, "share": share},
                "How is in the plan on each one's card. There is no forecast: the orders don't go "
                "back far enough.",
            )
            continue
        worth = measure.choose(f", for {money(plan.value_at_stake or 0.0, summary.currency)}")
        yield Finding(
            f"action_{segment.segment}",
            "actions",
            f"{title} Of {who} {percent(plan.buying_probability)} are likely to order in the next "
            f"{days} days without being asked{worth}.",
            {"customers": segment.customers, "days": days, "buying": plan.buying_probability}
            | measure.amounts(stake=plan.value_at_stake or 0.0),
            f"How is in the plan on each one's card. {season_basis(summary)}",
        )


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


_TOLD: Final[tuple[Callable[[Summary], Iterator[Finding]], ...]] = (
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
