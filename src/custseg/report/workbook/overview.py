"""The first sheet: page one of the report, and what the other sheets are for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.report.summary.front import front
from custseg.report.tables.front import actions, campaigns, lead, way
from custseg.report.workbook.cells import Heading, Label, Shown, Value
from custseg.report.workbook.charts import bar_in_cell
from custseg.report.workbook.formats import (
    MOVED,
    TEXT,
    WHOLE,
    change,
    rounded_money,
    rounded_share,
)
from custseg.words.colours import GREY, paler
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.front import Front
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Texts

_NAMES: Final = 26.0
_BARS: Final = 20.0
"""Letters that a column holds."""
_READABLE: Final = 100.0
_PALE: Final = 0.2
"""How far a bar is from its colour, so that the figure in it can be read."""


def overview(
    writer: SheetWriter, summary: Summary, texts: Texts, title: str, sheets: dict[str, str]
) -> None:
    """Write page one, in the shop's language.

    Parameters
    ----------
    writer
        An empty sheet.
    summary
        The run.
    texts
        The words of page one.
    title
        The workbook's.
    sheets
        What the other sheets are for, by their names.
    """
    told = front(summary)
    writer.title(title, lead(summary, texts))
    _headlines(writer, told, texts)
    if summary.segmented:
        writer.heading(texts("segments"))
        _segments(writer, summary, told, texts)
        if summary.smallest_group:
            writer.sentence(texts("withheld", least=summary.smallest_group), pale=True)
    else:
        writer.sentence(texts("one_group"))
    writer.heading(texts("actions"))
    for number, action in enumerate(actions(told, texts), 1):
        writer.strong(f"{number}. {action.title}", action.segment.colour)
        writer.pairs(
            [
                (texts("fields.because"), action.why, ""),
                *((label, text, "") for _, label, text in action.texts),
                (texts("command"), action.command, ""),
            ]
        )
    if sent := campaigns(told):
        writer.sentences(texts("campaigns"), sent)
    writer.heading(writer.say("sheets"))
    writer.pairs((Label(name, link=name), purpose, "") for name, purpose in sheets.items())
    writer.pages, writer.orientation = (1, 1), "portrait"
    writer.readable = _READABLE


def _headlines(writer: SheetWriter, told: Front, texts: Texts) -> None:
    if not told.headlines:
        return
    writer.strong(capital(texts("last_days", days=told.days)))
    writer.figures(
        [
            (
                texts(f"headlines.{one.name}"),
                Shown(
                    one.value,
                    rounded_money(texts.wording, one.value) if one.name == "revenue" else WHOLE,
                ),
                Shown(one.change, change(way(one.change))),
            )
            for one in told.headlines
        ]
    )


def _segments(writer: SheetWriter, summary: Summary, told: Front, texts: Texts) -> None:
    word = writer.say
    changes = []
    if told.since:
        header = texts("change", since=date.fromisoformat(told.since))
        changes = [Heading(header, WHOLE)]
    heads = [
        Heading(texts("segment"), width=_NAMES),
        Heading(texts("customers"), WHOLE),
        Heading(word("share_of_customers"), WHOLE, _BARS),
        Heading(word("share_of_revenue" if summary.money else "share_of_orders"), WHOLE, _BARS),
        Heading(texts("revenue" if summary.money else "orders"), WHOLE),
        *changes,
    ]
    rows: list[list[Value]] = [
        [
            Label(one.segment_name, one.colour, word("names.segments")),
            one.customers,
            _share(one.customer_share),
            _share(place.share),
            _amount(summary, texts, one),
            *[Shown(place.change, MOVED)] * len(changes),
        ]
        for place in told.places
        for one in (place.segment,)
    ]
    block = writer.table(heads, rows)
    writer.total(
        heads,
        [
            word("all"),
            summary.customers,
            *[None] * 2,
            _amount(summary, texts, summary),
            *[None] * len(changes),
        ],
    )
    shares = [(place.segment.customer_share, place.share or 0) for place in told.places]
    most = max(max(pair) for pair in shares)
    for row, place in enumerate(told.places, block.first):
        for number, colour in ((3, GREY), (4, place.segment.colour)):
            bar_in_cell(writer, row, number, paler(colour, _PALE), most)


def _amount(summary: Summary, texts: Texts, of: Any) -> Shown:  # noqa: ANN401  (both have them)
    if not summary.money:
        return Shown(of.orders, WHOLE)
    return Shown(of.revenue, rounded_money(texts.wording, of.revenue))


def _share(value: float | None) -> Shown:
    return Shown(value, TEXT if value is None else rounded_share(value))
