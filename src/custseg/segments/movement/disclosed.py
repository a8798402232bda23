"""The account of a month without figures of few customers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from custseg.privacy.disclosure import suppress
from custseg.segments.movement.account import KINDS, OUTSIDE, steps_of
from custseg.segments.movement.figures import NOWHERE, CustomerAccount, RevenueAccount
from custseg.words.figures import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custseg.segments.movement.figures import Flow, Movement, SegmentMovement, Transition

_STEPS: Final = ("new", "returning", "lost", "behaviour", "model")
"""Of a segment's account, between what was and what is."""
_SPLIT: Final = {
    "kept": lambda flow: flow.cause in {"stayed", "cancelled"},
    "cancelled": lambda flow: flow.cause == "cancelled",
    "by_behaviour": lambda flow: flow.cause == "behaviour",
    "by_model": lambda flow: flow.cause == "model",
    "by_both": lambda flow: flow.cause == "both",
    "kept_by_behaviour": lambda flow: flow.cause in {"stayed", "model"},
}
"""How customers of both months divide."""
_CAUSES: Final = ("behaviour", "model", "both")


@dataclass
class _Figures:
    """The figures of an account, each as how often it holds each flow."""

    flows: Sequence[Flow]
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    rows: list[list[int]] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)
    tied: list[int] = field(default_factory=list)
    withheld: list[bool] = field(default_factory=list)
    labels: dict[tuple[object, ...], int] = field(default_factory=dict)

    def add(
        self,
        name: tuple[object, ...],
        of: Callable[[Flow], int],
        *,
        fixed: bool = False,
        withheld: bool = False,
        tie: tuple[object, ...] | None = None,
    ) -> None:
        """Add a figure; those with the same tie are published or suppressed together."""
        self.places[name] = len(self.rows)
        self.rows.append([of(flow) for flow in self.flows])
        self.fixed.append(fixed)
        self.withheld.append(withheld)
        self.tied.append(self.labels.setdefault(tie or name, len(self.labels)))

    def suppressed(self, least: int) -> set[tuple[object, ...]]:
        """Which of them must not be published."""
        customers, rows = np.array([flow.customers for flow in self.flows]), np.array(self.rows)
        # Few who came and few who left may be none on balance; their money is theirs all the same.
        involved = np.abs(rows) @ customers
        few = (rows < 0).any(axis=1) & (involved > 0) & (involved < least)
        hidden = suppress(
            customers,
            rows,
            least,
            fixed=self.fixed,
            tied=self.tied,
            withheld=few | np.array(self.withheld),
        )
        return {name for name, place in self.places.items() if hidden[place]}


def disclosed(
    moved: Movement,
    flows: Sequence[Flow],
    least: int,
    *,
    withheld: frozenset[int] = frozenset(),
    dominated: frozenset[int] = frozenset(),
) -> Movement:
    """Leave out of a month's account what tells of fewer than `least` customers.

    Parameters
    ----------
    moved
        The account.
    flows
        The customers that it is drawn up of.
    withheld
        Segments that are not told of today.
    dominated
        Segments of whose money one customer has most: none of it is told.
    """
    if least <= 1 or not flows:
        return moved
    hidden = _figures(moved, flows, withheld).suppressed(least)
    segments = tuple(_segment(one, hidden, dominated) for one in moved.segments)
    totals: dict[str, Any] = {
        name: None
        for name in ("both", "new", "returning", "lost", *_SPLIT)
        if ("total", name) in hidden
    }
    shown = replace(moved, segments=segments, **totals)
    if totals:
        shown = replace(shown, sentence=_sentence(shown, least))
    sizes = {one.segment: one.customers for one in segments}
    return replace(
        shown,
        transitions=tuple(
            _transition(way, hidden, dominated)
            for way in moved.transitions
            if ("way", way.from_segment, way.to_segment, way.kind) not in hidden
            # Both ends of a stream are drawn with their sizes.
            and (way.from_segment == NOWHERE or sizes[way.from_segment].before is not None)
            and (way.to_segment == NOWHERE or sizes[way.to_segment].now is not None)
            and (way.kind in {"stayed", "moved"} or getattr(shown, way.kind) is not None)
        ),
    )


def shown_flows(
    moved: Movement, flows: Sequence[Flow], least: int, *, withheld: frozenset[int] = frozenset()
) -> list[bool]:
    """Tell which flows can be published one by one beside the account that `disclosed` gives."""
    if least <= 1 or not flows:
        return [True] * len(flows)
    account = _figures(moved, flows, withheld)
    hidden = account.suppressed(least)
    for name, place in account.places.items():
        account.withheld[place] = name in hidden
        account.fixed[place] = name not in hidden
    for number in range(len(flows)):
        account.add(
            ("flow", number),
            lambda flow, own=flows[number]: int(flow is own),  # type: ignore[misc]
        )
    gone = account.suppressed(least)
    return [("flow", number) not in gone for number in range(len(flows))]


def _figures(moved: Movement, flows: Sequence[Flow], withheld: frozenset[int]) -> _Figures:
    found = _Figures(flows)
    found.add(("total", "then"), lambda flow: int(flow.from_segment != NOWHERE), fixed=True)
    found.add(("total", "now"), lambda flow: int(flow.to_segment != NOWHERE), fixed=True)
    found.add(("total", "both"), lambda flow: int(flow.cause not in OUTSIDE))
    for cause in ("new", "returning", "lost"):
        found.add(("total", cause), lambda flow, cause=cause: int(flow.cause == cause))  # type: ignore[misc]
    for name, holds in _SPLIT.items():
        found.add(("total", name), lambda flow, holds=holds: int(holds(flow)), tie=("split",))  # type: ignore[misc]
    for one in moved.segments:
        number = one.segment

        def step(name: str, segment: int = number) -> Callable[[Flow], int]:
            return lambda flow: sum(n for own, n in steps_of(flow, segment) if own == name)

        gone = number in withheld
        found.add((number, "before"), step("before"))
        found.add((number, "now"), step("now"), fixed=not gone, withheld=gone)
        for name in _STEPS:
            found.add((number, name), step(name), tie=(number, "steps"))
    for way in moved.transitions:
        ends = way.from_segment, way.to_segment, way.kind

        def among(flow: Flow, ends: tuple[int, int, str] = ends) -> bool:
            return (flow.from_segment, flow.to_segment, KINDS[flow.cause]) == ends

        found.add(("way", *ends), lambda flow, among=among: int(among(flow)))  # type: ignore[misc]
        for cause in _CAUSES:
            found.add(
                ("why", cause, *ends),
                lambda flow, among=among, cause=cause: int(among(flow) and flow.cause == cause),  # type: ignore[misc]
                tie=("why", *ends),
            )
    return found


def _segment(
    one: SegmentMovement, hidden: set[tuple[object, ...]], dominated: frozenset[int]
) -> SegmentMovement:
    gone = {step.name for step in fields(CustomerAccount) if (one.segment, step.name) in hidden}
    customers = replace(one.customers, **dict.fromkeys(gone))
    if one.revenue is None:
        return replace(one, customers=customers)
    if gone & set(_STEPS):
        gone.add("spent")
    if one.segment in dominated:
        gone = {step.name for step in fields(RevenueAccount)}
    return replace(one, customers=customers, revenue=replace(one.revenue, **dict.fromkeys(gone)))


def _transition(
    way: Transition, hidden: set[tuple[object, ...]], dominated: frozenset[int]
) -> Transition:
    ends = way.from_segment, way.to_segment, way.kind
    if ("why", "behaviour", *ends) in hidden:
        way = replace(way, by_behaviour=None, by_model=None, by_both=None)
    return replace(way, revenue=None) if dominated & {*ends[:2]} else way


def _sentence(moved: Movement, least: int) -> str:
    kept = (
        f", {percent(moved.kept / moved.both)} of customers kept their segment"
        if moved.kept is not None and moved.both
        else ""
    )
    return (
        f"Since {moved.since}{kept}{';' if kept else ','} some figures are left out, as they would "
        f"tell of fewer than {least} customers."
    )
