"""The workbook for people."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from custseg.report.summary.front import front
from custseg.report.summary.studies import Window
from custseg.report.summary.whole import StatusCount
from custseg.report.tables.front import actions
from custseg.report.workbook.formats import (
    exact_money,
    exact_units,
    money,
    rounded_money,
    rounded_share,
)
from custseg.report.workbook.measure import breadth, lines
from custseg.words.excel import cell_text, write_text
from custseg.words.figures import plain
from custseg.words.language import FIELDS, Texts, Wording, english
from tests.summaries import sent
from tests.workbook_summary import (
    FORMULA,
    ODD_NAMES,
    SCRIPT,
    cell_right_of,
    made,
    named,
    segment,
    summary,
    without_studies,
)


@pytest.fixture(scope="module")
def book():
    return load_workbook(io.BytesIO(made()))


@pytest.fixture(scope="module")
def odd_book():
    return load_workbook(io.BytesIO(made(named(*ODD_NAMES))))


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


def below(sheet, header):
    cell = cell_right_of(sheet, header, 0)
    return sheet.cell(cell.row + 1, cell.column)


def listed(sheet, table):
    """The rows of an Excel table by their headers."""
    header, *rows = sheet[sheet.tables[table].ref]
    names = [cell.value for cell in header]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in rows]


def texts_of(sheet):
    return [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def texts(book):
    return [cell for sheet in book for cell in texts_of(sheet)]


def german(run):
    return replace(run, method=replace(run.method, plan_language="de"))


def campaigned():
    """A run with a campaign that has brought something."""
    parts = {"low": 0.01, "effect": 0.02, "high": 0.03}
    found = {f"{name}_{part}": parts[part] for name in ("share", "margin") for part in parts}
    gains = {"gain_low": 1.0, "gain": 2.0, "gain_high": 3.0}
    return replace(
        summary(), campaigns=(sent("Mai", "closed", verdict="effect", **found, **gains),)
    )


def formulas(book):
    return [cell for cell in texts(book) if cell.data_type == "f"]


def test_sheets_come_in_the_order_of_reading(book):
    assert book.sheetnames == [
        "Overview",
        "Segments",
        "Recommendations",
        "Products",
        "Bundles",
        "Units needed",
        "Months",
        "Retention",
        "Cohorts",
        "Since the last snapshot",
        "Ledger",
        "Trust",
    ]


def test_the_first_sheet_is_page_one(book):
    run = summary()
    texts = Texts(Wording("en", "£"))
    said = [cell.value for cell in texts_of(book["Overview"])]
    told = front(run)
    for action in actions(told, texts):
        place = next(i for i, text in enumerate(said) if text.endswith(f". {action.title}"))
        assert said[place + 2] == action.why
        assert action.command in said
        assert {text for _, _, text in action.texts} <= set(said)
    assert said[0] == "Customer segments"
    assert cell_right_of(book["Overview"], "Bundles").value == "what is ordered together"
    sizes = [cell_right_of(book["Overview"], one.segment_name).value for one in run.segments]
    assert sizes == [10, 20]


def test_the_first_sheet_tells_of_campaigns_and_of_what_is_left_out():
    run = replace(summary(), campaigns=(sent("May", "running"),), smallest_group=10)
    said = [cell.value for cell in texts_of(load_workbook(io.BytesIO(made(run)))["Overview"])]
    assert "May: day 5 of 10, no result yet." in said
    assert "Figures of fewer than 10 customers are left out." in said


def test_campaigns_are_told_in_the_shops_language():
    run = replace(summary(), campaigns=(sent("Mai", "running"),))
    sheet = load_workbook(io.BytesIO(made(german(run))))["Kampagnen"]
    said = [cell.value for cell in texts_of(sheet)]
    assert said[0] == "Kampagnen"
    assert {"Kampagne", "Schützen", "5 von 10", "läuft", "20. November 2024"} <= {
        plain(text) for text in said
    }


def test_the_first_figures_are_numbers_with_their_change():
    now = Window(30, 0, 16, 26, Decimal("1118033.6400"), 4)
    before = Window(30, 30, 14, 20, Decimal("984262.4700"), 4)
    run = replace(summary(), lately=(now, before))
    sheet = load_workbook(io.BytesIO(made(run)))["Overview"]
    revenue = below(sheet, "Revenue")
    assert (revenue.value, revenue.number_format) == (1118033.64, '"£"#,##0;-"£"#,##0')
    change = sheet.cell(revenue.row + 1, revenue.column)
    assert change.value == pytest.approx(1118033.64 / 984262.47 - 1)
    assert change.number_format == '"▲ "0%;"▼ "0%'
    steady = sheet.cell(revenue.row + 1, below(sheet, "First orders").column)
    assert (steady.value, steady.number_format) == (0, '"=";"=";"="')


def test_the_first_sheet_speaks_the_language_of_the_shop():
    run = summary()
    book = load_workbook(io.BytesIO(made(german(run))))
    said = {cell.value for cell in texts_of(book["Übersicht"])}
    assert {"Kundensegmente", "Wer Ihre Kunden sind", "Anteil am Umsatz", "Warum"} <= said
    assert below(book["Übersicht"], "Umsatz bisher").number_format == '#,##0 "£";-#,##0 "£"'
    assert cell_right_of(book["Empfehlungen"], "Text").value == run.segments[0].plan.message


def words(book):
    """Texts with a letter, but for commands and formulas."""
    said = {cell.value for cell in texts(book) if any(sign.isalpha() for sign in cell.value)}
    return {text for text in said if not text.startswith(("custseg ", "=ROUND("))}


def test_in_german_no_cell_is_in_english():
    statuses = (StatusCount("Geliefert", 3, Decimal("80.5000"), "counts"),)
    run = replace(campaigned(), statuses=statuses, warnings=("Too few.",))
    in_english, in_german = (load_workbook(io.BytesIO(made(one))) for one in (run, german(run)))
    plans = {str(getattr(one.plan, key)) for one in run.segments for key in FIELDS}
    names = {one.segment_name for one in run.segments} | {"Big baskets", "Geliefert", "Mai"}
    names |= {"Norway", "mug · cup", "A MUG", "m1", "s1", "f1", FORMULA, SCRIPT, "monetary >= 1260"}
    alike = {"Segment", "Status", "Silhouette", "k", "R²", "± R²", "AUC", "± AUC", "NDCG"}
    both = words(in_english) & words(in_german)
    assert both <= plans | names | alike | {run.campaigns[0].sentence}
    assert len(words(in_german)) > 250
    assert len(in_german.sheetnames) == len(in_english.sheetnames) == 13
    assert not {*in_german.sheetnames} & {*in_english.sheetnames}
    assert max(map(len, in_german.sheetnames)) <= 31


def test_links_lead_to_sheets_in_german():
    book = load_workbook(io.BytesIO(made(german(summary()))))
    links = [cell.hyperlink.location for cell in texts(book) if cell.hyperlink]
    assert len(links) > 12
    assert {link.removesuffix("!A1").strip("'") for link in links} <= set(book.sheetnames)


def test_shares_are_drawn_as_bars_of_one_scale(book):
    ranges = book["Overview"].conditional_formatting
    bars = {str(one.sqref): one.rules[0].dataBar for one in ranges}
    first = next(c.row for c in texts_of(book["Overview"]) if c.value == "Champions")
    assert set(bars) == {f"{column}{row}" for column in "CD" for row in (first, first + 1)}
    assert {bar.cfvo[1].val for bar in bars.values()} == {2 / 3}


def test_segments_stand_side_by_side(book):
    sheet = book["Segments"]
    assert [cell.value for cell in sheet[4]][:4] == [None, "Champions", "Hibernating", "All"]
    assert cell_right_of(sheet, "Customers", 2).value == 20
    assert [cell_right_of(sheet, "Spend expected in 90 days", n).value for n in (1, 2)] == [
        1000
    ] * 2
    lower, middle, upper = (
        cell_right_of(sheet, f"Days since the last order{which}").value
        for which in (": lower quartile", "", ": upper quartile")
    )
    assert (lower, middle, upper) == (2, 4, 11)
    assert cell_right_of(sheet, "Days since the last order", 3).value == 50
    assert cell_right_of(sheet, "Best-sellers").value == "A MUG"
    assert cell_right_of(sheet, "Most live in").value == "Norway"
    assert cell_right_of(sheet, "of its customers").value == 0.9


def test_money_is_exact_to_its_last_digit(book):
    assert cell_right_of(book["Overview"], "All", 4).value == 8289381.89
    assert column_under(book["Ledger"], "Money left") == [
        9747747.934,
        8289198.344,
        8289381.89,
        8289381.89,
    ]
    spend = [row["Spend"] for row in listed(book["Products"], "Products")]
    assert [one for one in spend if one is not None] == [81588.15, 81588.15, 0.0125, 0.0125]


def test_formats_show_currency_percent_and_as_many_decimals_as_a_reader_needs(book):
    formats = [
        cell_right_of(book["Overview"], "Champions", column).number_format for column in range(1, 5)
    ]
    assert formats == ["#,##0", "0%", "0%", '"£"#,##0;-"£"#,##0']
    assert cell_right_of(book["Overview"], "Champions", 4).value == 4134404.26
    assert rounded_money(english("£"), 99.99).code == '"£"#,##0.00;-"£"#,##0.00'
    assert rounded_share(0.093).code == "0.0%"


def test_amounts_of_less_than_a_penny_are_shown():
    assert exact_money(english(), [Decimal("1.5000"), Decimal("0.0125")]).code == "#,##0.0000"
    assert exact_money(english(), [Decimal("1.5000"), None]).code == "#,##0.00"
    assert exact_units([Decimal("7248.0000")]).code == "#,##0"
    assert exact_units([Decimal("12.5000")]).code == "#,##0.0"


def test_a_sign_of_several_letters_stands_apart_and_a_loss_has_its_minus_first():
    assert money(english("kr")).written(-1234.5) == "-kr 1,234.50"
    assert money(english('"')).code == "#,##0.00"


def test_lists_can_be_filtered_and_their_headers_stay_in_sight(book):
    assert book["Products"].tables["Products"].ref == "A4:J12"
    assert book["Products"].tables["Products"].autoFilter is not None
    assert book["Products"].freeze_panes == "A5"
    assert book["Products"].print_title_rows == "$4:$4"
    assert book["Segments"].freeze_panes == "B5"
    assert book["Recommendations"].freeze_panes == "B5"
    assert all(sheet.freeze_panes for sheet in book)


def test_of_a_long_list_the_first_of_each_segment_are_printed_and_all_can_be_filtered():
    own = summary().segments[0]
    many = replace(own, top_products=own.top_products * 30)
    book = load_workbook(io.BytesIO(made(replace(summary(), segments=(many, many)))))
    sheet = book["Products"]
    assert sheet["A4"].value == "124 rows, to sort and filter; the first 40 are printed."
    assert sheet.tables["Products"].ref == "A5:J129"
    assert sheet.print_area == "'Products'!$A$1:$J$45"
    ranks = [row["No."] for row in listed(sheet, "Products")]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("language", ["en", "de"])
def test_names_of_tables_and_their_headers_are_unique(language):
    run = campaigned()
    run = german(run) if language == "de" else run
    book = load_workbook(io.BytesIO(made(run)))
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


def test_all_is_set_up_to_print_on_fifteen_pages():
    run = replace(named(*"ABCDEFG"), campaigns=(sent("May", "running"),))
    seven = load_workbook(io.BytesIO(made(run)))
    pages = {
        sheet.title: sheet.page_setup.fitToWidth * sheet.page_setup.fitToHeight for sheet in seven
    }
    assert all(sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in seven)
    assert pages["Overview"] == 1
    assert min(pages.values()) == 1  # 0 would be as many as it takes
    assert {"Campaigns", "Cohorts", "Since the last snapshot"} <= pages.keys()
    assert sum(pages.values()) <= 15
    ten = load_workbook(io.BytesIO(made(named(*"ABCDEFGHIJ"))))
    assert ten["Recommendations"].page_setup.fitToWidth == 2


def test_charts_have_titles_and_axes(book):
    drawn = {sheet.title: sheet._charts for sheet in book if sheet._charts}
    assert list(drawn) == ["Months", "Retention", "Ledger", "Trust"]
    for charts in drawn.values():
        assert charts[0].title is not None
        assert charts[0].y_axis.title is not None
        assert charts[0].x_axis.delete is False
        assert charts[0].y_axis.delete is False


def test_charts_and_columns_have_the_segments_colours(book):
    months = book["Months"]._charts[0].series
    colours = [series.graphicalProperties.solidFill.srgbClr for series in months]
    assert colours == ["0072B2", "D55E00"]
    fills = [book["Segments"].cell(4, column).fill.fgColor.rgb[-6:] for column in (2, 3)]
    assert fills == colours


def test_months_add_up_exactly_and_a_cut_month_says_so(book):
    months = book["Months"]
    assert column_under(months, "Month") == ["2011-11", "2011-12 (in part)"]
    assert column_under(months, "All revenue") == [30.2, 1.25]


def test_a_text_that_looks_like_a_formula_stays_a_text(book, odd_book):
    both = texts(book) + texts(odd_book)
    found = [cell for cell in both if cell.value in {FORMULA, SCRIPT, "=1+1"}]
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


def test_twelve_segments_with_odd_names_stand_on_the_same_sheets(odd_book, book):
    assert odd_book.sheetnames == book.sheetnames
    assert tuple(cell.value for cell in odd_book["Segments"][4][1:13]) == ODD_NAMES
    cells = [cell for (cell,) in odd_book["Overview"].iter_rows(max_col=1)]
    first = next(cell for cell in cells if cell.value == "'Anna's'")
    assert first.hyperlink.location == "'Segments'!A1"


def test_sheets_and_blocks_of_studies_left_out_are_absent():
    book = load_workbook(io.BytesIO(made(without_studies())))
    assert book.sheetnames == [
        "Overview",
        "Segments",
        "Recommendations",
        "Ledger",
        "Trust",
    ]
    said = {cell.value for cell in texts(book)}
    assert not said & {
        "Of revenue",
        "A rule that tells it apart",
        "What they buy",
        "Where they live, and when they order",
        "Spend expected",
        "What the tests say",
    }


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
    cell = cell_right_of(book["Recommendations"], "Why")
    assert cell.alignment.wrap_text
    assert book["Recommendations"].row_dimensions[cell.row].height > 15 * 15


def test_numbers_have_room():
    rich = replace(summary().segments[0], revenue=Decimal("123456789012.5000"))
    book = load_workbook(
        io.BytesIO(made(replace(summary(), segments=(rich, segment(2, "B", "1")))))
    )
    assert book["Overview"].column_dimensions["E"].width > len("£123,456,789,013")


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


def test_the_parts_of_the_file_are_dated_alike():
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
