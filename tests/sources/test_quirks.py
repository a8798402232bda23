"""One small file for each quirk of shops' exports, and the very rows that are read of it."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.files.places import Place, places, read_stdin
from custseg.sources.raw import Raw, read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = "customer_id,order_id,product_id,quantity,unit_price,ordered_at"
TWO = f"{HEADER}\n0017,A1,MUG,2,1.50,2024-03-05 10:15\n0018,A2,CUP,1,4,2024-03-06\n"
SHOWN = ("source_row", "customer_id", "order_id", "product_id", "amount", "ordered_at")
TWO_ROWS = [
    (2, "0017", "A1", "MUG", "3", "2024-03-05 10:15"),
    (3, "0018", "A2", "CUP", "4", "2024-03-06"),
]
LINES = ("source_row", "customer_id", "order_id", "amount", "ordered_at")
MONEY = ("source_row", "order_id", "quantity", "unit_price", "amount")
NUMBERED = {"customer_id": "1", "order_id": "2", "product_id": "3", "ordered_at": "4"}
NUMBERED |= {"amount": "5"}
LEDGER = {"customer_id": "Kunde", "order_id": "Beleg", "ordered_at": "Datum", "amount": "Betrag"}


def text(*lines: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    return end.join([*lines, ""]).encode(encoding)


def own(*lines: str) -> bytes:
    """A file with custseg's own header."""
    return text(HEADER, *lines)


def book(sheets: Mapping[str, list[tuple[Any, ...]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, cells in sheets.items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def zst(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return bytes(sink.getvalue())


def parquet(columns: Mapping[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(columns)), sink)
    return bytes(sink.getvalue())


def sqlite(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return connection.serialize()


@dataclass(frozen=True)
class Quirk:
    """Some files, and what is read of them."""

    files: bytes | Mapping[str, bytes]
    """By name; a single one is orders.csv, whatever it is."""
    rows: list[tuple[Any, ...]]
    columns: tuple[str, ...] = SHOWN
    settings: Mapping[str, Any] = field(default_factory=dict)


def written(value: Any) -> Any:
    """A value as it is written in this file."""
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    if isinstance(value, datetime):
        shown = value.isoformat(" ")
        return shown.removesuffix(":00").removesuffix(" 00:00")
    return value


def opened(files: bytes | Mapping[str, bytes], folder: Path, settings: Mapping[str, Any]) -> Raw:
    """Write the files into a folder, and read it whole."""
    source, scratch = folder / "source", folder / "scratch"
    scratch.mkdir()
    for name, content in ({"orders.csv": files} if isinstance(files, bytes) else files).items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return read_orders(places([str(source)]), scratch, SourceSettings(**settings))


def shown(raw: Raw, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    found = rows(raw.raw.order_by(["source_file", "source_row"]))
    return [tuple(written(row[name]) for name in columns) for row in found]


CELLS = [
    ("customer_id", "order_id", "product_id", "quantity", "unit_price", "ordered_at"),
    ("0017", "A1", "MUG", 2, 1.5, datetime(2024, 3, 5, 10, 15)),  # noqa: DTZ001  (the shop's)
    ("0018", "A2", "CUP", 1, 4, datetime(2024, 3, 6)),  # noqa: DTZ001
]

FORMATS: dict[str, Quirk] = {
    "a title above the table, and a sum and a remark below it": Quirk(
        text(
            "Orders of March",
            "",
            *TWO.splitlines(),
            ",,,3,,",
            "Made by shop 7 on 2024-04-01",
        ),
        [
            (4, "0017", "A1", "MUG", "3", "2024-03-05 10:15"),
            (5, "0018", "A2", "CUP", "4", "2024-03-06"),
        ],
    ),
    "a workbook with a title above and a sum below": Quirk(
        {"orders.xlsx": book({"May": [("Orders",), (), *CELLS, (None, None, "Sum", 3)]})},
        [
            (4, "0017", "A1", "MUG", "3", "2024-03-05 10:15"),
            (5, "0018", "A2", "CUP", "4", "2024-03-06"),
        ],
    ),
    "a workbook with the orders on the second sheet": Quirk(
        {"orders.xlsx": book({"Read me": [("Product", "Colour"), ("MUG", "red")], "Data": CELLS})},
        TWO_ROWS,
    ),
    "a workbook with two sheets of one shape": Quirk(
        {"orders.xlsx": book({"2023": CELLS[:2], "2024": [CELLS[0], CELLS[2]]})},
        [
            ('orders.xlsx, sheet "2023"', 2, "A1", "3"),
            ('orders.xlsx, sheet "2024"', 2, "A2", "4"),
        ],
        ("source_file", "source_row", "order_id", "amount"),
    ),
    "a workbook with Excel's day numbers in cells without a date format": Quirk(
        {"orders.xlsx": book({"S": [CELLS[0], ("1", "A", "M", 1, 2, 45356.5)]})},
        [(2, "1", "A", "M", "2", "2024-03-05 12:00")],
    ),
    "several files whose columns are in another order": Quirk(
        {
            "orders-10.csv": text(
                "ordered_at;unit_price;quantity;product_id;order_id;customer_id",
                "2024-03-07;1.25;2;PEN;A3;19",
            ),
            "orders-9.csv": TWO.encode(),
        },
        [
            ("orders-10.csv", 2, "A3", "2.5", "2024-03-07"),
            ("orders-9.csv", 2, "A1", "3", "2024-03-05 10:15"),
            ("orders-9.csv", 3, "A2", "4", "2024-03-06"),
        ],
        ("source_file", "source_row", "order_id", "amount", "ordered_at"),
    ),
    "no header, and columns named by their number": Quirk(
        text("0017\tA1\tMUG\t2024-03-05\t3.00", "0018\tA2\tCUP\t2024-03-06\t4.00"),
        [
            (1, "0017", "A1", "MUG", "3", "2024-03-05"),
            (2, "0018", "A2", "CUP", "4", "2024-03-06"),
        ],
        settings={"columns": NUMBERED},
    ),
    "columns apart by blanks, with blanks before them": Quirk(
        text(
            " customer_id  date number_of_cds  dollar_value",
            " 00001 19970101  1   11.77",
            " 00002 19970112  12   12.00",
            end="\r\n",
        ),
        [
            (2, "00001", None, "11.77", "1997-01-01"),
            (3, "00002", None, "12", "1997-01-12"),
        ],
        LINES,
    ),
    "UTF-16 with tabs": Quirk(TWO.replace(",", "\t").encode("utf-16"), TWO_ROWS),
    "UTF-8 with a byte order mark": Quirk(TWO.encode("utf-8-sig"), TWO_ROWS),
    "Parquet in a folder": Quirk(
        {
            "part/a.parquet": parquet(
                {
                    "customer_id": ["0017"],
                    "order_id": pa.array([7], pa.int64()),
                    "amount": pa.array([Decimal("3.50")], pa.decimal128(9, 2)),
                    "ordered_at": [datetime(2024, 3, 5, 10, 15)],  # noqa: DTZ001
                }
            ),
            "part/b.parquet": parquet(
                {
                    "customer_id": ["0018"],
                    "order_id": pa.array([8.0]),
                    "amount": [4.25],
                    "ordered_at": ["2024-03-06"],
                }
            ),
        },
        [
            (1, "0017", "7", "3.5", "2024-03-05 10:15"),
            (1, "0018", "8", "4.25", "2024-03-06"),
        ],
        LINES,
    ),
    "JSON lines, of which one lacks a value": Quirk(
        text(
            '{"customer_id": "0017", "order_id": 1, "amount": 3.10, "ordered_at": "2024-03-05"}',
            '{"customer_id": "0018", "amount": "4", "ordered_at": "2024-03-06T09:00:00", '
            '"order_id": "2", "note": null}',
        ),
        [
            (1, "0017", "1", "3.1", "2024-03-05"),
            (2, "0018", "2", "4", "2024-03-06 09:00"),
        ],
        LINES,
    ),
    "a SQLite file with two tables": Quirk(
        {
            "shop.db": sqlite(
                "CREATE TABLE staff (name TEXT, room TEXT)",
                "CREATE TABLE lines (customer_id TEXT, order_id INT, amount REAL, ordered_at TEXT)",
                "INSERT INTO lines VALUES ('0018', 2, 4.25, '2024-03-06')",
                "INSERT INTO lines VALUES ('0017', 1, 3.5, '2024-03-05 10:15:00')",
            )
        },
        [
            (1, "0017", "1", "3.5", "2024-03-05 10:15"),
            (2, "0018", "2", "4.25", "2024-03-06"),
        ],
        LINES,
    ),
    "a long row whose further fields are empty": Quirk(
        own("0017,A1,MUG,2,1.50,2024-03-05 10:15,,", "0018,A2,CUP,1,4,2024-03-06"), TWO_ROWS
    ),
    "texts with the delimiter, quotes and a line end in them": Quirk(
        text(
            "customer_id,order_id,description,amount,ordered_at",
            '1,A1,"mug, ""red""",3,2024-03-05',
            '2,A2,"cup\nblue",4,2024-03-06',
            "3,A3,pen,5,2024-03-07",
        ),
        [(2, 'mug, "red"', "3"), (3, "cup\nblue", "4"), (4, "pen", "5")],
        # Rows are numbered as a spreadsheet shows them.
        ("source_row", "description", "amount"),
    ),
}
for packing, packed in {
    "gzip": gzip.compress(TWO.encode()),
    "zip": zipped({"export/orders.csv": TWO.encode(), "__MACOSX/._orders.csv": b"x"}),
    "zstd": zst(TWO.encode()),
}.items():
    FORMATS[f"packed with {packing}"] = Quirk(packed, TWO_ROWS)
for encoding, line_end in {
    "cp1252": "\n",
    "latin-1": "\r\n",
    "cp437": "\r\n",
    "mac_roman": "\r",
}.items():
    FORMATS[f"{encoding} with {line_end!r} at the ends of lines"] = Quirk(
        text(
            "customer_id;order_id;description;country;amount;ordered_at",
            "1;A1;Weinglas groß;Österreich;3,50;2024-03-05",
            "2;A2;Café crème;España;4,25;2024-03-06",
            "3;A3;Tischläufer;Österreich;5,00;2024-03-07",
            encoding=encoding,
            end=line_end,
        ),
        [
            (2, "Weinglas groß", "Österreich", "3.5"),
            (3, "Café crème", "España", "4.25"),
            (4, "Tischläufer", "Österreich", "5"),
        ],
        ("source_row", "description", "country", "amount"),
    )


def ledger(*lines: str) -> bytes:
    """A German file of lines with their totals."""
    return text("Kunde;Beleg;Datum;Betrag", *lines)


def values(column: str, *given: str) -> bytes:
    """A file in which one column has these values."""
    lines = []
    for number, value in enumerate(given, 1):
        line = {
            "customer": f"c{number}",
            "order": f"A{number}",
            "amount": "5",
            "date": "2024-03-05",
        }
        lines.append("\t".join((line | {column: value}).values()))
    return text("customer_id\torder_id\tamount\tordered_at", *lines)


def read_as(column: str, pairs: Mapping[str, str | None], **settings: Any) -> Quirk:
    """A column's values, and what is read of each."""
    canonical = {"customer": "customer_id", "date": "ordered_at", "order": "order_id"}
    return Quirk(
        values(column, *pairs),
        [(value,) for value in pairs.values()],
        (canonical.get(column, column),),
        settings,
    )


VALUES: dict[str, Quirk] = {
    "semicolons and decimal commas": Quirk(
        ledger("0017;A1;05.03.2024;1.234,50", "0018;A2;16.03.2024 09:30;7,00"),
        [
            (2, "0017", "A1", "1234.5", "2024-03-05"),
            (3, "0018", "A2", "7", "2024-03-16 09:30"),
        ],
        LINES,
        {"columns": LEDGER},
    ),
    "thousands": read_as("amount", {"1,234.50": "1234.5", "1,000": "1000", "12": "12"}),
    "thousands by apostrophe and by blank": read_as(
        "amount", {"1'234.50": "1234.5", "12\u00a0345.6": "12345.6"}
    ),
    "currency signs": read_as(
        "amount", {"€1.50": "1.5", "€ 2": "2", "3.25 €": "3.25", "-€4": "-4", "5.00": "5"}
    ),
    "parentheses for negatives": read_as("amount", {"(1.50)": "-1.5", "($2.00)": "-2", "3-": "-3"}),
    "day and month told apart by one row": read_as(
        "date", {"05/03/2024": "2024-03-05", "16/03/2024": "2024-03-16"}
    ),
    "month and day told apart by one row": read_as(
        "date", {"05/03/2024": "2024-05-03", "03/16/2024": "2024-03-16"}
    ),
    "day and month as the settings say": read_as(
        "date", {"05/03/2024": "2024-03-05"}, date_format="%d/%m/%Y"
    ),
    "dates without signs": read_as("date", {"20181001": "2018-10-01", "20181102": "2018-11-02"}),
    "dates and hours without signs": read_as(
        "date", {"2018100109": "2018-10-01 09:00", "2018100117": "2018-10-01 17:00"}
    ),
    "months by name": read_as("date", {"11-Feb-13": "2013-02-11", "1-Mar-13": "2013-03-01"}),
    "Excel's day numbers as text": read_as(
        "date", {"45356": "2024-03-05", "45357.75": "2024-03-06 18:00"}
    ),
    "times with a zone, as written": read_as(
        "date",
        {
            "2024-03-05T23:30:00+02:00": "2024-03-05 23:30",
            "2024-03-06T10:00:00Z": "2024-03-06 10:00",
        },
    ),
    "times with a zone, by the shop's clocks": read_as(
        "date",
        {
            "2024-03-05T23:30:00+02:00": "2024-03-05 21:30",
            "2024-07-06T10:00:00Z": "2024-07-06 11:00",
        },
        timezone="Europe/London",
    ),
    "12 hours": read_as(
        "date", {"3/16/2024 9:05 PM": "2024-03-16 21:05", "3/5/2024 12:10 AM": "2024-03-05 00:10"}
    ),
    "leading zeros of ids": read_as("customer", {"00042": "00042", "42": "42"}),
    "ids filled up with zeros, which are no telephone numbers": read_as(
        "customer", {"0000012345": "0000012345", "0049301234": "0049301234"}
    ),
    "ids that were numbers": read_as("customer", {"17850.0": "17850", "1.7850E+04": "17850"}),
    "ids guarded from a spreadsheet": read_as("order", {'="007"': "007", "'008": "008"}),
    "product codes that look like numbers": read_as("order", {"1E5": "1E5", "22E10": "22E10"}),
}

SHAPES: dict[str, Quirk] = {
    "quantity times price": Quirk(
        own("1,A1,MUG,3,1.25,2024-03-05"), [(2, "A1", "3", "1.25", "3.75")], MONEY
    ),
    "a line's total beside quantity and price": Quirk(
        text(f"{HEADER},amount", "1,A1,MUG,3,1.25,2024-03-05,3.50"),
        [(2, "A1", "3", "1.25", "3.5")],
        MONEY,
    ),
    "an order's total on each of its lines": Quirk(
        text(
            "customer_id,order_id,product_id,ordered_at,order_total",
            "1,A1,MUG,2024-03-05,10.00",
            "1,A1,CUP,2024-03-05,10.00",
            "1,A1,PEN,2024-03-05,10.00",
            "2,A2,PEN,2024-03-06,4.00",
        ),
        [
            # Three equal parts to the cent, in the order of the products: 3.33, 6.67, 10.00.
            (2, "MUG", "3.34"),
            (3, "CUP", "3.33"),
            (4, "PEN", "3.33"),
            (5, "PEN", "4"),
        ],
        ("source_row", "product_id", "amount"),
    ),
    "no product": Quirk(
        text("customer_id,order_id,amount,ordered_at", "1,A1,3,2024-03-05"),
        [(2, "1", "A1", None, "3", "2024-03-05")],
    ),
    "no order id": Quirk(
        text("customer_id,product_id,amount,ordered_at", "1,MUG,3,2024-03-05"),
        [(2, "1", None, "MUG", "3", "2024-03-05")],
    ),
    "no amount": Quirk(
        text("customer_id,order_id,ordered_at", "1,A1,2024-03-05"),
        [(2, "A1", "1", None, None)],
        MONEY,
    ),
    "a status": Quirk(
        text(
            "customer_id,order_id,amount,ordered_at,status",
            "1,A1,3,2024-03-05,Paid",
            "1,A2,4,2024-03-06,wc-on-hold",
        ),
        [(2, "Paid", "3"), (3, "wc-on-hold", "4")],
        ("source_row", "status", "amount"),
    ),
    "refunds below zero": Quirk(
        own("1,A1,MUG,3,1.25,2024-03-05", "1,A1,MUG,-1,1.25,2024-03-07"),
        [(2, "A1", "3", "1.25", "3.75"), (3, "A1", "-1", "1.25", "-1.25")],
        MONEY,
    ),
    "refunds as rows of their own, by their status": Quirk(
        text(
            f"{HEADER},status",
            "1,A1,MUG,3,1.25,2024-03-05,Sale",
            "1,A1,MUG,1,1.25,2024-03-07,Refund",
        ),
        [(2, "A1", "3", "1.25", "3.75"), (3, "A1", "-1", "1.25", "-1.25")],
        MONEY,
    ),
    "refunds in a column": Quirk(
        text(f"{HEADER},refunded", "1,A1,MUG,3,1.25,2024-03-05,1.25"),
        [(2, "3.75", "1.25")],
        ("source_row", "amount", "refunded"),
    ),
    "discount and tax of the line": Quirk(
        text(
            f"{HEADER},discount,tax",
            "1,A1,MUG,2,10.00,2024-03-05,2.00,3.00",
            "1,A1,CUP,1,6.00,2024-03-05,,1.00",
        ),
        # 2 × 10 − 2 − 3, and 6 − 1.
        [(2, "A1", "2", "10", "15"), (3, "A1", "1", "6", "5")],
        MONEY,
    ),
    "discount, tax and shipping of the order": Quirk(
        text(
            f"{HEADER},order_discount,order_tax,order_shipping",
            "1,A1,MUG,1,75.00,2024-03-05,8.00,1.00,1.00",
            "1,A1,CUP,1,25.00,2024-03-05,8.00,1.00,1.00",
        ),
        # 10 of 100 are no goods: 7.50 and 2.50 of them.
        [(2, "A1", "1", "75", "67.5"), (3, "A1", "1", "25", "22.5")],
        MONEY,
    ),
    "two currencies with a rate for each": Quirk(
        text(
            "customer_id,order_id,amount,currency,ordered_at",
            "1,A1,10.00,EUR,2024-03-05",
            "2,A2,10.00,gbp,2024-03-06",
        ),
        [(2, "1", "A1", "10", "2024-03-05"), (3, "2", "A2", "11.7", "2024-03-06")],
        LINES,
        {"rates": {"EUR": "1", "GBP": "1.17"}},
    ),
    "what belongs to the order on its first line only": Quirk(
        text(
            "customer_id,order_id,product_id,amount,ordered_at",
            "1,A1,MUG,3,2024-03-05",
            ",A1,CUP,4,2024-03-05",
            ",A2,PEN,5,2024-03-06",
        ),
        [
            (2, "1", "A1", "MUG", "3", "2024-03-05"),
            (3, "1", "A1", "CUP", "4", "2024-03-05"),
            (4, None, "A2", "PEN", "5", "2024-03-06"),
        ],
        settings={"fill_down": True},
    ),
    "date and time in two columns": Quirk(
        text("customer_id,order_id,amount,day,clock", "1,A1,3,2024-03-05,10:15"),
        [(2, "1", "A1", "3", "2024-03-05 10:15")],
        LINES,
        {"columns": {"ordered_at": ["day", "clock"]}},
    ),
}
QUIRKS = FORMATS | VALUES | SHAPES


@pytest.mark.parametrize("quirk", QUIRKS)
def test_each_quirk_is_read_to_the_last_value(quirk, tmp_path):
    case = QUIRKS[quirk]
    raw = opened(case.files, tmp_path, case.settings)
    assert shown(raw, case.columns) == case.rows


REFUSED: dict[str, tuple[bytes | dict[str, bytes], dict[str, Any], str, str]] = {
    "day and month in doubt": (
        values("date", "05/03/2024", "06/03/2024"),
        {},
        (
            'orders.csv, column "ordered_at": every date can be read as %m/%d/%Y and as %d/%m/%Y: '
            "2024-05-03 or 2024-03-05."
        ),
        'Say which in custseg.toml: [source] date_format = "%m/%d/%Y" or date_format = "%d/%m/%Y"',
    ),
    "a decimal mark in doubt": (
        values("amount", "1.250", "2.500"),
        {},
        'orders.csv, column "amount": numbers such as "1.250" can be read as 1.250 and as 1250.',
        'Say which in custseg.toml: [source] decimal = "." or decimal = ","',
    ),
    "ids that lost digits": (
        values("customer", "c1", "1.23457E+11"),
        {},
        (
            'orders.csv, column "customer_id": 1 of 2 values have lost digits (scientific '
            'notation); export them as text (first: row 3 "9.99999x+99").'
        ),
        (
            "Correct them in the source. Only if they are no orders, leave them out: --on-bad-row "
            "reject drops 1 of 2 rows (50.0 %) and 5.00 of 10.00 in value (50.0 %)"
        ),
    ),
    "two currencies without rates": (
        text(
            "customer_id,order_id,amount,currency,ordered_at",
            "1,A1,10.00,EUR,2024-03-05",
            "2,A2,10.00,GBP,2024-03-06",
            "3,A3,10.00,EUR,2024-03-06",
        ),
        {},
        "orders.csv: amounts are in 2 currencies: EUR (2 lines), GBP (1 line).",
        (
            "Say in custseg.toml what one unit of each is worth to you: "
            "[source.rates] EUR = …, GBP = …"
        ),
    ),
    "text where a number belongs": (
        own("1,A1,MUG,two,1.50,2024-03-05", "1,A1,MUG,1,1.50,2024-03-05"),
        {},
        'orders.csv, column "quantity": 1 of 2 values are not numbers (first: row 2 "xxx").',
        (
            "Correct them in the source. Only if they are no orders, leave them out: --on-bad-row "
            "reject drops 1 of 2 rows (50.0 %)"
        ),
    ),
    "a long row": (
        own("1,A1,MUG,1,1.50,2024-03-05", "1,A1,MUG,1,1.50,2024-03-05,more"),
        {},
        "orders.csv: 1 row cannot be read (first: row 3: 7 fields where the header has 6).",
        (
            "Correct them in the source. Only if they are no orders, leave them out: --on-bad-row "
            "reject drops 1 of 2 rows (50.0 %)"
        ),
    ),
    "an order with two totals": (
        text(
            "customer_id,order_id,ordered_at,order_total",
            "1,A1,2024-03-05,10.00",
            "1,A1,2024-03-05,12.00",
        ),
        {},
        (
            'Column "order_total" (order_total): 1 order has several values (first: the order of '
            "row 2)."
        ),
        (
            "What differs within an order belongs to the line: map it to amount, discount, tax or "
            "refunded."
        ),
    ),
    "no customer": (
        text("order_id,amount,ordered_at", "A1,3,2024-03-05"),
        {},
        'orders.csv: lacks a column for customer_id. Found: "order_id", "amount", "ordered_at".',
        (
            "Say which column is which in custseg.toml, such as [source.columns] order_id = "
            '"Order Number", or with --column. See what there is: custseg columns FILE'
        ),
    ),
}


@pytest.mark.parametrize("quirk", REFUSED)
def test_what_cannot_be_known_is_asked_for(quirk, tmp_path):
    files, settings, message, hint = REFUSED[quirk]
    with pytest.raises(DataError) as refusal:
        opened(files, tmp_path, settings)
    assert (refusal.value.message, refusal.value.hint) == (message, hint)


def test_rows_that_cannot_be_read_are_listed_with_their_reasons(tmp_path):
    raw = opened(
        own(
            "1,A1,MUG,two,1.50,2024-03-05",
            "1,A1,MUG,1,1.50,2024-03-05",
            "1,A2,MUG,1,1.50,2024-13-05",
            "1,,MUG,1,,2024-03-05",
            "1,A3,MUG,1,1.50,2024-03-05,more",
            "1.23457E+11,A4,MUG,1,1.50,2024-03-05",
            ",,,,,",
            "2,A5,MUG,2,1.50,2024-03-06",
            ",,Sum,3,,",
            "Made by shop 7",
        ),
        tmp_path,
        {"on_bad_row": "reject"},
    )
    assert shown(raw, MONEY) == [(3, "A1", "1", "1.5", "1.5"), (9, "A5", "2", "1.5", "3")]
    listed = rows(raw.rejected.order_by("source_row"))
    assert [(row["source_row"], row["reason"]) for row in listed] == [
        (2, "quantity is not a number"),
        (4, "ordered_at is not a date"),
        (5, "order_id is empty; unit_price is empty"),
        (6, "7 fields where the header has 6"),
        (7, "customer_id has lost digits (scientific notation)"),
        (10, "stands below the table"),
        (11, "stands below the table"),
    ]
    assert (raw.rejected_rows, raw.blank_rows) == (7, 0)


def test_orders_come_on_standard_input(tmp_path):
    class Pipe(io.BytesIO):
        def isatty(self) -> bool:
            return False

    place = read_stdin(tmp_path, Pipe(gzip.compress(TWO.encode())))
    raw = read_orders([place], tmp_path, SourceSettings())
    assert shown(raw, SHOWN) == TWO_ROWS
    assert {row["source_file"] for row in rows(raw.raw)} == {"stdin"}


def test_an_email_as_the_customer_is_kept_as_a_hash_only(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")
    raw = opened(
        text(
            "Customer Email,Order Number,Total,Order Date",
            "Anna@Example.org,A1,3.00,2024-03-05",
            " anna@example.org ,A2,4.00,2024-03-06",
            "bob@example.org,A3,5.00,2024-03-06",
        ),
        tmp_path,
        {"columns": {"amount": "Total"}},
    )
    anna, again, bob = (row[0] for row in shown(raw, ("customer_id",)))
    # echo -n anna@example.org | openssl dgst -sha256 -hmac 'a key for tests only' | cut -c1-24
    assert anna == again == "da80b4b4619d534ed322f707"
    assert bob != anna
    assert raw.people


@pytest.mark.parametrize("numbers", [("+49301234567", "+44 20 7946"), ("0049 30 1234567",) * 2])
def test_telephone_numbers_are_kept_as_hashes(numbers, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")
    assert opened(values("customer", *numbers), tmp_path, {}).people


def test_a_buyer_who_is_an_object_is_no_id_and_never_kept_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")
    lines = text(
        *(
            '{"buyer": {"name": "Anna Example"}, "orderNumber": "A1", "placedAt": "2024-03-05", '
            f'"buyerEmail": "anna{number}@example.org", "lineTotal": 3.5}}'
            for number in range(3)
        )
    )
    (tmp_path / "found").mkdir()
    raw = opened(lines, tmp_path / "found", {})
    assert {"field": "customer_id", "column": "buyerEmail"}.items() <= raw.mapping[0].items()
    (tmp_path / "mapped").mkdir()
    with pytest.raises(DataError, match='lacks "buyer".*Found: "buyer.name"'):
        opened(lines, tmp_path / "mapped", {"columns": {"customer_id": "buyer"}})
    (tmp_path / "named").mkdir()
    raw = opened(lines, tmp_path / "named", {"columns": {"customer_id": "buyer.name"}})
    assert raw.people
    assert all("Anna" not in row["customer_id"] for row in rows(raw.raw))


def test_prices_come_from_a_joined_file(tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_bytes(text("sku;Preis", "00042;1,50", "43;2,00"))
    raw = opened(
        text(
            "customer_id,order_id,product_id,quantity,ordered_at",
            "1,A1,00042,2,2024-03-05",
            "1,A1,43,1,2024-03-05",
        ),
        tmp_path,
        {
            "columns": {"unit_price": "Preis"},
            "join": {"file": str(prices), "on": {"product_id": "sku"}},
        },
    )
    assert shown(raw, MONEY) == [(2, "A1", "2", "1.5", "3"), (3, "A1", "1", "2", "2")]


def test_a_place_is_read_by_its_content_not_its_name(tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(TWO.encode())
    raw = read_orders([Place(path, path.name)], tmp_path, SourceSettings())
    assert shown(raw, SHOWN) == TWO_ROWS
