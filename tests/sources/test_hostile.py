"""What the fuzzer (tests/fuzz) found to break the reading of files, one by one."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
import zipfile
from contextlib import closing
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

import ibis
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.errors import DataError
from custseg.sources.columns.inspection import inspect
from custseg.sources.columns.proposal.propose import propose
from custseg.sources.files.places import places
from custseg.sources.header import name_columns
from custseg.sources.raw import read_orders
from custseg.sources.sheets.file import copy_head
from custseg.sources.values.currencies import convert_to_one_currency
from custseg.sources.values.faults import masked
from tests.conftest import rows

HEADER = "customer_id,order_id,ordered_at,quantity,unit_price"


def read(tmp_path: Path, *lines: str, header: str = HEADER) -> list[dict[str, Any]]:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return rows(read_orders(path, tmp_path).raw.order_by("source_row"))


def test_a_price_is_proposed_once_though_two_of_its_names_say_so():
    header = ("Quantity", "UnitPrice")
    sample = [(str(n), str(n * 2.5)) for n in range(1, 30)]
    propose(header, sample, {})


def test_a_table_with_more_columns_than_any_export_is_refused_at_once(tmp_path):
    header = ",".join(f"c{number}" for number in range(100_000))
    started = monotonic()
    with pytest.raises(DataError, match="has 100,000 columns; .* at most 5,000"):
        read(tmp_path, header.replace("c", ""), header=header)
    assert monotonic() - started < 10


def test_a_name_that_comes_a_hundred_thousand_times_takes_no_time():
    started = monotonic()
    named = name_columns(["a"] * 100_000)
    assert named[-1] == "a (100000)"
    assert len(set(named)) == 100_000
    assert monotonic() - started < 5


def test_names_that_look_like_data_are_hidden_wherever_they_are_quoted():
    class Table:
        name = "orders.csv"
        header = ('anna@x.example "A"', "berta@x.example", "Order Date", "Customer")
        sample = ((None,) * 4,)

    shown = repr(inspect(Table(), {}).shown(Table.header))
    assert "@" not in shown


def test_a_file_whose_name_is_not_utf_8_is_refused(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    Path(os.fsdecode(path)).write_text(HEADER)
    for location in (os.fsdecode(path), str(tmp_path)):
        with pytest.raises(DataError, match="caf\ufffd.csv: the name .* is not in UTF-8"):
            places([location])


@pytest.mark.parametrize("location", ["x" * 300, "a\0b", "*" + "x" * 300])
def test_a_name_that_no_file_can_have_is_no_file(location):
    with pytest.raises(DataError, match="no such file|no file matches"):
        places([location])


def test_no_more_of_a_workbooks_part_is_unpacked_than_it_says_it_holds():
    stored = BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(50_000_000))
    with zipfile.ZipFile(stored) as archive:
        (part,) = archive.infolist()
        part.file_size, part.CRC = 1000, 0
        tracemalloc.start()
        with pytest.raises(zipfile.BadZipFile):
            copy_head(archive)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 5_000_000


def test_a_sqlite_file_with_a_broken_column_name_is_damaged(tmp_path):
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (customer_id text, kennzeichnung text)")
    path.write_bytes(path.read_bytes().replace(b"kennzeichnung", b"kennzeichn\xd4ng"))
    with pytest.raises(DataError, match="the SQLite file cannot be read; it is damaged"):
        read_orders(path, tmp_path)


def test_a_line_worth_billions_is_exact(tmp_path):
    (line,) = read(tmp_path, "7,1,2024-01-31,999999.5,123456.7891")
    assert line["amount"] == Decimal("123456727371.6055")


def test_a_number_that_is_too_large_to_be_summed_is_refused(tmp_path):
    with pytest.raises(DataError, match=r'column "quantity": 1 of 1 values are too large'):
        read(tmp_path, "7,1,2024-01-31,99999999999999,1")
    with pytest.raises(DataError, match=r'"quantity": 1 of 1 values times the price are too'):
        read(tmp_path, "7,1,2024-01-31,9999999,9999999")


def test_a_price_beside_a_lines_total_is_beside_the_point(tmp_path):
    header = f"{HEADER},amount"
    (line,) = read(tmp_path, "7,1,2024-01-31,999999999,999999999,5.00", header=header)
    assert line["amount"] == Decimal("5.00")


def test_amounts_of_millions_can_be_brought_to_another_currency():
    lines = ibis.memtable(
        pa.table({"currency": ["GBP", "EUR"], "amount": ["2000000.55", "9000000000.10"]})
    )
    lines = lines.mutate(amount=lines.amount.cast("decimal(18,4)"))
    rates = {"GBP": Decimal(1), "EUR": Decimal("0.86")}
    converted, _ = convert_to_one_currency(lines, ["currency", "amount"], rates, "x")
    found = rows(converted.order_by("amount"))
    assert [row["amount"] for row in found] == [Decimal("2000000.5500"), Decimal("7740000000.0860")]


def test_a_persons_name_in_a_currencys_place_is_not_shown():
    lines = ibis.memtable(pa.table({"currency": ["GBP", "Vandersnatch"], "amount": [1, 2]}))
    with pytest.raises(DataError) as caught:
        convert_to_one_currency(lines, ["currency", "amount"], {}, "x")
    assert "snatch" not in (caught.value.message + caught.value.hint).casefold()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+44 20 7183 8750", "+99 99 9999 9999"),
        ("0171/1234567 x", "9999/9999999 x"),
        ("+47955501234", "+999999999"),
        ("SW1A 2AA", "xx9x 9xx"),
        ("2024-01-32 08:10:00", "9999-99-99 99:99:99"),
        ("1.234.567,89.0", "9.999.999,99.9"),
    ],
)
def test_of_a_value_only_the_form_is_shown(value, shown):
    assert masked(value) == shown


def test_a_megabyte_in_the_place_of_a_date_is_none(tmp_path):
    good = ["7,1,31.01.2024,1,1"] * 20
    started = monotonic()
    with pytest.raises(DataError, match='"ordered_at": 1 of 21 values are not dates') as caught:
        read(tmp_path, *good, f"7,2,01.02.2024{'x' * 1_000_000},1,1")
    assert monotonic() - started < 10
    assert len(caught.value.message) < 200


def test_masking_a_value_of_a_megabyte_takes_no_time():
    started = monotonic()
    assert masked("x" * 1_000_000) == "xxxxx"
    assert masked("1" * 1_000_000 + "@") == "999999999"
    assert monotonic() - started < 1


def test_a_workbook_with_a_formula_for_a_number_is_read_by_its_value(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["7", "1", "2024-01-31", '=HYPERLINK("http://x.example")', 2])
    book.save(tmp_path / "orders.xlsx")
    with pytest.raises(DataError, match='"quantity": 1 of 1 values are empty'):
        read_orders(tmp_path / "orders.xlsx", tmp_path)


def written_parquet(path: Path, rows_of_one_value: int, groups: int) -> None:
    names = ("customer_id", "order_id", "ordered_at", "quantity", "unit_price")
    values = ("7", "1", "2024-01-31", "1", "2.5")
    at = pa.array(np.zeros(rows_of_one_value, np.int32))
    table = pa.table(
        {
            name: pa.DictionaryArray.from_arrays(at, pa.array([value]))
            for name, value in zip(names, values, strict=True)
        }
    )
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(groups):
            writer.write_table(table)


def test_a_small_parquet_file_of_a_hundred_million_rows_is_refused_at_once(tmp_path):
    path = tmp_path / "orders.parquet"
    written_parquet(path, 10_000_000, 10)
    started = monotonic()
    with pytest.raises(DataError, match="bytes hold 100,000,000 rows"):
        read_orders(path, tmp_path)
    assert monotonic() - started < 10


def test_a_parquet_file_of_long_texts_is_measured_by_what_it_unpacks_to(tmp_path):
    path = tmp_path / "orders.parquet"
    at = pa.array(np.arange(1_500_000) % 2_000, pa.int32())
    texts = pa.DictionaryArray.from_arrays(at, pa.array([f"{n}" * 2_000 for n in range(2_000)]))
    pq.write_table(pa.table({"customer_id": texts, "ordered_at": texts}), path)
    with pytest.raises(DataError, match="bytes hold 1,500,000 rows"):
        read_orders(path, tmp_path)


def test_a_million_rows_of_few_customers_are_read(tmp_path):
    path = tmp_path / "orders.parquet"
    draw = np.random.default_rng(1)
    count = 1_200_000
    days = np.datetime64("2024-01-01") + draw.integers(0, 300, count)
    table = pa.table(
        {
            "customer_id": pa.array(draw.integers(0, 50, count)),
            "ordered_at": pa.array(np.sort(days)),
            "unit_price": pa.array(draw.integers(1, 5, count)),
        }
    )
    pq.write_table(table, path, compression="zstd")
    assert rows(read_orders(path, tmp_path).raw.aggregate(n=ibis._.count()))[0]["n"] == count


def test_a_zip_of_millions_of_equal_rows_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "orders.zip"
    line = b"7,1,2024-01-31,1,2.5\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("orders.csv", "w") as member,
    ):
        member.write(f"{HEADER}\n".encode())
        for _ in range(120):
            member.write(line * 100_000)
    started = monotonic()
    with pytest.raises(DataError, match=r"bytes unpack to 252,000,\d\d\d or more"):
        read_orders(path, tmp_path)
    assert monotonic() - started < 10
