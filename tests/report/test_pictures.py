from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.report.tables.pictures import Bar, Diverging, Sparkline

SHARES = st.floats(0, 1)


def test_the_largest_figure_fills_the_bar():
    assert Bar().drawn([4, Decimal(2), 1, 0.5]) == ["████████", "████    ", "██      ", "█       "]


def test_a_bar_is_cut_off_to_eighths_of_a_character():
    assert Bar(64).drawn([1, 7, 8, 13, 13.9]) == [
        "▏       ", "▉       ", "█       ", "█▋      ", "█▋      "
    ]  # fmt: skip


def test_what_is_above_0_is_never_nothing():
    assert Bar(1).drawn([0, 1e-6, -0.5]) == [" " * 8, "▏       ", " " * 8]


def test_a_missing_figure_has_no_bar():
    assert Bar().drawn([None, 1, float("nan")]) == ["", "████████", ""]
    assert Bar().drawn([None]) == [""]
    assert Bar().drawn([0, 0]) == ["", ""]


def test_only_what_is_above_the_threshold_crosses_its_line():
    assert Bar(1, tick=0.75).drawn([1, 0.875, 0.76, 0.75, 0.7499, 0.375, 0]) == [
        "██████│██",
        "██████│█ ",
        "██████│▏ ",
        "██████│  ",
        "█████▉│  ",
        "███   │  ",
        "      │  ",
    ]


@pytest.mark.parametrize("tick", [0, 1, 1.5])
def test_a_threshold_that_all_or_none_reach_needs_no_line(tick):
    assert Bar(1, tick=tick).drawn([0.5]) == ["████    "]


def test_bars_of_two_columns_compare():
    shared = Bar.of([{"a": 0.1, "b": 0.4}, {"a": None, "b": 0.2}], "a", "b")
    assert shared.drawn([0.1]) == ["██      "]
    assert shared.drawn([0.4]) == ["████████"]


@given(SHARES, SHARES, st.floats(0.01, 0.99))
def test_the_larger_of_two_figures_has_no_shorter_bar(one, other, tick):
    small, large = Bar(1, tick).drawn(sorted([one, other]))
    assert len(small) == len(large) == 9
    for left, right in zip(small, large, strict=True):
        assert " ▏▎▍▌▋▊▉█│".index(left) <= " ▏▎▍▌▋▊▉█│".index(right)
    crosses = large.partition("│")[2].strip() != ""
    assert crosses == (max(one, other) > tick)


def test_differences_diverge_from_a_middle_line():
    assert Diverging().drawn([2, 1, 0.2, 0.001, 0, -0.001, -0.2, -1, -2, None]) == [
        "     │█████",
        "     │██▌  ",
        "     │▌    ",
        "     │▏    ",
        "     │     ",
        "    ▕│     ",
        "    ▐│     ",
        "  ▐██│     ",
        "█████│     ",
        "",
    ]
    assert Diverging().drawn([0]) == ["     │     "]


def test_a_sparkline_runs_from_0_to_its_own_largest_value():
    drawn = Sparkline(((7, 6, 5, 4, 3, 2, 1, 0), (0.07, 0.0001, 0, None, 0, 0, 0, 0.035)))
    assert drawn.drawn(["any", None]) == ["█▇▆▅▄▃▂▁", "█▂▁ ▁▁▁▅"]


def test_a_sparkline_of_nothing_is_flat():
    assert Sparkline(((0, 0), (None, None))).drawn([1, 2]) == ["▁▁", "  "]
