"""Formulas in names and descriptions: none starts, whatever a file is opened with."""

from __future__ import annotations

import csv
import io

import openpyxl
import pandas as pd
import pytest

from custseg.offers.export.formats import write_csv, write_xlsx
from custseg.words.excel import E164, neutralise

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
ATTACKS = [
    "=cmd|' /C calc'!A0",
    "Mug;=cmd|' /C calc'!A0",
    "Mug,=cmd|' /C calc'!A0",
    "Mug\t=cmd|' /C calc'!A0",
    "Mug\n=cmd|' /C calc'!A0",
    "Mug\r=cmd|' /C calc'!A0",
    'Mug";=cmd|calc!A0;"',
    'Mug;"=cmd|calc!A0"',
    'Mug;""=cmd|calc!A0',
    "Mug;  =cmd|calc!A0",
    "Mug;\u00a0+cmd|calc!A0",
    "Mug;\t\t@SUM(A1)",
    "  -2+3+cmd|calc!A0",
    '"=1+1"',
    "Mug;＝1+1",
    "Mug;＋1+1",
    "Mug;;;-1+cmd|calc!A0",
    '=HYPERLINK("http://evil.example";"free")',
]


def cells_as_opened(content: str, delimiter: str) -> list[str]:
    """What a program that splits at a delimiter takes for cells."""
    lines = io.StringIO(content, newline=None)
    return [cell for row in csv.reader(lines, delimiter=delimiter) for cell in row]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_a_csv_starts_a_formula_under_any_separator(attack, delimiter):
    sink = io.BytesIO()
    write_csv(pd.DataFrame({"customer_id": [attack], "name": [attack], "spend": [-3.5]}), sink)
    cells = cells_as_opened(sink.getvalue().decode(), delimiter)
    starts = [cell.strip(' "\u00a0\t\r\n') for cell in cells]
    assert [cell for cell in starts if cell.startswith(tuple(SIGNS)) and cell != "-3.5"] == []


def test_a_formula_among_missing_values_is_none_either():
    sink = io.BytesIO()
    write_csv(pd.DataFrame({"name": pd.Series([None, "=1+1"], dtype=object)}), sink)
    assert sink.getvalue().decode() == 'name\n""\n\'=1+1\n'


def test_numbers_and_phones_stay_what_they_are():
    sink = io.BytesIO()
    rows = {"phone": ["+442071838750"], "spend": [-3.5], "name": ["A-B; C, 3+1"]}
    write_csv(pd.DataFrame(rows), sink)
    assert sink.getvalue().decode() == 'phone,spend,name\n+442071838750,-3.5,"A-B; C, 3+1"\n'


def test_only_a_whole_text_of_the_allowed_form_keeps_its_sign():
    attack = "+442071838750;=1+1"
    assert neutralise(pd.Series([attack]), E164).tolist() == ["'+442071838750;'=1+1"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cell_of_a_workbook_is_a_text(attack):
    sink = io.BytesIO()
    write_xlsx(pd.DataFrame({"name": [attack]}), sink)
    cell = openpyxl.load_workbook(sink).active["A2"]
    assert cell.data_type == "s"
