"""Blocks and the streams between them: the marks of a flow, wherever its blocks are put."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar

import altair as alt

from custseg.report.charts.axes import COLOUR, COUNT, OPACITY, Rows, boxes, of_rows, tips

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Ends = tuple[float, float]
Block = TypeVar("Block", str, tuple[int, int])

_CURVE: Final = 16
"""Steps of a stream's curve."""
_TOLD: Final = ["colour", "opacity", "customers", "from", "to"]
"""What is said of a stream, once for all the points of its curve."""


def curve(stream: int, x: Ends, y: Ends, customers: int) -> Rows:
    """The points of a stream: level at both ends, a cubic curve between.

    Parameters
    ----------
    x, y
        Where its lower edge starts and stops.
    customers
        How broad it is, in the unit of y.
    """
    points = []
    for step in range(_CURVE + 1):
        share = step / _CURVE
        low = y[0] + share * share * (3 - 2 * share) * (y[1] - y[0])
        points.append(
            {
                "stream": stream,
                "x": round(x[0] + share * (x[1] - x[0]), 4),
                "y0": round(low, 2),
                "y1": round(low + customers, 2),
            }
        )
    return points


def stack(sizes: Mapping[Block, int], total: int, top: float, gap: float) -> dict[Block, Ends]:
    """Where each block of a column begins and ends, gaps between, the column in the middle."""
    at = (top - total - gap * (len(sizes) - 1)) / 2
    placed = {}
    for block, size in sizes.items():
        placed[block] = (at, at + size)
        at += size + gap
    return placed


def corners(
    ways: Mapping[tuple[Block, Block], int],
    blocks: Mapping[Block, Ends],
    end: Literal[0, 1],
    order: Callable[[Block], float],
) -> dict[tuple[Block, Block], float]:
    """Where each stream begins at its block, in the order of the blocks at its other end.

    Parameters
    ----------
    ways
        The customers of each stream, by the blocks that it comes from and goes to.
    blocks
        Where the blocks begin and end.
    end
        0 for the blocks that streams come from, 1 for those that they go to.
    order
        Sorts the blocks at the other end.
    """
    at = {block: ends[0] for block, ends in blocks.items()}
    found = {}
    for ends in sorted(ways, key=lambda ends: (order(ends[1 - end]), ends)):
        found[ends] = at[ends[end]]
        at[ends[end]] += ways[ends]
    return found


def bands(
    steps: Rows,
    streams: Rows,
    x: Callable[[str], alt.X],
    y: Callable[[str], alt.Y],
    titles: Mapping[str, str],
) -> alt.Chart:
    """Draw streams.

    Parameters
    ----------
    steps
        The points of all curves.
    streams
        What is said of each: stream, colour, opacity, customers, from, to.
    x, y
        The channels of a field.
    titles
        What "from", "to" and "customers" are called where the pointer rests, in this order.
    """
    told = alt.LookupData(data=alt.InlineData(values=streams), key="stream", fields=_TOLD)
    marks = of_rows(
        steps,
        x=x("x"),
        y=y("y0"),
        y2="y1",
        detail="stream:N",
        color=COLOUR,
        opacity=OPACITY,
        tooltip=tips(titles, customers=COUNT),
    ).mark_area(interpolate="monotone", line=False)
    drawn: alt.Chart = marks.transform_lookup(lookup="stream", from_=told)
    return drawn


def bars(
    blocks: Rows,
    x: Callable[[str], alt.X],
    y: Callable[[str], alt.Y],
    titles: Mapping[str, str],
) -> alt.Chart:
    """Draw blocks: x0, x1, y0, y1, colour, name and customers of each, of which the titles tell."""
    tooltip = tips(titles, customers=COUNT)
    drawn: alt.Chart = boxes(blocks, x, y, color=COLOUR, tooltip=tooltip).mark_rect(opacity=1)
    return drawn
