"""The vocabulary of the charts: marks of rows, tooltips, channels with their scales, and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import altair as alt

from custseg.words.colours import GREY
from custseg.words.figures import before, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Rows = list[dict[str, Any]]
Channel = TypeVar("Channel", alt.X, alt.Y)

_CURRENCY: Final = "currency"


def money_label(units: Mapping[str, str], *, leads: bool) -> str:
    """Write an axis of money: £1.5M, or 1,5 Mio. £.

    The currency is a parameter of the chart, for it is the shop's text and no expression.

    Parameters
    ----------
    units
        What to write for Vega's signs of thousands, millions and billions.
    leads
        Whether the currency stands before the number.
    """
    number = "format(abs(datum.value), '.3~s')"
    for sign, unit in units.items():
        number = number if unit == sign else f"replace({number}, '{sign}', '{unit}')"
    parts = [_CURRENCY, number] if leads else [number, _CURRENCY]
    return " + ".join(["(datum.value < 0 ? '\N{MINUS SIGN}' : '')", *parts])


COLOUR: Final = alt.Color("colour:N", scale=None)
"""The colour that each row says."""
OPACITY: Final = alt.Opacity("opacity:Q", scale=None)
"""Likewise."""
BARE: Final = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
"""An axis that shows nothing but its title."""
COUNT: Final = ",.0f"
"""How Vega writes whole numbers in a tooltip."""


def layered(
    *layers: alt.Chart | alt.LayerChart,
    height: int | alt.Step,
    currency: str | None = None,
    leads: bool = True,
) -> alt.LayerChart:
    """Lay charts over each other.

    Parameters
    ----------
    layers
        From the bottom up.
    height
        In pixels, or a step per row.
    currency
        What `money_label` writes beside its numbers, where an axis has it.
    leads
        Whether it stands before them.
    """
    chart = alt.LayerChart(layer=list(layers)).properties(height=height)
    if currency is None:
        return chart
    beside = before(currency) if leads or not currency else f"\N{NO-BREAK SPACE}{plain(currency)}"
    return chart.add_params(alt.param(name=_CURRENCY, value=beside))


def of_rows(rows: Rows, **channels: Any) -> alt.Chart:  # noqa: ANN401  (Altair's own)
    """A chart of rows, to be marked, with the channels that its marks share."""
    # Altair copies lists with every step of a chart, tuples not.
    chart = alt.Chart(alt.InlineData(values=tuple(rows)))
    return chart.encode(**channels) if channels else chart


def boxes(
    rows: Rows,
    x: Callable[[str], alt.X],
    y: Callable[[str], alt.Y],
    **channels: Any,  # noqa: ANN401  (Altair's own)
) -> alt.Chart:
    """A chart of rows that are rectangles, from x0 to x1 and from y0 to y1."""
    return of_rows(rows, x=x("x0"), x2="x1", y=y("y0"), y2="y1", **channels)


def tips(titles: Mapping[str, str], **formats: str) -> list[alt.Tooltip]:
    """What is said where the pointer rests: fields with their titles.

    A field is a text unless its name says another type (`k:O`) or it has a format, as numbers do.
    """
    return [
        alt.Tooltip(f"{field}:Q", title=title, format=formats[field])
        if field in formats
        else alt.Tooltip(field if ":" in field else f"{field}:N", title=title)
        for field, title in titles.items()
    ]


def along(
    channel: type[Channel],
    scale: dict[str, Any],
    **how: Any,  # noqa: ANN401  (Altair's own)
) -> Callable[[str], Channel]:
    """Make channels of fields that share a scale, a title and an axis."""
    return lambda field: channel(f"{field}:Q", scale=alt.Scale(nice=False, **scale), **how)


def ticks_at(values: Sequence[float], **how: Any) -> alt.Axis:  # noqa: ANN401  (Altair's own)
    """An axis with all of these ticks: Vega drops some where it finds them too many."""
    return alt.Axis(values=list(values), tickCount=len(values), **how)


def zero_line() -> alt.Chart:
    """A line at 0 of the axis across, where bars start."""
    line: alt.Chart = of_rows([{"zero": 0}], x="zero:Q").mark_rule(color=GREY)
    return line


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


def names_axis(field: str, names: Sequence[str], limit: int = 220) -> alt.Y:
    """Rows of a chart by their names, in this order."""
    return alt.Y(f"{field}:N", title=None, sort=list(names)).axis(
        ticks=False, domain=False, labelLimit=limit, labelPadding=8
    )
