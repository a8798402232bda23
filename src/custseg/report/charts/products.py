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
from custseg.report.charts.lettering import Lettering, name, shorten
from custseg.words.colours import GREY
from custseg.words.figures import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custseg.report.summary.segment import Product, SegmentSummary, UnitsNeeded
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

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


def over_buys(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Lift of the first products, or groups of them, that each segment over-buys."""
    say = Lettering.of("over_buys", summary, wording)
    shown = _Shown.of(summary, _over_bought)
    if not shown.lists:
        return None
    rows = _grouped(
        [
            (segment, [_over_buy(product, say) for product in sorted(products, key=_falling)])
            for segment, products in shown.lists
        ]
    )
    largest = max(row["lift"] for row in rows if "lift" in row)
    # A share that is twice as large is as far from 1 everywhere.
    end = max(largest, _SMALLEST_END) ** _BEYOND
    base = _grouped_chart(rows, say)
    x = along(alt.X, {"type": "log", "domain": [1, end]})("lift")
    axis = _ticks(_TICKS, end, "format(datum.value, ',~r') + '×'")
    drawn = base.transform_filter("isValid(datum.lift)").encode(x=x)
    stems = drawn.mark_rule(strokeWidth=3).encode(
        x=x.title(say("axis")).axis(axis),
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
        say(
            "finding",
            product=_called(product, say),
            times=_times(product, say),
            name=say.quoted(best),
        ),
        say("caption", most=shown.most, without=shown.without(say)),
        say("alt", each=shown.told(lambda one: f"{_called(one, say)} {_times(one, say)}×")),
        "customers",
        layered(_headings(base, say), stems, dots, texts, height=alt.Step(_ROW)),
    )


def units_needed(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Units expected of each segment's first products; None without the study."""
    say = Lettering.of("units_needed", summary, wording)
    shown = _Shown.of(summary, lambda segment: sorted(segment.units_needed, key=_most_expected))
    if not shown.lists:
        return None
    rows = _grouped(
        [(segment, [_need(one, say) for one in needed]) for segment, needed in shown.lists]
    )
    figures = [
        row[figure]
        for row in rows
        for figure in ("expected", "high", "recent")
        if row.get(figure) is not None
    ]
    end = max(*figures, 1.0)
    base = _grouped_chart(rows, say)
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
    axis = _ticks(_UNIT_TICKS, end, "format(datum.value, ',')")
    dots = drawn.mark_circle(size=80, opacity=1).encode(
        x=x("expected").title(say("axis", days=days)).axis(axis), color=COLOUR
    )
    texts = drawn.mark_text(align="left", dx=9).encode(x=x("end"), text="label:N")
    segment, first = max(
        ((segment, needed[0]) for segment, needed in shown.lists),
        key=lambda pair: pair[1].units_expected,
    )
    return Drawing(
        "units-needed",
        say(
            "finding",
            name=say.quoted(segment),
            product=_description(first),
            units=_units(first, say),
            days=days,
        ),
        say("caption", most=shown.most, days=days, without=shown.without(say)),
        say(
            "alt",
            days=days,
            each=shown.told(lambda one: f"{_description(one)} {_units(one, say)}"),
        ),
        "revenue",
        layered(_headings(base, say), bands, recent, dots, texts, height=alt.Step(_ROW)),
    )


@dataclass(frozen=True)
class _Shown(Generic[Listed]):
    """The first of what each segment's list holds."""

    lists: list[tuple[SegmentSummary, list[Listed]]]
    """Of the segments that have any."""
    most: int
    others: list[SegmentSummary]

    @classmethod
    def of(cls, summary: Summary, pick: Callable[[SegmentSummary], list[Listed]]) -> _Shown[Listed]:
        segments = len(summary.segments)
        most = next((most for limit, most in _BY_SEGMENTS if segments <= limit), 2)
        lists = [(segment, pick(segment)[:most]) for segment in summary.segments]
        empty = [segment for segment, own in lists if not own]
        return cls([(segment, own) for segment, own in lists if own], most, empty)

    def without(self, say: Lettering) -> str:
        """Name the other segments."""
        return say.listed([say.quoted(segment) for segment in self.others])

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


def _grouped_chart(rows: Rows, say: Lettering) -> alt.Chart:
    """A chart of them, with the names of segments in bold."""
    axis = rows_axis(
        labelExpr="slice(datum.label, 4)",
        labelFontWeight={
            "condition": {"test": f"slice(datum.label, 3, 4) === '{_HEADING}'", "value": "bold"},
            "value": "normal",
        },
        labelLimit=300,
    )
    return of_rows(rows, y=axis, tooltip=tips(say.titles()))


def _headings(base: alt.Chart, say: Lettering) -> alt.Chart:
    """A hairline where a segment's name stands: colour is left to the marks that measure."""
    lines: alt.Chart = (
        base.transform_filter("isValid(datum.heading)")
        .mark_rule(strokeWidth=1, opacity=0.45, color=GREY)
        .encode(
            x=alt.value(0),
            x2=alt.value("width"),
            tooltip=tips(say.titles("segment")),
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


def _called(product: Product, say: Lettering) -> str:
    return shorten(product.description or product.product_id or say("nameless"), _LETTERS)


def _times(product: Product, say: Lettering) -> str:
    lift = product.lift or 0
    return say.rounded(lift, 2) if lift < _FINE_BELOW else say.number(lift)


def _over_buy(product: Product, say: Lettering) -> dict[str, Any]:
    share = "" if product.buyer_share is None else f" ({say.percent(product.buyer_share)})"
    return {
        "short": _called(product, say),
        "product": plain(product.description),
        "code": product.product_id or say("group"),
        "lift": product.lift,
        "label": f"{_times(product, say)}×",
        "buyers": say("withheld")
        if product.buyers is None
        else f"{say.whole(product.buyers)}{share}",
    }


def _need(needed: UnitsNeeded, say: Lettering) -> dict[str, Any]:
    ends = (needed.units_expected, needed.units_recent, needed.units_high)
    return {
        "short": _description(needed),
        "product": plain(needed.description or ""),
        "code": needed.product_id,
        "expected": needed.units_expected,
        "low": needed.units_low,
        "high": needed.units_high,
        "recent": needed.units_recent,
        "recent_text": say.whole(needed.units_recent),
        "end": max(end for end in ends if end is not None),
        "label": _units(needed, say),
    }


def _description(needed: UnitsNeeded) -> str:
    return shorten(needed.description or needed.product_id, _LETTERS)


def _units(needed: UnitsNeeded, say: Lettering) -> str:
    expected = say.whole(needed.units_expected)
    if needed.units_low is None or needed.units_high is None:
        return expected
    low, high = say.whole(needed.units_low), say.whole(needed.units_high)
    return f"{expected} ({say('range', low=low, high=high)})"
