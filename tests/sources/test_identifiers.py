from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest

from custseg.sources.values.identifiers import identifier, label, lost_digits
from tests.conftest import rows


def read(*values: Any) -> list[tuple[str | None, bool]]:
    table = ibis.memtable(pa.table({"id": pa.array(values)}))
    found = table.select(x=identifier(table.id), lost=lost_digits(table.id))
    return [(row["x"], row["lost"]) for row in rows(found)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("17850", "17850"),
        (" 17850\t", "17850"),
        ("17850.0", "17850"),
        (" 17850.0 ", "17850"),
        ("17850.00", "17850.00"),
        ("v1.0", "v1.0"),
        ("00123", "00123"),
        ("'00123", "00123"),
        ('="00123"', "00123"),
        ("N/A", "N/A"),
        ("NULL", None),
        ("\\N", None),
        ("nan", None),
        ("  ", None),
        ('=""', None),
        ("Null & Co", "Null & Co"),
    ],
)
def test_an_id_is_what_it_was_before_a_spreadsheet(written, expected):
    assert read(written) == [(expected, False)]


@pytest.mark.parametrize(
    "code", ["1E5", "22E10", "85123A", "1e5", "12.5E+3", "E+05", "A-1", "1-E+5"]
)
def test_a_product_code_is_no_number(code):
    assert read(code) == [(code, False)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.7850E+04", "17850"),
        ("1.785E+04", "17850"),
        ("1e+05", "100000"),
        ("1.2e6", "1200000"),
        (" 1.78500E+3 ", "1785"),
        ("1.23456789012E+11", "123456789012"),
    ],
)
def test_scientific_notation_with_all_digits_is_written_out(written, expected):
    assert read(written) == [(expected, False)]


@pytest.mark.parametrize(
    "written",
    ["1.23E+10", "1.79E+04", "1.23457E+11", "1.2E+12", "1.23457e+06", "1.2E-3", "1.55E+1"],
)
def test_scientific_notation_that_lost_digits_is_told(written):
    assert read(written) == [(None, True)]


def test_whole_numbers_in_a_float_column_have_no_point():
    assert read(17850.0, float("nan"), None) == [("17850", False), (None, False), (None, False)]
    assert read(1.5) == [("1.5", False)]


def test_floats_beyond_2_to_the_53_have_lost_digits():
    assert [lost for _, lost in read(2.0**53 - 1, 2.0**53)] == [False, True]


def test_whole_numbers_stay():
    assert read(17850, None) == [("17850", False), (None, False)]


def test_a_label_loses_the_blanks_around_it_and_what_means_nothing():
    table = ibis.memtable(pa.table({"x": [" Norway ", "NULL", "NA"]}))
    assert [row["x"] for row in rows(table.select(x=label(table.x)))] == ["Norway", None, "NA"]
