"""Page one of two real runs: how much a reader meets, in which words, and that figures are true."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.parquet import read_frame
from custseg.report.html.page import page
from custseg.report.page import charts
from custseg.report.summary.front import front
from custseg.report.tables.ending import ending
from custseg.settings import ReportSettings
from custseg.workspace import storage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from custseg.report.summary.whole import Summary

TERMS = re.compile(
    r"\b(ARI|AUC|silhouette|log|variance|standard (error|deviation)|median|centroid|K-means|"
    r"cluster|component|PCA|p-value|significan\w+|confidence|interval|z-score|Silhouette|"
    r"Varianz|Standard(fehler|abweichung)|Zentroid|Konfidenz\w*|Signifikanz)\b"
)
MOST = {"page one": 350, "card": 120, "sheets": 8, "lines": 25}


@pytest.fixture(scope="module", params=["studied", "studied_retail"])
def folder(request: pytest.FixtureRequest) -> Path:
    """A workspace in which everything has run."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def summary(folder: Path) -> Summary:
    found: Summary = storage.read(folder / "summary.json", ARTIFACTS["summary"])
    return found


@pytest.fixture(scope="module", params=["en", "de"])
def made(request: pytest.FixtureRequest, summary: Summary) -> str:
    """The page in a language."""
    spoken = replace(summary, method=replace(summary.method, plan_language=request.param))
    return page(spoken, charts(spoken), ReportSettings())


def words(html: str) -> list[str]:
    """What a reader reads of a part of the page: all with a letter or digit in it."""
    text = unescape(
        re.sub(r"<[^>]*>", " ", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))
    )
    return [word for word in text.split() if re.search(r"\w", word)]


def first(made: str) -> str:
    """From the title to the actions."""
    return made.partition('<header class="masthead">')[2].partition('<section id="cards"')[0]


def cards(made: str) -> list[str]:
    return re.findall(r'<details class="fold segment-.*?</details>', made, flags=re.DOTALL)


def test_page_one_is_read_in_a_minute(made: str) -> None:
    assert len(words(first(made))) <= MOST["page one"]


def test_a_card_is_short(summary: Summary, made: str) -> None:
    found = cards(made)
    assert len(found) == len(summary.segments)
    assert max(len(words(card)) for card in found) <= MOST["card"]


def test_no_term_of_statistics_is_on_page_one_or_a_card(made: str) -> None:
    text = " ".join(words(first(made) + "".join(cards(made))))
    assert TERMS.findall(text) == []


def test_page_one_is_one_sheet_and_the_whole_at_most_eight(
    made: str, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(made, encoding="utf-8")
    tab = browser.new_page(offline=True)
    tab.goto(file.as_uri())
    assert sheets(tab.pdf(format="A4")) <= MOST["sheets"]
    tab.evaluate("document.querySelectorAll('main > section:not(#first)').forEach(s => s.remove())")
    assert sheets(tab.pdf(format="A4")) == 1
    tab.close()


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_the_page_is_accessible_asks_for_nothing_and_does_not_scroll_sideways(
    made: str, browser: Browser, tmp_path: Path, width: int, theme: Literal["dark", "light"]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "report.html"
    file.write_text(made, encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, offline=True
    )
    tab, asked = context.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= width
    found = Axe().run(tab).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found] == []
    assert asked == [file.as_uri()]
    context.close()


def sheets(paper: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))


def test_the_first_figures_are_those_of_the_orders(folder: Path, summary: Summary) -> None:
    lines = read_frame(folder / "transactions.parquet")
    bought = lines[lines["quantity"] > 0]
    began = bought.groupby("customer_id")["ordered_at"].min()
    end = pd.Timestamp(summary.as_of)
    month = pd.Timedelta(days=30)

    def within(times: Any, days_ago: int) -> Any:
        until = end - pd.Timedelta(days=days_ago)
        return (times >= until - month) & (times < until)

    told = {one.name: one for one in front(summary).headlines}
    for ago, figure in ((0, "value"), (30, "before")):
        own = bought[within(bought["ordered_at"], ago)]
        expected = {
            "revenue": lines.loc[within(lines["ordered_at"], ago), "amount"].sum(),
            "orders": len(own[["customer_id", "order_id"]].drop_duplicates()),
            "buyers": own["customer_id"].nunique(),
            "newcomers": int(within(began, ago).sum()),
        }
        for name, one in told.items():
            shown = getattr(one, figure)
            if shown is None:
                # Of fewer than ten customers nothing is told.
                assert name == "newcomers"
                assert expected[name] < 10 or expected["buyers"] - expected[name] < 10
            else:
                assert float(shown) == pytest.approx(float(expected[name]), rel=1e-12)


def test_what_an_action_may_bring_follows_from_its_plan(folder: Path, summary: Summary) -> None:
    plans = read_frame(folder / "plans.parquet").set_index("segment")
    for one in front(summary).actions:
        plan = plans.loc[one.segment.segment]
        if plan["contact_cost"] == 8 or pd.isna(plan["gain_low"]):
            continue  # a personal contact is paid by whom it keeps
        sent = plan["listed"] - plan["control_customers"]
        extra = min(0.05, plan["buying_probability"])
        voucher = 0 if pd.isna(plan["voucher"]) else plan["voucher"]
        for part, gain in ((0.4, "gain_low"), (1.6, "gain_high")):
            each = part * plan["contact_worth"] - plan["contact_cost"]
            each -= voucher * (plan["buying_probability"] + part * extra)
            assert plan[gain] == pytest.approx(sent * each, rel=0.06, abs=1)
        assert one.score == pytest.approx(
            (plan["gain_low"] + plan["gain_high"]) / 2 * (1 + one.joined / plan["listed"])
        )


def test_the_end_of_a_run_is_short_in_a_pipe(summary: Summary) -> None:
    tables = ending(summary, "w/report.html", "-w w")
    lines = sum(2 + len(table.rows) + len(table.notes) for table in tables)
    assert lines <= MOST["lines"]
    assert tables[1].notes == ["Open w/report.html"]


def test_the_end_of_a_run_speaks_the_language_of_the_report(summary: Summary) -> None:
    spoken = replace(summary, method=replace(summary.method, plan_language="de"))
    segments, first = ending(spoken, "w/report.html", "")
    assert f" Kunden in {len(summary.segments)} Segmenten, aus " in segments.title
    assert segments.headers == ["Segment", "Kunden", "Anteil", "am Umsatz"]
    shares = [row[3] for row in segments.written()]
    assert all(re.fullmatch(r"\d+,\d %", share) for share in shares)
    assert first.headers == ["Maßnahme", "Befehl"]
    assert first.notes == ["Bericht öffnen: w/report.html"]
