from __future__ import annotations

from custseg.report.charts.products import over_buys, units_needed
from tests.shop_summaries import drawn, many, needed, product, rows, segment, summary


def test_over_bought_products_stand_under_their_segment_with_their_lift():
    drawing = drawn(over_buys(summary()))
    assert drawing.title == (
        "“clocks” takes 4 times the share of order lines in Dormant that it takes in the whole shop"
    )
    found = rows(drawing, "key")
    assert [row["key"] for row in found] == [
        "000#Champions",
        "001 RED MUG",
        "002#Dormant",
        "003 clocks",
    ]
    assert [row["label"] for row in rows(drawing, "lift")] == ["2.5×", "4×"]
    assert rows(drawing, "lift")[0]["buyers"] == "10 (25.0 %)"
    assert "group of products" in {row["code"] for row in rows(drawing, "lift")}


def test_a_segment_that_over_buys_nothing_is_named():
    same = (product("A", 1.0), product("B", 0.9), product("C", None))
    segments = (
        segment(1, "Champions"),
        segment(2, "Big baskets, slipping", over_bought_groups=same),
    )
    drawing = drawn(over_buys(summary(segments=segments)))
    assert len(rows(drawing, "lift")) == 1
    assert drawing.caption.endswith("Without any: “Big baskets, slipping”.")


def test_the_first_four_products_are_shown_by_falling_lift():
    listed = tuple(product(f"P{lift}", lift) for lift in (1.5, 3.0, 1.05, 2.0, 9.0))
    segments = (segment(1, "Champions", over_buys=listed), segment(2, "Dormant"))
    found = rows(over_buys(summary(segments=segments)), "lift")
    assert [row["label"] for row in found][:4] == ["3×", "2×", "1.5×", "1.05×"]


def test_of_many_segments_fewer_products_are_shown():
    assert len(rows(over_buys(many(12)), "heading")) == 12
    long = tuple(product(f"P{n}", 2.0) for n in range(4))
    segments = tuple(segment(n, f"S{n}", over_buys=long) for n in range(1, 13))
    assert len(rows(over_buys(summary(segments=segments)), "lift")) == 24


def test_a_long_description_is_cut_on_the_axis_and_whole_in_the_tooltip():
    text = "A VERY LONG DESCRIPTION OF A PRODUCT THAT GOES ON"
    segments = (segment(1, "Champions", over_buys=(product(text, 2.0),)), segment(2, "Dormant"))
    row = rows(over_buys(summary(segments=segments)), "lift")[0]
    assert row["short"] == "A VERY LONG DESCRIPTION OF A PROD…"
    assert row["product"] == text


def test_where_no_segment_over_buys_anything_there_is_no_chart():
    plain = tuple(segment(n, f"S{n}", over_buys=(), over_bought_groups=()) for n in (1, 2))
    assert over_buys(summary(segments=plain)) is None


def test_units_needed_come_with_their_band():
    drawing = drawn(units_needed(summary()))
    assert drawing.title == (
        "The largest need foreseen is of Champions for “RED MUG”: 40 (20 to 80) units expected in "
        "the next 30 days"
    )
    (row,) = rows(drawing, "expected")
    assert (row["low"], row["high"], row["recent"], row["end"]) == (20.0, 80.0, 5.0, 80.0)
    assert drawing.caption.endswith("Without any: Dormant.")


def test_without_a_back_test_units_have_no_band():
    bare = (needed("P1", None, 40.0, band=False),)
    segments = (segment(1, "Champions", units_needed=bare), segment(2, "Dormant"))
    (row,) = rows(units_needed(summary(segments=segments)), "expected")
    assert (row["label"], row["short"]) == ("40", "P1")


def test_most_units_come_first():
    listed = tuple(needed(f"P{units}", None, units) for units in (5.0, 50.0, 20.0, 8.0, 1.0))
    segments = (segment(1, "Champions", units_needed=listed), segment(2, "Dormant"))
    found = rows(units_needed(summary(segments=segments)), "expected")
    assert [row["expected"] for row in found] == [50.0, 20.0, 8.0, 5.0]


def test_without_the_study_there_is_no_chart_of_units():
    none = tuple(segment(n, f"S{n}", units_needed=()) for n in (1, 2))
    assert units_needed(summary(segments=none)) is None
