"""Dates as marketplaces, scripts and foreign spreadsheets write them."""

from __future__ import annotations

import pytest

from custseg.errors import DataError
from tests.conftest import nightly
from tests.sources.test_dates import read


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("May-14-26", "Jun-05-26 12:01:30"), ["2026-05-14", "2026-06-05 12:01:30"]),
        (("14-May-26",), ["2026-05-14"]),
        (("May 26, 26", "May 3, 26"), ["2026-05-26", "2026-05-03"]),
        (("26 May, 2026", "3 May, 2026 10:00"), ["2026-05-26", "2026-05-03 10:00"]),
        (("2025年01月29日", "2025年1月9日"), ["2025-01-29", "2025-01-09"]),
        (("2025年01月29日 12时34分", "2025年01月29日"), ["2025-01-29 12:34", "2025-01-29"]),
        (
            ("2025年01月29日 12:34", "2025年1月29日 9時5分7秒"),
            ["2025-01-29 12:34", "2025-01-29 09:05:07"],
        ),
        (("2025年1月29日(水) 9:05",), ["2025-01-29 09:05"]),
        (("2025년 1월 29일 9시 05분",), ["2025-01-29 09:05"]),
        (("Mon Jan  6 10:00:00 2025",), ["2025-01-06 10:00"]),
        (
            ("2025/1/3 上午9:15:00", "2025/1/3 下午9:15:00"),
            ["2025-01-03 09:15", "2025-01-03 21:15"],
        ),
        (("2025-1-3 下午 12:15", "2025-1-3 上午 12:15"), ["2025-01-03 12:15", "2025-01-03 00:15"]),
        (("2025/01/03 午後9:15",), ["2025-01-03 21:15"]),
        (("2025. 1. 3. 오후 9:15", "2025. 11. 13."), ["2025-01-03 21:15", "2025-11-13"]),
        (("20250103T091500Z", "20251231T235959Z"), ["2025-01-03 09:15", "2025-12-31 23:59:59"]),
        (
            ("03.01.2025, 9:15 Uhr", "31.01.2025, 09:15 Uhr"),
            ["2025-01-03 09:15", "2025-01-31 09:15"],
        ),
    ],
)
def test_dates_of_marketplaces_are_read(written, expected):
    assert read(*written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "11 lutego 2025",
        "11 lut 2025",
        "11 de fevereiro de 2025",
        "11 февраля 2025 г.",
        "11. helmikuuta 2025",
        *nightly(
            [
                "11 lutego 2025 r.",
                "11 februari 2025",
                "11 Şubat 2025",
                "11 fev. 2025",
                "11 фев 2025",
                "11. února 2025",
                "11. februar 2025",
            ]
        ),
    ],
)
def test_months_are_known_in_more_languages(written):
    assert read(written) == ["2025-02-11"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1360595045000250", "2013-02-11 15:04:05.00025"),
        ("1360595045250000000", "2013-02-11 15:04:05.25"),
        ("1360595045.25", "2013-02-11 15:04:05.25"),
        ("1360595045250.0", "2013-02-11 15:04:05.25"),
        (1360595045250000, "2013-02-11 15:04:05.25"),
        (1360595045250000.0, "2013-02-11 15:04:05.25"),
        (1360595045.25, "2013-02-11 15:04:05.25"),
    ],
)
def test_unix_times_are_read_in_every_unit(written, expected):
    assert read(written) == [expected]


def test_unix_microseconds_are_shown_by_the_shops_clocks():
    assert read("1360595045000000", timezone="Europe/Paris") == ["2013-02-11 16:04:05"]


NAMED = ("2025-01-06 10:00:00 PST", "2025-07-06 10:00:00 PDT", "2025-01-06 22:00:00 EST")


def test_zones_that_are_named_are_one_kind_and_stay_as_written():
    assert read(*NAMED) == ["2025-01-06 10:00", "2025-07-06 10:00", "2025-01-06 22:00"]


def test_zones_that_are_named_are_converted_to_the_shops():
    expected = ["2025-01-06 18:00", "2025-07-06 18:00", "2025-01-07 03:00"]
    assert read(*NAMED, timezone="Europe/London") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Jun-05-25 12:01:00 PDT", "2025-06-05 19:01"),
        ("06/25/2025 1:01 PM CEST", "2025-06-25 11:01"),
        ("2025/01/06 09:00:00 JST", "2025-01-06 00:00"),
        ("6 Jul 2025 10:00 BST", "2025-07-06 09:00"),
        ("2025-01-06 10:00 (CET)", "2025-01-06 09:00"),
        ("Mon Jan 06 10:00:00 CET 2025", "2025-01-06 09:00"),
        (
            "Mon Jan 06 2025 10:00:00 GMT+0100 (Central European Standard Time)",
            "2025-01-06 09:00",
        ),
    ],
)
def test_zones_behind_any_form_of_date_are_converted(written, expected):
    assert read(written, timezone="UTC") == [expected.removesuffix(" 00:00")]


def test_letters_mean_the_zone_of_the_shops_own_clocks():
    assert read("2025-01-06 10:00 CST", timezone="Asia/Shanghai") == ["2025-01-06 10:00"]
    assert read("2025-01-06 10:00 CST", timezone="UTC") == ["2025-01-06 16:00"]


def test_real_dates_and_texts_that_contradict_each_other_are_named_with_their_share():
    real = [f"2025-{month:02}-{day:02}" for month, day in [(1, 3), (2, 3), (3, 3), (4, 3)]]
    texts = [f"{day}/03/2025" for day in (13, 14, 25, 31, 19, 20)]
    with pytest.raises(DataError) as refusal:
        read(*real, *texts)
    assert 'column "Date": day and month of 4 of 10 dates (40.0 %) seem to be swapped' in str(
        refusal.value.message
    )
    assert "csv again with this column as text" in refusal.value.hint
    assert "reject" not in refusal.value.hint


def test_american_texts_beside_real_dates_are_named_too():
    with pytest.raises(DataError, match=r"day and month of 2 of 5 dates \(40\.0 %\) seem to be"):
        read("2025-05-03 00:00:00", "2025-06-03 10:15:00", "03/25/2025", "3/13/25", "12/31/2025")


def test_real_dates_after_the_12th_contradict_no_text():
    # Two kinds of dates, but none is swapped: the fewer are no dates.
    assert read("2025-01-31", "2025-01-02", "13/03/2025") == ["2025-01-31", "2025-01-02", None]


def test_rows_of_day_first_and_of_month_first_are_named():
    with pytest.raises(DataError) as refusal:
        read("13/03/2025", "14/03/2025", "03/25/2025", "01/02/2025", "05/06/2025")
    assert refusal.value.message == (
        'orders.csv, column "Date": 2 of 5 dates (40.0 %) can only be day/month/year '
        "and 1 (20.0 %) only month/day/year; 2 can be both."
    )


def test_one_slip_among_hundreds_is_no_contradiction():
    days = [f"{day}/{month:02}/2025" for day in range(13, 29) for month in range(1, 13)]
    assert read(*days, "03/25/2025").count(None) == 1


def test_with_a_given_format_nothing_is_asked():
    found = read("13/03/2025", "03/25/2025", "01/02/2025", date_format="%d/%m/%Y")
    assert found == ["2025-03-13", None, "2025-02-01"]
