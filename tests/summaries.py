"""Summaries, segments and plans with nothing in them yet, on which tests build their own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from custseg.summary.segment import Plan, SegmentSummary, Slipping
from custseg.summary.whole import Method, Summary

NOBODY = Slipping(0, 0, Decimal(0), Decimal(0), None)
METHOD = Method(
    features=("recency_days", "frequency", "monetary"),
    transformed=(),
    variance=0.85,
    algorithm="kmeans",
    n_init=20,
    seed=42,
    resamples=50,
    min_stability=0.75,
    min_share=0.05,
    returns="net",
    recent_days=90,
    horizon_days=90,
    validation_days=90,
    regular_days=3,
    slipping_after=3.0,
    custseg="0.1.0",
    scikit_learn="1.7.0",
)
PLAN = Plan(
    aim="protect",
    value_at_stake=900.0,
    buying_probability=0.5,
    contact_worth=7.0,
    contact_cost=1.5,
    offer_ceiling=0.02,
    control_customers=5,
    objective="Protect",
    because="They bring most.",
    who="10 customers.",
    message="Thanks before all others.",
    channel="A letter at 1.50.",
    offer="Service, not price.",
    products="What they buy: A MUG.",
    timing="25 days after the last order.",
    measure="Leave half alone.",
)
_NO_STUDIES: dict[str, Any] = {
    "verdicts": {},
    "warnings": (),
    "validation": (),
    "forecast_test": (),
    "list_test": (),
    "units_test": (),
    "bundles": (),
    "windows": (),
    "year_before": None,
    "slipping": NOBODY,
    "slipping_test": None,
    "leaving": (),
}
_NO_PRODUCTS: dict[str, Any] = {
    "top_products": (),
    "best_sellers": (),
    "over_buys": (),
    "over_bought_groups": (),
    "countries": (),
    "busiest": None,
    "rules": (),
    "expected": None,
    "units_needed": (),
    "past": None,
    "slipping": NOBODY,
}


def bare_segment(number: int, name: str, **known: Any) -> SegmentSummary:
    """A segment of which only its plan is known, and what a test says."""
    values: dict[str, Any] = {
        "segment": number,
        "segment_name": name,
        "rule": name,
        "reason": "by its figures",
        "objective": "Protect",
        "features": (),
        "silhouettes": (),
        "plan": PLAN,
    }
    return SegmentSummary(**(values | _NO_PRODUCTS | known))


def bare_summary(**known: Any) -> Summary:
    """A run without studies and without charts' figures, but for what a test says."""
    values: dict[str, Any] = {
        "source": "orders.csv",
        "currency": "£",
        "k_reason": "",
        "structure": "",
        "components": 2,
        "ledger": (),
        "k_scores": (),
        "k_flows": (),
        "variances": (),
        "loadings": (),
        "points": (),
        "density": (),
        "recency_frequency": (),
        "months": (),
        "method": METHOD,
    }
    return Summary(**(values | _NO_STUDIES | known))


def without_side_studies(summary: Summary, **changes: Any) -> Summary:
    """The same of a run that left out what can be left out, in a shop without products."""
    segments = tuple(replace(segment, **_NO_PRODUCTS) for segment in summary.segments)
    return replace(summary, **(_NO_STUDIES | {"products": 0, "segments": segments} | changes))
