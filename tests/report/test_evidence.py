from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import altair as alt
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.orders.rules import RULES
from custseg.report.html.evidence import evidence_page as render
from custseg.report.html.figures import figures, script_json
from custseg.report.page import charts
from custseg.report.summary.whole import StatusCount
from custseg.segments.model import claims
from custseg.settings import ReportSettings
from custseg.words.language import english
from custseg.words.names import PARTS, RULE_NAMES
from custseg.workspace.storage import read
from tests.outline import Outline
from tests.page_summary import BARE, EVIL, SUMMARY, drawings

MEBIBYTE = 2**20
ALIKE = {
    "Segment",
    "Silhouette",
    "Gap",
    "Marketing",
    "Calinski-Harabasz",
    "Davies-Bouldin",
    "Median",
}
"""Labels that German has from the same root."""


class Told(HTMLParser):
    """What a page tells: texts, labels and titles of charts; code and marked English are not."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._quiet: list[str] = []
        self._json = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        self.found |= {own[name] for name in ("aria-label", "data-label") if own.get(name)}
        self._json = tag == "script" and own.get("type") == "application/json"
        quiet = tag in {"script", "style", "code"} or (tag != "html" and own.get("lang"))
        if (quiet or self._quiet) and tag not in {"meta", "input"}:
            self._quiet.append(tag)

    def handle_endtag(self, tag):  # noqa: ARG002  (the parser gives it)
        if self._quiet:
            self._quiet.pop()

    def handle_data(self, data):
        if self._json and self._quiet == ["script"]:
            self._gather(json.loads(data))
        elif not self._quiet:
            self.found.add(data.strip())

    def _gather(self, part, *, told=False):
        if isinstance(part, dict):
            for key, value in part.items():
                self._gather(value, told=key in {"title", "description", "label"})
        elif isinstance(part, list):
            for value in part:
                self._gather(value, told=told)
        elif isinstance(part, str) and told:
            self.found.add(part)


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


@pytest.mark.parametrize("money", [True, False])
def test_nothing_but_names_stands_in_both_languages(studied, money):
    """Segments, products, countries and aims are named by others: by stages, or by the shop."""
    run = replace(read(studied / "summary.json", ARTIFACTS["summary"]), money=money)
    told = []
    for language in ("en", "de"):
        own = replace(run, method=replace(run.method, plan_language=language))
        told.append(Told(render(own, charts(own), ReportSettings())).found)
    products = {one.description for segment in run.segments for one in segment.top_products}
    products |= {one.description for own in run.segments for one in own.best_sellers}
    names = {run.source, "", *ALIKE, *products}
    for segment in run.segments:
        names |= {segment.segment_name, segment.objective, f"Segment {segment.segment}"}
        names |= {country.country for country in segment.countries}
    both = {text for text in told[0] & told[1] if re.search("[a-z]{3}", text)} - names
    assert not {text for text in both if not re.fullmatch(r"charts/\S+|data-\w+", text)}
    assert len(told[1]) > 300


def test_rules_and_claims_are_called_in_english_what_their_rooms_call_them():
    words = english()
    assert words.texts("rules") == RULES
    for name in (*RULE_NAMES, *(part for parts in PARTS.values() for part in parts)):
        claim = claims.RULES.get(name) or claims.PLAIN[name]
        said = words.texts("evidence.card.claims")[name]
        assert words.fill(said, {"money": True}) == claim.sentence
        assert words.fill(said, {"money": False}) == (claim.counted or claim.sentence)
