"""Rows that are grouped under the names of their segments, in one view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

from custseg.report.charts.axes import Rows, key, of_rows, rows_axis, tips
from custseg.report.charts.lettering import name
from custseg.words.colours import GREY

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary

_HEADING: Final = "#"
"""Before the text of a row that names a segment; that of others has a space."""


def grouped(groups: list[tuple[SegmentSummary, Rows]]) -> Rows:
    """Rows for the axis: each segment's name, then its own, which are called what `short` says."""
    rows: Rows = []
    for segment, own in groups:
        common = {"segment": segment.segment_name, "colour": segment.colour}
        rows.append(common | {"key": key(len(rows), f"{_HEADING}{name(segment)}"), "heading": True})
        for row in own:
            rows.append(common | row | {"key": key(len(rows), f" {row['short']}")})
    return rows


def grouped_chart(rows: Rows, **titles: str) -> alt.Chart:
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


def headings(base: alt.Chart) -> alt.Chart:
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
