"""What sentences weigh customers by: what they spent or, where no amounts are known, ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from custseg.report.summary.segment import Expected, SegmentSummary
    from custseg.report.summary.studies import ForecastTest, Window
    from custseg.report.summary.whole import Month, Summary


@dataclass(frozen=True)
class Measure:
    """Money, or orders in its place, and how a sentence speaks of it."""

    money: bool
    all_orders: int
    """Orders that count."""
    name: str = "revenue"
    """Of what a share is: revenue or orders."""
    spend: str = "spend"
    """What a forecast of it is of, and what customers are expected to do."""

    @classmethod
    def of(cls, summary: Summary) -> Measure:
        """Take money where a run knows any."""
        names = {} if summary.money else {"name": "orders", "spend": "orders"}
        return cls(summary.money, summary.orders, **names)

    def choose(self, money: str, orders: str = "") -> str:
        """Take the words of a run that knows amounts, or those of one that doesn't."""
        return money if self.money else orders

    def amounts(self, **figures: float) -> dict[str, float]:
        """Figures of money; none where no amounts are known."""
        return figures if self.money else {}

    def share(self, segment: SegmentSummary) -> float | None:
        """A segment's share of it; None where there is none of all."""
        if self.money:
            return segment.revenue_share
        return segment.orders / self.all_orders if self.all_orders else None

    def of_days(self, days: Window | Month | SegmentSummary) -> Decimal | int:
        """How much of it a stretch of days, a month or a segment brought."""
        return days.revenue if self.money else days.orders

    def expected(self, ahead: Expected) -> float:
        """How much of it is to be expected."""
        return ahead.expected_spend if self.money else ahead.expected_orders

    def band(self, ahead: Iterable[Expected]) -> tuple[float, float] | None:
        """The range of what is to be expected of segments together; None without a back-test.

        Their bands add up, as they share the main error.
        """
        low = high = 0.0
        for one in ahead:
            ends = (
                (one.spend_low, one.spend_high) if self.money else (one.orders_low, one.orders_high)
            )
            if ends[0] is None or ends[1] is None:
                return None
            low, high = low + ends[0], high + ends[1]
        return low, high

    def tested(self, test: ForecastTest) -> tuple[float, float]:
        """How much of it was expected in a test of the forecast, and how much came."""
        if self.money:
            return test.expected_spend, test.actual_spend
        return test.expected_orders, test.actual_orders
