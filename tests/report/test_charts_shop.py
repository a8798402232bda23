from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from custseg.report.charts.catalogue import SHOP_CHARTS
from custseg.report.charts.customers import slipping
from custseg.report.charts.drawing import pictures, specification
from custseg.report.charts.fingerprint import fingerprint, snake
from custseg.report.charts.ledger import ledger_rows
from custseg.report.charts.months import revenue_by_month
from custseg.report.charts.shares import shares
from tests.shop_summaries import drawn, figures, many, needed, product, rows, segment, summary

FINDINGS = {
    "shares": "Champions, 25.0 % of customers, bring 75.0 % of revenue",
    "fingerprint": (
        "Champions stand out most by orders: a median of 15, where that of all customers is 2"
    ),
    "snake": ("Segments differ most in orders: medians reach from 1 (Dormant) to 15 (Champions)"),
    "moves": (
        "Since 2011-11-10, 58.8 % of customers kept their segment; the largest move is 3 "
        "customers from Big baskets to Champions, most of it by the new model."
    ),
    "recency-frequency": (
        "The median customer of Champions ordered 15 times, most recently 4 days ago; of "
        "Dormant, once, most recently 90 days ago"
    ),
    "slipping": "6 of 30 regulars (20.0 %) slip away; they spent £100 in the last 365 days",
    "over-buys": (
        "“clocks” takes 4 times the share of order lines in Dormant that it takes in the whole shop"
    ),
    "revenue-by-month": "Revenue was highest in Nov 2011: £280, 75.0 % of it from Champions",
    "units-needed": (
        "The largest need foreseen is of Champions for “RED MUG”: 40 (20 to 80) units "
        "expected in the next 30 days"
    ),
    "ledger-rows": (
        "Of 1,000 rows in the source, 600 (60.0 %) are kept; the largest step is “No "
        "customer”, −300"
    ),
    "ledger-money": (
        "Of a value of £500.10 in the source, £400.00 (80.0 %) is kept; the largest step is "
        "“No customer”, −£150.10"
    ),
}
NAMES = list(FINDINGS)
HOSTILE = "<script>alert(1)</script> datum.x ' + \"\\"


def test_charts_come_in_the_order_of_the_page_with_all_their_words():
    drawings = [drawn(chart(summary())) for chart in SHOP_CHARTS]
    assert [drawing.name for drawing in drawings] == NAMES
    assert {drawing.name: drawing.title for drawing in drawings} == FINDINGS
    for drawing in drawings:
        assert drawing.caption.endswith(".")
        assert drawing.alt_text.endswith(".")
        assert "nan" not in drawing.title + drawing.caption + drawing.alt_text


@pytest.mark.parametrize("chart", SHOP_CHARTS, ids=NAMES)
def test_a_chart_is_specified_alike_whenever_it_is_made(chart):
    first, second = (specification(drawn(chart(summary()))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("chart", SHOP_CHARTS, ids=NAMES)
def test_a_chart_of_twelve_segments_is_drawn(chart):
    made = pictures(drawn(chart(many(12))), ["svg", "png"])
    assert made["svg"].startswith(b"<svg")
    assert made["png"].startswith(b"\x89PNG")


def test_the_same_specification_becomes_the_same_picture():
    first, second = (pictures(drawn(shares(summary())), ["svg", "png"]) for _ in range(2))
    assert first == second


def _expressions(spec: Any, at: str = "") -> list[str]:
    """Every text of a specification that Vega evaluates, be it in whatever place."""
    if isinstance(spec, dict):
        return [
            text
            for name, value in spec.items()
            if name not in {"datasets", "description"}
            for text in _expressions(value, name)
        ]
    if isinstance(spec, list):
        return [text for value in spec for text in _expressions(value, at)]
    return [spec] if at in {"labelExpr", "test", "filter", "expr", "calculate", "signal"} else []


@pytest.mark.parametrize("chart", SHOP_CHARTS, ids=NAMES)
def test_text_of_the_shop_is_never_an_expression(chart):
    hostile = summary(
        currency=HOSTILE,
        segments=(
            segment(
                1,
                HOSTILE,
                over_buys=(product(HOSTILE, 2.0, code=HOSTILE),),
                units_needed=(needed(HOSTILE, HOSTILE, 10.0),),
            ),
            segment(2, "Dormant"),
        ),
    )
    drawing = drawn(chart(hostile))
    expressions = _expressions(specification(drawing))
    assert not [text for text in expressions if "script" in text or "datum.x" in text]
    svg = pictures(drawing, ["svg"])["svg"].decode()
    assert "<script" not in svg


def test_charts_leave_width_and_colours_of_text_to_the_page():
    for chart in SHOP_CHARTS:
        spec = specification(drawn(chart(summary())))
        assert spec["width"] == "container"
        assert "title" not in spec
        assert "config" not in spec
        assert all("width" not in layer for layer in spec["layer"])


def test_names_of_views_are_never_numbered_by_altair():
    for chart in SHOP_CHARTS:
        assert not re.search(
            r'"view_\w+"|"param_\d+"', json.dumps(specification(drawn(chart(summary()))))
        )


def test_shares_tell_who_brings_the_revenue():
    drawing = drawn(shares(summary()))
    assert drawing.title == "Champions, 25.0 % of customers, bring 75.0 % of revenue"
    assert [(row["segment"], row["what"], row["share"]) for row in rows(drawing, "share")] == [
        ("Champions", "customers", 0.25),
        ("Champions", "revenue", 0.75),
        ("Dormant", "customers", 0.75),
        ("Dormant", "revenue", 0.25),
    ]


def test_a_negative_share_of_revenue_is_drawn_to_the_left():
    loss = segment(2, "Dormant", revenue_share=-0.25)
    drawing = shares(summary(segments=(segment(1, "Champions", revenue_share=1.25), loss)))
    domain = specification(drawn(drawing))["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] < -0.25
    assert rows(drawing, "share")[-1]["label"] == "−25.0 % of revenue"


@pytest.mark.parametrize("changes", [{"revenue": 0}, {"revenue": -400}])
def test_without_revenue_only_shares_of_customers_are_told(changes):
    drawing = drawn(shares(summary(**changes)))
    assert drawing.title == "The largest segment is Dormant: 75.0 % of customers"
    assert {row["what"] for row in rows(drawing, "share")} == {"customers"}


def test_a_name_with_a_comma_is_quoted_in_a_sentence():
    segments = (segment(1, "Big baskets, slipping"), segment(2, "Dormant"))
    title = drawn(shares(summary(segments=segments))).title
    assert title.startswith("“Big baskets, slipping”, 25.0 % of customers")


def test_the_fingerprint_holds_the_medians_that_the_model_sees():
    drawing = drawn(fingerprint(summary()))
    assert drawing.title == (
        "Champions stand out most by orders: a median of 15, where that of all customers is 2"
    )
    assert [
        (row["segment"], row["feature"], row["z"], row["z_text"], row["median"], row["everyone"])
        for row in rows(drawing, "z")
    ] == [
        ("Champions", "Days since last order", -1.0, "−1.0", "4", "30"),
        ("Champions", "Orders", 2.0, "+2.0", "15", "2"),
        ("Dormant", "Days since last order", 0.5, "+0.5", "90", "30"),
        ("Dormant", "Orders", -0.5, "−0.5", "1", "2"),
    ]


def test_colours_of_the_fingerprint_are_symmetric_and_clipped():
    values = [-9.0, -2.5, 0.0, 2.5, 9.0]
    segments = tuple(
        segment(number, f"S{number}", features=(figures("frequency", 1.0, 1.0, z),))
        for number, z in enumerate(values, 1)
    )
    cells = rows(fingerprint(summary(segments=segments)), "fill")
    assert [cell["fill"] for cell in cells] == [
        "#8c510a", "#8c510a", "#f5f5f5", "#1c5a96", "#1c5a96",
    ]  # fmt: skip
    assert [cell["letters"] for cell in cells] == [
        "#ffffff", "#ffffff", "#1f2328", "#ffffff", "#ffffff",
    ]  # fmt: skip
    dark = [(cell["in_dark"]["fill"], cell["in_dark"]["letters"]) for cell in cells]
    assert dark == [
        ("#e0b074", "#1f2328"), ("#e0b074", "#1f2328"), ("#2b3036", "#ffffff"),
        ("#8cc2ec", "#1f2328"), ("#8cc2ec", "#1f2328"),
    ]  # fmt: skip


def test_the_snake_tells_where_segments_differ_most():
    drawing = drawn(snake(summary()))
    assert drawing.title == (
        "Segments differ most in orders: medians reach from 1 (Dormant) to 15 (Champions)"
    )
    assert [row["name"] for row in rows(drawing, "name")] == ["Dormant", "Champions"]


def test_the_snake_says_how_many_share_an_end():
    others = tuple(segment(number, f"S{number}") for number in (2, 3, 4))
    title = drawn(snake(summary(segments=(segment(1, "Champions"), *others)))).title
    assert "from 1 (S2 and 2 others) to 15" in title


def test_names_at_the_end_of_the_snake_keep_their_distance():
    drawing = drawn(snake(many(12)))
    top, bottom = specification(drawing)["layer"][0]["encoding"]["y"]["scale"]["domain"]
    places = sorted(row["label"] for row in rows(drawing, "label"))
    gaps = [
        (after - before) / (bottom - top) * specification(drawing)["height"]
        for before, after in pairwise(places)
    ]
    assert len(gaps) == 11
    assert min(gaps) >= 16.9


def test_segments_without_medians_have_no_fingerprint():
    blank = tuple(replace(one, features=()) for one in summary().segments)
    assert fingerprint(summary(segments=blank)) is None
    assert snake(summary(segments=blank)) is None


def test_one_feature_has_a_fingerprint_and_no_snake():
    narrow = replace(summary().method, features=("frequency",))
    assert fingerprint(summary(method=narrow)) is not None
    assert snake(summary(method=narrow)) is None


def test_without_amounts_charts_are_of_orders_and_customers():
    counted = summary(money=False)
    assert drawn(shares(counted)).title == "Champions, 25.0 % of customers, place 50.0 % of orders"
    months = drawn(revenue_by_month(counted))
    assert months.name == "orders-by-month"
    assert months.title == "Most orders came in Nov 2011: 50, 60.0 % of them from Dormant"
    assert [row["orders"] for row in rows(months, "orders")] == ["30", "20", "10", "10"]
    assert "shop currency" not in json.dumps(specification(months))
    assert "spent" not in drawn(slipping(counted)).title.lower()
    assert drawn(ledger_rows(counted)).name == "ledger-rows"
