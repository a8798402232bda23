"""Customers from their segments of the snapshot before to those of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import Rows, along, layered, of_rows
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering, shorten
from custseg.report.charts.streams import Ends, bands, bars, corners, curve, stack
from custseg.segments.movement.figures import NOWHERE
from custseg.words.colours import GREY
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custseg.report.summary.whole import Summary
    from custseg.segments.movement.figures import Movement, Transition
    from custseg.words.language import Wording

_HEIGHT: Final = 520
_GAP: Final = 0.035
"""Between segments, in all customers: a line of text, however few are in one."""
_NODE: Final = 0.025
"""Width of a segment, in the distance between both months."""
_SIDE: Final = 0.42
"""Room for names on both sides, likewise."""
_LEAST: Final = 0.003
"""Streams of a smaller share of customers would be hard to see."""
_STAYED, _MOVED = 0.22, 0.62
"""Opacity of streams."""
_LETTERS: Final = 22


@dataclass(frozen=True)
class _Node:
    """A segment in one of the months, or those who are in none."""

    key: str
    name: str
    colour: str
    customers: int
    """0 where too few to be told."""


def moves(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw how customers went from segment to segment since the snapshot before.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    wording
        The language; English by default, as in pictures.
    """
    moved = summary.movement
    if moved is None or not moved.transitions:
        return None
    words = wording or english()
    dates = {"since": words.iso_date(moved.since), "as_of": words.iso_date(moved.as_of)}
    texts = Lettering(words, "charts.moves", dates)
    nobody = words.texts("page.nobody")
    left, right = _nodes(moved, nobody)
    total = sum(way.customers for way in moved.transitions)
    return Drawing(
        name="moves",
        title=_title(moved, texts),
        caption=texts("caption", least=texts.percent(_LEAST)),
        alt_text=_description(moved, texts),
        section="since",
        chart=_drawn(moved, (left, right), total, nobody, texts),
    )


def _nodes(moved: Movement, nobody: Mapping[str, str]) -> tuple[list[_Node], list[_Node]]:
    """The blocks of both months, from the top down."""
    by_number = sorted(moved.segments, key=lambda one: one.segment)
    left = [
        _Node(f"{one.segment}", one.name, one.colour, one.customers.before or 0)
        for one in by_number
    ]
    left += [
        _Node(own, nobody[own], GREY, getattr(moved, own) or 0) for own in ("new", "returning")
    ]
    right = [
        _Node(f"{one.segment}", one.name, one.colour, one.customers.now or 0) for one in by_number
    ]
    right.append(_Node("lost", nobody["lost"], GREY, moved.lost or 0))
    return [node for node in left if node.customers], [node for node in right if node.customers]


def _ends(way: Transition) -> tuple[str, str]:
    """The keys of the blocks that customers went from and to."""
    source = way.kind if way.from_segment == NOWHERE else f"{way.from_segment}"
    return source, "lost" if way.to_segment == NOWHERE else f"{way.to_segment}"


def _title(moved: Movement, texts: Lettering) -> str:
    names = {one.segment: one.name for one in moved.segments}
    gone = [way for way in moved.transitions if way.kind == "moved"]
    if moved.both == 0:
        return texts("nobody_stayed")
    if not moved.both or moved.kept is None:
        return texts("sizes")
    kept = texts.percent(moved.kept / moved.both)
    if not gone:
        return texts("kept", kept=kept)
    most = max(gone, key=lambda way: (way.customers, -way.from_segment, -way.to_segment))
    return texts(
        "largest",
        kept=kept,
        customers=most.customers,
        source=names[most.from_segment],
        target=names[most.to_segment],
        cause=_cause(most),
    )


def _cause(way: Transition) -> str:
    """What most of a move is due to, where it is not what customers did: model or both."""
    if way.by_model is None or way.by_behaviour is None:
        return ""
    if way.by_model > way.customers / 2:
        return "model"
    return "both" if way.by_behaviour <= way.customers / 2 else ""


def _description(moved: Movement, texts: Lettering) -> str:
    sizes = [
        texts(
            "size",
            name=one.name,
            before=texts.whole(one.customers.before),
            now=texts.whole(one.customers.now),
        )
        for one in moved.segments
        if one.customers.before is not None and one.customers.now is not None
    ]
    return texts("alt", sizes=texts.listed(sizes))


def _streams(
    moved: Movement,
    left: Mapping[str, Ends],
    right: Mapping[str, Ends],
    total: int,
    nobody: Mapping[str, str],
) -> tuple[Rows, Rows]:
    """What is said of each stream, and the points of its curve."""
    ways = {_ends(way): way for way in moved.transitions}
    sizes = {ends: way.customers for ends, way in ways.items()}
    starts = corners(sizes, left, 0, list(right).index)
    stops = corners(sizes, right, 1, list(left).index)
    called = {f"{one.segment}": one for one in moved.segments}
    names = {**nobody, **{segment: one.name for segment, one in called.items()}}
    streams, steps = [], []
    for number, (ends, way) in enumerate(sorted(ways.items())):
        if way.customers < _LEAST * total:
            continue
        known = [called[end] for end in ends if end in called]
        streams.append(
            {
                "stream": number,
                "colour": known[0].colour,
                "opacity": _STAYED if way.kind == "stayed" else _MOVED,
                "customers": way.customers,
                "from": names[ends[0]],
                "to": names[ends[1]],
            }
        )
        across, up = (_NODE, 1 - _NODE), (starts[ends], stops[ends])
        steps += curve(number, across, up, way.customers)
    return streams, steps


def _drawn(
    moved: Movement,
    nodes: tuple[Sequence[_Node], Sequence[_Node]],
    total: int,
    nobody: Mapping[str, str],
    texts: Lettering,
) -> alt.LayerChart:
    left, right = nodes
    top = total * (1 + _GAP * (max(len(left), len(right)) - 1))
    starts, stops = (
        stack({node.key: node.customers for node in own}, total, top, _GAP * total) for own in nodes
    )
    streams, steps = _streams(moved, starts, stops, total, nobody)
    hidden: dict[str, Any] = {"title": None, "axis": None}
    x = along(alt.X, {"domain": [-_SIDE, 1 + _SIDE], "zero": False}, **hidden)
    y = along(alt.Y, {"domain": [-_GAP * total, top], "reverse": True}, **hidden)
    blocks: list[dict[str, Any]] = [
        {
            "x0": at,
            "x1": at + _NODE,
            "y0": round(ends[0], 2),
            "y1": round(ends[1], 2),
            "y": round(sum(ends) / 2, 2),
            "colour": node.colour,
            "name": node.name,
            "customers": node.customers,
            "label": f"{shorten(node.name, _LETTERS)}  {texts.whole(node.customers)}",
        }
        for own, placed, at in ((left, starts, 0.0), (right, stops, 1.0 - _NODE))
        for node in own
        for ends in (placed[node.key],)
    ]
    labels = [
        of_rows([row for row in blocks if (row["x0"] > 0) == after])
        .mark_text(
            align="left" if after else "right",
            dx=8 if after else -8,
            baseline="middle",
            tooltip=None,
        )
        .encode(x=x("x1" if after else "x0"), y=y("y"), text="label:N")
        for after in (False, True)
    ]
    heads = (
        of_rows(
            [
                {"x": 0, "y": 0, "on": texts.common["since"]},
                {"x": 1, "y": 0, "on": texts.common["as_of"]},
            ]
        )
        .mark_text(baseline="bottom", dy=-4, fontWeight=600, tooltip=None)
        .encode(x=x("x"), y=y("y"), text="on:N")
    )
    told, of_block = texts.titles("from", "to", "customers"), texts.titles("name", "customers")
    marks = (bands(steps, streams, x, y, told), bars(blocks, x, y, of_block))
    return layered(*marks, *labels, heads, height=_HEIGHT)
