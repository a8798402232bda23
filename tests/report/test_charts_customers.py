from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from custseg.report.charts.customers import recency_frequency, slipping
from custseg.report.summary.segment import Slipping
from tests.shop_summaries import drawn, rows, segment, summary


def test_the_map_tells_of_the_most_frequent_and_the_most_silent_segment():
    assert drawn(recency_frequency(summary())).title == (
        "The median customer of Champions ordered 15 times, most recently 4 days ago; of Dormant, "
        "once, most recently 90 days ago"
    )


def test_a_tile_has_the_colour_of_the_segment_most_of_its_customers_are_in():
    tiles = rows(recency_frequency(summary()), "x0")
    assert [(tile["x0"], tile["customers"], tile["colour"]) for tile in tiles] == [
        (3.0, 20, "#0072b2"),
        (80.0, 80, "#d55e00"),
    ]
    assert tiles[1]["by_segment"] == "Dormant 75; Champions 5"
    assert (tiles[1]["days"], tiles[1]["orders"]) == ("80 to 99", "1")


def test_names_stand_at_the_medians_and_none_covers_another():
    same = tuple(
        segment(number, f"Segment {number}", recency_days=90.0, frequency=1.0)
        for number in range(1, 6)
    )
    labels = rows(recency_frequency(summary(segments=same)), "align")
    assert {(label["x"], label["y"]) for label in labels} == {(90.5, 1.5)}
    assert len({label["label"] for label in labels}) == 5


def test_without_customers_there_is_no_map():
    assert recency_frequency(summary(recency_frequency=())) is None


def test_slipping_customers_are_told_with_what_they_spent():
    drawing = drawn(slipping(summary()))
    assert drawing.title == (
        "6 of 30 regulars (20.0 %) slip away; they spent £100 in the last 365 days"
    )
    assert [(row["spent"], row["label"]) for row in rows(drawing, "spent")] == [
        (80.0, "£80.00: 2 of 20 (10.0 %)"),
        (20.0, "£20.00: 4 of 10 (40.0 %)"),
    ]
    assert "at least 3 days" in drawing.caption


@pytest.mark.parametrize(
    ("regulars", "label"), [(0, "no regulars"), (7, "none of 7")], ids=["no regulars", "none slip"]
)
def test_a_segment_where_nobody_slips_says_so(regulars, label):
    still = Slipping(regulars, 0, Decimal(), Decimal(), None)
    segments = (segment(1, "Champions"), segment(2, "Dormant", slipping=still))
    assert rows(slipping(summary(segments=segments)), "spent")[1]["label"] == label


def test_where_nobody_slips_there_is_no_chart():
    nobody = replace(summary().slipping, customers=0)
    assert slipping(summary(slipping=nobody)) is None
