"""What studies on the side found: tests at past dates, bundles, and what moves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003  (pydantic reads the annotation at run time)


@dataclass(frozen=True)
class PredictivePower:
    """How well a way to group customers foretold the days after a past date."""

    date: str
    method: str
    segments: int | None
    customers: int
    r2: float
    r2_se: float
    auc: float
    auc_se: float


@dataclass(frozen=True)
class ForecastTest:
    """The forecast of one horizon ago beside what came; decile 0 is everyone."""

    model: str
    decile: int
    cut_off: str
    customers: int
    expected_orders: float
    actual_orders: float
    expected_spend: float
    actual_spend: float


@dataclass(frozen=True)
class ListTest:
    """What lists of a past date named of what customers bought next, by method."""

    date: str
    task: str
    method: str
    customers: int
    hit_rate: float
    hit_rate_se: float
    ndcg: float


@dataclass(frozen=True)
class UnitsTest:
    """The forecast of units at a past date beside what came."""

    cut_off: str
    method: str
    chosen: bool
    units_expected: float
    units_came: float
    wape: float | None


@dataclass(frozen=True)
class Bundle:
    """Products that are ordered together."""

    antecedent: str
    consequent: str
    orders: int
    customers: int
    confidence: float
    lift: float
    later_confidence: float | None


@dataclass(frozen=True)
class Window:
    """Orders of a stretch of days that ended some days before the as-of date."""

    days: int
    ended_days_ago: int
    customers: int
    """Customers who ordered in it."""
    orders: int
    revenue: Decimal
    newcomers: int | None = None
    """Customers whose first order was in it; None where that isn't counted, or is of too few."""


@dataclass(frozen=True)
class Cohort:
    """Customers whose first order was in some months, so many months after it."""

    segment: int
    """0: of the whole shop; otherwise those who are in that segment today."""
    first_month: str
    """2011-09: the first of these months; the same as the last where it is one only."""
    last_month: str
    months_since: int
    """Of several months of first order, those count that are so long ago."""
    customers: int
    ordered: int | None
    """Customers who ordered in that month; None where it would tell of few."""
    share: float | None
    revenue_per_customer: float | None
    """Net, from the month of the first order up to that month's end; None without amounts too."""


@dataclass(frozen=True)
class CustomerGroup:
    """Customers by whether they ordered in two stretches of days."""

    group: str
    """kept: in both; new: their first order is in the later one; returned: in the later one, and
    before it, but not in the earlier; lost: in the earlier one alone; others: in neither, they sent
    something back."""
    customers: int
    orders_before: int
    orders_now: int
    revenue_before: Decimal
    revenue_now: Decimal


@dataclass(frozen=True)
class RevenueTree:
    """Two stretches of days, and the groups of customers that their change is made of."""

    before: Window
    now: Window
    groups: tuple[CustomerGroup, ...]
    """Empty where one is of few customers."""


@dataclass(frozen=True)
class SlippingTest:
    """What became of the regular customers who were slipping some days ago."""

    cut_off: str
    """ISO date; their silence was measured on it."""
    days: int
    """From then to the as-of date."""
    slipping: int
    came_back: int
    """Those of them who ordered in these days."""
    others: int
    """Regular customers who were not slipping then."""
    others_came_back: int


@dataclass(frozen=True)
class LeavingProduct:
    """A product whose regular buyers slip away more often than the shop's do."""

    product_id: str
    description: str
    regulars: int
    """Regular customers who bought it in the last 365 days before the as-of date."""
    slipping: int
    share: float
    """slipping / regulars."""
    year_revenue: Decimal
    """What those slipping spent on it in these days."""
    q_value: float
