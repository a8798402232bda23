"""Summaries, segments and plans with nothing in them yet, on which tests build their own."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from custseg.report.summary.campaigns import CampaignOutcome, sentence
from custseg.report.summary.segment import Plan, SegmentSummary, Slipping
from custseg.report.summary.whole import Method, Summary
from custseg.segments.movement.account import account
from custseg.segments.movement.figures import Flow, Movement
from custseg.words.language import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.segments.movement.figures import Cause

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
    listed=10,
    voucher=None,
    threshold=None,
    gain_low=20.0,
    gain_high=80.0,
    send_on="2024-12-16",
    objective="Protect",
    because="They bring most.",
    who="10 customers.",
    message="Thanks before all others.",
    channel="A letter at 1.50.",
    offer="Service, not price.",
    products="What they buy: A MUG.",
    timing="25 days after the last order.",
    brings="£20 to £80 margin.",
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
    "cohorts": (),
    "segment_cohorts": (),
    "revenue_tree": None,
    "lately": (),
    "year_before": None,
    "slipping": NOBODY,
    "slipping_test": None,
    "leaving": (),
    "model_of": "",
    "model_reason": "",
    "drift": (),
    "movement": None,
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
        "claim": "ordered once",
        "misfits": 0,
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


def moved(
    segments: Sequence[SegmentSummary],
    since: str = "2011-11-10",
    as_of: str = "2011-12-10",
    *,
    money: bool = True,
) -> Movement:
    """Since a month ago: of each segment 5 stayed and 2 went to the next; one came, one is lost.

    A segment of 3 customers, Big baskets, has been taken apart by a new model.
    """
    numbers = [segment.segment for segment in segments]
    gone = max(numbers) + 1

    def flow(a: int, b: int, c: int, cause: Cause, customers: int) -> Flow:
        then, now = (Decimal(10 * customers) if money else None for _ in "ab")
        return Flow(a, b, c, cause, customers, then if a else None, 2 * now if c and now else None)

    nexts = zip(numbers, numbers[1:] + numbers[:1], strict=True)
    flows = [
        *(flow(number, number, number, "stayed", 5) for number in numbers),
        *(flow(a, b, b, "behaviour", 2) for a, b in nexts),
        flow(gone, gone, numbers[0], "model", 3),
        flow(0, 0, numbers[-1], "new", 4),
        flow(numbers[0], 0, 0, "lost", 1),
    ]
    names = {segment.segment: (segment.segment_name, segment.rule) for segment in segments}
    own = {segment.rule: segment.colour for segment in segments}
    return account(
        flows, names | {gone: ("Big baskets", "Big baskets")}, since, as_of, own_colours=own
    )


def sent(name: str, state: str, **known: Any) -> CampaignOutcome:
    """A campaign of ten days."""
    nothing: dict[str, Any] = dict.fromkeys(one.name for one in fields(CampaignOutcome))
    told = {
        "number": 1,
        "campaign": name,
        "sent": "2024-11-20",
        "state": state,
        "day": 5,
        "aim": "protect",
    }
    told |= {"horizon_days": 10, "verdict": "none yet"} | known
    return CampaignOutcome(
        **nothing | told | {"sentence": sentence(nothing | told, Wording("en", "£"))}
    )
