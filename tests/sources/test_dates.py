from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custseg.engine.duckdb import connect
from custseg.errors import DataError, SettingsError
from custseg.sources.values.dates import date_parser
from tests.conftest import examples, nightly, rows


def read(*values: Any, date_format: str | None = None, timezone: str | None = None) -> list[Any]:
    """Dates as ISO text, to the minute where nothing is behind it."""
    table = ibis.memtable(pa.table({"n": range(len(values)), "when": pa.array(values)}))
    parse = date_parser(table, "when", date_format, timezone, "orders.csv", "Date")
    found = rows(table.select("n", x=parse(table.when).cast("string")).order_by("n"))
    return [row["x"] and row["x"].removesuffix(":00").removesuffix(" 00:00") for row in found]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("2013-02-11", "2013-02-11 15:04", "2013-02-11T15:04:05"), None),
        (("2/11/2013", "2/13/2013"), ["2013-02-11", "2013-02-13"]),
        (("11/2/2013 15:04", "13/2/2013"), ["2013-02-11 15:04", "2013-02-13"]),
        (("11/02/13", "13/02/13"), ["2013-02-11", "2013-02-13"]),
        (("2/11/69", "2/13/70"), [None, "1970-02-13"]),
        (("2013/2/11", "2013/02/13"), ["2013-02-11", "2013-02-13"]),
        (("11.2.2013", "3.2.2013 9:05"), ["2013-02-11", "2013-02-03 09:05"]),
        (("11.02.13",), ["2013-02-11"]),
        (("2013.02.11",), ["2013-02-11"]),
        (("11-02-2013", "13-02-2013"), ["2013-02-11", "2013-02-13"]),
        (("02-11-2013", "02-13-2013"), ["2013-02-11", "2013-02-13"]),
        (("20130211", "20130213"), ["2013-02-11", "2013-02-13"]),
        (("2018100109",), ["2018-10-01 09:00"]),
        (("201810010905",), ["2018-10-01 09:05"]),
        (("20181001090507",), ["2018-10-01 09:05:07"]),
        (("20181001T090507",), ["2018-10-01 09:05:07"]),
        (("11-Feb-13", "1-MAR-13"), ["2013-02-11", "2013-03-01"]),
        (("11 Feb 2013", "11 February 2013 15:04"), ["2013-02-11", "2013-02-11 15:04"]),
        (("Feb 11, 2013", "Sept 3rd, 2013"), ["2013-02-11", "2013-09-03"]),
        (("Monday, 11 February 2013",), ["2013-02-11"]),
        (("Monday, February 11, 2013 3:04 PM",), ["2013-02-11 15:04"]),
        (("11FEB2013",), ["2013-02-11"]),
        (("2013-Feb-11",), ["2013-02-11"]),
        (("11th of May 2013",), ["2013-05-11"]),
        (("2/13/2013 3:04 PM", "2/13/2013 12:04 a.m."), ["2013-02-13 15:04", "2013-02-13 00:04"]),
        (("2013-02-11 3:04:05pm",), ["2013-02-11 15:04:05"]),
        (
            ("13/02/2013, 15:04:05", "13/02/2013 - 15:04"),
            ["2013-02-13 15:04:05", "2013-02-13 15:04"],
        ),
        (("13/02/2013 15:04:05,250",), ["2013-02-13 15:04:05.25"]),
        ((" 13/02/2013  15:04 ",), ["2013-02-13 15:04"]),
    ],
)
def test_dates_are_read_in_the_one_format_that_fits(written, expected):
    expected = expected or ["2013-02-11", "2013-02-11 15:04", "2013-02-11 15:04:05"]
    assert read(*written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "Montag, 11. Feb. 2013",
        "lundi 11 février 2013",
        "11 de febrero de 2013",
        *nightly(
            [
                "11. Februar 2013",
                "11 févr. 2013",
                "11 febbraio 2013",
                "11 de fevereiro de 2013",
                "11 februari 2013",
            ]
        ),
    ],
)
def test_months_are_known_in_seven_languages(written):
    assert read(written) == ["2013-02-11"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("41316", "2013-02-11"),
        ("41316.6278356481", "2013-02-11 15:04:05"),
        (41316.5, "2013-02-11 12:00"),
        (41316, "2013-02-11"),
        (20130211, "2013-02-11"),
        ("1360595045", "2013-02-11 15:04:05"),
        (1360595045, "2013-02-11 15:04:05"),
        (1360595045.0, "2013-02-11 15:04:05"),
        ("1360595045250", "2013-02-11 15:04:05.25"),
    ],
)
def test_dates_that_are_numbers_are_read(written, expected):
    assert read(written) == [expected]


ZONED = ("2019-05-20T22:00:00-04:00", "2019-05-20 10:00:00 +0200", "2019-05-20 10:00:00 UTC")


def test_times_with_a_zone_stay_as_written():
    assert read(*ZONED) == ["2019-05-20 22:00", "2019-05-20 10:00", "2019-05-20 10:00"]


def test_times_with_a_zone_are_converted_to_the_shops():
    expected = ["2019-05-21 03:00", "2019-05-20 09:00", "2019-05-20 11:00"]
    assert read(*ZONED, timezone="Europe/London") == expected
    winter = read("2019-01-20T22:00:00Z", timezone="Europe/London")
    assert winter == ["2019-01-20 22:00"]


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 11 Feb 2013 10:00:00 +0100",
        "Mon Feb 11 2013 10:00:00 GMT+0100 (CET)",
        "2013-02-11T10:00:00+01:00[Europe/Paris]",
        "20130211T100000+01",
        "11/02/2013 10:00 AM +01:00",
    ],
)
def test_zones_are_read_behind_any_time(written):
    date_format = "%d/%m/%Y" if "/02/" in written else None
    found = read(written, timezone="UTC", date_format=date_format)
    assert found == ["2013-02-11 09:00"]


def test_unix_times_and_zoned_columns_are_universal():
    moment = datetime.fromisoformat("2019-09-30T20:00:00-04:00")
    for written in ("1569888000", 1569888000, moment):
        assert read(written) == ["2019-10-01"]
        assert read(written, timezone="America/New_York") == ["2019-09-30 20:00"]


def test_times_without_a_zone_are_not_converted():
    assert read("2019-05-20 10:00", timezone="Asia/Tokyo") == ["2019-05-20 10:00"]


def test_the_rarer_of_times_with_and_without_zone_are_no_dates():
    assert read("2013-02-11", "2013-02-12", "2013-02-12 10:00:00Z") == [
        "2013-02-11",
        "2013-02-12",
        None,
    ]


def test_the_sessions_zone_changes_nothing():
    connection = connect()
    connection.raw_sql("SET TimeZone = 'Asia/Tokyo'")
    moment = pa.array([datetime.fromisoformat("2019-10-01T00:00:00+00:00")])
    table = connection.create_table(
        "t", pa.table({"typed": moment, "unix": ["1569888000"], "text": ["2019-10-01 00:00:00Z"]})
    )
    for name in table.columns:
        for timezone, expected in ((None, 0), ("UTC", 0), ("Europe/Paris", 2)):
            parse = date_parser(table, name, None, timezone, "orders.csv", "Date")
            (row,) = rows(table.select(x=parse(table[name])))
            assert row["x"] == datetime(2019, 10, 1, expected)  # noqa: DTZ001


def test_day_and_month_that_can_be_swapped_are_asked_for():
    with pytest.raises(DataError) as failure:
        read("1/12/2010 8:26", "2/12/2010")
    assert failure.value.message == (
        'orders.csv, column "Date": every date can be read as %m/%d/%Y and as %d/%m/%Y: '
        "2010-01-12 or 2010-12-01."
    )
    found = read("1/12/2010 8:26", "2/12/2010", date_format="%d/%m/%Y")
    assert found == ["2010-12-01 08:26", "2010-12-02"]


def test_one_row_that_fits_neither_way_is_still_asked_for():
    with pytest.raises(DataError, match="can be read as"):
        read("1/12/2010", "2/12/2010", "yesterday")


def test_days_equal_to_their_months_need_no_question():
    assert read("1/1/2010", "12/12/2010") == ["2010-01-01", "2010-12-12"]


def test_most_rows_decide_the_format():
    assert read("2013-01-13", "2013-01-14", "1/15/2013") == ["2013-01-13", "2013-01-14", None]


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31",
        "1899-12-30",
        "1900-01-01",
        "1970-01-01",
        "0000-00-00",
        "infinity",
        "epoch",
        "x",
    ],
)
def test_what_stands_for_no_date_is_none(written):
    assert read(written, "2013-02-11") == [None, "2013-02-11"]


def test_typed_dates_stay_and_blanks_are_null():
    assert read(date(2013, 2, 11), None) == ["2013-02-11", None]
    assert read("2013-02-11", "NULL", "") == ["2013-02-11", None, None]


def test_a_users_format_is_read_as_it_says():
    assert read("11 / 02 / 13", date_format="%d / %m / %y") == ["2013-02-11"]
    assert read("11. März 2013", date_format="%d. %B %Y") == ["2013-03-11"]
    assert read("11.02.2013 10h30", date_format="%d.%m.%Y %Hh%M") == ["2013-02-11 10:30"]
    zoned = read("2013-02-11 10:00 +0100", date_format="%Y-%m-%d %H:%M %z", timezone="UTC")
    assert zoned == ["2013-02-11 09:00"]
    with pytest.raises(SettingsError, match="date_format is no date format"):
        read("11/02/2013", date_format="%Q")


DAYS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%y",
    "%Y%m%d",
    "%d %b %Y",
    "%B %d, %Y",
    "%Y-%m-%d",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")


@examples(8)
@given(
    minutes=st.lists(st.integers(1440, 130 * 365 * 1440), min_size=1, max_size=20),
    day=st.sampled_from(DAYS),
    time=st.sampled_from(TIMES),
)
def test_dates_written_in_one_way_are_read_back_or_asked_for(minutes, day, time):
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001
    moments = [epoch + timedelta(minutes=n) for n in minutes]
    if not time:
        moments = [datetime(m.year, m.month, m.day) for m in moments]  # noqa: DTZ001
    if "%y" in day:
        assume(all(m.year <= 2068 for m in moments))
    written = [m.strftime(day + time) for m in moments]
    try:
        found = read(*written)
    except DataError as failure:
        swapped = all(m.day <= 12 for m in moments)
        assert swapped and "can be read as" in failure.message  # noqa: PT017, PT018
        found = read(*written, date_format=day + time)
    expected = [m.isoformat(" ").removesuffix(":00").removesuffix(" 00:00") for m in moments]
    assert found == expected
