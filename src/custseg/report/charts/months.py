"""Revenue, or orders where no amounts are known, by month and segment."""

from __future__ import annotations

import json
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import (
    COLOUR,
    along,
    boxes,
    layered,
    of_rows,
    ticks_at,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering, name
from custseg.report.charts.placing import spread_names
from custseg.report.summary.measure import Measure
from custseg.words.colours import GREY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_HEIGHT: Final = 380
_LABELS: Final = 0.34
"""Room for the names right of the bars, as a share of the bars' width."""
_MOST_TICKS: Final = 14
_HEADROOM: Final = 0.09
"""For a note above the highest bar, as a share of the height."""
_CUT: Final = 0.45
"""Opacity of a month that orders cover in part."""
_HALF_BAR: Final = 0.4
_MARGIN: Final = 0.8
"""Left of the first bar's middle, in months."""
_STEPS: Final = (1, 2, 3, 6, 12)


def revenue_by_month(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Stacked bars of the months' revenue (without amounts, orders) by segment; or None.

    Parameters
    ----------
    summary
        What the stage `summarise` gave.
    wording
        The language, and the currency; English by default, as in pictures.
    """
    measure, texts = Measure.of(summary), Lettering.of("by_month", summary, wording)
    totals = {row.month: Decimal(measure.of_days(row)) for row in summary.shop_months}
    months = list(totals)
    fields = [one for one in texts.names("fields") if measure.money or one != "revenue"]
    stacks = _stacks(summary, totals, texts)
    if not stacks:
        return None
    cut = _cut_months(summary, texts)
    ends = [end for row in stacks for end in (row["y0"], row["y1"])]
    domain = [min(ends), max(ends) + _HEADROOM * (max(ends) - min(ends))]
    count = len(months)
    x = along(alt.X, {"domain": [-_MARGIN, count - 0.4 + _LABELS * count]})
    y = along(alt.Y, {"domain": domain})
    bars = boxes(
        stacks,
        lambda field: x(field).axis(_month_axis(months, texts.wording)),
        lambda field: (
            y(field)
            .title(texts("axis", currency=texts.currency["currency"]))
            .axis(**texts.money_axis, tickCount=6)
        ),
        color=COLOUR,
        opacity=alt.Opacity("opacity:Q").scale(None).legend(None),
        tooltip=tips(texts.titles(*fields)),
    ).mark_bar()
    zero = of_rows(
        [{"from": -_MARGIN, "to": count - 0.4, "y": 0}], x=x("from"), x2="to:Q", y=y("y")
    ).mark_rule(color=GREY)
    names = of_rows(_names(summary, stacks, domain, count))
    leaders = names.mark_rule(strokeWidth=1.5).encode(
        x=x("from"), x2="to:Q", y=y("y"), y2="label:Q", color=COLOUR
    )
    labels = names.mark_text(align="left", baseline="middle", dx=4, limit=150).encode(
        x=x("to"), y=y("label"), text="name:N"
    )
    layers = [bars, zero, leaders, labels]
    if cut:
        tops = dict.fromkeys(cut, 0.0)
        for part in stacks:
            if part["iso"] in tops:
                tops[part["iso"]] = max(tops[part["iso"]], part["y1"])
        notes = [
            {"x": months.index(month), "y": tops[month], "text": [texts("only"), days]}
            for month, days in cut.items()
        ]
        above = of_rows(notes, x=x("x"), y=y("y"), text="text:N")
        layers.append(above.mark_text(baseline="bottom", dy=-17, fontSize=11, lineHeight=12))
    return Drawing(
        f"{measure.name}-by-month",
        _finding(summary, totals, cut, texts),
        texts(
            "caption",
            cut=texts.wording.listed([_when(month, cut, texts) for month in cut]) if cut else "",
            least=summary.smallest_group if summary.whole_months else 0,
        ),
        texts(
            "alt",
            months=len(months),
            amounts="; ".join(
                texts(
                    "month",
                    month=texts.wording.month(month),
                    amount=_amount(total, texts),
                    orders=int(total),
                )
                for month, total in totals.items()
            ),
        ),
        "revenue",
        layered(*layers, height=_HEIGHT, **texts.currency),
    )


def _stacks(summary: Summary, totals: dict[str, Decimal], texts: Lettering) -> list[dict[str, Any]]:
    """Parts of the bars, exactly summed: what was spent above zero, what was paid back below."""
    measure = Measure.of(summary)
    rows = {(row.month, row.segment): row for row in summary.months}
    found = []
    for at, month in enumerate(totals):
        up = down = Decimal()
        whole_month = totals[month]
        # The first segment is at the top, as in the names beside the bars.
        for segment in reversed(summary.segments):
            row = rows.get((month, segment.segment))
            if row is None or (amount := Decimal(measure.of_days(row))) == 0:
                continue
            start = up if amount > 0 else down
            end = start + amount
            if amount > 0:
                up = end
            else:
                down = end
            found.append(
                {
                    "iso": month,
                    "number": segment.segment,
                    "x0": at - _HALF_BAR,
                    "x1": at + _HALF_BAR,
                    "y0": float(start),
                    "y1": float(end),
                    "month": texts.wording.month(month),
                    "segment": segment.segment_name,
                    "revenue": texts.money(row.revenue),
                    "share": _share(amount, whole_month, texts),
                    "orders": texts.whole(row.orders),
                    "colour": segment.colour,
                    "opacity": 1.0 if row.complete else _CUT,
                }
            )
    return found


def _amount(total: Decimal, texts: Lettering) -> str:
    """Write a month's revenue or orders."""
    return texts.money(total) if texts.has_money else texts.whole(int(total))


def _when(month: str, cut: Mapping[str, str], texts: Lettering) -> str:
    """Write a month, with its days if orders cover it in part."""
    written = texts.wording.month(month)
    return texts("cut", month=written, days=cut[month]) if month in cut else written


def _share(part: Decimal, total: Decimal, texts: Lettering) -> str:
    return texts.percent(float(part / total)) if part > 0 and total > 0 else texts("none")


def _names(
    summary: Summary, stacks: list[dict[str, Any]], domain: list[float], count: int
) -> list[dict[str, Any]]:
    """Each segment's name right of its part of the last bar it has one in."""
    last = {row["number"]: row for row in stacks}
    drawn = [segment for segment in reversed(summary.segments) if segment.segment in last]
    final = max(row["x1"] for row in stacks)
    wanted, top = [], 0.0
    for row in (last[segment.segment] for segment in drawn):
        # Without a part of the last bar, it is named where its part would lie in the stack.
        wanted.append((row["y0"] + row["y1"]) / 2 if row["x1"] == final else top)
        if row["x1"] == final:
            top = max(top, row["y1"])
    return [
        {
            "from": count - 1 + _HALF_BAR + 0.006 * count,
            "to": count - 1 + _HALF_BAR + 0.045 * count,
            "y": y,
            "label": label,
            "name": name(segment),
            "colour": segment.colour,
        }
        for segment, y, label in zip(
            drawn, wanted, spread_names(wanted, domain[0], domain[1], _HEIGHT), strict=True
        )
    ]


def _cut_months(summary: Summary, texts: Lettering) -> dict[str, str]:
    """Months that orders cover in part, with the days they cover."""
    first = date.fromisoformat(summary.first_day)
    last = date.fromisoformat(summary.as_of) - timedelta(days=1)
    found = {}
    for month in sorted({row.month for row in summary.months if not row.complete}):
        year, number = int(month[:4]), int(month[5:])
        begin = first.day if (first.year, first.month) == (year, number) else 1
        end = last.day if (last.year, last.month) == (year, number) else monthrange(year, number)[1]
        found[month] = texts("days", first=begin, last=end)
    return found


def _month_axis(months: list[str], wording: Wording) -> alt.Axis:
    """As many months as there is room to name, a year under its first."""
    step = next(step for step in _STEPS if len(months) / step <= _MOST_TICKS or step == _STEPS[-1])
    shown = [at for at, month in enumerate(months) if (int(month[5:]) - 1) % step == 0] or [0]
    labels = [
        [wording.short_month(month), month[:4]]
        if at == shown[0] or month[5:] == "01"
        else [wording.short_month(month)]
        for at, month in enumerate(months)
    ]
    return ticks_at(
        shown,
        title=None,
        # Months are written by us: no text of the shop is in this expression.
        labelExpr=f"{json.dumps(labels)}[datum.value]",
        labelOverlap=True,
        grid=False,
        domain=False,
        ticks=False,
    )


def _finding(
    summary: Summary, totals: dict[str, Decimal], cut: dict[str, str], texts: Lettering
) -> str:
    peak = max(totals, key=lambda month: totals[month])
    total = totals[peak]
    measure = Measure.of(summary)
    own = [row for row in summary.months if row.month == peak]
    best = max(own, key=measure.of_days, default=None)
    most = measure.of_days(best) if best else 0
    segment = next((one for one in summary.segments if best and one.segment == best.segment), None)
    part = segment is not None and 0 < most < total
    return texts(
        "finding" if len(totals) > 1 else "finding_of_one",
        when=_when(peak, cut, texts),
        amount=_amount(total, texts),
        share=texts.percent(float(most / total)) if part else "",
        segment=texts.quoted(segment) if segment and part else "",
    )
