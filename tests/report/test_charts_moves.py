from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from custseg.report.charts.moves import moves
from custseg.segments.movement.account import account
from custseg.segments.movement.figures import Flow
from custseg.words.colours import segment_colour
from tests.shop_summaries import drawn, rows, segment, summary
from tests.summaries import moved


def test_a_first_snapshot_has_no_streams():
    assert moves(summary(movement=None)) is None


def test_blocks_of_both_months_are_as_high_as_they_have_customers():
    blocks = {
        (row["x0"] > 0.5, row["name"]): (row["customers"], round(row["y1"] - row["y0"], 1))
        for row in rows(moves(summary()), "label")
    }
    # Each of two segments kept 5 and gave 2 to the other; see `moved`.
    assert blocks == {
        (False, "Champions"): (8, 8),
        (False, "Dormant"): (7, 7),
        (False, "Big baskets"): (3, 3),
        (False, "(new customers)"): (4, 4),
        (True, "Champions"): (10, 10),
        (True, "Dormant"): (11, 11),
        (True, "(lost)"): (1, 1),
    }


def test_streams_fill_their_blocks_and_have_the_colour_of_where_they_come_from():
    drawing = moves(summary())
    streams = rows(drawing, "opacity")
    told = {(row["from"], row["to"]): (row["customers"], row["opacity"]) for row in streams}
    assert told == {
        ("Champions", "Champions"): (5, 0.22),
        ("Champions", "Dormant"): (2, 0.62),
        ("Champions", "(lost)"): (1, 0.62),
        ("Dormant", "Dormant"): (5, 0.22),
        ("Dormant", "Champions"): (2, 0.62),
        ("Big baskets", "Champions"): (3, 0.62),
        ("(new customers)", "Dormant"): (4, 0.62),
    }
    assert {row["from"]: row["colour"] for row in streams} == {
        "Champions": segment(1, "Champions").colour,
        "Dormant": segment(2, "Dormant").colour,
        "Big baskets": segment_colour(3, "Big baskets", {}),
        "(new customers)": segment(2, "Dormant").colour,
    }
    steps = rows(drawing, "stream")
    for at in (min, max):
        edge = at(row["x"] for row in steps if "x" in row)
        ends = [row for row in steps if row.get("x") == edge]
        assert sum(row["y1"] - row["y0"] for row in ends) == pytest.approx(22, abs=0.1)
        ordered = sorted(ends, key=lambda row: row["y0"])
        assert all(a["y1"] <= b["y0"] + 0.01 for a, b in pairwise(ordered))


def test_the_title_names_the_largest_move():
    assert drawn(moves(summary())).title == (
        "Since 2011-11-10, 58.8 % of customers kept their segment; the largest move is 3 customers "
        "from Big baskets to Champions, most of it by the new model."
    )


def test_without_a_move_the_title_tells_who_stayed():
    stayed = [Flow(1, 1, 1, "stayed", 9, Decimal(1), Decimal(1))]
    names = {1: ("Champions", "Champions")}
    drawing = moves(summary(movement=account(stayed, names, "2011-11-10", "2011-12-10")))
    assert drawn(drawing).title == "Since 2011-11-10, 100.0 % of customers kept their segment."


def test_streams_too_thin_to_be_seen_are_left_out():
    own = moved(summary().segments)
    many = [replace(way, customers=2000 * way.customers) for way in own.transitions]
    thin = replace(many[1], customers=1)
    drawing = moves(summary(movement=replace(own, transitions=(many[0], thin, *many[2:]))))
    assert len(rows(drawing, "opacity")) == len(many) - 1


def test_amounts_are_not_needed():
    own = moved(summary().segments, money=False)
    assert len(rows(moves(summary(movement=own, money=False)), "opacity")) == 7
