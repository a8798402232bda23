"""What several charts share: layers, and axes of rows and of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.words.figures import before

if TYPE_CHECKING:
    from collections.abc import Sequence

_CURRENCY: Final = "currency"
MONEY_LABEL: Final = (
    "(datum.value < 0 ? '\N{MINUS SIGN}' : '') + currency"
    " + replace(format(abs(datum.value), '.3~s'), 'G', 'bn')"
)
"""£1.5M. The currency is a parameter of the chart, for it is the shop's text and no expression."""

PERCENT_AXIS: Final = "replace(datum.label, '%', ' %')"
"""How Vega writes an axis of shares as texts do: 25 %."""


def layered(
    *layers: alt.Chart | alt.LayerChart, height: int | alt.Step, currency: str | None = None
) -> alt.LayerChart:
    """Lay charts over each other.

    Parameters
    ----------
    layers
        From the bottom up.
    height
        In pixels, or a step per row.
    currency
        What `MONEY_LABEL` writes before its numbers, where an axis has it.
    """
    chart = alt.LayerChart(layer=list(layers)).properties(height=height)
    if currency is None:
        return chart
    return chart.add_params(alt.param(name=_CURRENCY, value=before(currency)))


def ticks_at(values: Sequence[float], **how: Any) -> alt.Axis:  # noqa: ANN401  (Altair's own)
    """An axis with all of these ticks: Vega drops some where it finds them too many."""
    return alt.Axis(values=list(values), tickCount=len(values), **how)


def key(place: int, text: str) -> str:
    """A value of an axis that sorts by its place and is unique, whatever the text."""
    return f"{place:03d}{text}"


def rows_axis(**how: Any) -> alt.Y:  # noqa: ANN401  (Altair's own)
    """Rows of a chart by their `key`, with the text beside them."""
    axis: dict[str, Any] = {
        "title": None,
        "domain": False,
        "ticks": False,
        "labelExpr": "slice(datum.label, 3)",
        "labelLimit": 260,
        "labelPadding": 8,
    }
    return alt.Y("key:N").axis(alt.Axis(**(axis | how))).sort("ascending")
