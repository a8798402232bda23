"""The ways to read a column of dates: formats, months by name, and counts of days or seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import ibis
import ibis.expr.datatypes as dt

from custseg.engine.base import fetch
from custseg.sources.values.months import ENGLISH, SIGNED, in_english, spaced, tidy, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    Parser = Callable[[ir.Value], ir.Value]

FIRST_MOMENT: Final = "1970-01-01 00:00:00.000001"
LAST_MOMENT: Final = "2100-12-31 23:59:59.999999"
"""Orders lie between: 1899, 1900, 1970-01-01 itself and 9999 are what programs write for none."""

_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H%M%S")
_BY_SIGN: Final = {
    "/": ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d"),
    ".": ("%d.%m.%Y", "%d.%m.%y", "%Y.%m.%d"),
    "-": ("%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%Y-%m-%d"),
}
"""A month never comes before a point: hardly anybody writes so, and nearly every column of day,
month and year would have to be asked for. So would be a year of two digits at the beginning; it is
thought of where its numbers are fewer than those at the end (`_begins_with_years`)."""
_SHORT_YEAR_FIRST: Final = {"/": "%y/%m/%d", ".": "%y.%m.%d", "-": "%y-%m-%d"}
_TWO_DIGITS: Final = r"^\s*(\d\d)[-/.]\d\d?[-/.](\d\d)(?:\D|$)"
_COMPACT: Final = ("%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
_NAMED: Final = ("%d %b %Y", "%d %b %y", "%b %d %Y", "%b %d %y", "%Y %b %d")
_TIME_DIRECTIVE: Final = r"%-?[HIMSfgnpXTcR]"
_ZONE_DIRECTIVE: Final = r"\s*%[zZ]"

_SERIAL: Final = r"^\s*\d{5}(?:\.\d+)?\s*$"
_EPOCH_SERIAL: Final = 25_569
"""1970-01-01 in days since 1899-12-30, which is how spreadsheets count."""
_DAY: Final = 86_400
_MICROSECONDS: Final = 1_000_000
_UNIX: Final = {
    "Unix seconds": (r"^\d{9,10}(?:\.\d*)?$", "1000000"),
    "Unix milliseconds": (r"^\d{13}(?:\.\d*)?$", "1000"),
    "Unix microseconds": (r"^\d{16}(?:\.\d*)?$", "1"),
    "Unix nanoseconds": (r"^\d{19}(?:\.\d*)?$", "0.001"),
}
_UNIX_END: Final = 1_970_000_000
"""In seconds, June 2032. What is larger is a date and an hour, such as 2018100109."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="try_strptime", signature=((dt.string, dt.Array(dt.string)), dt.timestamp)
)
def _try_strptime(text: str, formats: list[str]) -> object:
    """DuckDB's own: the timestamp by the first format that the text has, or null."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="make_timestamp", signature=((dt.int64,), dt.timestamp)
)
def _since_1970(microseconds: int) -> object:
    """DuckDB's own: the timestamp so long after 1970."""


@dataclass(frozen=True)
class Reading:
    """One way to read every date of a column."""

    label: str
    read: Parser
    universal: bool = False
    """What it reads is in UTC."""


def possible_moment(moment: ir.Value) -> ir.Value:
    """No moment where no order can be: what stands for no date, infinity, a year mistyped."""
    moment = moment.cast("timestamp(6)")
    fits = moment.between(ibis.timestamp(FIRST_MOMENT), ibis.timestamp(LAST_MOMENT))
    return fits.ifelse(moment, None)


def count_rows(dates: ir.Table, conditions: Sequence[ir.Value]) -> list[int]:
    """How many rows have dates of which each condition is true."""
    sums = {f"n{i}": which.ifelse(dates.n, 0).sum() for i, which in enumerate(conditions)}
    return [int(n or 0) for n in fetch(dates.aggregate(**sums))[0].values()]


def list_readings(dates: ir.Table) -> list[Reading]:
    """Every way to read dates that have the signs, letters and digits of these."""
    words = dates.date.re_search(r"\pL{3}")
    named, foreign, untidy, compact, serial, unix, signed, *signs = count_rows(
        dates,
        [
            words,
            words & ~dates.date.re_search(ENGLISH),
            dates.date.re_search(r"[^\d/. :-]|  |^ | $"),
            dates.date.re_search(r"^\s*\d{8}"),
            dates.date.re_search(_SERIAL),
            dates.date.re_search(r"^\s*\d{9,19}(\.\d*)?\s*$"),
            dates.date.re_search(SIGNED),
            *(dates.date.contains(sign) for sign in _BY_SIGN),
        ],
    )
    clean = tidy if untidy else None
    days = [day for sign, n in zip(_BY_SIGN, signs, strict=True) if n for day in _BY_SIGN[sign]]
    if _begins_with_years(dates):
        days += [_SHORT_YEAR_FIRST[sign] for sign, n in zip(_BY_SIGN, signs, strict=True) if n]
    days += _COMPACT if compact else ()
    readings = [_in_format(day, clean) for day in days]
    readings += [Reading("a spreadsheet's day numbers", _serial)] if serial else []
    if unix:
        readings += [
            Reading(name, partial(_unix, *written), universal=True)
            for name, written in _UNIX.items()
        ]
    readings += [_in_format("%Y-%m-%d", unsigned)] if signed else []
    if named:
        readings += [_in_format(day, spaced) for day in _NAMED]
    if foreign:
        readings += [_in_format(day, lambda text: spaced(in_english(text))) for day in _NAMED]
    return readings


def _begins_with_years(dates: ir.Table) -> bool:
    """Whether the first of two-digit numbers changes less than the last, as years do."""
    first, last = (dates.date.re_extract(_TWO_DIGITS, place).nullif("") for place in (1, 2))
    counts = fetch(dates.aggregate(first=first.nunique(), last=last.nunique()))[0]
    return bool(0 < counts["first"] < counts["last"])


def iso_reading() -> Reading:
    """Return the reading of ISO 8601."""
    return Reading("ISO 8601", lambda text: possible_moment(text.try_cast("timestamp(6)")))


def given_reading(date_format: str) -> Reading:
    """Return the user's format, for text as it is, tidied, or with its months in English."""
    body = re.sub(_ZONE_DIRECTIVE, "", date_format)
    formats = [body] if re.search(_TIME_DIRECTIVE, body) else [body + time for time in _TIMES]

    def read(text: ir.Value) -> ir.Value:
        found = _strptime(formats, None, text).coalesce(_strptime(formats, tidy, text))
        if re.search("%[bB]", body):
            short = [each.replace("%B", "%b") for each in formats]
            found = found.coalesce(_strptime(short, in_english, text))
        return found

    return Reading(date_format, read)


def _in_format(day: str, clean: Parser | None) -> Reading:
    """Read text that has a day's format and any of the times."""
    days = dict.fromkeys((day, day.replace("%b", "%B")))
    return Reading(day, partial(_strptime, [d + time for d in days for time in _TIMES], clean))


def _strptime(formats: list[str], clean: Parser | None, text: ir.Value) -> ir.Value:
    return possible_moment(_try_strptime(clean(text) if clean else text, formats))


def _serial(text: ir.Value) -> ir.Value:
    seconds = ((text.try_cast("float64") - _EPOCH_SERIAL) * _DAY).round().cast("int64")
    moment = _since_1970(seconds * _MICROSECONDS)
    return possible_moment(text.re_search(_SERIAL).ifelse(moment, None))


def _unix(pattern: str, scale: str, text: ir.Value) -> ir.Value:
    """Seconds since 1970 in the unit of which one has `scale` microseconds."""
    text = text.strip()
    # With six decimals: floats of seconds have them, and lose more.
    number = text.re_search(pattern).ifelse(text, None).try_cast("decimal(28,6)")
    micro = (number.cast("decimal(38,6)") * ibis.literal(scale).cast("decimal(10,3)")).round()
    micro = micro.try_cast("int64")
    return possible_moment(_since_1970((micro < _UNIX_END * _MICROSECONDS).ifelse(micro, None)))
