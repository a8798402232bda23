"""The same rows have the same header as text and as a workbook, and the same rows below it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from custseg.engine.duckdb import connect
from custseg.settings import SourceSettings
from custseg.sources.files.formats import open_tables
from custseg.sources.files.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Row = Sequence[str | None]

NAMES = ("Order", "Customer", "Date", "Qty", "Price")
FIRST = ("1001", "Anna", "2023-05-01", "6", "2.55")
SECOND = ("1002", "Ben", "2023-05-02", "1", "3.39")
THIRD = ("1003", "Anna", "2023-05-03", "2", "4.15")
BLANK = (None,) * 5


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([cell or "" for cell in row] for row in rows)


def write_xlsx(path: Path, rows: Sequence[Row]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def read(path: Path, **settings: Any) -> list[tuple[Any, ...]]:
    """The header, then the rows that hold anything, each with its number in the file."""
    found = SourceSettings(**settings)
    (table,) = open_tables([Place(path, path.name)], path.parent, found)
    loaded = table.load(table.header, connect(None, path.parent), path.parent)
    rows = [
        # A workbook stores numbers: 2.55 is one there, and a text in a text.
        tuple(str(cell) if isinstance(cell, float) else cell for cell in row.values())
        for row in loaded.rows.to_pyarrow().to_pylist()
    ]
    return [table.header, *(row for row in rows if any(row[:-1]))]


CASES = {
    "names above values": (
        [NAMES, FIRST, SECOND],
        [NAMES, (*FIRST, 2), (*SECOND, 3)],
    ),
    "titles and blank lines above the names": (
        [("Orders of May", *BLANK[1:]), BLANK, ("From", "2023-05-01", *BLANK[2:]), NAMES, FIRST],
        [NAMES, (*FIRST, 5)],
    ),
    "a note with values that is nearly as full as the names": (
        [("From", "2023-05-01", "to", "2023-05-31", None), NAMES, FIRST, SECOND],
        [NAMES, (*FIRST, 3), (*SECOND, 4)],
    ),
    "a blank line between the names and the rows": (
        [NAMES, BLANK, FIRST, BLANK, SECOND],
        [NAMES, (*FIRST, 3), (*SECOND, 5)],
    ),
    "groups above the names": (
        [("Order", None, None, "Money", None), NAMES, FIRST, SECOND],
        [NAMES, (*FIRST, 3), (*SECOND, 4)],
    ),
    "units below the names": (
        [NAMES, (None, None, "y-m-d", "pcs", "EUR"), FIRST, SECOND],
        [NAMES, (None, None, "y-m-d", "pcs", "EUR", 2), (*FIRST, 3), (*SECOND, 4)],
    ),
    "years as names": (
        [("Customer", "2022", "2023"), ("Anna", "5", "61"), ("Ben", "7", "80")],
        [("Customer", "2022", "2023"), ("Anna", "5", "61", 2), ("Ben", "7", "80", 3)],
    ),
    "a number as one of many names": (
        [(*NAMES[:4], "1"), FIRST, SECOND],
        [(*NAMES[:4], "1"), (*FIRST, 2), (*SECOND, 3)],
    ),
    "no names": (
        [FIRST, SECOND, THIRD],
        [
            ("column 1", "column 2", "column 3", "column 4", "column 5"),
            (*FIRST, 1),
            (*SECOND, 2),
            (*THIRD, 3),
        ],
    ),
    "a title above rows without names": (
        [("Orders of May", *BLANK[1:]), FIRST, SECOND],
        [
            ("column 1", "column 2", "column 3", "column 4", "column 5"),
            (*FIRST, 2),
            (*SECOND, 3),
        ],
    ),
    "words that come again are values": (
        [("Anna", "London"), ("Ben", "Paris"), ("Cem", "London")],
        [
            ("column 1", "column 2"),
            ("Anna", "London", 1),
            ("Ben", "Paris", 2),
            ("Cem", "London", 3),
        ],
    ),
    "values that look like names": (
        [("Anna", "Mug", "2023-05-01", "5"), ("Ben", "Cup", "2023-05-02", "6")],
        [
            ("column 1", "column 2", "column 3", "column 4"),
            ("Anna", "Mug", "2023-05-01", "5", 1),
            ("Ben", "Cup", "2023-05-02", "6", 2),
        ],
    ),
    "an address is a value": (
        [("anna@example.org", "Mug"), ("ben@example.org", "Cup")],
        [("column 1", "column 2"), ("anna@example.org", "Mug", 1), ("ben@example.org", "Cup", 2)],
    ),
    "only names": ([NAMES], [NAMES]),
    "names that come again": (
        [("Name", "Qty", "name", "Qty", "source_row"), ("Anna", "2", "Mug", "3", "9")],
        [
            ("Name", "Qty", "name (2)", "Qty (2)", "source_row (2)"),
            ("Anna", "2", "Mug", "3", "9", 2),
        ],
    ),
    "names in quotes, with blanks and breaks": (
        [(" Order\nNumber ", "'Unit  Price'"), ("1001", "2.55"), ("1002", "3.39")],
        [("Order Number", "Unit Price"), ("1001", "2.55", 2), ("1002", "3.39", 3)],
    ),
    "a column without a name, and one without anything": (
        [("Order", None, "Date", None), ("1001", "x", "2023-05-01", None)],
        [("Order", "column 2", "Date"), ("1001", "x", "2023-05-01", 2)],
    ),
    "a remark beside the table": (
        [
            (*NAMES, *BLANK, *BLANK, "checked"),
            (*FIRST, *BLANK, *BLANK, None),
            (*SECOND, *BLANK, *BLANK, None),
        ],
        [(*NAMES, "checked"), (*FIRST, None, 2), (*SECOND, None, 3)],
    ),
    "a single name above two columns is a title": (
        [("Orders", None), ("1001", "2.55"), ("1002", "3.39")],
        [("column 1", "column 2"), ("1001", "2.55", 2), ("1002", "3.39", 3)],
    ),
    "totals below the rows": (
        [NAMES, FIRST, SECOND, BLANK, ("Total", None, None, "7", "5.94")],
        [NAMES, (*FIRST, 2), (*SECOND, 3), ("Total", None, None, "7", "5.94", 5)],
    ),
    "names that a page break repeats": (
        [NAMES, FIRST, NAMES, SECOND],
        [NAMES, (*FIRST, 2), (*NAMES, 3), (*SECOND, 4)],
    ),
    "rows of truths": (
        [("Paid", "City"), ("true", "London"), ("false", "London"), ("true", "City")],
        [("Paid", "City"), ("true", "London", 2), ("false", "London", 3), ("true", "City", 4)],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])
def test_rows_are_read_alike_as_text_and_as_a_workbook(rows, expected, write, tmp_path):
    path = tmp_path / f"orders.{write.__name__.removeprefix('write_')}"
    write(path, rows)
    assert read(path) == expected


@pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])
def test_a_setting_decides_alike_in_text_and_in_a_workbook(write, tmp_path):
    path = tmp_path / f"orders.{write.__name__.removeprefix('write_')}"
    write(path, [("May", None), ("2022", "2023"), ("5", "6")])
    assert read(path, header=True) == [("2022", "2023"), ("5", "6", 3)]
    assert read(path, header=False) == [
        ("column 1", "column 2"),
        ("2022", "2023", 2),
        ("5", "6", 3),
    ]
