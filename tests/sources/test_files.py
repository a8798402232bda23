from __future__ import annotations

import gzip
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LINE = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
CELLS = [536365, "85123A", "HOLDER", 6, datetime(2010, 12, 1, 8, 26), 2.55, 17850, "United Kingdom"]  # noqa: DTZ001
EXPECTED = {
    "customer_id": "17850",
    "order_id": "536365",
    "product_id": "85123A",
    "description": "HOLDER",
    "quantity": Decimal(6),
    "unit_price": Decimal("2.55"),
    "amount": Decimal("15.30"),
    "ordered_at": datetime(2010, 12, 1, 8, 26),  # noqa: DTZ001
    "country": "United Kingdom",
    "category": None,
    "source_row": 2,
}


def csv(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "orders.csv"
    path.write_bytes(("\n".join([header, *lines]) + "\n").encode(encoding))
    return path


def workbook(folder: Path, *lines: list[Any], header: str = HEADER) -> Path:
    path = folder / "orders.xlsx"
    book = openpyxl.Workbook()
    for line in (header.split(","), *lines):
        book.active.append(line)
    book.save(path)
    return path


def read(path: Path, tmp_path: Path, **settings: Any) -> list[dict[str, Any]]:
    return rows(read_orders(path, tmp_path, SourceSettings(**settings)).raw.order_by("source_row"))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "zip of csv", "zip of xlsx"])
def test_every_format_gives_the_same_canonical_rows(kind, tmp_path):
    path = workbook(tmp_path, CELLS) if "xlsx" in kind else csv(tmp_path, LINE)
    if kind == "parquet":
        path = tmp_path / "orders.parquet"
        frame = pd.DataFrame([CELLS], columns=HEADER.split(","))
        frame["InvoiceNo"] = frame["InvoiceNo"].astype(str)
        frame["CustomerID"] = frame["CustomerID"].astype(float)
        frame.to_parquet(path)
    if kind.startswith("zip"):
        packed = tmp_path / "orders.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(path, f"export/{path.name}")
            archive.writestr("__MACOSX/._orders.csv", "junk")
        path = packed
    (row,) = read(path, tmp_path)
    inside = f"{path.name}, {kind.replace('zip of ', 'orders.')}" if "zip" in kind else path.name
    expected = EXPECTED | {
        "source_file": inside,
        "status": None,
        "refunded": None,
        "objected": False,
    }
    if kind == "parquet":
        expected["source_row"] = 1
    assert row == expected


def test_raw_has_the_columns_of_the_table_of_artifacts(tmp_path):
    raw = read_orders(csv(tmp_path, LINE), tmp_path).raw
    assert list(raw.columns) == ARTIFACTS["raw"].column_names()


def test_rows_are_numbered_as_the_file_has_them(tmp_path):
    lines = [LINE.replace("536365", str(n)) for n in range(5000)]
    found = read(csv(tmp_path, *lines), tmp_path)
    assert [row["source_row"] for row in found] == list(range(2, 5002))
    assert [row["order_id"] for row in found] == [str(n) for n in range(5000)]


def test_only_mapped_columns_are_read(tmp_path):
    path = csv(tmp_path, LINE + ",anna@example.org", header=HEADER + ",Email")
    (row,) = read(path, tmp_path)
    assert "anna@example.org" not in row.values()
    path = workbook(tmp_path, [*CELLS, "anna@example.org"], header=HEADER + ",Email")
    (row,) = read(path, tmp_path)
    assert "anna@example.org" not in row.values()


def test_blank_rows_are_left_out_and_counted(tmp_path):
    found = read_orders(workbook(tmp_path, CELLS, [None] * 8, CELLS), tmp_path)
    assert [row["source_row"] for row in rows(found.raw.order_by("source_row"))] == [2, 4]
    assert found.blank_rows == 1


def test_a_column_of_numbers_and_text_keeps_both_as_written(tmp_path):
    other = ["C536379", *CELLS[1:]]
    found = read(workbook(tmp_path, CELLS, other), tmp_path)
    assert [row["order_id"] for row in found] == ["536365", "C536379"]


@pytest.mark.parametrize("written", ["17850.0", " 17850 ", "17850"])
def test_a_customer_id_loses_blanks_and_a_floats_point_zero(written, tmp_path):
    (row,) = read(csv(tmp_path, LINE.replace("17850", written)), tmp_path)
    assert row["customer_id"] == "17850"


def test_a_customer_id_keeps_leading_zeros(tmp_path):
    (row,) = read(csv(tmp_path, LINE.replace("17850", "007")), tmp_path)
    assert row["customer_id"] == "007"


def test_a_blank_customer_is_unknown(tmp_path):
    (row,) = read(csv(tmp_path, LINE.replace("17850", "  ")), tmp_path)
    assert row["customer_id"] is None


def test_latin_1_text_is_read(tmp_path):
    (row,) = read(csv(tmp_path, LINE.replace("HOLDER", "CAFÉ £5"), encoding="latin-1"), tmp_path)
    assert row["description"] == "CAFÉ £5"


def test_semicolons_and_quotes_are_found(tmp_path):
    line = LINE.replace(",", ";").replace("HOLDER", '"A ""B""; C"')
    (row,) = read(csv(tmp_path, line, header=HEADER.replace(",", ";")), tmp_path)
    assert row["description"] == 'A "B"; C'


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("12/1/2010 8:26", "12/31/2010 9:00"), datetime(2010, 12, 1, 8, 26)),  # noqa: DTZ001
        (("1/12/2010 8:26", "31/12/2010 9:00"), datetime(2010, 12, 1, 8, 26)),  # noqa: DTZ001
        (("20101201", "20101231"), datetime(2010, 12, 1)),  # noqa: DTZ001
        (("2010-12-01T08:26:00", "2010-12-31"), datetime(2010, 12, 1, 8, 26)),  # noqa: DTZ001
        (("01.12.2010", "31.12.2010"), datetime(2010, 12, 1)),  # noqa: DTZ001
    ],
)
def test_one_date_format_is_found_that_fits_all_rows(dates, expected, tmp_path):
    lines = [LINE.replace("2010-12-01 08:26:00", date) for date in dates]
    assert read(csv(tmp_path, *lines), tmp_path)[0]["ordered_at"] == expected


def test_dates_that_can_be_read_two_ways_are_asked_for(tmp_path):
    path = csv(tmp_path, LINE.replace("2010-12-01 08:26:00", "1/12/2010"))
    with pytest.raises(DataError, match="%m/%d/%Y and as %d/%m/%Y") as failure:
        read(path, tmp_path)
    assert "date_format" in failure.value.hint
    (row,) = read(path, tmp_path, date_format="%d/%m/%Y")
    assert row["ordered_at"].month == 12


def test_all_values_of_a_wrong_type_are_counted_with_their_first_rows(tmp_path):
    path = csv(
        tmp_path,
        LINE,
        LINE.replace(",6,", ",six,"),
        LINE.replace("2.55", "n/a"),
        LINE.replace(",6,", ",seven,"),
        LINE.replace("2010-12-01 08:26:00", "yesterday"),
        LINE.replace("536365", ""),
    )
    with pytest.raises(DataError) as failure:
        read(path, tmp_path)
    assert failure.value.message.splitlines() == [
        'orders.csv, column "InvoiceNo": 1 of 6 values are empty (first: row 7).',
        'orders.csv, column "UnitPrice": 1 of 6 values are empty (first: row 4).',
        (
            'orders.csv, column "Quantity": 2 of 6 values are not numbers (first: row 3 "xxx", '
            'row 5 "xxxxx").'
        ),
        'orders.csv, column "InvoiceDate": 1 of 6 values are not dates (first: row 6 "xxxxx").',
    ]


def test_text_in_a_workbooks_number_column_is_shown_by_row(tmp_path):
    wrong = [*CELLS[:3], "six", *CELLS[4:]]
    with pytest.raises(DataError, match=r'not numbers \(first: row 3 "xxx"\)'):
        read(workbook(tmp_path, CELLS, wrong), tmp_path)


def test_text_that_is_a_number_is_read_from_a_workbook(tmp_path):
    written = [*CELLS[:3], "6", *CELLS[4:]]
    found = read(workbook(tmp_path, CELLS, written), tmp_path)
    assert [row["quantity"] for row in found] == [6, 6]


def test_a_users_own_columns_are_mapped(tmp_path):
    path = csv(tmp_path, LINE, header="Order,SKU,Text,Pieces,When,Price,Client,Land")
    columns = {
        "order_id": "Order",
        "product_id": "sku",
        "quantity": "Pieces",
        "ordered_at": "When",
        "unit_price": "Price",
        "customer_id": "Client",
    }
    (row,) = read(path, tmp_path, columns=columns)
    amount, country = Decimal("15.30"), "United Kingdom"
    assert (row["order_id"], row["amount"], row["country"]) == ("536365", amount, country)


def test_the_export_recognised_fixes_the_code_patterns(tmp_path):
    assert read_orders(csv(tmp_path, LINE), tmp_path).preset == "online-retail"
    plain = "order_id,product_id,description,quantity,ordered_at,unit_price,customer_id,country"
    assert read_orders(csv(tmp_path, LINE, header=plain), tmp_path).preset == "none"


def test_a_missing_column_is_named_with_what_was_found(tmp_path):
    with pytest.raises(DataError) as failure:
        read(csv(tmp_path, "1,2", header="InvoiceNo,Qty"), tmp_path)
    message = failure.value.message
    assert "a column for customer_id; a column for ordered_at" in message
    assert 'Found: "InvoiceNo", "Qty"' in message


@pytest.mark.parametrize("header", ["17850,anna@example.org", "anna,AB-7,mug,2,3.5,2023-01-01"])
def test_a_header_that_looks_like_data_is_not_shown(header, tmp_path):
    with pytest.raises(DataError) as failure:
        read(csv(tmp_path, "17851,2", header=header), tmp_path)
    assert "17850" not in failure.value.message
    assert "anna" not in failure.value.message


def test_a_users_own_names_tell_nothing_of_the_codes(tmp_path):
    path = csv(tmp_path, LINE, header="Order,SKU,Description,Pieces,When,Price,Client,Country")
    columns = dict(
        zip(
            ("order_id", "product_id", "quantity", "ordered_at", "unit_price", "customer_id"),
            ("Order", "SKU", "Pieces", "When", "Price", "Client"),
            strict=True,
        )
    )
    assert read_orders(path, tmp_path, SourceSettings(columns=columns)).preset == "none"


def test_two_columns_that_could_be_the_same_one_are_refused(tmp_path):
    path = csv(tmp_path, LINE + ",7", header=HEADER + ",Customer ID")
    with pytest.raises(DataError, match='"CustomerID" and "Customer ID" are the same column'):
        read(path, tmp_path)


@pytest.mark.parametrize("folder", ["plain", "country=DE", "customer_id=9"])
@pytest.mark.parametrize("name", ["g[1].csv", "g*.csv", "g?.csv"])
def test_nothing_in_a_path_is_a_pattern_or_a_value(folder, name, tmp_path):
    (tmp_path / folder).mkdir()
    source = csv(tmp_path, LINE)
    for other in ("g1.csv", "g2.csv"):
        (tmp_path / folder / other).write_bytes(source.read_bytes().replace(b"17850", b"666"))
    (row,) = read(source.rename(tmp_path / folder / name), tmp_path)
    assert (row["customer_id"], row["country"]) == ("17850", "United Kingdom")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",6,", ",999999999999,", "1 of 1 values times the price are too large"),
        (",6,", ",99999999999999,", "1 of 1 values are too large"),
        ("2010-12-01 08:26:00", "9999-12-31 10:00:00", "are not dates"),
        ("2010-12-01 08:26:00", "infinity", "are not dates"),
    ],
)
def test_values_beyond_measure_are_refused(old, new, message, tmp_path):
    with pytest.raises(DataError, match=message):
        read(csv(tmp_path, LINE.replace(old, new)), tmp_path)


def test_a_customer_id_that_is_not_a_number_in_a_float_column_is_unknown(tmp_path):
    path = tmp_path / "orders.parquet"
    frame = pd.DataFrame([CELLS, CELLS], columns=HEADER.split(","))
    table = pa.Table.from_pandas(frame.drop(columns=["CustomerID", "InvoiceNo"]))
    table = table.append_column("InvoiceNo", pa.array(["1", "2"]))
    table = table.append_column("CustomerID", pa.array([17850.0, float("nan")]))
    pq.write_table(table, path)
    assert [row["customer_id"] for row in read(path, tmp_path)] == ["17850", None]


def test_the_sheet_with_the_columns_is_found(tmp_path):
    path = workbook(tmp_path, CELLS)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0).append(["read me"])
    book.create_sheet("Blank", 0)
    book.save(path)
    assert len(read(path, tmp_path)) == 1
    with pytest.raises(DataError, match='no sheet "Orders". Found: "Blank", "Notes", "Sheet"'):
        read(path, tmp_path, sheet="Orders")


BAD_FILES = {
    "empty": (b"", "the file is empty"),
    "blank": (b"  \n \n", "the file is empty"),
    "page": (b"<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
    "binary": (bytes(range(256)) * 20, "is not a text file"),
    "gzip": (gzip.compress(b"a,b\n1,2\n" * 50), r'Found: "a", "b"'),
    "parquet": (b"PAR1" + b"\x00" * 100, "the Parquet file is damaged"),
    "cut zip": (b"PK\x03\x04" + b"\x00" * 100, "the zip is damaged"),
    "header only": (HEADER.encode() + b"\n", "holds no order lines"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_table_is_a_clear_error(kind, tmp_path):
    content, message = BAD_FILES[kind]
    path = tmp_path / "orders.dat"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(path, tmp_path)


def test_a_zip_without_a_table_says_so(tmp_path):
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.pdf", "hello")
    with pytest.raises(DataError, match=r"no table \(of 1 files\)"):
        read(path, tmp_path)


def test_a_cut_workbook_is_a_clear_error(tmp_path):
    path = workbook(tmp_path, *[CELLS] * 100)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match="damaged|cannot be read"):
        read(path, tmp_path)


def test_a_broken_row_is_named_without_quoting_it(tmp_path):
    path = csv(tmp_path, LINE, '"an open quote, anna@example.org')
    with pytest.raises(DataError) as failure:
        read(path, tmp_path)
    assert "anna" not in failure.value.message


def test_beside_a_mapping_nothing_that_changes_sums_is_guessed(tmp_path):
    lines = "\n".join(f"A{n},C{n % 3},2024-01-{n:02},{n * 10}.5,0.2" for n in range(1, 20))
    path = csv(tmp_path, lines, header="Order ID,Customer ID,Order Date,Sales,Discount")
    with pytest.raises(DataError, match=r"not clear which column is which.\n  discount"):
        read(path, tmp_path, columns={"customer_id": "Customer ID"})
    assert len(read(path, tmp_path, columns={"amount": "Sales"})) == 19


def test_values_among_the_names_of_columns_are_not_shown_where_these_are_unclear(tmp_path):
    header = '"buyer-name: Ann Smith","buyer-name: Bo Ek","date: 2024-01-05","e-mail","amount"'
    path = csv(tmp_path, "x,y,2024-01-06,z,3", header=header)
    with pytest.raises(DataError) as failure:
        read(path, tmp_path, header=True)
    assert "Smith" not in failure.value.message
