"""Products: what segments over-buy, and how many units they are likely to need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import altair as alt

from custseg.report.charts.axes import (
    COLOUR,
    Rows,
    along,
    key,
    layered,
    of_rows,
    rows_axis,
    ticks_at,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import name, named, number, percent, shorten, whole
from custseg.words.colours import GREY
from custseg.words.figures import listed, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custseg.report.summary.segment import Product, SegmentSummary, UnitsNeeded
    from custseg.report.summary.whole import Summary

Listed = TypeVar("Listed")

_LETTERS: Final = 34
"""Of a description on the axis; the whole is in the tooltip."""
_HEADING: Final = "#"
"""Before the text of a row that names a segment; that of others has a space."""
_ROW: Final = 20
_BY_SEGMENTS: Final = ((7, 4), (9, 3))
"""Up to so many segments, so many products each; of more segments, two."""
_TICKS: Final = (1, 1.2, 1.5, 2, 3, 4, 6, 10, 20, 50, 100, 200, 500, 1000)
_UNIT_TICKS: Final = (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 1_000_000)
_BEYOND: Final = 1.15
"""Room for the figures beyond the largest lift: a power, as the scale is logarithmic."""
_BEYOND_UNITS: Final = 1.05
_SMALLEST_END: Final = 1.2
_FINE_BELOW: Final = 1.2
"""Lifts below have two decimals, so that none reads as 1."""


def over_buys(summary: Summary) -> Drawing | None:
    """Lift of the first products, or groups of them, that each segment over-buys."""
    shown = _Shown.of(summary, _over_bought)
    if not shown.lists:
        return None
    rows = _grouped(
        [
            (segment, [_over_buy(product) for product in sorted(products, key=_falling)])
            for segment, products in shown.lists
        ]
    )
    largest = max(row["lift"] for row in rows if "lift" in row)
    # A share that is twice as large is as far from 1 everywhere.
    end = max(largest, _SMALLEST_END) ** _BEYOND
    base = _grouped_chart(
        rows,
        label="Its share of the segment's order lines / of all",
        buyers="Buyers in the segment",
    )
    x = along(alt.X, {"type": "log", "domain": [1, end]})("lift")
    axis = _ticks(_TICKS, end, "format(datum.value, ',~r') + '×'")
    drawn = base.transform_filter("isValid(datum.lift)").encode(x=x)
    stems = drawn.mark_rule(strokeWidth=3).encode(
        x=x.title("Share of the segment's lines / share of all lines").axis(axis),
        x2=alt.datum(1),
        color=COLOUR,
    )
    dots = drawn.mark_circle(size=90, opacity=1).encode(color=COLOUR)
    texts = drawn.mark_text(align="left", dx=9).encode(text="label:N")
    best, product = max(
        ((segment, product) for segment, products in shown.lists for product in products),
        key=lambda pair: pair[1].lift or 0,
    )
    return Drawing(
        "over-buys",
        f"“{_called(product)}” takes {_times(product)[:-1]} times the share of order lines in "
        f"{named(best)} that it takes in the whole shop",
        f"Up to {shown.most} products (groups of products where the segment has none) that each "
        "segment surely over-buys, by how much. The scale is logarithmic and starts at 1×, no more "
        f"than the shop as a whole.{shown.without}",
        "Products that segments over-buy. "
        + shown.told(lambda one: f"{_called(one)} {_times(one)}"),
        "customers",
        layered(_headings(base), stems, dots, texts, height=alt.Step(_ROW)),
    )


def units_needed(summary: Summary) -> Drawing | None:
    """Units expected of each segment's first products; None without the study."""
    shown = _Shown.of(summary, lambda segment: sorted(segment.units_needed, key=_most_expected))
    if not shown.lists:
        return None
    rows = _grouped([(segment, [_need(one) for one in needed]) for segment, needed in shown.lists])
    figures = [
        row[figure]
        for row in rows
        for figure in ("expected", "high", "recent")
        if row.get(figure) is not None
    ]
    end = max(*figures, 1.0)
    base = _grouped_chart(
        rows, label="Units expected (80 % band)", recent_text="Units in as many days before"
    )
    days = shown.lists[0][1][0].days
    domain = [0, (end + 1) ** _BEYOND_UNITS]
    x = along(alt.X, {"type": "symlog", "constant": 1, "domain": domain})
    bands = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=4, opacity=0.45)
        .encode(x=x("low"), x2="high:Q", color=COLOUR)
    )
    drawn = base.transform_filter("isValid(datum.expected)")
    recent = drawn.mark_tick(thickness=2, size=14, color=GREY).encode(x=x("recent"))
    title = f"Units in the next {days} days (logarithmic scale)"
    axis = _ticks(_UNIT_TICKS, end, "format(datum.value, ',')")
    dots = drawn.mark_circle(size=80, opacity=1).encode(
        x=x("expected").title(title).axis(axis), color=COLOUR
    )
    texts = drawn.mark_text(align="left", dx=9).encode(x=x("end"), text="label:N")
    segment, first = max(
        ((segment, needed[0]) for segment, needed in shown.lists),
        key=lambda pair: pair[1].units_expected,
    )
    return Drawing(
        "units-needed",
        f"The largest need foreseen is of {named(segment)} for “{_description(first)}”: "
        f"{_units(first)} units expected in the next {days} days",
        f"The {shown.most} products of each segment's shelf with most units expected. Points: "
        f"units expected in the next {days} days; lines: the band that holds four outcomes in "
        f"five; grey ticks: units that its members bought in the {days} days before. The forecast "
        "knows no season: a product of the last one, such as Christmas goods in December, is "
        f"overstated. Only of today's members: it is no purchase order.{shown.without}",
        f"Units expected in the next {days} days. "
        + shown.told(lambda one: f"{_description(one)} {_units(one)}"),
        "revenue",
        layered(_headings(base), bands, recent, dots, texts, height=alt.Step(_ROW)),
    )


@dataclass(frozen=True)
class _Shown(Generic[Listed]):
    """The first of what each segment's list holds."""

    lists: list[tuple[SegmentSummary, list[Listed]]]
    """Of the segments that have any."""
    most: int
    without: str
    """A sentence that names the other segments."""

    @classmethod
    def of(cls, summary: Summary, pick: Callable[[SegmentSummary], list[Listed]]) -> _Shown[Listed]:
        segments = len(summary.segments)
        most = next((most for limit, most in _BY_SEGMENTS if segments <= limit), 2)
        lists = [(segment, pick(segment)[:most]) for segment in summary.segments]
        empty = listed([named(segment) for segment, own in lists if not own])
        without = f" Without any: {empty}." if empty else ""
        return cls([(segment, own) for segment, own in lists if own], most, without)

    def told(self, write: Callable[[Listed], str]) -> str:
        """Each segment's list in a sentence."""
        return " ".join(
            f"{name(segment)}: {', '.join(map(write, own))}." for segment, own in self.lists
        )


def _ticks(numbers: Sequence[float], end: float, written: str) -> alt.Axis:
    shown = [tick for tick in numbers if tick <= end]
    return ticks_at(shown, labelExpr=written, grid=False, labelOverlap=True)


def _grouped(groups: list[tuple[SegmentSummary, Rows]]) -> Rows:
    """Rows for the axis: each segment's name, then its own, which are called what `short` says."""
    rows: Rows = []
    for segment, own in groups:
        common = {"segment": segment.segment_name, "colour": segment.colour}
        rows.append(common | {"key": key(len(rows), f"{_HEADING}{name(segment)}"), "heading": True})
        for row in own:
            rows.append(common | row | {"key": key(len(rows), f" {row['short']}")})
    return rows


def _grouped_chart(rows: Rows, **titles: str) -> alt.Chart:
    """A chart of them, with the names of segments in bold; `titles` are of the fields to tell."""
    axis = rows_axis(
        labelExpr="slice(datum.label, 4)",
        labelFontWeight={
            "condition": {"test": f"slice(datum.label, 3, 4) === '{_HEADING}'", "value": "bold"},
            "value": "normal",
        },
        labelLimit=300,
    )
    named = {"segment": "Segment", "product": "Product", "code": "Code"}
    return of_rows(rows, y=axis, tooltip=tips(named | titles))


def _headings(base: alt.Chart) -> alt.Chart:
    """A hairline where a segment's name stands: colour is left to the marks that measure."""
    lines: alt.Chart = (
        base.transform_filter("isValid(datum.heading)")
        .mark_rule(strokeWidth=1, opacity=0.45, color=GREY)
        .encode(
            x=alt.value(0),
            x2=alt.value("width"),
            tooltip=alt.Tooltip("segment:N", title="Segment"),
        )
    )
    return lines


def _over_bought(segment: SegmentSummary) -> list[Product]:
    """Products first on its list, else groups; a lift of 1 or less is no more than others buy."""
    for products in (segment.over_buys, segment.over_bought_groups):
        more = [product for product in products if product.lift is not None and product.lift > 1]
        if more:
            return more
    return []


def _falling(product: Product) -> float:
    return -(product.lift or 0)


def _most_expected(needed: UnitsNeeded) -> tuple[float, str]:
    return -needed.units_expected, needed.product_id


def _called(product: Product) -> str:
    return shorten(product.description or product.product_id or "without a name", _LETTERS)


def _times(product: Product) -> str:
    lift = product.lift or 0
    return f"{lift:.2f}×" if lift < _FINE_BELOW else f"{number(lift)}×"


def _over_buy(product: Product) -> dict[str, Any]:
    share = "" if product.buyer_share is None else f" ({percent(product.buyer_share)})"
    return {
        "short": _called(product),
        "product": plain(product.description),
        "code": product.product_id or "group of products",
        "lift": product.lift,
        "label": _times(product),
        "buyers": "not told" if product.buyers is None else f"{whole(product.buyers)}{share}",
    }


def _need(needed: UnitsNeeded) -> dict[str, Any]:
    ends = (needed.units_expected, needed.units_recent, needed.units_high)
    return {
        "short": _description(needed),
        "product": plain(needed.description or ""),
        "code": needed.product_id,
        "expected": needed.units_expected,
        "low": needed.units_low,
        "high": needed.units_high,
        "recent": needed.units_recent,
        "recent_text": whole(needed.units_recent),
        "end": max(end for end in ends if end is not None),
        "label": _units(needed),
    }


def _description(needed: UnitsNeeded) -> str:
    return shorten(needed.description or needed.product_id, _LETTERS)


def _units(needed: UnitsNeeded) -> str:
    expected = whole(needed.units_expected)
    if needed.units_low is None or needed.units_high is None:
        return expected
    return f"{expected} ({whole(needed.units_low)} to {whole(needed.units_high)})"
