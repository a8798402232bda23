"""A reader with a linear solver works out no suppressed figure.

The reader knows everything that a summary holds, how its figures add up, and that no count is
below zero. Each figure of fewer customers than the smallest group must then stay open by at least
as many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from custseg.report.summary import planes
from custseg.report.summary.disclosure import disclosed
from custseg.report.summary.segment import CountryShare, Product, SegmentSummary, Slipping
from custseg.report.summary.silence import Silence
from custseg.report.summary.whole import KFlow, Month, Summary
from custseg.segments.movement.account import account
from custseg.segments.movement.disclosed import disclosed as disclosed_account
from custseg.segments.movement.disclosed import shown_flows
from custseg.segments.movement.figures import Flow
from tests.shop_summaries import segment as segment_summary
from tests.shop_summaries import step
from tests.shop_summaries import summary as shop_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from custseg.segments.movement.figures import Cause

LEAST: Final = 10
SHOPS: Final = 50
Known = list[tuple[dict[Any, float], float]]
"""What is published: how often it holds each of the unknowns, and its value."""


def recovered(truth: dict[Any, int], known: Known, told: Iterable[Any]) -> list[Any]:
    """Small counts that a solver can tell to less than the smallest group, and untold ones."""
    names = list(truth)
    place = {name: number for number, name in enumerate(names)}
    matrix, values = np.zeros((len(known), len(names))), np.zeros(len(known))
    for row, (held, value) in enumerate(known):
        values[row] = value
        for name, times in held.items():
            matrix[row, place[name]] = times
    facts = np.array([truth[name] for name in names], dtype=float)
    assert matrix @ facts == pytest.approx(values), "what is published is wrong"
    found = [name for name in told if 0 < truth[name] < LEAST]
    for name in names:
        if not 0 < truth[name] < LEAST:
            continue
        aim = np.zeros(len(names))
        aim[place[name]] = 1
        ends = [linprog(sign * aim, A_eq=matrix, b_eq=values, bounds=(0, None)) for sign in (1, -1)]
        assert {end.status for end in ends} <= {0, 3}
        # 3: unbounded.
        if all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun < LEAST - 1e-6:
            found.append(name)
    return found


def customers_of(draw: np.random.Generator) -> pd.DataFrame:
    """A shop of a few dozen customers in three to five segments, some of them tiny."""
    shares = draw.dirichlet(np.full(draw.integers(3, 6), 1.2))
    size = int(draw.integers(30, 160))
    members = pd.DataFrame(
        {
            "customer_id": [f"c{number:03}" for number in range(size)],
            "segment": draw.choice(len(shares), size, p=shares) + 1,
            "recency_days": draw.integers(0, 300, size),
            "frequency": draw.geometric(0.4, size),
            "monetary": draw.lognormal(4, 1.5, size).round(2),
            "pc1": draw.normal(size=size),
            "pc2": draw.normal(size=size),
            "country": draw.choice(
                ["Norway", "Sweden", "Denmark", "Malta"], size, p=[0.7, 0.2, 0.06, 0.04]
            ),
            "slips": draw.choice(3, size, p=[0.15, 0.35, 0.5]),
        }
    )
    for k in (2, 3, 4):
        members[f"k{k}"] = draw.choice(k, size, p=draw.dirichlet(np.full(k, 2.0))) + 1
    return members


def orders_of(members: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """The customer, segment and month of each order."""
    orders = members.loc[members.index.repeat(members["frequency"]), ["customer_id", "segment"]]
    months = [f"2024-{month:02}" for month in range(1, 7)]
    return orders.assign(
        month=draw.choice(months, len(orders), p=[0.3, 0.25, 0.2, 0.15, 0.07, 0.03])
    )


def published(members: pd.DataFrame, orders: pd.DataFrame) -> tuple[Summary, Summary]:
    """The whole summary of such a shop, and what of it is published."""
    silence = Silence.of(members, LEAST)
    told = members[~members["segment"].isin(silence.withheld)]
    segments = tuple(
        _segment(int(str(number)), own, members) for number, own in members.groupby("segment")
    )
    counts = orders.groupby(["segment", "month"])
    whole = shop_summary(
        customers=len(members),
        orders=len(orders),
        k=3,
        segments=segments,
        movement=None,
        ledger=tuple(
            replace(step(f"rule {left}", "A rule", 1, "0", left, "0"), customers_left=left)
            for left in (len(members) + 14, len(members) + 3, len(members))
        ),
        months=tuple(
            Month(int(number), str(month), True, int(count), Decimal(10 * int(count)))
            for number, month, count in counts.size().reset_index().to_numpy().tolist()
        ),
        k_flows=tuple(
            KFlow(k, a, b, n, 0.0)
            for k, ends in ((2, ["k2", "k3"]), (3, ["k3", "k4"]), (4, ["k4", "none"]))
            for a, b, n in members.assign(none=0)
            .groupby(ends)
            .size()
            .reset_index()
            .to_numpy()
            .tolist()
        ),
        slipping=_slipping(members),
        recency_frequency=planes.recency_frequency(told, LEAST) if len(told) else (),
        once=None if silence.withheld else planes.once(members, LEAST),
        points=planes.points(told, 5000, LEAST) if len(told) else (),
        fitted_now=False,
    )
    buyers = {
        (int(number), str(month)): int(n)
        for number, month, n in counts["customer_id"].nunique().reset_index().to_numpy().tolist()
    }
    return whole, disclosed(whole, silence, members, buyers)


def _slipping(members: pd.DataFrame) -> Slipping:
    counts = Counter(members["slips"].tolist())
    return Slipping(counts[0] + counts[1], counts[0], Decimal(10), Decimal(20), None)


def _segment(number: int, own: pd.DataFrame, members: pd.DataFrame) -> SegmentSummary:
    size = len(own)
    return segment_summary(
        number,
        f"Segment {number}",
        customers=size,
        customer_share=size / len(members),
        orders=int(own["frequency"].sum()),
        misfits=size // 7,
        returning_share=(size // 3) / size,
        countries=tuple(
            CountryShare(str(country), int(n), n / size)
            for country, n in own["country"].value_counts().items()
        ),
        top_products=tuple(Product("P", "A MUG", n, n / size, None) for n in (size, size // 2, 3)),
        slipping=_slipping(own),
    )


def test_figures_of_segments_are_closed_to_a_solver(shop):
    """Sizes, slipping regulars, countries and what few of a segment do."""
    members, _, shown = shop
    segments = {one.segment: one for one in shown.segments}
    sizes = Counter(members["segment"].tolist())
    known: Known = [(dict.fromkeys(sizes, 1.0), len(members))]
    known += [({number: 1.0}, one.customers) for number, one in segments.items()]
    assert recovered(dict(sizes), known, segments) == []
    slips = Counter(
        (int(s), int(kind)) for s, kind in zip(members["segment"], members["slips"], strict=True)
    )
    truth = {(number, kind): slips[number, kind] for number in sizes for kind in range(3)}
    known = [(dict.fromkeys(truth, 1.0), len(members))]
    for number, one in segments.items():
        known.append(({(number, kind): 1.0 for kind in range(3)}, one.customers))
        if one.slipping:
            known.append(({(number, 0): 1.0}, one.slipping.customers))
            known.append(({(number, 0): 1.0, (number, 1): 1.0}, one.slipping.regulars))
    if shown.slipping.regulars:
        known.append(({(number, 0): 1.0 for number in sizes}, shown.slipping.customers))
        both = {(number, kind): 1.0 for number in sizes for kind in (0, 1)}
        known.append((both, shown.slipping.regulars))
    assert recovered(truth, known, []) == []
    for number, one in segments.items():
        live = Counter(members.loc[members["segment"] == number, "country"].tolist())
        known = [(dict.fromkeys(live, 1.0), one.customers)]
        known += [({country.country: 1.0}, country.customers) for country in one.countries]
        assert recovered(dict(live), known, [country.country for country in one.countries]) == []
        told = [one.misfits, *(product.buyers for product in one.top_products)]
        told.append(
            None if one.returning_share is None else round(one.returning_share * one.customers)
        )
        for part in told:
            assert part in {None, 0, one.customers} or LEAST <= part <= one.customers - LEAST


def test_months_are_closed_to_a_solver(shop):
    _, orders, shown = shop
    truth: dict[Any, int] = {
        (int(number), str(month)): int(n)
        for (number, month), n in orders.groupby(["segment", "month"]).size().items()
    }
    known: Known = [(dict.fromkeys(truth, 1.0), len(orders))]
    for one in shown.segments:
        known.append(({key: 1.0 for key in truth if key[0] == one.segment}, one.orders))
    known += [({(own.segment, own.month): 1.0}, own.orders) for own in shown.months]
    for whole in shown.shop_months if shown.whole_months else ():
        known.append(({key: 1.0 for key in truth if key[1] == whole.month}, whole.orders))
    assert recovered(truth, known, [(own.segment, own.month) for own in shown.months]) == []


def test_the_map_of_customers_is_closed_to_a_solver(shop):
    """What tiles leave of a segment's customers who ordered once, and of the others."""
    members, _, shown = shop
    once = members["frequency"] <= 1
    rest: Counter[Any] = Counter(zip(members["segment"].tolist(), once.tolist(), strict=True))
    for cell in shown.recency_frequency:
        assert cell.customers >= LEAST
        rest[cell.segment, cell.y1 <= 2] -= cell.customers
    assert min(rest.values()) >= 0
    shared = Counter((cell.segment, cell.y1 <= 2) for cell in shown.recency_frequency)
    sizes = {one.segment: one.customers for one in shown.segments}
    known: Known = [
        (
            {key: 1.0 for key in rest if key[0] == number},
            float(sum(n for key, n in rest.items() if key[0] == number)),
        )
        for number in sizes
    ]
    if shown.once is not None:
        known.append(
            (
                {key: 1.0 for key in rest if key[1]},
                float(sum(n for key, n in rest.items() if key[1])),
            )
        )
    assert recovered(dict(rest), known, []) == [], shared
    assert len(shown.points) <= max(len(members) // LEAST, len(sizes))


def test_the_ledger_and_streams_between_clusters_are_closed_to_a_solver(shop):
    members, _, shown = shop
    left = [one.customers_left for one in shown.ledger if one.customers_left is not None]
    assert all(a == b or a - b >= LEAST for a, b in pairwise(left))
    truth: dict[Any, int] = {}
    known: Known = []
    for k, following in ((2, 3), (3, 4)):
        pairs = members.groupby([f"k{k}", f"k{following}"]).size()
        truth |= {(k, int(a), int(b)): int(n) for (a, b), n in pairs.items()}
    truth |= {(4, int(a), 0): int(n) for a, n in members.groupby("k4").size().items()}
    known += [
        ({(flow.k, flow.cluster, flow.next_cluster): 1.0}, flow.customers) for flow in shown.k_flows
    ]
    for k in (2, 3, 4):
        known.append(({key: 1.0 for key in truth if key[0] == k}, len(members)))
        for cluster in range(1, k + 1):
            out = {key: 1.0 for key in truth if key[:2] == (k, cluster)}
            into = {key: -1.0 for key in truth if key[0] == k - 1 and key[2] == cluster}
            if into:
                known.append((out | into, 0))
    for flow in shown.k_flows:
        assert flow.size is not None
        known.append(({key: 1.0 for key in truth if key[:2] == (flow.k, flow.cluster)}, flow.size))
    assert recovered(truth, known, []) == []


CAUSES: Final[tuple[Cause, ...]] = ("stayed", "behaviour", "model", "both", "new", "lost")


def flows_of(draw: np.random.Generator) -> list[Flow]:
    """How customers went between three segments, most of them along few ways."""
    flows = []
    for a in (1, 2, 3):
        flows.append(_flow(a, a, a, "stayed", int(draw.integers(5, 60))))
        flows.append(_flow(0, 0, a, "new", int(draw.integers(1, 15))))
        flows.append(_flow(a, 0, 0, "lost", int(draw.integers(1, 15))))
        for c in (1, 2, 3):
            if c != a:
                flows.append(_flow(a, c, c, "behaviour", int(draw.integers(1, 25))))
                flows.append(_flow(a, a, c, "model", int(draw.integers(1, 25))))
    return [flow for flow in flows if draw.random() < 0.8]


def _flow(a: int, b: int, c: int, cause: Cause, customers: int) -> Flow:
    then, now = (Decimal(10 * customers) if segment else None for segment in (a, c))
    return Flow(a, b, c, cause, customers, then, now)


def between(start: int | None, end: int | None, cause: str = "") -> Callable[[Flow], bool]:
    """Whether a flow goes from one segment to another, None being any, for a cause."""
    return lambda flow: (
        start in {None, flow.from_segment}
        and end in {None, flow.to_segment}
        and cause in {"", flow.cause}
    )


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.nightly) for n in range(3, SHOPS))]
)
def test_the_account_of_a_month_is_closed_to_a_solver(seed):
    flows = flows_of(np.random.default_rng(seed))
    names = {number: (f"Segment {number}", "Loyal") for number in (1, 2, 3)}
    whole = account(flows, names, "2024-01-01", "2024-02-01")
    shown = disclosed_account(whole, flows, LEAST)
    truth: dict[Any, int] = {number: flow.customers for number, flow in enumerate(flows)}

    def among(holds: Callable[[Flow], bool]) -> dict[Any, float]:
        return {number: 1.0 for number, flow in enumerate(flows) if holds(flow)}

    known: Known = [
        (
            among(lambda flow: flow.from_segment > 0),
            sum(f.customers for f in flows if f.from_segment),
        ),
        (among(lambda flow: flow.to_segment > 0), sum(f.customers for f in flows if f.to_segment)),
    ]
    inside = {"stayed", "behaviour", "model"}
    totals: list[tuple[int | None, set[str]]] = [
        (shown.both, inside),
        (shown.kept, {"stayed"}),
        (shown.by_behaviour, {"behaviour"}),
        (shown.by_model, {"model"}),
        (shown.kept_by_behaviour, {"stayed", "model"}),
        (shown.new, {"new"}),
        (shown.lost, {"lost"}),
    ]
    known += [
        (among(lambda flow, causes=causes: flow.cause in causes), value)
        for value, causes in totals
        if value is not None
    ]
    for way in shown.transitions:
        assert way.customers >= LEAST
        own = way.from_segment, way.to_segment
        known.append((among(between(*own)), way.customers))
        for cause, value in (("behaviour", way.by_behaviour), ("model", way.by_model)):
            if value is not None:
                known.append((among(between(*own, cause)), value))
    for one in shown.segments:
        number, customers = one.segment, one.customers
        for value, part in (
            (customers.before, between(number, None)),
            (customers.now, between(None, number)),
            (customers.new, between(None, number, "new")),
            (customers.lost, between(number, None, "lost")),
        ):
            if value is not None:
                known.append((among(part), value))
        if customers.behaviour is not None and customers.model is not None:
            came = {
                n: 1.0
                for n, f in enumerate(flows)
                if f.cause in inside and f.by_old_model == number
            }
            left = {
                n: 1.0
                for n, f in enumerate(flows)
                if f.cause in inside and f.from_segment == number
            }
            net = {key: came.get(key, 0) - left.get(key, 0) for key in came.keys() | left.keys()}
            known.append((net, customers.behaviour))
    one_by_one = shown_flows(whole, flows, LEAST)
    known += [({n: 1.0}, flows[n].customers) for n, told in enumerate(one_by_one) if told]
    assert recovered(truth, known, [n for n, told in enumerate(one_by_one) if told]) == []


@pytest.fixture(
    scope="module",
    params=[*range(3), *(pytest.param(n, marks=pytest.mark.nightly) for n in range(3, SHOPS))],
)
def shop(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, pd.DataFrame, Summary]:
    """A small shop's customers and orders, and what is published of them."""
    draw = np.random.default_rng(request.param)
    members = customers_of(draw)
    orders = orders_of(members, draw)
    whole, shown = published(members, orders)
    assert shown != whole
    return members, orders, shown


def test_money_of_few_who_came_and_few_who_left_is_not_told():
    """On balance nobody came to segment 1 or left it, and their money differs by 20."""
    flows = [
        *(_flow(number, number, number, "stayed", 40) for number in (1, 2)),
        replace(_flow(1, 2, 2, "behaviour", 3), revenue=Decimal(50)),
        replace(_flow(2, 1, 1, "behaviour", 3), revenue=Decimal(70)),
    ]
    names = {number: (f"Segment {number}", "Loyal") for number in (1, 2)}
    whole = account(flows, names, "2024-01-01", "2024-02-01")
    for one in disclosed_account(whole, flows, LEAST).segments:
        assert one.customers.behaviour is None
        assert one.revenue is not None
        assert one.revenue.behaviour is None
        assert one.revenue.now is not None
