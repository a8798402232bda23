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
    MONEY_LABEL,
    along,
    boxes,
    layered,
    of_rows,
    ticks_at,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import in_currency, money, name, named, percent, whole
from custseg.report.charts.placing import spread_names
from custseg.report.summary.measure import Measure
from custseg.words.colours import GREY
from custseg.words.figures import counted

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary

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
_SHORT: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def revenue_by_month(summary: Summary) -> Drawing | None:
    """Stacked bars of the months' revenue (without amounts, orders) by segment; or None."""
    measure = Measure.of(summary)
    currency = measure.choose(summary.currency)
    totals = {row.month: Decimal(measure.of_days(row)) for row in summary.shop_months}
    months = list(totals)
    stacks = _stacks(summary, totals)
    if not stacks:
        return None
    cut = _cut_months(summary)
    ends = [end for row in stacks for end in (row["y0"], row["y1"])]
    domain = [min(ends), max(ends) + _HEADROOM * (max(ends) - min(ends))]
    count = len(months)
    x = along(alt.X, {"domain": [-_MARGIN, count - 0.4 + _LABELS * count]})
    y = along(alt.Y, {"domain": domain})
    titles = {"month": "Month", "segment": "Segment"}
    titles |= {"revenue": "Revenue"} if measure.money else {}
    titles |= {"share": "Share of the month", "orders": "Orders"}
    title = measure.choose(in_currency("Revenue per month", currency), "Orders per month")
    bars = boxes(
        stacks,
        lambda field: x(field).axis(_month_axis(months)),
        lambda field: y(field).title(title).axis(labelExpr=MONEY_LABEL, tickCount=6),
        color=COLOUR,
        opacity=alt.Opacity("opacity:Q").scale(None).legend(None),
        tooltip=tips(titles),
    ).mark_bar()
    zero = of_rows(
        [{"from": -_MARGIN, "to": count - 0.4, "y": 0}], x=x("from"), x2="to:Q", y=y("y")
    ).mark_rule(color=GREY)
    names = of_rows(_names(summary, stacks, domain, count))
    leaders = names.mark_rule(strokeWidth=1.5).encode(
        x=x("from"), x2="to:Q", y=y("y"), y2="label:Q", color=COLOUR
    )
    texts = names.mark_text(align="left", baseline="middle", dx=4, limit=150).encode(
        x=x("to"), y=y("label"), text="name:N"
    )
    layers = [bars, zero, leaders, texts]
    if cut:
        tops = dict.fromkeys(cut, 0.0)
        for part in stacks:
            if part["iso"] in tops:
                tops[part["iso"]] = max(tops[part["iso"]], part["y1"])
        notes = [
            {"x": months.index(month), "y": tops[month], "text": ["only", days]}
            for month, days in cut.items()
        ]
        above = of_rows(notes, x=x("x"), y=y("y"), text="text:N")
        layers.append(above.mark_text(baseline="bottom", dy=-17, fontSize=11, lineHeight=12))
    return Drawing(
        f"{measure.name}-by-month",
        _finding(summary, totals, cut),
        f"Bars are stacked: the whole bar is the shop's {measure.name} of the month, each part "
        "that of a segment as it is made up today."
        + (f" Paler: {_told(cut)}, not to be compared with whole months." if cut else "")
        + (
            f" Parts of fewer than {summary.smallest_group} customers, and some that would give "
            "them away, are left out."
            if summary.whole_months
            else ""
        ),
        f"Stacked bars of {measure.name} in {counted(len(months), 'month', 'months')}. "
        + "; ".join(f"{_long(month)} {_write(total, measure)}" for month, total in totals.items())
        + ".",
        "revenue",
        layered(*layers, height=_HEIGHT, currency=currency),
    )


def _stacks(summary: Summary, totals: dict[str, Decimal]) -> list[dict[str, Any]]:
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
                    "month": _long(month),
                    "segment": segment.segment_name,
                    "revenue": money(row.revenue, summary.currency),
                    "share": _share(amount, whole_month),
                    "orders": whole(row.orders),
                    "colour": segment.colour,
                    "opacity": 1.0 if row.complete else _CUT,
                }
            )
    return found


def _share(part: Decimal, total: Decimal) -> str:
    return percent(float(part / total)) if part > 0 and total > 0 else "none"


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


def _cut_months(summary: Summary) -> dict[str, str]:
    """Months that orders cover in part, with the days they cover."""
    first = date.fromisoformat(summary.first_day)
    last = date.fromisoformat(summary.as_of) - timedelta(days=1)
    found = {}
    for month in sorted({row.month for row in summary.months if not row.complete}):
        year, number = int(month[:4]), int(month[5:])
        begin = first.day if (first.year, first.month) == (year, number) else 1
        end = last.day if (last.year, last.month) == (year, number) else monthrange(year, number)[1]
        found[month] = f"{begin}–{end}"
    return found


def _told(cut: dict[str, str]) -> str:
    return " and ".join(f"{_long(month)} (days {days} only)" for month, days in cut.items())


def _long(month: str) -> str:
    return f"{_SHORT[int(month[5:]) - 1]} {month[:4]}"


def _month_axis(months: list[str]) -> alt.Axis:
    """As many months as there is room to name, a year under its first."""
    step = next(step for step in _STEPS if len(months) / step <= _MOST_TICKS or step == _STEPS[-1])
    shown = [at for at, month in enumerate(months) if (int(month[5:]) - 1) % step == 0] or [0]
    labels = [
        [_SHORT[int(month[5:]) - 1], month[:4]]
        if at == shown[0] or month[5:] == "01"
        else [_SHORT[int(month[5:]) - 1]]
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


def _finding(summary: Summary, totals: dict[str, Decimal], cut: dict[str, str]) -> str:
    peak = max(totals, key=lambda month: totals[month])
    total = totals[peak]
    measure = Measure.of(summary)
    own = [row for row in summary.months if row.month == peak]
    best = max(own, key=measure.of_days, default=None)
    most = measure.of_days(best) if best else 0
    segment = next((one for one in summary.segments if best and one.segment == best.segment), None)
    when = f"{_long(peak)} (days {cut[peak]} only)" if peak in cut else _long(peak)
    part = (
        f", {percent(float(most / total))} of {measure.it} from {named(segment)}"
        if segment and 0 < most < total
        else ""
    )
    amount = _write(total, measure)
    if not measure.money:
        told = f"Most orders came in {when}" if len(totals) > 1 else f"Orders of {when}"
        return f"{told}: {whole(int(total))}{part}"
    if len(totals) == 1:
        return f"Revenue of {when} was {amount}{part}"
    return f"Revenue was highest in {when}: {amount}{part}"


def _write(total: Decimal, measure: Measure) -> str:
    return measure.choose(money(total, measure.currency), counted(int(total), "order", "orders"))
