"""Dates as shops write them: one format for the column, found from every row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import duckdb
import ibis
import ibis.expr.datatypes as dt

from custseg.engine.base import fetch
from custseg.errors import DataError, SettingsError
from custseg.sources.values.identifiers import as_text
from custseg.sources.values.months import in_english, spaced, tidy
from custseg.sources.values.numbers import blank

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
"""A year of two digits never comes first, nor a month before a point: hardly anybody writes so,
and nearly every column of day, month and year would have to be asked for."""
_COMPACT: Final = ("%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
_NAMED: Final = ("%d %b %Y", "%d %b %y", "%b %d %Y", "%Y %b %d")
_TIME_DIRECTIVE: Final = r"%-?[HIMSfgnpXTcR]"
_ZONE_DIRECTIVE: Final = r"\s*%[zZ]"

_CLOCK: Final = r":\d\d(?:[.,]\d+)?(?: ?[AaPp]\.? ?[Mm]\.?)?|T\d{4,6}"
_ZONE: Final = (
    r"\s*(?:Z|z|(?:UTC|GMT)?\s?[+-]\d\d?:?(?:\d\d)?|UTC|GMT)(?:\s*[\[(][^\])]*[\])])?\s*$"
)
_ZONED: Final = f"(?:{_CLOCK}){_ZONE}"
_LONGEST: Final = 100
"""Characters of a date that are looked at to find its format."""
_OFFSET: Final = r"([+-])(\d\d?):?(\d\d)?(?:\s*[\[(][^\])]*[\])])?\s*$"

_SAMPLE: Final = 2000
_SERIAL: Final = r"^\s*\d{5}(?:\.\d+)?\s*$"
_EPOCH_SERIAL: Final = 25_569
"""1970-01-01 in days since 1899-12-30, which is how spreadsheets count."""
_DAY: Final = 86_400
_MICROSECONDS: Final = 1_000_000
_UNIX: Final = {
    "Unix seconds": (r"^\s*(\d{9,10})(?:\.0*)?\s*$", _MICROSECONDS),
    "Unix milliseconds": (r"^\s*(\d{13})(?:\.0*)?\s*$", 1000),
    "Unix microseconds": (r"^\s*(\d{16})(?:\.0*)?\s*$", 1),
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


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp)
)
def _clock(zone: str, moment: object) -> object:
    """DuckDB's own: what a zone's clocks show at a moment, whatever the session's zone is."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="timezone", signature=((dt.string, dt.timestamp), dt.Timestamp(timezone="UTC"))
)
def _moment(zone: str, clock: object) -> object:
    """DuckDB's own: the moment at which a zone's clocks show a time."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="to_minutes", signature=((dt.int64,), dt.Interval("m"))
)
def _minutes(number: int) -> object:
    """DuckDB's own: an interval."""


@dataclass(frozen=True)
class _Reading:
    """One way to read every date of a column."""

    label: str
    read: Parser
    universal: bool = False
    """What it reads is in UTC."""


def date_parser(
    table: ir.Table,
    name: str,
    date_format: str | None,
    timezone: str | None,
    where: str,
    label: str,
) -> Parser:
    """Find the one way to read a column of dates, as timestamps without zone; null is no date.

    Read are day, month and year in the usual orders, the month by number or name; `20181001` and
    `2018100109`; a spreadsheet's day numbers; Unix seconds and milliseconds. A time may follow, by
    12 or 24 hours, and its zone. The format that most rows have is the column's, and the others
    are no dates; so are those not in 1970 to 2100. Years of two digits are 1969 to 2068.

    Parameters
    ----------
    table
        Columns as the source has them.
    name
        The column.
    date_format
        How dates are written; a time may follow where it has none. None: found from all rows.
    timezone
        The zone whose clocks the results show, where the source tells its own. None: text keeps
        the time as written; Unix times and typed columns with zone are shown in UTC.
    where, label
        The source's and the column's names, for messages.

    Raises
    ------
    DataError
        Two formats fit equally many rows and give other dates.
    SettingsError
        `date_format` is none.
    """
    kind = table[name].type()
    if kind.is_timestamp() and kind.timezone is not None:
        return lambda column: _sane(_clock(timezone or "UTC", column))
    if kind.is_timestamp() or kind.is_date():
        return _sane
    dates = table.group_by(date=as_text(table[name])).aggregate(n=table.count()).view()
    # A text of a megabyte is no date, with or without its end, but would be looked at in many ways.
    dates = dates.mutate(date=blank(dates.date).substr(0, _LONGEST)).view()
    dates = dates.filter(dates.date.notnull()).cache()
    zoned, rows = _counts(dates, [dates.date.re_search(_ZONED), dates.date.notnull()])
    # Times with and without zone in one column: the rarer ones are no dates.
    with_zone = zoned * 2 > rows
    if zoned:
        dates = dates.filter(dates.date.re_search(_ZONED) == with_zone)
        dates = dates.mutate(date=_without_zone(dates.date)) if with_zone else dates
    dates = dates.cache()
    reading = (
        _read_as_given(dates, date_format) if date_format else _find_reading(dates, where, label)
    )

    def parse(column: ir.Value) -> ir.Value:
        written = as_text(column)
        if not zoned:
            moment = reading.read(written)
        else:
            known = written.re_search(_ZONED) == with_zone
            body = _without_zone(written) if with_zone else written
            moment = known.ifelse(reading.read(body), None)
        if timezone and (with_zone or reading.universal):
            utc = moment - _minutes(_offset(written)) if with_zone else moment
            moment = _sane(_clock(timezone, _moment("UTC", utc)))
        return moment.cast("timestamp(6)")

    return parse


def _sane(moment: ir.Value) -> ir.Value:
    """No moment where no order can be: what stands for no date, infinity, a year mistyped."""
    moment = moment.cast("timestamp(6)")
    fits = moment.between(ibis.timestamp(FIRST_MOMENT), ibis.timestamp(LAST_MOMENT))
    return fits.ifelse(moment, None)


def _without_zone(text: ir.Value) -> ir.Value:
    return text.re_replace(f"({_CLOCK}){_ZONE}", r"\1")


def _offset(text: ir.Value) -> ir.Value:
    """Minutes that the clocks are ahead of UTC."""
    hours, minutes = (text.re_extract(_OFFSET, i).try_cast("int64").coalesce(0) for i in (2, 3))
    ahead = hours * 60 + minutes
    return (text.re_extract(_OFFSET, 1) == "-").ifelse(-ahead, ahead)


def _counts(dates: ir.Table, conditions: Sequence[ir.Value]) -> list[int]:
    """How many rows have dates of which each condition is true."""
    sums = {f"n{i}": which.ifelse(dates.n, 0).sum() for i, which in enumerate(conditions)}
    return [int(n or 0) for n in fetch(dates.aggregate(**sums))[0].values()]


def _find_reading(dates: ir.Table, where: str, label: str) -> _Reading:
    """The reading that fails on the fewest rows; of equal ones the first, if they agree."""
    iso = _Reading("ISO 8601", _iso)
    if _failures(dates, [iso]) == [0]:
        return iso
    readings = _keep_possible(dates, [iso, *_list_readings(dates)]) or [iso]
    failures = _failures(dates, readings)
    fewest = min(failures)
    first, *others = (r for r, n in zip(readings, failures, strict=True) if n == fewest)
    if fewest < _counts(dates, [dates.date.notnull()])[0]:
        for other in others:
            _refuse_doubt(dates, first, other, where, label)
    return first


def _list_readings(dates: ir.Table) -> list[_Reading]:
    """Every way to read dates that have the signs, letters and digits of these."""
    named, untidy, compact, serial, unix, *signs = _counts(
        dates,
        [
            dates.date.re_search(r"\pL{3}"),
            dates.date.re_search(r"[^\d/. :-]|  |^ | $"),
            dates.date.re_search(r"^\s*\d{8}"),
            dates.date.re_search(_SERIAL),
            dates.date.re_search(r"^\s*\d{9,16}(\.0*)?\s*$"),
            *(dates.date.contains(sign) for sign in _BY_SIGN),
        ],
    )
    clean = tidy if untidy else None
    days = [day for sign, n in zip(_BY_SIGN, signs, strict=True) if n for day in _BY_SIGN[sign]]
    days += _COMPACT if compact else ()
    readings = [_in_format(day, clean) for day in days]
    readings += [_Reading("a spreadsheet's day numbers", _serial)] if serial else []
    if unix:
        readings += [
            _Reading(name, partial(_unix, *written), universal=True)
            for name, written in _UNIX.items()
        ]
    if named:
        readings += [_in_format(day, spaced) for day in _NAMED]
        readings += [_in_format(day, lambda text: spaced(in_english(text))) for day in _NAMED]
    return readings


def _keep_possible(dates: ir.Table, readings: Sequence[_Reading]) -> list[_Reading]:
    """Keep the readings by which one of some dates can be read: few need be tried on millions."""
    # The sample is the same whatever the order of rows.
    sample = dates.order_by(dates.date.hash(), dates.date).limit(_SAMPLE).cache()
    sampled, *failed = _counts(
        sample,
        [sample.date.notnull(), *(reading.read(sample.date).isnull() for reading in readings)],
    )
    return [r for r, n in zip(readings, failed, strict=True) if n < sampled]


def _failures(dates: ir.Table, readings: Sequence[_Reading]) -> list[int]:
    return _counts(dates, [reading.read(dates.date).isnull() for reading in readings])


def _refuse_doubt(
    dates: ir.Table, first: _Reading, other: _Reading, where: str, label: str
) -> None:
    """Ask where two readings give other dates."""
    one, two = first.read(dates.date), other.read(dates.date)
    example = dates.filter(~one.identical_to(two)).order_by((one == two).isnull(), "date").limit(1)
    for row in fetch(example.select("date", one=one.cast("string"), two=two.cast("string"))):
        shown = "" if None in row.values() else f": {row['one'][:10]} or {row['two'][:10]}"
        raise DataError(
            f'{where}, column "{label}": every date can be read as {first.label} and as '
            f"{other.label}{shown}.",
            f'Say which in custseg.toml: [source] date_format = "{first.label}" or '
            f'date_format = "{other.label}"',
        )


def _iso(text: ir.Value) -> ir.Value:
    return _sane(text.try_cast("timestamp(6)"))


def _in_format(day: str, clean: Parser | None) -> _Reading:
    """Read text that has a day's format and any of the times."""
    days = dict.fromkeys((day, day.replace("%b", "%B")))
    return _Reading(day, partial(_strptime, [d + time for d in days for time in _TIMES], clean))


def _strptime(formats: list[str], clean: Parser | None, text: ir.Value) -> ir.Value:
    return _sane(_try_strptime(clean(text) if clean else text, formats))


def _read_as_given(dates: ir.Table, date_format: str) -> _Reading:
    """The user's format, for text as it is, tidied, or with its months in English."""
    body = re.sub(_ZONE_DIRECTIVE, "", date_format)
    formats = [body] if re.search(_TIME_DIRECTIVE, body) else [body + time for time in _TIMES]

    def read(text: ir.Value) -> ir.Value:
        found = _strptime(formats, None, text).coalesce(_strptime(formats, tidy, text))
        if re.search("%[bB]", body):
            short = [each.replace("%B", "%b") for each in formats]
            found = found.coalesce(_strptime(short, in_english, text))
        return found

    reading = _Reading(date_format, read)
    try:
        _failures(dates, [reading])
    except duckdb.Error:
        raise SettingsError(
            "[source] date_format is no date format.", "Such as %d/%m/%Y %H:%M"
        ) from None
    return reading


def _serial(text: ir.Value) -> ir.Value:
    seconds = ((text.try_cast("float64") - _EPOCH_SERIAL) * _DAY).round().cast("int64")
    return _sane(text.re_search(_SERIAL).ifelse(_since_1970(seconds * _MICROSECONDS), None))


def _unix(pattern: str, scale: int, text: ir.Value) -> ir.Value:
    number = text.re_extract(pattern, 1).try_cast("int64")
    number = (number < _UNIX_END * _MICROSECONDS // scale).ifelse(number, None)
    return _sane(_since_1970(number * scale))
