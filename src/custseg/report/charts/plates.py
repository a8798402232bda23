"""Labels on plates of their colour, which keep their size however wide the plot is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from custseg.report.charts.axes import of_rows
from custseg.report.charts.placing import WIDEST
from custseg.words.colours import ink_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair.vegalite.v6.schema.channels import X, Y

    from custseg.report.charts.placing import Label


def plates(
    labels: Sequence[Label], at: Sequence[tuple[float, float]], x: X, y: Y, radius: float = 9
) -> alt.LayerChart:
    """Draw labels on plates of their colour, which keep their size however wide the plot is.

    Parameters
    ----------
    labels
        The texts.
    at
        Where their centres go, on the scales of x and y.
    x, y
        Encodings of the fields `x` and `y`.
    radius
        Of the plates' corners, in pixels.
    """
    rows = [
        {
            "x": round(x_at, 4),
            "y": round(y_at, 4),
            "label": label.text,
            "fill": label.fill,
            "ink": ink_on(label.fill),
            "plate": _plate(label.width, label.height, min(radius, label.height / 2)),
        }
        for label, (x_at, y_at) in zip(labels, at, strict=True)
    ]
    base = of_rows(rows, x=x, y=y)
    # A symbol of size 4 is drawn in the units of its path: pixels.
    shapes = base.mark_point(filled=True, size=4, opacity=1, tooltip=None).encode(
        shape=alt.Shape("plate:N", scale=None), color=alt.Color("fill:N", scale=None)
    )
    texts = base.mark_text(
        fontSize=labels[0].size, fontWeight=600, limit=WIDEST, baseline="middle", tooltip=None
    ).encode(text="label:N", color=alt.Color("ink:N", scale=None))
    return alt.LayerChart(layer=[shapes, texts])


def _plate(width: float, height: float, radius: float) -> str:
    """A rectangle with round corners around the origin, as an SVG path."""
    x, y, r = width / 2, height / 2, radius
    corner = f"A{r:.1f},{r:.1f},0,0,1,"
    return (
        f"M{r - x:.1f},{-y:.1f}L{x - r:.1f},{-y:.1f}{corner}{x:.1f},{r - y:.1f}"
        f"L{x:.1f},{y - r:.1f}{corner}{x - r:.1f},{y:.1f}"
        f"L{r - x:.1f},{y:.1f}{corner}{-x:.1f},{y - r:.1f}"
        f"L{-x:.1f},{r - y:.1f}{corner}{r - x:.1f},{-y:.1f}Z"
    )
