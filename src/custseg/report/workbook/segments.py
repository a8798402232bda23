"""The segments side by side: their figures, and their plans."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Final, TypeVar

from custseg.report.summary.front import front
from custseg.report.summary.measure import Measure
from custseg.report.tables.features import notable
from custseg.report.tables.front import ON_CARD, plan
from custseg.report.tables.profile import FEATURES_APART
from custseg.report.tables.segments import headers, segment_rows
from custseg.report.tables.segments import segments as segments_table
from custseg.report.tables.table import Form
from custseg.report.workbook.cells import Heading, Shown, Value
from custseg.report.workbook.formats import (
    TENTHS,
    TEXT,
    WHOLE,
    Format,
    rounded_money,
    rounded_share,
)
from custseg.report.workbook.tables import columns_of, rounded
from custseg.report.workbook.words import feature
from custseg.words.features import features
from custseg.words.figures import capital
from custseg.words.language import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from custseg.report.summary.segment import FeatureFigures, Product
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.formats import Number
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Wording

    _Line = list[Value]
    _Form = Callable[[float], Format]

_T = TypeVar("_T")
_FIELDS: Final = (*ON_CARD, "measure")
_LABELS: Final = 36.0
_FIGURES: Final = 160.0
"""Letters that all columns of figures hold together; a single one between those below."""
_NARROWEST: Final = 14.0
_WIDEST: Final = 20.0
_TEXTS: Final = 22.0
"""Letters that a plan's column holds."""
_SIDE_BY_SIDE: Final = 7
"""As many plans as a page can hold so that they can be read."""
_TYPICAL: Final = (
    "recency_days",
    "frequency",
    "monetary",
    "average_order_value",
    "gap_days_mean",
)
"""Features that a typical customer is told by."""
_WITH_QUARTILES: Final = frozenset({"recency_days", "frequency", "monetary"})
"""Columns of the segments' table that are told as those of the typical customer."""
_TEN: Final = 10
"""From here on a number needs no decimal."""
_LISTED: Final = 3
"""Differences that are told of each segment."""
_PRODUCTS: Final = 2
"""Of a list; all are on a sheet of their own."""


def segments(writer: SheetWriter, summary: Summary) -> None:
    """Tell of all segments, side by side, what can be compared."""
    say = writer.say.below("segments")
    writer.title(writer.say("names.segments"), say("lead"))
    width = min(_WIDEST, max(_NARROWEST, _FIGURES / (len(summary.segments) + 1)))
    heads = [*_heads(summary, _LABELS, width), Heading(writer.say("all"), TEXT, width)]
    writer.freeze(writer.table(heads, list(_facts(summary, writer.say))).first, 1)
    for heading, lines in (
        ("typical", _typical),
        ("apart", _apart),
        ("products", _products),
        ("habits", _habits),
        ("outlook", _outlook),
        ("rule", _rule),
    ):
        found = lines(summary, say)
        if told := [line for line in found if any(one is not None for one in line[1:])]:
            writer.heading(say(heading))
            writer.rows(heads, told)
    writer.pages = (1, 2)


def recommendations(writer: SheetWriter, summary: Summary) -> None:
    """The plans side by side, in the shop's language."""
    texts, word = Texts(writer.wording), writer.say.below("plan")
    writer.title(writer.say("names.recommendations"), word("lead"))
    plans = [one.plan for one in summary.segments]
    actions = {one.segment.segment: one for one in front(summary).actions}
    own = [actions[one.segment] for one in summary.segments]
    told = [{key: text for key, _, text in plan(one, _FIELDS, texts)} for one in own]
    spoken: list[_Line] = [
        [texts(f"fields.{key}"), *(one.get(key) for one in told)] for key in _FIELDS
    ]
    lines: list[_Line] = [
        [word("objective"), *(one.objective for one in plans)],
        [word("listed"), *(Shown(one.listed, WHOLE) for one in plans)],
        *spoken,
        [texts("command"), *(one.command for one in own)],
    ]
    amount = _amount(writer.wording)
    figures: list[tuple[str, _Form]] = [
        ("control_customers", _whole),
        *[
            ("value_at_stake", amount),
            ("contact_worth", amount),
            ("contact_cost", amount),
            ("offer_ceiling", rounded_share),
        ]
        * summary.money,
    ]
    lines += [
        [word(key), *_shown((getattr(one, key) for one in plans), form)] for key, form in figures
    ]
    heads = _heads(summary, _TEXTS, _TEXTS)
    known = [line for line in lines if any(one is not None for one in line[1:])]
    writer.freeze(writer.table(heads, known).first, 1)
    writer.pages = (ceil(len(plans) / _SIDE_BY_SIDE), 1)


def _whole(_: float) -> Format:
    return WHOLE


def _amount(wording: Wording) -> _Form:
    return lambda value: rounded_money(wording, value)


def _heads(summary: Summary, labels: float, width: float) -> list[Heading]:
    named = (Heading(one.segment_name, TEXT, width, one.colour) for one in summary.segments)
    return [Heading("", TEXT, labels), *named]


def _shown(values: Iterable[Number | None], form: _Form) -> list[Value]:
    return [None if one is None else Shown(one, form(float(one))) for one in values]


def _line(label: str, found: Iterable[object | None], key: str, form: _Form) -> _Line:
    """A figure of what is known of each segment; there is none of all."""
    values = (None if one is None else getattr(one, key) for one in found)
    return [label, *_shown(values, form), None]


def _told(label: str, found: Iterable[_T | None], text: Callable[[_T], str]) -> _Line:
    """A text on what is known of each segment."""
    return [label, *(None if one is None else text(one) for one in found), None]


def _facts(summary: Summary, say: Texts) -> Iterator[_Line]:
    """What the table of segments has, a column in a line."""
    rows, measure = segment_rows(summary), Measure.of(summary)
    table = segments_table(summary, rows)
    known = any(measure.share(one) is not None for one in summary.segments)
    whole = {
        "customers": summary.customers,
        "customer_share": 1.0,
        "revenue": summary.revenue,
        "orders": summary.orders,
        "measure_share": 1.0 if known else None,
    }
    for column in columns_of(table, rows, summary, say, headers(summary)):
        if column.key not in _WITH_QUARTILES | {"segment_name"}:
            yield [
                column.header,
                *(rounded(column, row.get(column.key), say.wording) for row in [*rows, whole]),
            ]
    if summary.slipping.regulars:
        slipping = [*(one.slipping for one in summary.segments), summary.slipping]
        regulars = say.wording.render("page.tables.slipping.columns.regulars")
        yield _line(regulars, slipping, "regulars", _whole)[:-1]
        yield _line(say("segments.slipping"), slipping, "customers", _whole)[:-1]


def _typical(summary: Summary, say: Texts) -> Iterator[_Line]:
    """Median and quartiles of features that tell a typical customer."""
    own = [{one.feature: one for one in segment.features} for segment in summary.segments]
    for name in _TYPICAL:
        found = [by_name.get(name) for by_name in own]
        rows = [asdict(one) if one else {} for one in found]
        label, form = feature(name, say.wording)
        overall = next((one.overall_median for one in found if one), None)
        for column in columns_of(FEATURES_APART, [], summary, say):
            if not (isinstance(column.format, Form) and column.format.of_feature):
                continue
            middle = column.key == "median"
            values = [*(row.get(column.key) for row in rows), overall if middle else None]
            yield [
                label if middle else f"{label}: {column.header[:1].lower()}{column.header[1:]}",
                *_shown(values, _form(name, form, say.wording)),
            ]


def _form(name: str, form: Format, wording: Wording) -> _Form:
    """How a feature is written: money and shares as a reader needs them."""
    kind = features(wording)[name].kind
    if kind == "money":
        return _amount(wording)
    if kind == "share":
        return rounded_share
    if kind == "number":
        return lambda value: WHOLE if value == round(value) or abs(value) >= _TEN else TENTHS
    return lambda _: form


def _apart(summary: Summary, say: Texts) -> Iterator[_Line]:
    """The features that a segment differs in most, and what its middle customer has."""
    called = features(say.wording)
    own = [
        [one for _, one in notable(segment.features, say.wording)] for segment in summary.segments
    ]
    for place in range(_LISTED):
        found = [told[place] if place < len(told) else None for told in own]
        yield _told(f"{place + 1}.", found, lambda one: capital(called[one.feature].label))
        yield ["", *(_median(one, say.wording) for one in found), None]


def _median(one: FeatureFigures | None, wording: Wording) -> Value:
    if one is None or one.median is None:
        return None
    form = _form(one.feature, feature(one.feature, wording)[1], wording)
    return Shown(one.median, form(one.median))


def _products(summary: Summary, say: Texts) -> Iterator[_Line]:
    def called(one: Product) -> str:
        # Only a group has no code; that of all other products has a name of ours.
        name = str(one.description)
        return name if one.product_id else say.wording.called(f"{say.place}.groups", name)

    lists = (("best_sellers", _PRODUCTS), ("over_buys", _PRODUCTS), ("over_bought_groups", 1))
    for key, most in lists:
        listed = [getattr(one, key) for one in summary.segments]
        for place in range(most):
            found = [own[place] if place < len(own) else None for own in listed]
            yield _told(say(key) if not place else "", found, called)


def _habits(summary: Summary, say: Texts) -> Iterator[_Line]:
    live = [one.countries[0] if one.countries else None for one in summary.segments]
    yield _told(say("country"), live, lambda one: one.country)
    yield _line(say("of_customers"), live, "customer_share", rounded_share)
    busiest = [one.busiest for one in summary.segments]
    yield _told(say("weekday"), busiest, lambda one: say.wording.weekday(one.weekday))
    yield _line(say("of_orders"), busiest, "weekday_share", rounded_share)
    # All orders in one hour: the source tells days only.
    if any(own is not None and own.hour_share < 1 for own in busiest):
        yield _told(say("hour"), busiest, lambda one: f"{one.hour:02}:00")
        yield _line(say("of_orders"), busiest, "hour_share", rounded_share)
    yield _told(say("month"), busiest, lambda one: say.wording.month(one.month))
    yield _line(say("of_orders"), busiest, "month_share", rounded_share)


def _outlook(summary: Summary, say: Texts) -> Iterator[_Line]:
    amount = _amount(say.wording)
    parts: list[tuple[str, str, _Form]] = [
        ("expected_orders", "expected_orders", _whole),
        ("low", "orders_low", _whole),
        ("high", "orders_high", _whole),
        *[
            ("expected_spend", "expected_spend", amount),
            ("low", "spend_low", amount),
            ("high", "spend_high", amount),
            ("spend_share", "spend_share", rounded_share),
        ]
        * summary.money,
    ]
    for label, key, form in parts:
        yield _line(say(label), (one.expected for one in summary.segments), key, form)
    past = next((one.past for one in summary.segments if one.past), None)
    if past is None:
        return
    then = {"days": summary.method.validation_days, "date": past.date}
    for label, key in (
        ("rate", "buying_rate"),
        ("rate_low", "buying_rate_low"),
        ("high", "buying_rate_high"),
        ("expected_rate", "expected_rate"),
    ):
        yield _line(say(label, **then), (one.past for one in summary.segments), key, rounded_share)


def _rule(summary: Summary, say: Texts) -> Iterator[_Line]:
    rules = [one.rules[0] if one.rules else None for one in summary.segments]
    yield _told(say("customers_with"), rules, lambda one: one.text)
    yield _line(say("precision"), rules, "precision", rounded_share)
    yield _line(say("coverage"), rules, "coverage", rounded_share)
