"""Products: what segments over-buy, and how many units they are likely to need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import COLOUR, layered, of_rows, ticks_at, tips
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.grouped import grouped, grouped_axis, headings
from custseg.report.charts.lettering import name, named, number, percent, shorten, whole
from custseg.words.colours import GREY
from custseg.words.figures import listed, plain

if TYPE_CHECKING:
    from custseg.report.summary.segment import Product, SegmentSummary, UnitsNeeded
    from custseg.report.summary.whole import Summary

_LETTERS: Final = 34
"""Of a description on the axis; the whole is in the tooltip."""
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
    most = _per_segment(len(summary.segments))
    shown = [(segment, _over_bought(segment)[:most]) for segment in summary.segments]
    without = [named(segment) for segment, products in shown if not products]
    shown = [(segment, products) for segment, products in shown if products]
    if not shown:
        return None
    rows = grouped(
        [
            (segment, [_over_buy(product) for product in sorted(products, key=_falling)])
            for segment, products in shown
        ]
    )
    largest = max(row["lift"] for row in rows if "lift" in row)
    # A share that is twice as large is as far from 1 everywhere.
    end = max(largest, _SMALLEST_END) ** _BEYOND
    scale = alt.Scale(type="log", domain=[1, end], nice=False)
    base = of_rows(
        rows,
        y=grouped_axis(),
        tooltip=tips(
            {
                "segment": "Segment",
                "product": "Product",
                "code": "Code",
                "label": "Its share of the segment's order lines / of all",
                "buyers": "Buyers in the segment",
            }
        ),
    )
    x = alt.X("lift:Q").scale(scale)
    drawn = base.transform_filter("isValid(datum.lift)")
    stems = drawn.mark_rule(strokeWidth=3).encode(
        x=x.title("Share of the segment's lines / share of all lines").axis(
            ticks_at(
                [tick for tick in _TICKS if tick <= end],
                labelExpr="format(datum.value, ',~r') + '×'",
                grid=False,
                labelOverlap=True,
            )
        ),
        x2=alt.datum(1),
        color=COLOUR,
    )
    dots = drawn.mark_circle(size=90, opacity=1).encode(x=x, color=COLOUR)
    texts = drawn.mark_text(align="left", dx=9).encode(x=x, text="label:N")
    best, product = max(
        ((segment, product) for segment, products in shown for product in products),
        key=lambda pair: pair[1].lift or 0,
    )
    return Drawing(
        "over-buys",
        f"“{shorten(_called(product), _LETTERS)}” takes {_times(product)[:-1]} times the share of "
        f"order lines in {named(best)} that it takes in the whole shop",
        f"Up to {most} products (groups of products where the segment has none) that each segment "
        "surely over-buys, by how much. The scale is logarithmic and starts at 1×, no more than "
        "the shop as a whole." + _without(without),
        "Products that segments over-buy. "
        + " ".join(
            f"{name(segment)}: "
            + ", ".join(f"{shorten(_called(one), _LETTERS)} {_times(one)}" for one in products)
            + "."
            for segment, products in shown
        ),
        "customers",
        layered(headings(base), stems, dots, texts, height=alt.Step(_ROW)),
    )


def units_needed(summary: Summary) -> Drawing | None:
    """Units expected of each segment's first products; None without the study."""
    most = _per_segment(len(summary.segments))
    shown = [
        (segment, sorted(segment.units_needed, key=_most_expected)[:most])
        for segment in summary.segments
    ]
    without = [named(segment) for segment, needed in shown if not needed]
    shown = [(segment, needed) for segment, needed in shown if needed]
    if not shown:
        return None
    rows = grouped([(segment, [_need(one) for one in needed]) for segment, needed in shown])
    figures = [
        row[figure]
        for row in rows
        for figure in ("expected", "high", "recent")
        if row.get(figure) is not None
    ]
    end = max(*figures, 1.0)
    scale = alt.Scale(type="symlog", constant=1, domain=[0, (end + 1) ** _BEYOND_UNITS], nice=False)
    base = of_rows(
        rows,
        y=grouped_axis(),
        tooltip=tips(
            {
                "segment": "Segment",
                "product": "Product",
                "code": "Code",
                "label": "Units expected (80 % band)",
                "recent_text": "Units in as many days before",
            }
        ),
    )
    days = shown[0][1][0].days
    colour = COLOUR
    x = alt.X("expected:Q").scale(scale)
    bands = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=4, opacity=0.45)
        .encode(x=alt.X("low:Q").scale(scale), x2="high:Q", color=colour)
    )
    drawn = base.transform_filter("isValid(datum.expected)")
    recent = drawn.mark_tick(thickness=2, size=14, color=GREY).encode(
        x=alt.X("recent:Q").scale(scale)
    )
    dots = drawn.mark_circle(size=80, opacity=1).encode(
        x=x.title(f"Units in the next {days} days (logarithmic scale)").axis(
            ticks_at(
                [tick for tick in _UNIT_TICKS if tick <= end],
                labelExpr="format(datum.value, ',')",
                grid=False,
                labelOverlap=True,
            )
        ),
        color=colour,
    )
    texts = drawn.mark_text(align="left", dx=9).encode(
        x=alt.X("end:Q").scale(scale), text="label:N"
    )
    segment, first = max(
        ((segment, needed[0]) for segment, needed in shown),
        key=lambda pair: pair[1].units_expected,
    )
    return Drawing(
        "units-needed",
        f"The largest need foreseen is of {named(segment)} for “{_description(first, _LETTERS)}”: "
        f"{_units(first)} units expected in the next {days} days",
        f"The {most} products of each segment's shelf with most units expected. Points: units "
        f"expected in the next {days} days; lines: the band that holds four outcomes in five; grey "
        f"ticks: units that its members bought in the {days} days before. The forecast knows no "
        "season: a product of the last one, such as Christmas goods in December, is overstated. "
        "Only of today's members: it is no purchase order." + _without(without),
        f"Units expected in the next {days} days. "
        + " ".join(
            f"{name(segment)}: "
            + ", ".join(f"{_description(one, _LETTERS)} {_units(one)}" for one in needed)
            + "."
            for segment, needed in shown
        ),
        "revenue",
        layered(headings(base), bands, recent, dots, texts, height=alt.Step(_ROW)),
    )


def _per_segment(segments: int) -> int:
    return next((most for limit, most in _BY_SEGMENTS if segments <= limit), 2)


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
    return product.description or product.product_id or "without a name"


def _times(product: Product) -> str:
    lift = product.lift or 0
    return f"{lift:.2f}×" if lift < _FINE_BELOW else f"{number(lift)}×"


def _over_buy(product: Product) -> dict[str, Any]:
    share = "" if product.buyer_share is None else f" ({percent(product.buyer_share)})"
    return {
        "short": shorten(_called(product), _LETTERS),
        "product": plain(product.description),
        "code": product.product_id or "group of products",
        "lift": product.lift,
        "label": _times(product),
        "buyers": f"{whole(product.buyers)}{share}",
    }


def _need(needed: UnitsNeeded) -> dict[str, Any]:
    ends = (needed.units_expected, needed.units_recent, needed.units_high)
    return {
        "short": _description(needed, _LETTERS),
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


def _description(needed: UnitsNeeded, letters: int) -> str:
    return shorten(needed.description or needed.product_id, letters)


def _units(needed: UnitsNeeded) -> str:
    expected = whole(needed.units_expected)
    if needed.units_low is None or needed.units_high is None:
        return expected
    return f"{expected} ({whole(needed.units_low)} to {whole(needed.units_high)})"


def _without(names: list[str]) -> str:
    return f" Without any: {listed(names)}." if names else ""
