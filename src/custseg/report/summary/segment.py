"""One segment in plain figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003  (pydantic reads the annotation at run time)


@dataclass(frozen=True)
class FeatureFigures:
    """How a feature is distributed in a segment."""

    feature: str
    mean: float | None
    q25: float | None
    median: float | None
    q75: float | None
    standardised_difference: float | None
    """Segment mean - overall mean, in overall standard deviations (log scale)."""
    overall_median: float | None
    median_z: float | None
    """Segment median, in overall standard deviations from the overall mean (log scale); null for
    features the model doesn't see."""


@dataclass(frozen=True)
class Product:
    """A product, or a product group (without a code), on one of the segment's lists."""

    product_id: str | None
    description: str
    buyers: int | None
    """None where too few of the segment did not buy it."""
    buyer_share: float | None
    """Their share of the segment."""
    lift: float | None
    """Its share of the segment's lines / its share of all lines."""
    units: Decimal | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True)
class CountryShare:
    """Where customers of the segment live."""

    country: str
    customers: int
    customer_share: float


@dataclass(frozen=True)
class Busiest:
    """When the segment orders most; the earliest on a tie."""

    weekday: int
    """0 is Monday."""
    weekday_share: float
    """Its share of the segment's orders; the next two shares likewise."""
    hour: int
    hour_share: float
    month: str
    """Calendar month, 2011-09."""
    month_share: float


@dataclass(frozen=True)
class Rule:
    """A rule on features that tells the segment apart."""

    text: str
    customers: int
    precision: float | None
    coverage: float | None


@dataclass(frozen=True)
class Expected:
    """What is to be expected of the segment within the horizon of the forecast."""

    buying_probability: float
    expected_orders: float
    orders_low: float | None
    """Low end of an 80 % band; null without a back-test, as are the other ends."""
    orders_high: float | None
    expected_spend: float
    spend_low: float | None
    spend_high: float | None
    spend_share: float


@dataclass(frozen=True)
class Plan:
    """What to do with the segment: the artifact `plans`."""

    aim: str
    value_at_stake: float | None
    """Null without amounts, or without a forecast, as are those of the next four that need them."""
    buying_probability: float | None
    contact_worth: float | None
    contact_cost: float
    offer_ceiling: float | None
    control_customers: int
    listed: int
    """Customers of the segment whom lists hold."""
    voucher: float | None
    """Amount off that is offered; null if none."""
    threshold: float | None
    gain_low: float | None
    """What contacting all listed but the control group may bring: margin, or orders without
    amounts; null without a forecast, as is the next."""
    gain_high: float | None
    send_on: str
    """ISO date."""
    objective: str
    because: str
    who: str
    message: str
    channel: str
    offer: str
    products: str
    timing: str
    brings: str
    measure: str


@dataclass(frozen=True)
class UnitsNeeded:
    """Units the segment is likely to need of a product in the days ahead."""

    product_id: str
    description: str | None
    days: int
    units_recent: float
    units_expected: float
    units_low: float | None
    units_high: float | None


@dataclass(frozen=True)
class PastBehaviour:
    """What a segment of this name, made at a past date, did in the days after."""

    date: str
    customers: int
    buying_rate: float
    buying_rate_low: float
    buying_rate_high: float
    mean_spend: float
    recency_days: float | None = None
    """Median days since the last order, on that date."""
    expected_rate: float | None = None
    """Share that a forecast made on that date expected to order; null without one."""


@dataclass(frozen=True)
class Slipping:
    """Regular customers, silent for `[summary] slipping_after` times their usual gap or not."""

    regulars: int
    """Customers who ordered on at least `[summary] regular_days` days."""
    customers: int
    year_revenue: Decimal
    """What those slipping spent in the last 365 days."""
    regulars_year_revenue: Decimal
    """What all regulars did."""
    buying_probability: float | None
    """Mean probability that they order within the forecast's horizon; null without one, or them."""


@dataclass(frozen=True)
class SegmentSummary:
    """One segment: everything that is shown of it."""

    segment: int
    segment_name: str
    rule: str
    """The naming rule it fits, whatever the shop calls it: colours go by it."""
    reason: str
    """Why the name fits, in figures."""
    claim: str
    """What the name says of a customer."""
    misfits: int | None
    """Customers of whom that is not true: exports leave them out. None, as are the next, where
    too few customers would be told of."""
    colour: str
    """Hexadecimal, such as #0072b2: the same in every chart and every month."""
    customers: int
    customer_share: float
    orders: int
    revenue: Decimal
    revenue_share: float | None
    return_rate: float
    returning_share: float | None
    recency_days: float | None
    """Median, as are the next two."""
    frequency: float | None
    monetary: float | None
    objective: str
    features: tuple[FeatureFigures, ...]
    silhouette: float | None
    ambiguous_share: float | None
    silhouettes: tuple[float, ...]
    """Silhouette widths of evenly spaced members, falling: the blade of the silhouette plot."""
    pc1: float
    """Mean score on the first component, as in the plane of the points."""
    pc2: float | None
    """On the second; null where the model keeps but one."""
    top_products: tuple[Product, ...]
    """Those it spends most on."""
    best_sellers: tuple[Product, ...]
    over_buys: tuple[Product, ...]
    over_bought_groups: tuple[Product, ...]
    countries: tuple[CountryShare, ...]
    busiest: Busiest | None
    rules: tuple[Rule, ...]
    """Empty where the study was left out."""
    expected: Expected | None
    plan: Plan
    units_needed: tuple[UnitsNeeded, ...]
    past: PastBehaviour | None
    slipping: Slipping | None
    """None where too few customers would be told of."""
