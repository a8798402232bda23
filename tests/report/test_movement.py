"""What has moved, in the page, the workbook and the terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from custseg.report.html.evidence import evidence_page as render
from custseg.report.tables.movement import matrix, sizes, split, tables
from custseg.report.tables.stages import summary_tables
from custseg.report.workbook.book import workbook
from custseg.settings import ReportSettings
from tests.page_summary import SUMMARY
from tests.summaries import moved

MOVED = SUMMARY.movement
assert MOVED is not None
KEPT = "the model of 2024-11-10 is kept (1 months old; all is well)"


def page(summary=SUMMARY):
    return render(summary, [], ReportSettings())


def text(html: str) -> str:
    inline = re.sub(r"</?(span|small)[^>]*>", "", html)
    return " ".join(re.sub(r"<[^>]+>", " ", inline).split())


def section(html: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?(?=<section id="|</main>)', html, re.DOTALL)
    assert found
    return found[0]


def test_the_page_tells_who_moved():
    since = section(page(), "since")
    said = text(since)
    assert MOVED.sentence in said
    for name in ("table-moves", "table-sizes", "table-revenues"):
        assert f'id="{name}"' in since
    # What a handful spent is nobody else's business.
    assert "Champions 5 £100 2 – 1 Dormant" in said
    assert "Big baskets £30.00 £0 £0 £30.00 £0 −£60.00 £0" in said
    # Shares of the row: 5 of 8 stayed.
    assert 'style="--heat: 62%"' in since


def test_a_segment_that_is_no_more_has_a_colour_and_no_link():
    html = page()
    since = section(html, "since")
    assert "Big baskets" in text(since)
    assert 'href="#segment-4"' not in since
    assert 'href="#segment-3"' in since
    assert f".segment-4 {{ --segment: light-dark({MOVED.segments[-1].colour}" in html


def test_without_a_snapshot_before_the_page_has_no_such_section():
    html = page(replace(SUMMARY, movement=None, drift=()))
    assert 'id="since"' not in html
    assert 'href="#since"' not in html
    assert 'id="table-drift"' not in html


def test_without_amounts_the_page_tells_of_customers_alone():
    own = moved(SUMMARY.segments, "2024-11-10", "2024-12-10", money=False)
    since = section(page(replace(SUMMARY, money=False, movement=own)), "since")
    assert 'id="table-revenues"' not in since
    assert "£" not in since
    assert "Champions 5 2 – 1 Dormant" in text(since)


def test_a_kept_model_is_the_reason_and_the_choice_of_k_is_of_a_new_fit():
    said = text(section(page(), "trust"))
    assert f"{KEPT[:1].upper()}{KEPT[1:]}. A fit to this month’s customers would give k = 3" in said
    assert KEPT in text(section(page(), "method")).replace("The model of", "the model of")


def test_a_new_model_stands_beside_the_reason_for_its_number_of_segments():
    anew = replace(SUMMARY, fitted_now=True, model_reason="the model is fitted anew: too far")
    said = text(section(page(anew), "trust"))
    assert "k = 3: asked for. The model is fitted anew: too far." in said
    assert "would give" not in said


def test_drift_is_told_with_its_thresholds():
    said = text(section(page(), "trust"))
    assert "Mean squared distance to the centroids 2.00 2.60 × 1.30 × 1.25 ✓" in said
    assert "Customers whom fitting anew puts elsewhere – 12.0 % – 10.0 % ✓" in said
    assert "Months since the fit – 1.0 – 3.0 –" in said
    assert "Spend £300 £330 PSI 0.21 – –" in said


@pytest.fixture(scope="module")
def book():
    return load_workbook(io.BytesIO(workbook(SUMMARY, ReportSettings())))


def rows(sheet):
    return [
        tuple(cell.value for cell in row if cell.value is not None) for row in sheet.iter_rows()
    ]


def test_the_workbook_has_a_sheet_of_it(book):
    told = rows(book["Since the last snapshot"])
    assert (MOVED.sentence,) in told
    # then, new, lost, by behaviour, by the model, now
    assert ("Champions", 8, 0, 1, 0, 3, 10) in told
    assert ("Big baskets", 3, 0, 0, 0, -3, 0) in told
    assert ("All", 25, 4, 1, 0, 0, 28) in told
    assert ("Champions", 5, 2, 1) in told
    assert ("Champions", 100, 40, 10) in told


def test_the_workbook_tells_of_the_model(book):
    capital = KEPT[:1].upper() + KEPT[1:]
    trust = rows(book["Trust"])
    assert ("Model", capital) in trust
    assert ("Number of segments", "3, those of the model of 2024-11-10") in trust
    assert (f"{capital}.",) in trust
    assert ("A fit to this month's customers would give k = 3: asked for.",) in trust
    assert ("error", "all", 2, 2.6, 1.3, 1.25, "✓") in trust


def test_the_end_of_a_run_tells_of_the_model_and_of_who_moved():
    overview, _ = summary_tables(SUMMARY, "orders.csv", "w")
    told = {row["what"]: row["value"] for row in overview.rows}
    assert told["segments"] == "3, those of the model of 2024-11-10"
    assert told["model"] == KEPT
    assert told["moved"] == MOVED.sentence
    first = replace(SUMMARY, movement=None, fitted_now=True)
    told = {row["what"]: row["value"] for row in summary_tables(first, "orders.csv", "w")[0].rows}
    assert "moved" not in told
    assert told["segments"] == "k = 3: asked for"


def test_the_overview_is_told_in_the_shops_language():
    run = replace(SUMMARY, method=replace(SUMMARY.method, plan_language="de"))
    overview, english = (
        {row["what"]: row["value"] for row in summary_tables(one, "orders.csv", "w")[0].rows}
        for one in (run, SUMMARY)
    )
    assert overview["Segmente"] == "3, die des Modells vom 10.\N{NO-BREAK SPACE}November 2024"
    assert set(overview) & set(english) == set()
    assert set(overview.values()) & set(english.values()) == {"orders.csv", "w"}


def test_accounts_leave_out_steps_that_nobody_took():
    assert sizes(MOVED).headers == [
        "no.", "segment", "2024-11-10", "new", "lost", "by behaviour", "by the model", "2024-12-10",
    ]  # fmt: skip
    assert sizes(MOVED).notes == [
        "2024-11-10 + new - lost + by behaviour + by the model = 2024-12-10"
    ]


def test_the_matrix_has_rows_of_then_and_columns_of_now():
    table = matrix(MOVED)
    assert table.headers == ["from", "Champions", "Dormant", "New", "(lost)"]
    assert [line for line in table.written() if line[0] in {"Big baskets", "(new customers)"}] == [
        ["Big baskets", "3", "", "", ""],
        ["(new customers)", "", "", "4", ""],
    ]


def test_the_split_counts_and_shares():
    told = {row["what"]: row["value"] for row in split(MOVED).rows}
    assert told["customers in both"] == "24"
    assert told["kept their segment"] == "15 (62.5 %)"
    assert told["moved by behaviour"] == "6 (25.0 %)"
    assert told["moved by the model"] == "3 (12.5 %)"
    assert (told["new"], told["lost"]) == ("4", "1")
    assert "returning" not in told


def test_without_amounts_no_table_is_of_revenue():
    own = moved(SUMMARY.segments, money=False)
    assert [table.name for table in tables(own)] == ["split", "sizes", "matrix"]
