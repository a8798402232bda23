"""The whole of a finished run in plain tables and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from custseg.report.summary.campaigns import (  # noqa: TC001  (pydantic reads them at run time)
    CampaignOutcome,
    CampaignPool,
)
from custseg.report.summary.segment import SegmentSummary, Slipping  # noqa: TC001  (likewise)
from custseg.report.summary.studies import (  # noqa: TC001  (likewise)
    Bundle,
    Cohort,
    ForecastTest,
    LeavingProduct,
    ListTest,
    PredictivePower,
    RevenueTree,
    SlippingTest,
    UnitsTest,
    Window,
)
from custseg.segments.movement.figures import Movement  # noqa: TC001  (likewise)

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class LedgerStep:
    """One rule of cleaning: the artifact `ledger`, with its meaning."""

    rule: str
    meaning: str
    rows_removed: int
    value_removed: Decimal
    rows_left: int
    value_left: Decimal
    orders_left: int
    customers_left: int | None
    """None where what a rule took away would tell of too few customers."""


@dataclass(frozen=True)
class StatusCount:
    """A status of the orders, and what it means for them: the artifact `statuses`."""

    status: str
    orders: int
    value: Decimal
    verdict: str


@dataclass(frozen=True)
class KScore:
    """Criteria for one number of segments: the artifact `k_scores`."""

    k: int
    inertia: float
    silhouette: float
    weakest_silhouette: float | None
    calinski_harabasz: float
    davies_bouldin: float
    gap: float | None
    stability: float | None
    stability_sd: float | None
    resamples: int
    seed_ari: float | None
    smallest_share: float | None
    """None where so few customers may not be told of."""
    largest_share: float
    favoured_by: str | None
    chosen: bool


@dataclass(frozen=True)
class KFlow:
    """Customers from one of k clusters to one of the next: the artifact `k_flows`."""

    k: int
    cluster: int
    next_cluster: int
    customers: int
    position: float
    size: int | None = None
    """Customers of the cluster; None: those of its flows, of which none is left out."""


@dataclass(frozen=True)
class Variance:
    """What a principal component explains."""

    component: int
    share: float
    cumulative_share: float
    kept: bool


@dataclass(frozen=True)
class Loading:
    """A feature's correlation with a component."""

    component: int
    feature: str
    loading: float


@dataclass(frozen=True)
class Point:
    """A customer in the plane of the first two components; nobody's id."""

    segment: int
    pc1: float
    pc2: float | None
    recency_days: int
    frequency: int
    monetary: float


@dataclass(frozen=True)
class Cell:
    """Customers of one segment in a rectangle of a plane: x from x0 to x1, y from y0 to y1."""

    segment: int
    x0: float
    x1: float
    y0: float
    y1: float
    customers: int


@dataclass(frozen=True)
class Month:
    """Orders and revenue of a segment in a calendar month."""

    segment: int
    month: str
    """2011-09."""
    complete: bool
    """Whether the orders cover the whole month; the first and the last may be cut."""
    orders: int
    revenue: Decimal


def shop_months(months: Iterable[Month]) -> tuple[Month, ...]:
    """Add up what all segments have in each month; 0 is in place of the segment."""
    found: dict[str, Month] = {}
    for own in months:
        so_far = found.get(own.month, Month(0, own.month, True, 0, Decimal(0)))
        found[own.month] = Month(
            0,
            own.month,
            so_far.complete and own.complete,
            so_far.orders + own.orders,
            so_far.revenue + own.revenue,
        )
    return tuple(found[month] for month in sorted(found))


@dataclass(frozen=True)
class DriftMeasure:
    """The model before, held against this month's customers: a row of the artifact `drift`."""

    measure: str
    subject: str
    at_fit: float
    now: float
    value: float | None
    """Null where nothing was apart at the fit."""
    threshold: float | None
    exceeded: bool | None


@dataclass(frozen=True)
class Method:
    """How the segments were made."""

    features: tuple[str, ...]
    transformed: tuple[str, ...]
    """Features that enter as they are, not as log1p."""
    variance: float
    algorithm: str
    n_init: int
    seed: int
    resamples: int
    min_stability: float
    min_share: float
    returns: str
    """How returns are settled: net, drop or subtract."""
    recent_days: int
    horizon_days: int
    """Of the forecast of orders and spend."""
    validation_days: int
    """Of the days after past dates that are held against the segments."""
    regular_days: int
    slipping_after: float
    custseg: str
    scikit_learn: str
    """Versions."""
    least_customers: int = 20
    """Of the smallest segment, as `min_share` is."""
    gross_margin: float = 0.4
    """What the plans assume, as are the next three."""
    extra_orders: float = 0.05
    letter_cost: float = 1.5
    call_cost: float = 8.0
    plan_language: str = "en"
    """Of the plans' texts."""


@dataclass(frozen=True)
class Summary:
    """What a run found. Tables of studies that were left out are empty, their sentences absent."""

    source: str
    """The source file's name."""
    as_of: str
    first_day: str
    """ISO date of the first order that counts."""
    last_day: str
    currency: str
    """Its sign, such as £; may be empty."""
    rows_in: int
    rows_kept: int
    revenue: Decimal
    customers: int
    orders: int
    products: int
    """Different products bought and kept; 0 where the source names none."""
    k: int
    k_reason: str
    structure: str
    warnings: tuple[str, ...]
    silhouette: float
    components: int
    explained_variance: float
    verdicts: dict[str, str]
    """What studies found, a sentence each, by what was studied."""
    segments: tuple[SegmentSummary, ...]
    ledger: tuple[LedgerStep, ...]
    k_scores: tuple[KScore, ...]
    k_flows: tuple[KFlow, ...]
    variances: tuple[Variance, ...]
    loadings: tuple[Loading, ...]
    points: tuple[Point, ...]
    """A sample of customers, at most `[summary] points`."""
    density: tuple[Cell, ...]
    """All customers in the plane of the components; empty where the points are all of them."""
    recency_frequency: tuple[Cell, ...]
    """All customers by days since the last order (x) and orders (y)."""
    months: tuple[Month, ...]
    validation: tuple[PredictivePower, ...]
    forecast_test: tuple[ForecastTest, ...]
    list_test: tuple[ListTest, ...]
    units_test: tuple[UnitsTest, ...]
    bundles: tuple[Bundle, ...]
    windows: tuple[Window, ...]
    """The last `recent_days` days, as many before, and as many a year ago (where known)."""
    lately: tuple[Window, ...]
    """The last 30 days and the 30 before, with first orders; fewer where the shop is younger."""
    year_before: Window | None
    """The days that the forecast is of, a year earlier; null where they are not known."""
    slipping: Slipping
    slipping_test: SlippingTest | None
    leaving: tuple[LeavingProduct, ...]
    method: Method
    statuses: tuple[StatusCount, ...] = ()
    """Those with most orders first; empty where the source has none."""
    money: bool = True
    """Whether the orders have amounts. If not, every amount here is 0 or missing, and none is
    shown."""
    seasonal: bool = False
    """Whether the forecast of orders and spend follows last year's season."""
    forecast_off: float | None = None
    """By what share its last test was off, corrected as it is; above zero: too high."""
    model_of: str = ""
    """As-of date of the customers that the model was fitted on."""
    model_reason: str = ""
    """Why it was kept, or fitted."""
    drift: tuple[DriftMeasure, ...] = ()
    """Empty where there is no snapshot before, or none to be held against."""
    movement: Movement | None = None
    """Since the snapshot before; None where there is none."""
    outlook_note: str = ""
    """What the outlook axis was learned from, or why there is none."""
    outlook_arrow: tuple[float, float] | None = None
    """Its correlations with the first two components; None where there is no axis, or no plane."""
    eligibility: str = ""
    """How much is known of the shop, and what it is too little for."""
    smallest_group: int = 0
    """No figure is of fewer customers; 0: all are shown."""
    withheld: str = ""
    """Why nothing at all is told of this shop; empty where something is."""
    whole_months: tuple[Month, ...] = ()
    """The shop's months (segment 0), where some segment's part of them may be left out; otherwise
    empty: the parts add up to them."""
    cohorts: tuple[Cohort, ...] = ()
    """Who ordered again, by the month of the first order."""
    segment_cohorts: tuple[Cohort, ...] = ()
    """Likewise by segment of today, and last of all, those whose first order is long ago."""
    revenue_tree: RevenueTree | None = None
    """Why revenue changed; None where no stretch of days before is known."""
    once: int | None = None
    """Customers with one order only; None where too few would be told of."""
    campaigns: tuple[CampaignOutcome, ...] = ()
    """In the order in which they were registered."""
    campaign_pools: tuple[CampaignPool, ...] = ()
    """What the campaigns of each aim tell together."""
    fitted_now: bool = True
    """Whether the segments are the clusters that select-k chose of this run's customers; if not,
    they come from a model that was kept."""

    @property
    def shop_months(self) -> tuple[Month, ...]:
        """The months of the whole shop."""
        return self.whole_months or shop_months(self.months)

    @property
    def segmented(self) -> bool:
        """Whether there are segments; if not, the shop is too small, and all are in one."""
        return self.k > 1 or len(self.segments) > 1

    @property
    def chosen_k(self) -> int:
        """The k that select-k chose of this run's customers: a kept model may have another."""
        return next((score.k for score in self.k_scores if score.chosen), self.k)
