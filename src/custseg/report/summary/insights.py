"""What follows from the figures, for the shop and for each segment: marketing, retention, stock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.offers.backtest.methods import NEW, NEW_FOR_YOU, RECENT
from custseg.report.summary.measure import Measure
from custseg.report.summary.segment_insights import OF_SEGMENT
from custseg.report.summary.sentence import YEAR, Insight
from custseg.words.figures import counted, money, month, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.whole import Summary

_BUNDLES: Final = 3
_LEAVING: Final = 3
_FULL_YEAR: Final = 12
_PEAK: Final = 1.3
"""Times the mean month from which the best month is a season."""


def insights(summary: Summary) -> tuple[Insight, ...]:
    """Say what follows from the figures; what doesn't hold on this data is not said.

    Those of the shop come first, then each segment's, each by area.
    """
    found = [insight for tell in _OF_SHOP for insight in tell(summary)]
    for segment in summary.segments:
        own = (insight for tell in OF_SEGMENT for insight in tell(segment, summary))
        found += [replace(insight, segment=segment.segment) for insight in own]
    return tuple(found)


def _lists(summary: Summary) -> Iterator[Insight]:
    last = max((row.date for row in summary.list_test), default=None)
    tested = {row.method: row for row in summary.list_test if row.date == last and row.task == NEW}
    if NEW_FOR_YOU not in tested or RECENT not in tested:
        return
    own, best = tested[NEW_FOR_YOU], tested[RECENT]
    yield Insight(
        "lists",
        "marketing",
        f"Of {own.customers:,} customers who bought something new to them after {last}, "
        f"{percent(own.hit_rate)} bought something of their own list of new products, and "
        f"{percent(best.hit_rate)} something of the shop's recent best-sellers.",
        {"customers": own.customers, "own": own.hit_rate, "best_sellers": best.hit_rate},
        f"Lists and best-sellers as they were known on {last}.",
    )


def _bundles(summary: Summary) -> Iterator[Insight]:
    for place, bundle in enumerate(summary.bundles[:_BUNDLES], 1):
        lately = (
            f"; lately in {percent(bundle.later_confidence)}"
            if bundle.later_confidence is not None
            else ""
        )
        figures = {
            "confidence": bundle.confidence,
            "orders": bundle.orders,
            "lift": bundle.lift,
        }
        if bundle.later_confidence is not None:
            figures["lately"] = bundle.later_confidence
        yield Insight(
            f"bundle_{place}",
            "marketing",
            f"Who orders {bundle.antecedent.strip()} also orders {bundle.consequent.strip()}: in "
            f"{percent(bundle.confidence)} of such orders, {bundle.lift:.1f} times as often as by "
            f"chance ({counted(bundle.orders, 'order', 'orders')}{lately}).",
            figures,
            "Chance: among orders of the same size. Lately: in the last days, which bundles found "
            "before them are tested on.",
        )


def _once(summary: Summary) -> Iterator[Insight]:
    once = summary.once
    if once:
        yield Insight(
            "once",
            "retention",
            f"{once:,} of {summary.customers:,} customers ({percent(once / summary.customers)}) "
            "have ordered once only.",
            {"once": once, "customers": summary.customers, "share": once / summary.customers},
            "Orders that were returned whole are no orders.",
        )


def _worth(summary: Summary) -> Iterator[Insight]:
    own, measure = summary.slipping, Measure.of(summary)
    spent = float(own.regulars_year_revenue)
    if not own.customers or (measure.money and spent <= 0):
        return
    share = float(own.year_revenue / own.regulars_year_revenue) if spent > 0 else 0.0
    yield Insight(
        "slipping",
        "retention",
        measure.choose(
            f"{counted(own.customers, 'regular customer is', 'regular customers are')} slipping "
            f"away, worth {money(own.year_revenue, summary.currency)} in the last {YEAR} days: "
            f"{percent(share)} of what all {own.regulars:,} regular customers spent.",
            f"{own.customers:,} of {counted(own.regulars, 'regular customer', 'regular customers')}"
            " are slipping away.",
        ),
        {"customers": own.customers}
        | measure.amounts(revenue=float(own.year_revenue), days=YEAR, share=share)
        | {"regulars": own.regulars},
        f"Silent for {summary.method.slipping_after:g} times their usual gap or more. "
        + _chance(own.buying_probability, summary),
    )


def _chance(probability: float | None, summary: Summary) -> str:
    """How many of those slipping come back: as was seen, and as the forecast has it."""
    test, days = summary.slipping_test, summary.method.horizon_days
    expected = "" if probability is None else percent(probability)
    if test is not None and test.slipping:
        seen = (
            f"Not all is lost: of the {test.slipping:,} who were slipping {test.days} days ago, "
            f"{percent(test.came_back / test.slipping)} have ordered since."
        )
        return seen + (
            f" Of today's the forecast expects {expected} to order within {days} days: it goes by "
            "their number of orders and the last one's date, not by each one's usual gap."
            if expected
            else ""
        )
    if not expected:
        return "Some come back by themselves."
    return f"Not all is lost: on average {expected} of them are expected to order in {days} days."


def _leaving(summary: Summary) -> Iterator[Insight]:
    shop, measure = summary.slipping, Measure.of(summary)
    for product in summary.leaving[:_LEAVING]:
        share = shop.customers / shop.regulars
        yield Insight(
            f"leaving_{product.product_id}",
            "inventory",
            f"{product.description} is losing its buyers: {product.slipping:,} of "
            f"{product.regulars:,} regular customers who bought it in the last {YEAR} days are "
            f"slipping away ({percent(product.share)}; of all regular customers {percent(share)})."
            + measure.choose(f" They spent {money(product.year_revenue, summary.currency)} on it."),
            {
                "slipping": product.slipping,
                "regulars": product.regulars,
                "days": YEAR,
                "share": product.share,
                "shop_share": share,
            }
            | measure.amounts(revenue=float(product.year_revenue)),
            f"More than by chance (false discovery rate, q = {product.q_value:.2g}).",
        )


def _season(summary: Summary) -> Iterator[Insight]:
    measure = Measure.of(summary)
    by_month: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in summary.shop_months:
        if row.complete:
            by_month[row.month] += measure.of_days(row)
    mean = sum(by_month.values(), Decimal(0)) / max(len(by_month), 1)
    if len(by_month) < _FULL_YEAR or mean <= 0:
        return
    best = min(by_month, key=lambda iso: (-by_month[iso], iso))
    times = float(by_month[best] / mean)
    if times < _PEAK:
        return
    several = len(by_month) >= 2 * _FULL_YEAR
    yield Insight(
        "season",
        "inventory",
        f"{month(best)} brought most {measure.name}, "
        + measure.choose(money(by_month[best], summary.currency), f"{by_month[best]:,} of them")
        + f": {times:.1f} times the mean month.",
        {"year": int(best[:4]), measure.name: float(by_month[best]), "times": times},
        f"{len(by_month)} whole months."
        + ("" if several else " In a single year a season can't be told from growth."),
    )


_OF_SHOP: Final[tuple[Callable[[Summary], Iterator[Insight]], ...]] = (
    _lists,
    _bundles,
    _worth,
    _once,
    _season,
    _leaving,
)
