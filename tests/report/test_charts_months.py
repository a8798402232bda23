from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from custseg.report.charts.drawing import specification
from custseg.report.charts.months import revenue_by_month
from custseg.report.summary.whole import Month
from tests.shop_summaries import drawn, rows, summary


def test_the_best_month_is_told_with_its_best_segment():
    title = drawn(revenue_by_month(summary())).title
    assert title == "Revenue was highest in Nov 2011: £280, 75.0 % of it from Champions"


def test_parts_of_a_bar_are_stacked_exactly_with_the_first_segment_on_top():
    parts = rows(revenue_by_month(summary()), "iso")
    assert [(part["iso"], part["number"], part["y0"], part["y1"]) for part in parts] == [
        ("2011-11", 2, 0.0, 70.0),
        ("2011-11", 1, 70.0, 280.0),
        ("2011-12", 2, 0.0, 30.0),
        ("2011-12", 1, 30.0, 120.0),
    ]
    assert [part["share"] for part in parts] == ["25.0 %", "75.0 %", "25.0 %", "75.0 %"]


def test_names_stand_in_the_order_of_the_stack_whoever_bought_last():
    first = summary().segments[0]
    segments = tuple(
        replace(first, segment=number, segment_name=f"S{number}") for number in (1, 2, 3)
    )
    months = (
        *(Month(number, "2011-11", True, 1, Decimal(100)) for number in (1, 2, 3)),
        Month(2, "2011-12", True, 1, Decimal(100)),
    )
    names = rows(revenue_by_month(summary(segments=segments, months=months)), "label")
    by_height = sorted(names, key=lambda row: -row["label"])
    assert [row["name"] for row in by_height] == ["S1", "S2", "S3"]


def test_a_cut_month_is_paler_and_says_its_days():
    drawing = drawn(revenue_by_month(summary()))
    assert [part["opacity"] for part in rows(drawing, "iso")] == [1.0, 1.0, 0.45, 0.45]
    assert [row["text"] for row in rows(drawing, "text")] == [["only", "1–9"]]
    assert "Dec 2011 (days 1–9 only)" in drawing.caption


def test_a_first_month_that_begins_late_says_its_days():
    months = tuple(replace(month, complete=False) for month in summary().months)
    drawing = drawn(revenue_by_month(summary(months=months, first_day="2011-11-13")))
    assert [row["text"] for row in rows(drawing, "text")] == [["only", "13–30"], ["only", "1–9"]]
    assert drawing.title.startswith("Revenue was highest in Nov 2011 (days 13–30 only): £280")


def test_whole_months_need_no_note():
    months = tuple(replace(month, complete=True) for month in summary().months)
    drawing = drawn(revenue_by_month(summary(months=months)))
    assert "only" not in drawing.caption
    assert rows(drawing, "text") == []


def test_a_month_of_returns_goes_below_zero():
    back = Month(2, "2011-11", True, 0, Decimal("-70.00"))
    months = tuple(back if month.revenue == 70 else month for month in summary().months)
    drawing = drawn(revenue_by_month(summary(months=months)))
    parts = rows(drawing, "iso")
    assert (parts[0]["y0"], parts[0]["y1"], parts[1]["y0"], parts[1]["y1"]) == (0, -70, 0, 210)
    assert parts[0]["share"] == "none"
    assert specification(drawing)["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == -70
    assert drawing.title == "Revenue was highest in Nov 2011: £140"


def test_one_month_is_not_called_the_highest():
    months = tuple(month for month in summary().months if month.complete)
    title = drawn(revenue_by_month(summary(months=months))).title
    assert title == "Revenue of Nov 2011 was £280, 75.0 % of it from Champions"


def test_of_many_months_some_are_named_with_every_year():
    months = tuple(
        Month(1, f"{year}-{month:02d}", True, 1, Decimal(10))
        for year in (2009, 2010, 2011)
        for month in range(1, 13)
    )
    spec = specification(drawn(revenue_by_month(summary(months=months))))
    axis = spec["layer"][0]["encoding"]["x"]["axis"]
    assert axis["values"] == list(range(0, 36, 3))
    assert axis["labelExpr"].count('"Jan", "20') == 3


def test_the_currency_is_a_parameter_and_no_part_of_an_expression():
    spec = specification(drawn(revenue_by_month(summary(currency="CHF"))))
    assert spec["params"] == [{"name": "currency", "value": "CHF\N{NO-BREAK SPACE}"}]
    assert "CHF" not in spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]


def test_without_revenue_there_is_no_chart():
    assert revenue_by_month(summary(months=())) is None
    nothing = tuple(replace(month, revenue=Decimal()) for month in summary().months)
    assert revenue_by_month(summary(months=nothing)) is None
