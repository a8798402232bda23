from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.table import Loaded, Rejected
from custseg.sources.text.delimited import DelimitedText, open_text
from tests.conftest import examples


def opened(content: str | bytes, folder: Path, **keys: Any) -> DelimitedText:
    path = folder / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_text(path, "orders.csv", SourceSettings(**keys))


def rows_of(loaded: Loaded) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in loaded.rows.to_pyarrow().to_pylist()]


def read(content: str | bytes, folder: Path, **keys: Any) -> list[tuple[Any, ...]]:
    table = opened(content, folder, **keys)
    return rows_of(table.load(table.header, connect(), folder))


def loaded(content: str | bytes, folder: Path, *columns: str, **keys: Any) -> Loaded:
    table = opened(content, folder, **keys)
    return table.load(columns or table.header, connect(), folder)


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    text = 'Report of May\n\nid,name,n\n1,Mug,5\n\n2,"Cup\nblue",6\n3,Pot,7\n'
    assert read(text, tmp_path) == [
        ("1", "Mug", "5", 4),
        ("2", "Cup\nblue", "6", 6),
        ("3", "Pot", "7", 7),
    ]


def test_only_wanted_columns_are_read_in_the_order_asked(tmp_path):
    found = loaded("id,name,n\n1,Mug,5\n", tmp_path, "n", "id")
    assert found.rows.columns == ("n", "id", "source_row")
    assert rows_of(found) == [("5", "1", 2)]


def test_no_wanted_column_leaves_the_row_numbers(tmp_path):
    table = opened("id,n\n1,5\n2,6\n", tmp_path)
    assert rows_of(table.load((), connect(), tmp_path)) == [(2,), (3,)]


def test_empty_fields_are_null_and_words_for_nothing_stay(tmp_path):
    assert read('id,n,m\n1,,""\n2,NULL,NA\n3,\\N,nan\n', tmp_path) == [
        ("1", None, None, 2),
        ("2", "NULL", "NA", 3),
        ("3", "\\N", "nan", 4),
    ]


def test_a_row_that_lacks_fields_is_filled_and_one_with_empty_ones_more_is_cut(tmp_path):
    found = loaded("id,n,m\n1,2,3\n4,5\n6,7,8,,\n9,10,11\n", tmp_path)
    assert rows_of(found) == [
        ("1", "2", "3", 2),
        ("4", "5", None, 3),
        ("6", "7", "8", 4),
        ("9", "10", "11", 5),
    ]
    assert found.rejected == ()


def test_rows_with_more_fields_and_lines_below_the_table_are_rejected(tmp_path):
    body = "".join(f"{i},2,3\n" for i in range(8))
    found = loaded(f"id,n,m\n{body}6,7,8,9\n\nEnd of report\n", tmp_path)
    assert found.rejected == (
        Rejected(10, "4 fields where the header has 3"),
        Rejected(12, "1 field where the header has 3", alone=True),
    )
    assert len(rows_of(found)) == 8


def test_many_ragged_rows_are_read_like_a_few(tmp_path):
    body = "".join(f"{i},2,3\n{i},5\n" for i in range(3_000))
    few = loaded(f"id,n,m\n{body[:60]}", tmp_path)
    many = loaded(f"id,n,m\n{body}6,7,8,9\n,,\n\n\x1a", tmp_path)
    assert rows_of(many)[:10] == rows_of(few)[:10]
    assert rows_of(many)[5_999] == ("2999", "5", None, 6_001)
    assert many.rejected == (Rejected(6_002, "4 fields where the header has 3"),)


def test_rows_in_which_all_wanted_columns_are_empty_are_left_out(tmp_path):
    found = loaded("id,n,m\n1,2,3\n,,9\n,,\n4,5,6\n", tmp_path, "id", "n")
    assert rows_of(found) == [("1", "2", 2), ("4", "5", 5)]


def test_the_end_mark_of_a_dos_file_is_no_row(tmp_path):
    found = loaded("id,n\r\n1,2\r\n\x1a", tmp_path)
    assert (rows_of(found), found.rejected) == ([("1", "2", 2)], ())


def test_nul_characters_are_dropped(tmp_path):
    assert read(b"id,name\n" + b"1,Mug\n" * 200 + b"2,Cu\x00p\n", tmp_path)[-1] == (
        "2",
        "Cup",
        202,
    )


def test_a_quote_that_is_never_closed_is_named_by_its_row(tmp_path):
    text = 'id,name,n\n1,"Mug, red",5\n2,"Cup",6\n3,"Pot, 7\n4,"Pan, old",8\n'
    with pytest.raises(DataError, match="row 5: a quote is opened and not closed"):
        loaded(text + '5,"Bowl\n', tmp_path, delimiter=",")


def test_a_quote_left_open_far_below_is_named_by_its_row(tmp_path):
    regular = '1,"Mug, red",5\n'
    text = f'id,name,n\n{regular * 30_000}2,"Cup,6\n' + "3,Pot,7\n" * 1_000_000
    with pytest.raises(DataError, match="row 30,002: a quote is opened and not closed"):
        loaded(text, tmp_path)


def test_a_row_longer_than_a_block_is_read(tmp_path):
    long = "x" * 5_000_000
    assert read(f"id,text\n1,a\n2,{long}\n3,b\n", tmp_path)[1:] == [
        ("2", long, 3),
        ("3", "b", 4),
    ]


def test_the_sample_is_the_first_rows_as_they_are_loaded(tmp_path):
    body = "".join(f"{i},Mug {i},\n\n" for i in range(300))
    table = opened(f"id,name,n\nshort,row\n{body}", tmp_path)
    found = rows_of(table.load(table.header, connect(), tmp_path))
    assert len(table.sample) == 200
    assert list(table.sample) == [row[:-1] for row in found[:200]]
    assert table.sample[0] == ("short", "row", None)


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    table = opened("id,name,n\n", tmp_path)
    assert (table.header, table.sample) == (("id", "name", "n"), ())
    assert rows_of(table.load(table.header, connect(), tmp_path)) == []


def test_a_column_named_source_row_does_not_take_the_number_s_place(tmp_path):
    table = opened("id,source_row\n1,7\n", tmp_path)
    assert table.header == ("id", "source_row (2)")
    assert rows_of(table.load(table.header, connect(), tmp_path)) == [("1", "7", 2)]


def test_columns_that_the_engine_takes_for_the_same_are_both_read(tmp_path):
    table = opened("id,ID,Id\n1,2,3\n", tmp_path)
    assert table.header == ("id", "ID (2)", "Id (3)")
    assert rows_of(table.load(table.header, connect(), tmp_path)) == [("1", "2", "3", 2)]


def test_two_loads_of_one_table_do_not_disturb_each_other(tmp_path):
    table, connection = opened("id,n\n1,5\n", tmp_path), connect()
    first = table.load(["id"], connection, tmp_path)
    second = table.load(["n"], connection, tmp_path)
    assert (rows_of(first), rows_of(second)) == ([("1", 2)], [("5", 2)])


def test_thousands_of_columns_are_read(tmp_path):
    header = ",".join(f"c{i}" for i in range(20_000))
    row = ",".join(str(i) for i in range(20_000))
    found = loaded(f"{header}\n{row}\n{row}\n", tmp_path, "c19999", "c7")
    assert rows_of(found) == [("19999", "7", 2), ("19999", "7", 3)]


def test_too_many_rejected_rows_are_an_error_not_a_list(tmp_path):
    text = "id,n,m\n" + "1,2,3\n" * 600 + "x\n" * 100_001
    with pytest.raises(DataError, match=r"more than 100,000 of its first 100,6\d\d rows"):
        loaded(text, tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \r\n\n", "the file is empty"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), r"is an old Excel workbook \(xls\)"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis", "is a zip archive or an office document"),
        (b"\n<!DOCTYPE html><html>", "is a web page or XML, not a table"),
        (b"<?xml version='1.0'?><orders/>", "is a web page or XML, not a table"),
        (bytes(range(256)) * 20, "is not a text file"),
        (b"\x00" * 5_000 + b"a,b\n", "is not a text file"),
        (b"customer\n1\n2\n", "has only one column"),
        (b"Dear shop,\nwe write to you\nabout orders, again\nyours\n", "no delimiter splits"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content, message, tmp_path):
    with pytest.raises(DataError, match=message):
        opened(content, tmp_path)


def test_an_error_quotes_no_value(tmp_path):
    with pytest.raises(DataError) as caught:
        opened("ann@example.org\nbob@example.org\n", tmp_path)
    assert "ann" not in caught.value.message + caught.value.hint


CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\x1a"),
    max_size=8,
) | st.sampled_from(['"', '""', ",", ";", "a\nb", "x\r\ny", "|", "'", "\t", "\\", '5" pipe', "1,5"])
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le")


@examples(25)
@given(
    body=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(UNICODE),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    junk=st.sampled_from([[], ["Report"], ["Orders", "", "made by us"]]),
)
def test_a_table_reads_back_as_it_was_written_in_any_dialect(
    body, delimiter, encoding, line_end, quoting, junk, tmp_path
):
    rows = [
        (f"A{i}", text, f"2020-01-{i + 1:02}", other, f"{i}.50")
        for i, (text, other) in enumerate(body)
    ]
    out = io.StringIO(newline="")
    out.writelines(line + line_end for line in junk)
    if line_end == "\r":
        quoting = csv.QUOTE_ALL  # csv's writer does not quote \n where lines end in \r
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("Order", "Text", "Date", "Note", "Price"), *rows])
    first = len(junk) + 2
    assert read(out.getvalue().encode(encoding), tmp_path) == [
        (*(value or None for value in row), number) for number, row in enumerate(rows, first)
    ]
