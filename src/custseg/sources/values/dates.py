"""Dates as shops write them: one format for the column, found from every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from custseg.engine.base import fetch
from custseg.errors import DataError, SettingsError
from custseg.sources.values.contradictions import refuse_contradictions
from custseg.sources.values.identifiers import as_text
from custseg.sources.values.numbers import blank
from custseg.sources.values.readings import (
    Reading,
    count_rows,
    given_reading,
    iso_reading,
    list_readings,
    possible_moment,
)
from custseg.sources.values.rewriting import UNUSUAL, as_usual
from custseg.sources.values.zones import ZONED, clock, on_clocks_of, without_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from custseg.sources.values.readings import Parser

_LONGEST: Final = 100
"""Characters of a date that are looked at to find its format."""
_SAMPLE: Final = 2000


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
    `2018100109`; `2025年01月29日`; a spreadsheet's day numbers; Unix seconds and their thousandths,
    millionths and billionths. A time may follow, by 12 or 24 hours, and its zone. The format that
    most rows have is the column's, and the others are no dates; so are those not in 1970 to 2100.
    Years of two digits are 1969 to 2068.

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
        Two formats fit equally many rows and give other dates, or day and month are swapped in
        some of the rows.
    SettingsError
        `date_format` is none.
    """
    kind = table[name].type()
    if kind.is_timestamp() and kind.timezone is not None:
        return lambda column: possible_moment(clock(timezone or "UTC", column))
    if kind.is_timestamp() or kind.is_date():
        return possible_moment
    dates = table.group_by(date=as_text(table[name])).aggregate(n=table.count()).view()
    # A text of a megabyte is no date, with or without its end, but would be looked at in many ways.
    dates = dates.mutate(date=blank(dates.date).substr(0, _LONGEST)).view()
    dates = dates.filter(dates.date.notnull()).cache()
    (unusual,) = count_rows(dates, [dates.date.re_search(UNUSUAL)])
    if unusual:
        dates = dates.mutate(date=as_usual(dates.date)).cache()
    zoned, rows = count_rows(dates, [dates.date.re_search(ZONED), dates.date.notnull()])
    # Times with and without zone in one column: the rarer ones are no dates.
    with_zone = zoned * 2 > rows
    if zoned:
        dates = dates.filter(dates.date.re_search(ZONED) == with_zone)
        dates = dates.mutate(date=without_zone(dates.date)) if with_zone else dates
    dates = dates.cache()
    reading = (
        _read_as_given(dates, date_format) if date_format else _find_reading(dates, where, label)
    )

    def parse(column: ir.Value) -> ir.Value:
        written = as_text(column)
        if unusual:
            written = as_usual(written.strip())
        if not zoned:
            moment = reading.read(written)
        else:
            known = written.re_search(ZONED) == with_zone
            body = without_zone(written) if with_zone else written
            moment = known.ifelse(reading.read(body), None)
        if timezone and (with_zone or reading.universal):
            moment = possible_moment(on_clocks_of(timezone, written, moment, zoned=with_zone))
        return moment.cast("timestamp(6)")

    return parse


def _find_reading(dates: ir.Table, where: str, label: str) -> Reading:
    """The reading that fails on the fewest rows; of equal ones the first, if they agree."""
    iso = iso_reading()
    if _failures(dates, [iso]) == [0]:
        return iso
    readings = _keep_possible(dates, [iso, *list_readings(dates)]) or [iso]
    failures = _failures(dates, readings)
    fewest = min(failures)
    if fewest:
        refuse_contradictions(dates, where, label)
    first, *others = (r for r, n in zip(readings, failures, strict=True) if n == fewest)
    if fewest < count_rows(dates, [dates.date.notnull()])[0]:
        for other in others:
            _refuse_doubt(dates, first, other, where, label)
    return first


def _keep_possible(dates: ir.Table, readings: Sequence[Reading]) -> list[Reading]:
    """Keep the readings by which one of some dates can be read: few need be tried on millions."""
    # The sample is the same whatever the order of rows.
    sample = dates.order_by(dates.date.hash(), dates.date).limit(_SAMPLE).cache()
    sampled, *failed = count_rows(
        sample,
        [sample.date.notnull(), *(reading.read(sample.date).isnull() for reading in readings)],
    )
    return [r for r, n in zip(readings, failed, strict=True) if n < sampled]


def _failures(dates: ir.Table, readings: Sequence[Reading]) -> list[int]:
    return count_rows(dates, [reading.read(dates.date).isnull() for reading in readings])


def _refuse_doubt(dates: ir.Table, first: Reading, other: Reading, where: str, label: str) -> None:
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


def _read_as_given(dates: ir.Table, date_format: str) -> Reading:
    reading = given_reading(date_format)
    try:
        _failures(dates, [reading])
    except duckdb.Error:
        raise SettingsError(
            "[source] date_format is no date format.", "Such as %d/%m/%Y %H:%M"
        ) from None
    return reading
