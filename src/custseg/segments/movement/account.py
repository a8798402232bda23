"""The month-to-month account: sizes, revenue and moves, in plain numbers."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from math import comb
from typing import TYPE_CHECKING, Any, Final

from custseg.segments.movement.figures import (
    NOWHERE,
    CustomerAccount,
    Movement,
    RevenueAccount,
    SegmentMovement,
    Transition,
)
from custseg.words.colours import segment_colour
from custseg.words.figures import counted, listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from custseg.segments.movement.figures import Cause, Flow, Kind

KINDS: Final[dict[Cause, Kind]] = {
    "stayed": "stayed",
    "cancelled": "stayed",
    "behaviour": "moved",
    "model": "moved",
    "both": "moved",
    "new": "new",
    "returning": "returning",
    "lost": "lost",
}
OUTSIDE: Final = frozenset({"new", "returning", "lost"})


def called(
    rules: Iterable[tuple[int, str]], shown: Mapping[int, str]
) -> dict[int, tuple[str, str]]:
    """Name every segment of a chain, each differently.

    Parameters
    ----------
    rules
        The naming rule of each.
    shown
        The names of those that customers are in.

    Returns
    -------
    dict
        The name of each and its rule. One that is no more, or that nobody is in, is called by its
        rule; where another has that name, with its number.
    """
    names, taken = {}, set(shown.values())
    for segment, rule in rules:
        name = shown.get(segment)
        if name is None:
            name = f"{rule} ({segment})" if rule in taken else rule
            taken.add(name)
        names[segment] = name, rule
    return names


def account(
    flows: Sequence[Flow],
    names: Mapping[int, tuple[str, str]],
    since: str,
    as_of: str,
    *,
    untold: Sequence[str] = (),
    own_colours: Mapping[str, str] | None = None,
) -> Movement:
    """Draw up the account of a month.

    Parameters
    ----------
    flows
        All customers of either month.
    names
        What every segment is called, and its naming rule.
    since, as_of
        The months.
    untold
        Features without which what customers did can't be told from what the model changed.
    own_colours
        Colours by naming rule, where the shop has its own.
    """
    of: dict[str, int] = defaultdict(int)
    for flow in flows:
        of[flow.cause] += flow.customers
    inside = [flow for flow in flows if flow.cause not in OUTSIDE]
    numbers = {flow.from_segment for flow in flows} | {flow.to_segment for flow in flows}
    segments = [
        SegmentMovement(
            number,
            *names[number],
            segment_colour(number, names[number][1], own_colours or {}),
            _customers(flows, number),
            _revenue(flows, number),
        )
        for number in sorted(numbers - {NOWHERE})
    ]
    told = {
        "both": sum(flow.customers for flow in inside),
        "kept": of["stayed"] + of["cancelled"],
        "cancelled": of["cancelled"],
        "by_behaviour": of["behaviour"],
        "by_model": of["model"],
        "by_both": of["both"],
        "new": of["new"],
        "returning": of["returning"],
        "lost": of["lost"],
    }
    return Movement(
        since=since,
        as_of=as_of,
        sentence=_sentence(since, untold, **told),
        kept_by_behaviour=of["stayed"] + of["model"],
        rand=adjusted_rand((f.from_segment, f.to_segment, f.customers) for f in inside),
        rand_by_behaviour=adjusted_rand(
            (f.from_segment, f.by_old_model, f.customers) for f in inside
        ),
        segments=tuple(sorted(segments, key=lambda one: (not one.customers.now, one.segment))),
        transitions=tuple(_transitions(flows)),
        **told,
    )


def adjusted_rand(cells: Iterable[tuple[int, int, int]]) -> float | None:
    """Adjusted Rand index of two partitions (Hubert & Arabie 1985, "Comparing partitions").

    Parameters
    ----------
    cells
        Two labels, and how many have both.

    Returns
    -------
    float or None
        1 where both are the same, 0 on average by chance; None of nobody.
    """
    joint: dict[tuple[int, int], int] = defaultdict(int)
    rows: dict[int, int] = defaultdict(int)
    columns: dict[int, int] = defaultdict(int)
    for row, column, n in cells:
        joint[row, column] += n
        rows[row] += n
        columns[column] += n
    total = comb(sum(rows.values()), 2)
    if not rows:
        return None
    together, a, b = (sum(comb(n, 2) for n in own.values()) for own in (joint, rows, columns))
    most = (a + b) * total - 2 * a * b
    return 1.0 if not most else 2 * (together * total - a * b) / most


def _customers(flows: Iterable[Flow], segment: int) -> CustomerAccount:
    found: dict[str, int] = defaultdict(int)
    for flow in flows:
        for step, share in steps_of(flow, segment):
            found[step] += share * flow.customers
    return CustomerAccount(**{name: found[name] for name in CustomerAccount.__annotations__})


def _revenue(flows: Iterable[Flow], segment: int) -> RevenueAccount | None:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for flow in flows:
        then, now = flow.revenue_before, flow.revenue
        joined, lost = flow.cause in {"new", "returning"}, flow.cause == "lost"
        if (then is None and not joined) or (now is None and not lost):
            return None
        for step, share in steps_of(flow, segment):
            worth = then if step in {"before", "lost"} else now
            found[step] += share * (worth or Decimal(0))
        if flow.cause not in OUTSIDE and flow.from_segment == segment:
            found["spent"] += (now or Decimal(0)) - (then or Decimal(0))
    return RevenueAccount(**{name: found[name] for name in RevenueAccount.__annotations__})


def steps_of(flow: Flow, segment: int) -> Iterator[tuple[str, int]]:
    """Where in a segment's account customers count, and whether for or against it."""
    a, b, c = (
        int(own == segment) for own in (flow.from_segment, flow.by_old_model, flow.to_segment)
    )
    yield "before", a
    yield "now", c
    if flow.cause in OUTSIDE:
        yield flow.cause, a or c
    else:
        yield "behaviour", b - a
        yield "model", c - b


def _transitions(flows: Iterable[Flow]) -> Iterator[Transition]:
    ways: dict[tuple[int, int, Kind], list[Flow]] = defaultdict(list)
    for flow in flows:
        ways[flow.from_segment, flow.to_segment, KINDS[flow.cause]].append(flow)
    for (source, target, kind), own in sorted(ways.items()):
        by: dict[str, int] = defaultdict(int)
        for flow in own:
            by[flow.cause] += flow.customers
        worths = [flow.revenue_before if kind == "lost" else flow.revenue for flow in own]
        known = [worth for worth in worths if worth is not None]
        yield Transition(
            source,
            target,
            kind,
            sum(by.values()),
            sum(known, Decimal(0)) if known else None,
            by["behaviour"],
            by["model"],
            by["both"],
        )


def _sentence(since: str, untold: Sequence[str], **of: Any) -> str:  # noqa: ANN401
    both = of["both"]
    parts = []
    if both:
        ways = [
            f"{percent(of[name] / both)} {how}"
            for name, how in (
                ("by_behaviour", "by what they did"),
                ("by_model", "by the new model"),
                ("by_both", "by both"),
            )
            if of[name]
        ]
        parts.append(
            f"of {counted(both, 'customer', 'customers')} {percent(of['kept'] / both)} kept their "
            "segment"
        )
        if ways:
            parts.append(listed(ways).replace("% by", "% moved by", 1))
    if untold:
        parts.append(
            f"the old model needs {listed(untold)}, which some have no value of, so that every "
            "change counts as the new model's"
        )
    outside = [
        counted(of[name], *words)
        for name, words in (
            ("new", ("new customer", "new customers")),
            ("returning", ("returning", "returning")),
            ("lost", ("lost", "lost")),
        )
        if of[name] or name == "new"
    ]
    parts.append(listed(outside))
    return f"Since {since}, {'; '.join(parts)}."
