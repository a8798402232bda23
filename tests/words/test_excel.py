"""Texts that start no formula, and workbooks whose bytes know no time."""

import io
import time
import zipfile

import openpyxl
import pandas as pd
import pytest

from custseg.words.excel import E164, neutralise, save, text_cell

ATTACKS = [
    '=HYPERLINK("http://evil.example","free")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
]
SPLIT = {"\t=1": "'\t'=1", "\r=1": "'\r'=1", "\n=1": "'\n'=1"}
"""Read with tabs, or as rows, these would still start one after the apostrophe."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_text_that_could_start_a_formula_gets_an_apostrophe(attack):
    assert neutralise(pd.Series([attack, "A MUG"])).tolist() == [
        SPLIT.get(attack, "'" + attack),
        "A MUG",
    ]


def test_other_texts_stay_as_they_are():
    texts = ["", "1=1", " - ", "<script>alert(1)</script>", "SET OF 3, - ", "é"]
    assert neutralise(pd.Series(texts)).tolist() == texts


def test_only_a_phone_in_international_form_may_start_with_a_plus():
    phones = pd.Series(["+442071838750", "+44 20", "+0123456789", "+1+1", "-442071838750"])
    kept = ["+442071838750", "'+44 20", "'+0123456789", "'+1+1", "'-442071838750"]
    assert neutralise(phones, E164).tolist() == kept
    assert neutralise(phones).tolist()[0] == "'+442071838750"


def saved(*rows: list[str]) -> io.BytesIO:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("list")
    for row in rows:
        sheet.append([text_cell(sheet, text) for text in row])
    sink = io.BytesIO()
    save(book, sink)
    return sink


def test_the_same_content_is_the_same_bytes_at_another_time(monkeypatch):
    first = saved(["a", "=b"]).getvalue()
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2e9))
    assert saved(["a", "=b"]).getvalue() == first


def test_the_dates_in_it_are_fixed():
    sink = saved(["a"])
    assert {entry.date_time for entry in zipfile.ZipFile(sink).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }
    properties = openpyxl.load_workbook(sink).properties
    assert properties.created == properties.modified
    assert properties.created.isoformat() == "1980-01-01T00:00:00"


@pytest.mark.parametrize("text", [*ATTACKS, "#N/A", "#REF!"])
def test_a_formula_is_a_text_that_stays_one(text):
    cell = openpyxl.load_workbook(saved([text])).active["A1"]
    # XML has no bare carriage return.
    assert cell.value == text.replace("\r", "\n")
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_leading_zeros_stay_and_characters_that_xml_cannot_hold_go():
    row = next(
        openpyxl.load_workbook(saved(["00123", "a\x00b\x08\ufffec\uffff\ud800"])).active.iter_rows()
    )
    assert [cell.value for cell in row] == ["00123", "abc"]
    assert row[0].data_type == "s"


def test_a_sheet_that_is_not_write_only_is_saved_too():
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    sink = io.BytesIO()
    save(book, sink)
    assert openpyxl.load_workbook(sink).active["A1"].value == "a"
