from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal

import altair as alt
import pytest

from custseg.report.html.evidence import evidence_page as render
from custseg.report.html.figures import figures, script_json
from custseg.report.summary.whole import StatusCount
from custseg.settings import ReportSettings
from tests.outline import Outline
from tests.page_summary import BARE, EVIL, SUMMARY, drawings

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def page():
    return render(SUMMARY, drawings(), ReportSettings(title="Cups & more"))


@pytest.fixture(scope="module")
def text(page):
    return Outline(page).text


@pytest.mark.parametrize(
    "told",
    [
        "Cups & more",
        "40 customers in 3 segments, as of 2024-12-10",
        "orders.csv",
        "2023-12-01 to 2024-12-09",
        "£10,000",
        "Champions",
        "15 orders 12 to 22 · all 2",
        "Orders: 15 against 2 +2.3",
        "Days since the last order: 4 against 50 −1.5",
        "tea · pot 1.4 times",
        "Norway 90.0 %",
        (
            "Their busiest day is Thursday (23.0 % of their orders), their busiest hour begins at "
            "12:00 (17.0 %)."
        ),
        "92.0 % of them are expected to order in the next 90 days, for £900.",
        (
            "Of 8 customers in a segment of this name on 2024-09-01, 99.5 % ordered in the 90 "
            "days after."
        ),
        "1 regular customer is slipping away, worth £700 in the last 365 days",
        "frequency >= 11 9 customers, 92.0 % of them in this segment; 83.0 % of the segment.",
        "Mean silhouette 0.31 (1 is a segment of its own, 0 none); 6.7 % of its customers",
        "A LEAKY POT",
        "k = 3: asked for.",
        "Groups that touch.",
        "Two segments are small.",
        (
            "Of 10 regular customers who were slipping on 2024-09-01, 6 ordered in the 90 days "
            "after (60.0 %); of 20 who were not, 16 (80.0 %)."
        ),
        "Of 500 rows in the source, 420 count; 80 were left out",
        "-2,345.67",
        "custseg 0.1.0 with scikit-learn 1.7.0, seed 42",
    ],
)
def test_the_page_tells_what_the_summary_holds(text, told):
    assert told in text


def test_what_is_bought_no_more_than_elsewhere_is_not_told_as_such(text):
    assert "A POT" not in text


def test_text_of_the_source_is_inert_everywhere(page):
    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)") > 3
    assert "\\u003cscript\\u003ealert(1)" in page


def test_every_link_leads_to_a_place_in_the_page_or_to_a_chart(page):
    outline = Outline(page)
    assert len(outline.ids) == len(set(outline.ids))
    for link in outline.links:
        assert link[1:] in outline.ids or link.startswith("charts/")
    body = re.sub("<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\s(src|srcset|action|data|poster)=", body)


@pytest.mark.parametrize("summary", [SUMMARY, BARE])
def test_headings_step_down_one_at_a_time(summary):
    levels = [
        int(tag[1]) for tag in Outline(render(summary, drawings(), ReportSettings())).headings
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_what_a_run_lacks_is_not_there(text):
    bare = Outline(render(BARE, (), ReportSettings())).text
    for absent in (
        "Products25",
        "What they buy, and where they live",
        "Expected in",
        "Customers and revenue",
        "Marketing",
        "Inventory",
        "Warnings",
        "The forecast of orders",
        "slipping away",
        "Criteria for each number",
    ):
        assert absent in text
        assert absent not in bare


def test_a_page_without_charts_holds_no_library():
    bare = render(BARE, (), ReportSettings())
    assert "vega" not in bare.partition("</head>")[2]
    assert len(bare) < MEBIBYTE / 4
    assert "customers-title" not in bare


def test_a_chart_names_its_picture_where_there_is_one():
    page = render(SUMMARY, drawings(), ReportSettings(charts=("svg",)))
    assert '<a href="charts/plane.svg">' in page
    assert "charts/plane" not in render(SUMMARY, drawings(), ReportSettings(charts=()))


def test_the_same_summary_gives_the_same_bytes():
    first, again = (render(SUMMARY, drawings(), ReportSettings()) for _ in range(2))
    assert first == again


def test_five_thousand_points_stay_below_six_megabytes():
    page = render(SUMMARY, drawings(5000), ReportSettings())
    assert len(page.encode()) < 6 * MEBIBYTE


def test_a_dataset_that_charts_share_is_written_once():
    plane, _ = drawings(50)
    drawn, datasets = figures((plane, replace(plane, name="again")))
    (rows,) = json.loads(datasets).values()
    assert len(rows) == 50
    assert all("datasets" not in json.loads(figure.specification) for figure in drawn)


def test_numbers_of_charts_are_short_and_exact_to_the_penny():
    chart = alt.Chart(alt.Data(values=[{"y": 12345678.91}, {"y": 2.0}, {"y": 1 / 3}])).mark_bar()
    plane, _ = drawings(1)
    _, datasets = figures([replace(plane, chart=chart)])
    assert ':[{"y":12345678.91},{"y":2},{"y":0.3333333333}]' in datasets


def test_many_points_are_painted_and_few_are_drawn():
    many, _ = figures(drawings(2000))
    assert [figure.renderer for figure in many] == ["canvas", "svg"]


def test_json_in_the_page_can_not_end_its_script():
    text = script_json({"a": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_each_status_is_listed_with_what_it_means():
    statuses = (StatusCount("Storniert", 2, Decimal("20.0000"), "doesn't count"),)
    made = render(replace(SUMMARY, statuses=statuses), drawings(), ReportSettings())
    assert "Statuses of orders" in made
    assert "Storniert" in made
    assert "Statuses of orders" not in render(SUMMARY, drawings(), ReportSettings())
