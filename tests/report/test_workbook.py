"""The workbook for people."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from custseg.report.summary.whole import StatusCount
from custseg.report.workbook.book import workbook
from custseg.report.workbook.formats import exact_money, exact_units, money
from custseg.report.workbook.measure import breadth, lines
from custseg.settings import ReportSettings
from custseg.words.excel import cell_text, sheet_name, write_text
from tests.workbook_summary import (
    FORMULA,
    SCRIPT,
    named,
    segment,
    summary,
    without_studies,
)

OFFICE_IS_REQUIRED = os.environ.get("CUSTSEG_REQUIRE_OFFICE") == "1"
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
ODD_NAMES = (
    "'Anna's'",
    r"a/b:c*d?e[f]\g",
    "Champions",
    "CHAMPIONS",
    "History",
    "Overview",
    "?",
    "=1+1",
    SCRIPT,
    "重要なお客様" * 8,
    "عملاء مخلصون",
    "A very long name " * 4,
)


def made(run=None, title="") -> bytes:
    return workbook(run or summary(), ReportSettings(title=title))


@pytest.fixture(scope="module")
def book():
    return load_workbook(io.BytesIO(made()))


@pytest.fixture(scope="module")
def odd_book():
    return load_workbook(io.BytesIO(made(named(*ODD_NAMES))))


def cell_right_of(sheet, label, columns=1):
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == label:
                return sheet.cell(cell.row, cell.column + columns)
    raise AssertionError(f"{label} is not in {sheet.title}")


def column_under(sheet, header):
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == header:
                below = cell.row + 1
                values = []
                while (value := sheet.cell(below, cell.column).value) is not None:
                    values.append(value)
                    below += 1
                return values
    raise AssertionError(f"{header} is not in {sheet.title}")


def texts(book):
    return [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]


def formulas(book):
    return [cell for cell in texts(book) if cell.data_type == "f"]


def test_sheets_come_in_the_order_of_reading(book):
    assert book.sheetnames == [
        "Overview",
        "Champions",
        "Hibernating",
        "Months",
        "Top products",
        "Recommendations",
        "Shelves",
        "Bundles",
        "Units needed",
        "Retention",
        "Cohorts",
        "Since the last snapshot",
        "Ledger",
        "Trust",
        "Method",
    ]


def test_money_is_exact_to_its_last_digit(book):
    assert cell_right_of(book["Overview"], "All", 3).value == 8289381.89
    assert column_under(book["Ledger"], "Money left") == [
        9747747.934,
        8289198.344,
        8289381.89,
        8289381.89,
    ]
    assert column_under(book["Top products"], "Spend") == [81588.15, 0.0125] * 2


def test_formats_show_currency_percent_and_thousands(book):
    segments = book["Overview"].tables["Segments"].ref
    first = book["Overview"][segments][1]
    assert [cell.number_format for cell in first[1:5]] == [
        "#,##0",
        "0.0%",
        '"£"#,##0.00;-"£"#,##0.00',
        "0.0%",
    ]
    assert first[3].value == 4134404.26


def test_amounts_of_less_than_a_penny_are_shown():
    assert exact_money("", [Decimal("1.5000"), Decimal("0.0125")]).code == "#,##0.0000"
    assert exact_money("", [Decimal("1.5000"), None]).code == "#,##0.00"
    assert exact_units([Decimal("7248.0000")]).code == "#,##0"
    assert exact_units([Decimal("12.5000")]).code == "#,##0.0"


def test_a_sign_of_several_letters_stands_apart_and_a_loss_has_its_minus_first():
    assert money("kr").written(-1234.5) == "-kr 1,234.50"
    assert money('"').code == "#,##0.00"


def test_lists_can_be_filtered_and_their_headers_stay_in_sight(book):
    assert book["Top products"].tables["TopProducts"].ref == "A4:H8"
    assert book["Top products"].tables["TopProducts"].autoFilter is not None
    assert book["Top products"].freeze_panes == "A5"
    assert book["Top products"].print_title_rows == "$4:$4"
    assert book["Recommendations"].freeze_panes == "B5"
    assert all(sheet.freeze_panes for sheet in book)


def test_names_of_tables_and_their_headers_are_unique(book):
    names = [name.casefold() for sheet in book for name in sheet.tables]
    assert len(names) == len(set(names))
    for sheet in book:
        for table in sheet.tables.values():
            headers = [cell.value for cell in sheet[table.ref][0]]
            assert headers == [column.name for column in table.tableColumns]
            assert len({header.casefold() for header in headers}) == len(headers)


def test_units_in_tens_are_written_whole():
    assert exact_units([Decimal("20.0000"), Decimal(100)]).written(20) == "20"
    assert exact_units([Decimal("20.0000"), Decimal("0.250")]).written(20) == "20.00"


def test_sheets_but_the_overview_print_in_landscape_and_all_fit_the_page(book):
    for sheet in book:
        upright = sheet.title == "Overview"
        assert sheet.page_setup.orientation == ("portrait" if upright else "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth == 1


def test_charts_have_titles_and_axes(book):
    drawn = {sheet.title: sheet._charts for sheet in book if sheet._charts}
    assert list(drawn) == ["Overview", "Months", "Retention", "Ledger", "Trust"]
    for charts in drawn.values():
        assert charts[0].title is not None
        assert charts[0].y_axis.title is not None
        assert charts[0].x_axis.delete is False
        assert charts[0].y_axis.delete is False


def test_charts_and_tabs_have_the_segments_colours(book):
    months = book["Months"]._charts[0].series
    colours = [series.graphicalProperties.solidFill.srgbClr for series in months]
    assert colours == ["0072B2", "D55E00"]
    assert book["Champions"].sheet_properties.tabColor.rgb == "000072B2"


def test_months_add_up_exactly_and_a_cut_month_says_so(book):
    months = book["Months"]
    assert column_under(months, "Month") == ["2011-11", "2011-12 (in part)"]
    assert column_under(months, "All revenue") == [30.2, 1.25]


def test_a_text_that_looks_like_a_formula_stays_a_text(book):
    found = [cell for cell in texts(book) if cell.value in {FORMULA, SCRIPT, "=1+1"}]
    assert {cell.value for cell in found} == {FORMULA, SCRIPT, "=1+1"}
    assert {cell.data_type for cell in found} == {"s"}
    assert {cell.quotePrefix for cell in found if cell.value != SCRIPT} == {True}


def test_the_only_formulas_check_the_ledger(book, odd_book):
    for one in (book, odd_book):
        assert [cell.value for cell in formulas(one)] == [
            "=ROUND(C5-SUM(B5:B7)-C7,4)",
            "=ROUND(E5-SUM(D5:D7)-E7,4)",
        ]


def test_each_status_stands_below_the_ledger_with_what_it_means():
    statuses = (
        StatusCount("Geliefert", 3, Decimal("80.5000"), "counts"),
        StatusCount("Storniert", 1, Decimal("20.0000"), "doesn't count"),
    )
    sheet = load_workbook(io.BytesIO(made(replace(summary(), statuses=statuses))))["Ledger"]
    assert [cell_right_of(sheet, "Storniert", n).value for n in (1, 2, 3)] == [
        1,
        20,
        "doesn't count",
    ]


def test_totals_of_the_ledger_are_values(book):
    assert cell_right_of(book["Ledger"], "All rules").value == 25
    assert cell_right_of(book["Ledger"], "All rules", 3).value == 1458366.044


@given(st.text())
def test_any_text_is_written_as_a_text_that_xml_can_hold(text):
    cell = Workbook().active.cell(1, 1)
    write_text(cell, text)
    assert cell.data_type == "s"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", cell.value)


def test_what_is_beyond_the_end_of_a_cell_is_cut():
    assert len(cell_text("x" * 40_000)) == 32_767
    assert cell_text("a\x00b\x1fc\n") == "abc\n"


@given(st.lists(st.text(max_size=50) | st.sampled_from(ODD_NAMES), max_size=12))
def test_names_of_sheets_follow_excels_rules(names):
    taken = {"overview"}
    given_names = [sheet_name(text, "Segment 1", taken) for text in names]
    for name in given_names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not FORBIDDEN.search(name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"
    assert len({name.casefold() for name in given_names} | {"overview"}) == len(names) + 1


def test_twelve_segments_with_odd_names_have_a_sheet_each(odd_book):
    assert odd_book.sheetnames[1:8] == [
        "Anna's",
        "a b c d e f g",
        "Champions",
        "CHAMPIONS (2)",
        "Segment 5",
        "Overview (2)",
        "Segment 7",
    ]
    assert len(odd_book.sheetnames) == 12 + 13


def test_a_segments_name_leads_to_its_sheet(odd_book):
    cells = [cell for (cell,) in odd_book["Overview"].iter_rows(max_col=1)]
    first = next(cell for cell in cells if cell.value == "'Anna's'")
    second = odd_book["Overview"].cell(first.row + 1, 1)
    assert first.hyperlink.location == "'Anna''s'!A1"
    assert second.hyperlink.location == "'a b c d e f g'!A1"


def test_sheets_and_blocks_of_studies_left_out_are_absent():
    book = load_workbook(io.BytesIO(made(without_studies())))
    assert book.sheetnames == [
        "Overview",
        "Champions",
        "Hibernating",
        "Recommendations",
        "Ledger",
        "Trust",
        "Method",
    ]
    said = {cell.value for cell in texts(book)}
    assert not said & {
        "Of revenue",
        "Rules that tell it apart",
        "Products it spends most on",
        "Where they live",
        "When they order",
        "Spend expected",
        "What the tests say",
    }
    assert book["Overview"]._charts == []


def test_a_ledger_that_falls_below_zero_is_not_drawn():
    steps = summary().ledger
    below = replace(steps[-1], value_left=Decimal("-1.0000"))
    book = load_workbook(io.BytesIO(made(replace(summary(), ledger=(*steps[:-1], below)))))
    assert book["Ledger"]._charts == []


def test_the_same_summary_gives_the_same_bytes():
    assert made() == made()


def test_properties_are_of_the_as_of_date_and_not_of_the_clock():
    book = load_workbook(io.BytesIO(made(title="Anna's shop\x00")))
    assert book.properties.title == "Anna's shop"
    assert book.properties.creator == "custseg"
    assert book.properties.created.isoformat() == "2011-12-10T00:00:00"
    assert book.properties.modified == book.properties.created


def test_no_row_is_too_low_for_its_text():
    long = "word " * 400
    run = summary()
    own = replace(run.segments[0], plan=replace(run.segments[0].plan, because=long))
    book = load_workbook(io.BytesIO(made(replace(run, segments=(own, run.segments[1])))))
    cell = cell_right_of(book["Champions"], "Because")
    assert cell.alignment.wrap_text
    assert book["Champions"].row_dimensions[cell.row].height > 15 * 15


def test_numbers_have_room():
    rich = replace(summary().segments[0], revenue=Decimal("123456789012.5000"))
    book = load_workbook(
        io.BytesIO(made(replace(summary(), segments=(rich, segment(2, "B", "1")))))
    )
    assert book["Overview"].column_dimensions["D"].width > len("£123,456,789,012.50")


def test_no_column_is_wider_than_a_screen_whatever_its_header():
    book = load_workbook(io.BytesIO(made(named("x" * 300, "重" * 300))))
    widths = [column.width for sheet in book for column in sheet.column_dimensions.values()]
    assert max(widths) < 60


@pytest.mark.parametrize(
    ("text", "room", "count"),
    [
        ("", 5, 1),
        ("aa aa", 5, 1),
        ("aa aa", 4, 2),
        ("a\nb", 9, 2),
        ("a" * 25, 10, 3),
        ("重" * 10, 10, 2),
    ],
)
def test_lines_are_broken_between_words_or_inside_long_ones(text, room, count):
    assert lines(text, room) == count


def test_letters_are_as_wide_as_they_look():
    assert breadth("iii") < breadth("111") < breadth("AAA") < breadth("WWW") < breadth("重重重")


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Path:
    """Where LibreOffice wrote the workbooks again, and their pages; one start for each format."""
    soffice = shutil.which("soffice")
    if soffice is None:
        if OFFICE_IS_REQUIRED:
            pytest.fail("soffice is required and absent")
        pytest.skip("LibreOffice is not installed")
    folder: Path = tmp_path_factory.mktemp("office")
    (folder / "plain.xlsx").write_bytes(made())
    (folder / "odd.xlsx").write_bytes(made(named(*ODD_NAMES)))
    for kind, files in (("xlsx", ("plain.xlsx", "odd.xlsx")), ("pdf", ("plain.xlsx",))):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        to = ["--headless", "--convert-to", kind, "--outdir", str(folder / "again")]
        subprocess.run(
            [soffice, profile, *to, *(str(folder / name) for name in files)],
            check=True,
            capture_output=True,
            timeout=300,
        )
    return folder / "again"


def read_again(office: Path, name: str) -> Workbook:
    return load_workbook(office / f"{name}.xlsx", data_only=True)


def test_libreoffice_reads_the_same_sheets_and_values(office, book, odd_book):
    for name, ours in (("plain", book), ("odd", odd_book)):
        theirs = read_again(office, name)
        assert theirs.sheetnames == ours.sheetnames
        for sheet in ours:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        continue
                    seen = theirs[sheet.title][cell.coordinate].value
                    if isinstance(cell.value, int | float):
                        assert seen == pytest.approx(cell.value, rel=1e-14), cell
                    else:
                        assert seen == cell.value or not (seen or cell.value), cell


def test_libreoffice_finds_that_the_ledger_adds_up(office):
    for name in ("plain", "odd"):
        theirs = read_again(office, name)
        difference = cell_right_of(theirs["Ledger"], "Difference (0: it all adds up)")
        assert difference.value == 0
        assert theirs["Ledger"].cell(difference.row, 4).value == 0


def test_printed_pages_show_every_number(office):
    assert (office / "plain.pdf").read_bytes().startswith(b"%PDF")
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        if os.environ.get("CUSTSEG_REQUIRE_OFFICE") == "1":
            pytest.fail("poppler's pdftotext is required and absent")
        pytest.skip("poppler's pdftotext is not installed")
    command = [pdftotext, str(office / "plain.pdf"), "-"]
    pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "£4,134,404.26" in pages
    assert "##" not in pages


def test_the_parts_of_the_file_are_dated_alike():
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
