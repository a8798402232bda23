"""The page in a browser: Debian's Chromium, from a file, without a network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from custseg.report.html.evidence import evidence_page as render
from custseg.report.page import charts
from custseg.settings import ReportSettings
from tests.conftest import nightly
from tests.page_summary import EVIL, SUMMARY, drawings

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

_EXPECTED = 'WARN Dropping "fit-y" because spec has discrete height.'
"""What Vega-Lite says of a chart with a height for each row; its width fits all the same."""
DESKTOP, PHONE = 1280, 390


@dataclass
class Opened:
    """A page with what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def scroll_through(self) -> None:
        """Bring one chart after the other into view, and wait until it is drawn."""
        for number in range(self.page.locator(".chart").count()):
            self.page.evaluate(
                "(n) => document.querySelectorAll('.chart')[n].scrollIntoView()", number
            )
            self.page.wait_for_function(
                "(n) => document.querySelectorAll('.chart')[n].querySelector('.plot.drawn')",
                arg=number,
            )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    shown = [*drawings(), *charts(SUMMARY)]
    path.write_text(render(SUMMARY, shown, ReportSettings(title="Cups")), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser, file):
    """Open the page in a fresh profile; the test fails if it asked for anything or complained."""
    contexts, visits = [], []

    def open_page(width=DESKTOP, theme="light", *, script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            reduced_motion="reduce",
            offline=True,
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        visits.append(opened)

        def refuse(route):
            opened.requests.append(route.request.url)
            route.abort()

        context.route(re.compile("^(https?|wss?):"), refuse)
        opened.page.on(
            "console",
            lambda message: message.text == _EXPECTED or opened.complaints.append(message.text),
        )
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.goto(file.as_uri())
        return opened

    yield open_page
    for opened in visits:
        assert opened.requests == []
        assert opened.complaints == []
    for context in contexts:
        context.close()


def columns(page, table, number):
    return page.locator(f"#table-{table} tbody tr > :nth-child({number})").all_inner_texts()


def test_every_chart_has_drawn_its_marks(visit):
    opened = visit()
    opened.scroll_through()
    drawn = opened.page.locator(".chart").evaluate_all(
        """(charts) => charts.map((chart) => chart.querySelectorAll(
             "canvas, svg [class*='mark-'] path, svg [class*='mark-'] line").length > 0)"""
    )
    assert drawn == [True] * (len(charts(SUMMARY)) + len(drawings()))
    painted = opened.page.evaluate(
        """() => {
          const canvas = document.querySelector("#chart-plane canvas");
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(pixels.data.buffer)).size;
        }"""
    )
    assert painted > 10
    assert opened.page.locator("#chart-bars svg .mark-rect path").count() == 3
    assert opened.page.locator(".undrawn").count() == 0


def test_charts_far_below_wait_to_be_drawn(visit):
    opened = visit(PHONE)
    opened.page.wait_for_timeout(300)
    assert opened.page.locator("#chart-bars .drawn").count() == 0


@pytest.mark.parametrize(("width", "every"), [(DESKTOP, 4), *nightly([(DESKTOP, 1), (PHONE, 1)])])
def test_links_and_addresses_lead_to_their_section_though_charts_above_are_drawn_late(
    visit, width, every
):
    page = visit(width).page
    top = """(hash) => {
      const { scrollTop, scrollHeight, clientHeight } = document.scrollingElement;
      const own = document.querySelector(hash).getBoundingClientRect().top;
      const atTheEnd = scrollTop + clientHeight >= scrollHeight - 2;
      return Math.abs(own) <= 80 || (atTheEnd && own > 0);
    }"""
    links = page.locator("nav a:visible")
    for number in reversed(range(links.count() - 1, -1, -every)):
        links.nth(number).click()
        page.wait_for_timeout(600)
        assert page.evaluate(top, links.nth(number).get_attribute("href"))
    address = page.url.partition("#")[0] + "#method"
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_timeout(1000)
    assert page.evaluate(top, "#method")


@pytest.mark.parametrize(
    "width", [DESKTOP, *(pytest.param(w, marks=pytest.mark.nightly) for w in (900, 560)), PHONE]
)
def test_no_text_of_a_chart_is_cut(visit, width):
    opened = visit(width)
    opened.scroll_through()
    cut = opened.page.locator(".plot svg").evaluate_all(
        """(all) => all.flatMap((svg) => {
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter((text) => {
            const own = text.getBoundingClientRect();
            return text.textContent && (own.left < box.left - 1 || own.right > box.right + 1
              || own.top < box.top - 1 || own.bottom > box.bottom + 1);
          }).map((text) => text.textContent);
        })"""
    )
    assert cut == []


def test_a_point_tells_its_figures_as_text(visit):
    opened = visit()
    opened.scroll_through()
    opened.page.locator("#chart-bars svg .mark-rect path").nth(1).hover()
    tooltip = opened.page.locator("#vg-tooltip-element")
    tooltip.wait_for(state="visible")
    assert EVIL in tooltip.inner_text()
    assert "1.234567" in tooltip.inner_text()
    assert tooltip.locator("script").count() == 0


def test_a_point_on_the_canvas_tells_its_figures(visit):
    opened = visit()
    opened.scroll_through()
    canvas = opened.page.locator("#chart-plane canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    tooltip = opened.page.locator("#vg-tooltip-element.visible")
    for share in range(20, 80, 2):
        opened.page.mouse.move(
            box["x"] + box["width"] * share / 100, box["y"] + box["height"] * share / 100
        )
        if tooltip.count():
            break
    assert re.search(r"name\s*(Champions|<script>alert\(1\)</script>)", tooltip.inner_text())


def test_a_header_sorts_numbers_as_numbers_and_again_the_other_way(visit):
    page = visit().page
    orders = page.locator("#table-bundles thead button", has_text="Orders with both")
    orders.scroll_into_view_if_needed()
    orders.click()
    assert columns(page, "bundles", 3) == ["120", "50", "9"]
    header = page.locator("#table-bundles thead th").nth(2)
    assert header.get_attribute("aria-sort") == "descending"
    orders.press("Enter")
    assert columns(page, "bundles", 3) == ["9", "50", "120"]
    assert header.get_attribute("aria-sort") == "ascending"
    page.locator("#table-bundles thead button").first.click()
    assert columns(page, "bundles", 1) == ["GREEN CUP", "LUNCH BAG", "RED CLOCK"]
    assert header.get_attribute("aria-sort") is None


def test_the_filter_leaves_the_rows_that_hold_its_words_and_says_how_many(visit):
    page = visit().page
    page.get_by_label("Show segments with").fill("win dormant")
    assert page.locator("#table-overview tbody tr:visible").all_inner_texts()[0][:7] == "Dormant"
    assert page.locator("#table-overview output").inner_text() == "1 of 3"
    page.get_by_label("Show segments with").fill("")
    assert page.locator("#table-overview tbody tr:visible").count() == 3


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (PHONE, "dark"),
        pytest.param(DESKTOP, "light", marks=pytest.mark.nightly),
        pytest.param(DESKTOP, "dark", marks=pytest.mark.nightly),
        pytest.param(PHONE, "light", marks=pytest.mark.nightly),
    ],
)
def test_the_page_is_accessible_and_nothing_scrolls_sideways(visit, width, theme):
    from axe_playwright_python.sync_playwright import Axe

    opened = visit(width, theme)
    opened.scroll_through()
    for details in opened.page.locator("details").all():
        details.evaluate("(details) => { details.open = true; }")
    assert opened.page.evaluate("document.scrollingElement.scrollWidth") <= width
    found = Axe().run(opened.page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found] == []


def test_the_theme_is_the_systems_until_another_is_chosen_and_charts_follow(visit):
    opened = visit(theme="dark")
    page = opened.page
    opened.scroll_through()
    ground = "getComputedStyle(document.body).backgroundColor"
    label = "#chart-bars svg .role-axis-label text"
    assert page.evaluate(ground) == "rgb(20, 23, 26)"
    assert page.locator(label).first.get_attribute("fill") == "#e6e8eb"
    page.get_by_role("button", name="Switch to the light theme").click()
    assert page.evaluate(ground) == "rgb(250, 249, 246)"
    page.wait_for_function(
        "(label) => document.querySelectorAll(label)[0]?.getAttribute('fill') === '#1f2328'"
        " && document.querySelectorAll('#chart-bars svg').length === 1",
        arg=label,
    )
    page.reload()
    assert page.evaluate(ground) == "rgb(250, 249, 246)"


def test_on_paper_every_chart_is_there_on_a_light_ground(visit, tmp_path):
    page = visit(theme="dark").page
    # Registered before the page's own, it looks before the page puts back what it changed.
    page.add_init_script(
        """addEventListener("afterprint", () => {
          window.printed = [...document.querySelectorAll(".plot")].map((plot) => [
            plot.dataset.theme,
            plot.querySelectorAll("svg, canvas").length,
          ]);
        });"""
    )
    page.reload()
    paper = page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert paper.startswith(b"%PDF")
    page.wait_for_function("() => window.printed")
    assert {tuple(chart) for chart in page.evaluate("window.printed")} == {("light", 1)}
    assert page.locator("details[open]").count() == 0


def test_a_reader_comes_to_the_report_and_to_a_segment_by_keyboard(visit):
    page = visit().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("navigation").get_by_role("link", name="Dormant").press("Enter")
    assert page.url.endswith("#segment-2")


def test_without_javascript_all_is_told_and_charts_say_where_they_are(visit):
    page = visit(script=False).page
    assert page.get_by_role("heading", name="Champions", exact=True).is_visible()
    assert page.locator("#table-overview tbody tr").count() == 3
    assert page.locator("#theme, .filter").filter(visible=True).count() == 0
    assert page.get_by_role("link", name="charts/plane.png").count() == 1
    assert page.locator(".undrawn").first.is_visible()
