"""What follows from the figures, for the shop and for each segment: marketing, retention, stock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.offers.backtest.methods import NEW, NEW_FOR_YOU, RECENT
from custseg.report.summary.segment_insights import OF_SEGMENT
from custseg.report.summary.sentence import YEAR, Insight, Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_BUNDLES: Final = 3
_LEAVING: Final = 3
_FULL_YEAR: Final = 12
_PEAK: Final = 1.3
"""Times the mean month from which the best month is a season."""


def insights(summary: Summary, wording: Wording | None = None) -> tuple[Insight, ...]:
    """Say what follows from the figures; what doesn't hold on this data is not said.

    Those of the shop come first, then each segment's, each by area; in English by default.
    """
    told = Telling.of(summary, wording)
    found = [insight for tell in _OF_SHOP for insight in tell(told)]
    for segment in summary.segments:
        own = (insight for tell in OF_SEGMENT for insight in tell(segment, told))
        found += [replace(insight, segment=segment.segment) for insight in own]
    return tuple(found)


def _lists(told: Telling) -> Iterator[Insight]:
    tests = told.summary.list_test
    last = max((row.date for row in tests), default=None)
    tested = {row.method: row for row in tests if row.date == last and row.task == NEW}
    if NEW_FOR_YOU not in tested or RECENT not in tested:
        return
    own, best = tested[NEW_FOR_YOU], tested[RECENT]
    figures = {"customers": own.customers, "own": own.hit_rate, "best_sellers": best.hit_rate}
    yield told.insight("lists", "marketing", figures, date=last)


def _bundles(told: Telling) -> Iterator[Insight]:
    for place, bundle in enumerate(told.summary.bundles[:_BUNDLES], 1):
        figures = {
            "confidence": bundle.confidence,
            "orders": bundle.orders,
            "lift": bundle.lift,
        }
        if bundle.later_confidence is not None:
            figures["lately"] = bundle.later_confidence
        yield told.insight(
            f"bundle_{place}",
            "marketing",
            figures,
            "bundle",
            first=bundle.antecedent.strip(),
            other=bundle.consequent.strip(),
        )


def _once(told: Telling) -> Iterator[Insight]:
    once, customers = told.summary.once, told.summary.customers
    if once:
        figures = {"once": once, "customers": customers, "share": once / customers}
        yield told.insight("once", "retention", figures)


def _worth(told: Telling) -> Iterator[Insight]:
    summary, measure = told.summary, told.measure
    own = summary.slipping
    spent = float(own.regulars_year_revenue)
    if not own.customers or (measure.money and spent <= 0):
        return
    share = float(own.year_revenue / own.regulars_year_revenue) if spent > 0 else 0.0
    test = (
        summary.slipping_test if summary.slipping_test and summary.slipping_test.slipping else None
    )
    yield told.insight(
        "slipping",
        "retention",
        {"customers": own.customers}
        | measure.amounts(revenue=float(own.year_revenue), days=YEAR, share=share)
        | {"regulars": own.regulars},
        after=summary.method.slipping_after,
        were=test.slipping if test else 0,
        ago=test.days if test else 0,
        back=test.came_back / test.slipping if test else 0.0,
        expected=own.buying_probability,
        horizon=summary.method.horizon_days,
    )


def _leaving(told: Telling) -> Iterator[Insight]:
    shop = told.summary.slipping
    for product in told.summary.leaving[:_LEAVING]:
        yield told.insight(
            f"leaving_{product.product_id}",
            "inventory",
            {
                "slipping": product.slipping,
                "regulars": product.regulars,
                "days": YEAR,
                "share": product.share,
                "shop_share": shop.customers / shop.regulars,
            }
            | told.measure.amounts(revenue=float(product.year_revenue)),
            "leaving",
            product=product.description,
            q=f"{product.q_value:.2g}".replace(".", told.say.wording.style.decimal),
        )


def _season(told: Telling) -> Iterator[Insight]:
    measure = told.measure
    by_month: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in told.summary.shop_months:
        if row.complete:
            by_month[row.month] += measure.of_days(row)
    mean = sum(by_month.values(), Decimal(0)) / max(len(by_month), 1)
    if len(by_month) < _FULL_YEAR or mean <= 0:
        return
    best = min(by_month, key=lambda iso: (-by_month[iso], iso))
    times = float(by_month[best] / mean)
    if times < _PEAK:
        return
    yield told.insight(
        "season",
        "inventory",
        {"year": int(best[:4]), measure.name: float(by_month[best]), "times": times},
        month=told.say.wording.long_month(best),
        most=float(by_month[best]),
        months=len(by_month),
        several=len(by_month) >= 2 * _FULL_YEAR,
    )


_OF_SHOP: Final[tuple[Callable[[Telling], Iterator[Insight]], ...]] = (
    _lists,
    _bundles,
    _worth,
    _once,
    _season,
    _leaving,
)
