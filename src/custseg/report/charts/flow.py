"""How segments split as their number grows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.axes import BARE, Rows, along, layered
from custseg.report.charts.drawing import PICTURE_WIDTH, Drawing
from custseg.report.charts.lettering import Lettering
from custseg.report.charts.placing import Label, place
from custseg.report.charts.plates import plates
from custseg.report.charts.streams import Ends, bands, bars, corners, curve, stack
from custseg.report.summary.measure import Measure
from custseg.words.colours import GREY

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_HEIGHT: Final = 480
_GAP: Final = 0.035
"""Between clusters, in all customers."""
_NODE: Final = 0.07
"""Half the width of a cluster, in steps of k."""
_SIDE: Final = 0.35
"""Room on both sides, likewise: names have space."""
_LEAST: Final = 0.002
"""Streams of a smaller share of customers would be thinner than a line."""

Node = tuple[int, int]
"""k and the number of the cluster."""


@dataclass(frozen=True)
class _Layout:
    """Where each cluster lies, in customers from the bottom: low end and high end."""

    nodes: dict[Node, Ends]
    top: float


def k_flow(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw clusters of each number of segments, and how customers move from one to the next."""
    flows = summary.k_flows
    ks = sorted({flow.k for flow in flows})
    if len(ks) < 2:  # noqa: PLR2004  (nothing flows)
        return None
    say = Lettering.of("k_flow", summary, wording)
    sizes: dict[Node, int] = defaultdict(int)
    positions: dict[Node, float] = {}
    for flow in flows:
        node = flow.k, flow.cluster
        sizes[node] = sizes[node] + flow.customers if flow.size is None else flow.size
        positions[flow.k, flow.cluster] = flow.position
    layout = _layout(sizes, positions, ks)
    own = _segments_of(summary, sizes)
    colours = {node: segment.colour for node, segment in own.items()}
    names = {node: segment.segment_name for node, segment in own.items()}
    streams, steps = _streams(summary, sizes, positions, layout, colours, say)
    blocks = [
        {
            "x0": k - _NODE,
            "x1": k + _NODE,
            "y0": round(low, 1),
            "y1": round(high, 1),
            "colour": colours.get((k, number), GREY),
            "name": names.get((k, number), say("cluster", number=number, k=k)),
            "customers": sizes[k, number],
        }
        for (k, number), (low, high) in layout.nodes.items()
    ]
    return Drawing(
        name="k-flow",
        title=_title(summary, say),
        caption=say(
            "caption",
            now=summary.fitted_now,
            coloured=len(own),
            least=say.percent(_LEAST),
        ),
        alt_text=_description(summary, names, sizes, say),
        section="method",
        chart=_drawn(ks, blocks, (streams, steps), names, colours, layout, say),
    )


def _segments_of(summary: Summary, sizes: dict[Node, int]) -> dict[Node, SegmentSummary]:
    """The segments that the clusters of the chosen k are; none where they are others.

    Clusters are numbered by falling mean spend (orders, where no amounts are known). A segment
    keeps its number, so that it says nothing of its place among them.
    """
    if not summary.fitted_now:
        return {}

    measure = Measure.of(summary)

    def mean(segment: SegmentSummary) -> Fraction:
        return Fraction(measure.of_days(segment)) / segment.customers

    k = summary.chosen_k
    ranked = sorted(summary.segments, key=lambda own: (-mean(own), own.segment))
    own = {(k, cluster): segment for cluster, segment in enumerate(ranked, 1)}
    found = {node: size for node, size in sizes.items() if node[0] == k}
    return own if found == {node: one.customers for node, one in own.items()} else {}


def _layout(sizes: dict[Node, int], positions: dict[Node, float], ks: list[int]) -> _Layout:
    """Stack the clusters of each k by their position, columns centred on one another."""
    customers = sum(size for (k, _), size in sizes.items() if k == ks[0])
    gap = _GAP * customers
    top = customers + gap * (ks[-1] - 1)
    nodes: dict[Node, Ends] = {}
    for k in ks:
        clusters = sorted(
            (node for node in sizes if node[0] == k), key=lambda node: (positions[node], node)
        )
        nodes |= stack({node: sizes[node] for node in clusters}, customers, top, gap)
    return _Layout(nodes, top)


def _streams(
    summary: Summary,
    sizes: dict[Node, int],
    positions: dict[Node, float],
    layout: _Layout,
    colours: dict[Node, str],
    say: Lettering,
) -> tuple[Rows, Rows]:
    """What is said of each stream, and the points of its curve."""
    customers = sum(size for (k, _), size in sizes.items() if k == summary.chosen_k)
    following = _following(summary)
    moves = {
        ((flow.k, flow.cluster), (following[flow.k], flow.next_cluster)): flow.customers
        for flow in summary.k_flows
        if flow.k in following
    }
    starts = corners(moves, layout.nodes, 0, positions.__getitem__)
    stops = corners(moves, layout.nodes, 1, positions.__getitem__)
    streams: Rows = []
    steps: Rows = []
    for (source, target), moved in moves.items():
        if moved < _LEAST * customers:
            continue
        colour = colours.get(source) or colours.get(target)
        number = len(streams)
        streams.append(
            {
                "stream": number,
                "colour": colour or GREY,
                "opacity": 0.5 if colour else 0.28,
                "customers": moved,
                "from": say("number", number=source[1], k=source[0]),
                "to": say("number", number=target[1], k=target[0]),
            }
        )
        start, stop = starts[source, target], stops[source, target]
        across = (source[0] + _NODE, target[0] - _NODE)
        steps += curve(number, across, (start, stop), moved)
    return streams, steps


def _following(summary: Summary) -> dict[int, int]:
    """The next larger number of segments that was tried; a k asked for may be far from others."""
    return dict(pairwise(sorted({flow.k for flow in summary.k_flows})))


def _kept(summary: Summary) -> dict[int, float]:
    """Share of customers with the largest part of their cluster, with the k before and after."""
    chosen, following = summary.chosen_k, _following(summary)
    shared: dict[int, dict[int, dict[int, int]]] = {}
    for flow in summary.k_flows:
        if following.get(flow.k) == chosen:
            own = shared.setdefault(flow.k, {}).setdefault(flow.next_cluster, {})
            own[flow.cluster] = own.get(flow.cluster, 0) + flow.customers
        if flow.k == chosen and chosen in following:
            own = shared.setdefault(following[chosen], {}).setdefault(flow.cluster, {})
            own[flow.next_cluster] = own.get(flow.next_cluster, 0) + flow.customers
    return {
        k: sum(max(parts.values()) for parts in segments.values())
        / sum(sum(parts.values()) for parts in segments.values())
        for k, segments in sorted(shared.items())
    }


def _title(summary: Summary, say: Lettering) -> str:
    kept = _kept(summary)
    if not kept:
        ks = sorted({flow.k for flow in summary.k_flows})
        return say("finding_without", first=ks[0], last=ks[-1])
    (k, share), *more = kept.items()
    first = say(
        "finding",
        k=k,
        chosen=summary.chosen_k,
        share=say.percent(share),
        now=summary.fitted_now,
    )
    others = (say("finding_of_other", k=k, share=say.percent(share)) for k, share in more)
    return "; ".join([first, *others]) + "."


def _description(
    summary: Summary, names: dict[Node, str], sizes: dict[Node, int], say: Lettering
) -> str:
    told = say.listed([f"{name} ({say.whole(sizes[node])})" for node, name in names.items()])
    ks = sorted({k for k, _ in sizes})
    return say("alt", first=ks[0], last=ks[-1], k=summary.chosen_k, told=told)


def _drawn(
    ks: list[int],
    blocks: Rows,
    flows: tuple[Rows, Rows],
    names: dict[Node, str],
    colours: dict[Node, str],
    layout: _Layout,
    say: Lettering,
) -> alt.LayerChart:
    left, right = ks[0] - _SIDE, ks[-1] + _SIDE
    x = along(
        alt.X,
        {"domain": [left, right], "zero": False},
        title=say("axis"),
        axis=alt.Axis(values=ks, format="d", grid=False, domain=False, ticks=False),
    )
    y = along(alt.Y, {"domain": [0, layout.top]}, title=say("axis_up"), axis=BARE)
    streams, steps = flows
    layers: list[alt.Chart | alt.LayerChart] = [
        bands(steps, streams, x, y, say.titles("from", "to", "customers")),
        bars(blocks, x, y, say.titles("name", "customers")),
    ]
    if names:
        labels = []
        for node, name in names.items():
            low, high = layout.nodes[node]
            across = (node[0] - left) / (right - left) * PICTURE_WIDTH
            down = (1 - (low + high) / 2 / layout.top) * _HEIGHT
            labels.append(Label(name, across, down, colours[node], size=11))
        at = [
            (left + px / PICTURE_WIDTH * (right - left), layout.top * (1 - py / _HEIGHT))
            for px, py in place(labels, PICTURE_WIDTH, _HEIGHT)
        ]
        layers.append(plates(labels, at, x("x"), y("y")))
    return layered(*layers, height=_HEIGHT)
