from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.report.charts.lettering import Lettering, shorten, text_width
from custseg.report.charts.placing import PointLabel, place_beside, spread
from custseg.words.language import Wording


def lettering(currency="£", language="en"):
    return Lettering(Wording(language, currency), "charts.shares")


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (Decimal("1234.56"), "£", "£1,235"),
        (Decimal("-12.5"), "£", "−£12.50"),
        (0, "", "0"),
        (-1234.4, "EUR", "−EUR\N{NO-BREAK SPACE}1,234"),
        (-0.2, "", "−0.20"),
        (1234, "CHF", "CHF\N{NO-BREAK SPACE}1,234"),
        (-0.001, "$", "$0"),
    ],
)
def test_money_has_its_currency_in_front(value, currency, written):
    assert lettering(currency).money(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.1234, "12.3 %"), (0.0002, "<0.1 %"), (0.9999, ">99.9 %"), (0, "0.0 %"), (-0.25, "−25.0 %")],
)
def test_a_share_is_never_nothing_or_all_where_it_is_not_quite(share, written):
    assert lettering().percent(share) == written


def test_a_number_has_as_many_decimals_as_it_deserves():
    assert [lettering().number(value) for value in (1234.5, 12.34, 12.0, 0.036)] == [
        "1,234",
        "12.3",
        "12",
        "0.04",
    ]


def test_text_is_cut_by_its_width():
    assert shorten("ABCDEFGH", 8) == "ABCDEFGH"
    assert shorten("ABCDEFGHI", 8) == "ABCDEFG…"
    assert shorten("客户细分客户", 8) == "客户细…"


def test_wide_letters_take_as_much_as_their_size_and_accents_nothing():
    assert text_width("顧客", 12) == 24
    assert text_width("e\u0301", 12) == text_width("e", 12)


def test_a_change_has_its_sign_and_a_small_number_is_a_word():
    say = lettering()
    assert (say.signed_percent(0.123), say.signed_percent(-0.5)) == ("+12.3 %", "−50.0 %")
    assert (say.in_words(7), say.in_words(13)) == ("seven", "13")


def test_a_feature_is_called_and_written_by_what_it_is():
    say = lettering()
    assert say.feature("return_rate") == "Share returned"
    assert say.feature_value("return_rate", 0.1234) == "12.3 %"
    assert say.feature_value("monetary", 1234.0) == "£1,234"
    assert say.feature_value("overdue", 1.26) == "1.3"
    assert say.feature_value("overdue", None) == "unknown"


def test_a_chart_in_german_has_german_signs_and_words():
    say = lettering(language="de")
    assert say.feature("return_rate") == "Anteil zurückgesandt"
    assert say.money(Decimal("-12.5")) == "−12,50\N{NO-BREAK SPACE}£"
    assert say.signed_percent(0.123) == "+12,3\N{NO-BREAK SPACE}%"
    assert say.date("2024-12-09") == "9.\N{NO-BREAK SPACE}Dezember 2024"
    assert say.in_words(7) == "sieben"


POSITIONS = st.lists(st.floats(0, 100), min_size=1, max_size=12)


@given(POSITIONS)
def test_spread_positions_are_in_order_apart_and_within_the_ends(wanted):
    placed = spread(wanted, 5.0, 0.0, 100.0)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    assert all(placed[b] - placed[a] >= 5.0 - 1e-9 for a, b in pairwise(order))
    assert all(-1e-9 <= place <= 100.0 + 1e-9 for place in placed)


def test_positions_that_are_apart_stay_and_close_ones_move_evenly():
    assert spread([10.0, 50.0, 90.0], 20.0, 0.0, 100.0) == [10.0, 50.0, 90.0]
    assert spread([50.0, 50.0], 20.0, 0.0, 100.0) == [40.0, 60.0]
    assert spread([1.0, 2.0], 20.0, 0.0, 100.0) == [0.0, 20.0]


def test_more_than_fit_are_spread_evenly():
    assert spread([0.0, 0.0, 0.0], 80.0, 0.0, 100.0) == [0.0, 50.0, 100.0]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 440)), min_size=2, max_size=12))
def test_no_label_of_the_plane_covers_another(points):
    labels = [PointLabel("Lapsed small buyers", x, y) for x, y in points]
    placed = place_beside(labels, 440.0)
    for i, (label, place) in enumerate(zip(labels, placed, strict=True)):
        for other, its in list(zip(labels, placed, strict=True))[i + 1 :]:
            same_side = place.align == its.align
            if same_side and abs(label.x - other.x) * 480 < 140:
                assert abs(place.y - its.y) >= 17.0 - 1e-9
