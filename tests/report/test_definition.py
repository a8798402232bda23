"""A table is defined once: what is added there is shown by terminal, page and workbook."""

from __future__ import annotations

import io
from dataclasses import asdict, replace

import pytest
from openpyxl import load_workbook

from custseg.report.html import grids
from custseg.report.html.evidence import evidence_page as render
from custseg.report.tables import features, profile, segments
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import (
    Column,
    Face,
    Form,
    decimals,
    exact_money,
    money,
    of_feature,
    percent,
    whole,
)
from custseg.report.workbook import segments as side_by_side
from custseg.report.workbook.book import workbook
from custseg.settings import ReportSettings
from custseg.words.language import Wording
from tests.workbook_summary import summary

ROWS = [{"name": "Loyal", "spend": 1234.5, "share": 0.123, "score": 0.4567, "note": None}]
TABLE = Definition(
    "shown",
    (
        Column("name", "name"),
        Column("spend", "spend", money),
        Column("share", "share", percent, page="Of {whole}"),
        Column("score", "score", decimals(2), page=None, workbook=Face("Points", decimals(3))),
        Column("note", "note"),
    ),
    first={"workbook": ("name", "score")},
    drops=frozenset({"page"}),
)


def texts(book, sheet):
    return {
        cell.value for row in book[sheet].iter_rows() for cell in row if isinstance(cell.value, str)
    }


def test_a_terminal_shows_the_headers_and_forms_as_they_are_defined():
    table = TABLE.for_terminal("Shown", ROWS)
    assert table.headers == ["name", "spend", "share", "score", "note"]
    assert table.written() == [["Loyal", "1,234.50", "12.3 %", "0.46", ""]]


def test_the_page_writes_in_its_language_and_drops_what_has_no_value():
    table = TABLE.for_page("Shown", ROWS, Wording("en", "£"), words={"whole": "all"})
    assert table.headers == ["Name", "Spend", "Of all"]
    assert table.written() == [["Loyal", "£1,234", "12.3 %"]]


def test_the_workbook_has_its_own_order_headers_and_decimals():
    columns = TABLE.columns_for("workbook", ROWS, words={"whole": "all"})
    assert [column.header for column in columns] == ["Name", "Points", "Spend", "Share", "Note"]
    assert columns[1].format == decimals(3)


@pytest.mark.parametrize("renderer", ["terminal", "page", "workbook"])
def test_no_amounts_are_shown_where_none_are_known(renderer):
    columns = TABLE.columns_for(renderer, ROWS, money=False, words={"whole": "all"})
    assert "spend" not in {column.key for column in columns}


def test_a_column_without_any_value_stays_where_it_is_kept():
    table = replace(TABLE, keeps=frozenset({"note"}))
    columns = table.columns_for("page", ROWS, words={"whole": "all"})
    assert columns[-1].key == "note"


@pytest.mark.parametrize(
    ("form", "value", "written"),
    [
        (whole, 1234.0, "1,234"),
        (exact_money, 1234.5, "1,234.50"),
        (percent, 0.1234, "12.3 %"),
        (decimals(3), float("nan"), ""),
        (Form("flag"), True, "✓"),
        (Form("time"), None, ""),
    ],
)
def test_a_form_writes_a_value_for_a_terminal(form, value, written):
    assert form(value) == written


def test_a_column_added_to_the_segments_is_shown_by_every_renderer(monkeypatch):
    defined = segments.segments

    def with_another(run, rows):
        table = defined(run, rows)
        return replace(table, columns=(*table.columns, Column("silhouette", "apart", percent)))

    for module, name in (
        (segments, "segments"),
        (grids, "segments"),
        (side_by_side, "segments_table"),
    ):
        monkeypatch.setattr(module, name, with_another)
    run = summary()
    terminal = segments.terminal_segments(run)
    assert "apart" in terminal.headers
    assert terminal.written()[0][-1] == percent(run.segments[0].silhouette)
    page = render(run, [], ReportSettings())
    assert f'data-label="Apart" data-value="{run.segments[0].silhouette}"' in page
    book = load_workbook(io.BytesIO(workbook(run, ReportSettings())))
    assert "Apart" in texts(book, "Segments")


def test_what_reads_the_same_for_the_segment_and_for_all_does_not_set_it_apart():
    figures = next(one for one in summary().segments[0].features if one.median is not None)
    other = replace(figures, standardised_difference=2.0, median=2.0, overall_median=3.0)
    same = replace(other, standardised_difference=3.0, overall_median=2.0)
    told = features.apart((same, other), Wording("en", "£"))
    assert [(one.median != one.overall_median, one.size) for one in told] == [(True, "+2.0")]


def test_a_column_added_to_the_profiles_features_is_shown_by_every_renderer(monkeypatch):
    table = replace(
        profile.FEATURES_APART,
        columns=(*profile.FEATURES_APART.columns, Column("mean", "mean", of_feature)),
    )
    for module in (profile, features, side_by_side):
        monkeypatch.setattr(module, "FEATURES_APART", table)
    run = summary()
    segment = run.segments[0]
    figures = next(one for one in segment.features if one.mean is not None)
    row = asdict(figures) | {"segment": 1, "segment_name": segment.segment_name}
    assert table.for_terminal("Apart", [row]).written()[0][-1] == decimals(1)(figures.mean)
    told = features.apart((replace(figures, standardised_difference=1.0),), Wording("en", "£"))
    mean = features.written(figures.feature, figures.mean, Wording("en", "£"))
    assert told[0].more == (f"Mean {mean}",)
    assert f", Mean {mean}" in render(
        replace(
            run,
            segments=(
                replace(segment, features=(replace(figures, standardised_difference=1.0),)),
                *run.segments[1:],
            ),
        ),
        [],
        ReportSettings(),
    )
    book = load_workbook(io.BytesIO(workbook(run, ReportSettings())))
    assert "Days since the last order: mean" in texts(book, "Segments")
