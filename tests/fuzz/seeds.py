"""Small valid files in every format, dialect and shape that custseg reads."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final

ROWS: Final = 40
PLANTED: Final = ("planted-mail", "vandersnatch", "quibblethorpe")
"""Parts of every customer's address and name; no message may hold one."""
FOREIGN: Final = ("Müller's Becher", "Größe Ä", "Crème brûlée", "Señal", "Über-Tasse")

MAILS: Final = [f"Q{i}@planted-mail.example" for i in range(12)]

Row = dict[str, Any]


def _lines(header: str) -> list[Row]:
    """Order lines under a header of one of the shops' exports; the same in every run."""
    names = header.split("|")
    draw = Random(7)
    rows = []
    for i in range(ROWS):
        customer, order = draw.randrange(12), 1000 + i // 2
        day = f"2024-{1 + i // 8:02}-{1 + i % 27:02}"
        values = {
            "mail": f"Q{customer}@planted-mail.example",
            "person": f"Quibblethorpe Vandersnatch {'ABCDEFGHIJKL'[customer]}",
            "customer": str(17850 + customer),
            "order": str(order),
            "sku": f"{84000 + i % 9}A",
            "text": FOREIGN[i % len(FOREIGN)],
            "units": str(1 + i % 6),
            "price": f"{1 + i % 5}.{i % 10}5",
            "total": f"{3 + i % 50}.50",
            "moment": f"{day} 08:{10 + i}:00",
            "zoned": f"{day} 08:{10 + i}:00 -0400",
            "iso": f"{day}T08:{10 + i}:00+00:00",
            "compact": day.replace("-", ""),
            "german": ".".join(reversed(day.split("-"))),
            "comma": f"1.{100 + i},{i % 10}5",
            "country": ("Norway", "Österreich", "United Kingdom")[customer % 3],
            "paid": "paid",
            "euro": "EUR",
            "none": "",
        }
        rows.append({name.split("=")[0]: values[name.split("=")[1]] for name in names})
    return rows


UCI: Final = _lines(
    "InvoiceNo=order|StockCode=sku|Description=text|Quantity=units|InvoiceDate=moment|"
    "UnitPrice=price|CustomerID=customer|Country=country"
)
GERMAN: Final = _lines(
    "Kundennummer=customer|E-Mail=mail|Name=person|Bestellnummer=order|Artikel=text|Menge=units|"
    "Gesamtpreis=comma|Bestelldatum=german"
)
SHOPIFY: Final = _lines(
    "Name=order|Email=mail|Financial Status=paid|Currency=euro|Subtotal=total|Created at=zoned|"
    "Lineitem quantity=units|Lineitem name=text|Lineitem price=price|Lineitem sku=sku|"
    "Billing Name=person|Billing Country=country|Notes=none|Cancelled at=none|"
    "Refunded Amount=none"
)
for _row in SHOPIFY[1::2]:
    # What belongs to the order stands on its first line only.
    _row |= dict.fromkeys(("Financial Status", "Currency", "Subtotal", "Billing Name"), "")
AMAZON: Final = _lines(
    "order-id=order|order-item-id=order|purchase-date=iso|buyer-email=mail|buyer-name=person|"
    "sku=sku|product-name=text|quantity-purchased=units|currency=euro|item-price=total|"
    "ship-country=country"
)
WOO: Final = _lines(
    "Date=moment|Order #=order|Status=paid|Customer=person|Product(s)=text|Items sold=units|"
    "N. Revenue=total"
)
EXCEL: Final = _lines(
    "Invoice=order|Client=customer|Date=german|Product=text|Qty=units|Unit Price=price|Email=mail"
)
CDNOW: Final = _lines("customer_id=customer|date=compact|number_of_cds=units|dollar_value=total")


def text(rows: list[Row], delimiter: str, end: str = "\n", quote: str = "") -> str:
    """Rows as delimited text with a header."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(delimiter.join(f"{quote}{v}{quote}" for v in line) + end for line in lines)


def _cells(row: Row) -> list[Any]:
    """Values as a spreadsheet holds them."""
    return [
        float(value) if name in {"Quantity", "UnitPrice", "InvoiceNo"} else value
        for name, value in row.items()
    ]


def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "Read me"
    notes.append(["Exported by", "the shop"])
    sheet = book.create_sheet("Orders")
    sheet.append(["Orders of 2024"])
    sheet.append([])
    sheet.append(list(UCI[0]))
    for row in UCI:
        sheet.append(_cells(row))
    sheet.append(["Sum", None, None, 140])
    return _saved(book)


def _merged_workbook() -> bytes:
    """A sheet a month, with an order's cells merged, dates half real and half text."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month in (1, 2, 3):
        sheet = book.create_sheet(f"2024-{month:02}")
        sheet.append(list(EXCEL[0]))
        for i, row in enumerate(EXCEL[: 12 * month]):
            day, of_month, year = map(int, row["Date"].split("."))
            real = datetime(year, of_month, day)  # noqa: DTZ001  (as a spreadsheet has it)
            sheet.append([*(row | {"Date": real if i % 2 else row["Date"]}).values()])
        for first in range(2, 12, 2):
            for column in "AB":
                sheet.merge_cells(f"{column}{first}:{column}{first + 1}")
    return _saved(book)


def _saved(book: Any) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _shop_zip() -> bytes:
    """Orders, their lines and other tables, each in a file of its own."""
    orders = [
        {"order_id": i, "email": MAILS[i % 12], "ordered_on": f"2024-01-{1 + i % 27:02}"}
        for i in range(ROWS)
    ]
    lines = [
        {"order_id": i // 2, "sku": f"{84000 + i * 7 % 11}A", "qty": 1 + i % 4, "price": "2.50"}
        for i in range(2 * ROWS)
    ]
    products = [{"sku": f"{84000 + i}A", "title": FOREIGN[i % 5]} for i in range(11)]
    rates = [{"day": "2024-01-01", "currency": "EUR", "rate": "1.1"}]
    tables: dict[str, list[Row]] = {
        "orders": orders,
        "items": lines,
        "products": products,
        "rates": rates,
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(zipfile.ZipInfo(f"shop/{name}.csv"), text(rows, ","))
        archive.writestr(zipfile.ZipInfo("shop/metadata.json"), '{"made": "2024"}')
        archive.writestr(zipfile.ZipInfo("shop/empty.csv"), "")
    return target.getvalue()


def _events() -> bytes:
    """Purchases of a web shop's events, with their items in lists of structures."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    events = [
        {
            "event_name": "purchase" if i % 3 else "page_view",
            "event_timestamp": 1_704_067_200_000_000 + i * 86_400_000_000,
            "user_pseudo_id": f"{1000 + i % 9}.{i % 9}",
            "ecommerce": {"transaction_id": f"T{i}", "purchase_revenue": 5.0 + i},
            "items": [{"item_id": f"S{n}", "quantity": n + 1, "price": 2.5} for n in range(i % 3)],
        }
        for i in range(ROWS)
    ]
    target = BytesIO()
    pq.write_table(pa.Table.from_pylist(events), target)
    return target.getvalue()


def _parquet() -> bytes:
    import pandas as pd

    frame = pd.DataFrame(UCI)
    frame["InvoiceDate"] = pd.to_datetime(frame["InvoiceDate"])
    frame["UnitPrice"] = frame["UnitPrice"].astype(float)
    target = BytesIO()
    frame.to_parquet(target)
    return target.getvalue()


def _sqlite(folder: Path) -> bytes:
    path = folder / "seed.sqlite"
    names = ", ".join(f'"{name}" text' for name in UCI[0])
    marks = ", ".join("?" * len(UCI[0]))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE orders ({names})")
        connection.executemany(
            f"INSERT INTO orders VALUES ({marks})", [tuple(row.values()) for row in UCI]
        )
        connection.execute("CREATE TABLE notes (id integer, note text)")
    return path.read_bytes()


def _duckdb(folder: Path) -> bytes:
    import duckdb

    path = folder / "seed.duckdb"
    names = ", ".join(f'"{name}" VARCHAR' for name in UCI[0])
    marks = ", ".join("?" * len(UCI[0]))
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE orders ({names})")
        connection.executemany(
            f"INSERT INTO orders VALUES ({marks})", [tuple(row.values()) for row in UCI]
        )
    return path.read_bytes()


def texts() -> dict[str, bytes]:
    """The seeds that are text, by name; a name ends in the file's suffix."""
    records = [json.dumps(row, ensure_ascii=False) for row in AMAZON]
    found = {
        "uci.csv": text(UCI, ",").encode(),
        "german.csv": text(GERMAN, ";", "\r\n").encode("cp1252"),
        "quoted.csv": ("\ufeff" + text(SHOPIFY, ",", "\r\n", '"')).encode(),
        "shopify.csv": text(SHOPIFY, ",").encode(),
        "amazon.tsv": text(AMAZON, "\t").encode(),
        "woo.csv": text(WOO, ",", quote='"').encode(),
        "cdnow.txt": text(CDNOW, "  ").encode(),
        "utf16.txt": text(UCI, "\t", "\r\n").encode("utf-16"),
        "mac.csv": text(GERMAN, ";", "\r").encode("mac_roman"),
        "dos.csv": text(UCI, "|", "\r\n").encode("cp850"),
        "no-header.csv": text(UCI, ",").partition("\n")[2].encode(),
        "lines.jsonl": "\n".join(records).encode(),
        "array.json": ("[" + ",\n".join(records) + "]").encode(),
    }
    nested = [
        {
            "id": 1000 + i,
            "created_at": f"2024-01-{1 + i % 27:02}T10:00:00",
            "customer_id": i % 9,
            "billing": {"email": MAILS[i % 12], "country": "NO"},
            "line_items": [
                {"sku": f"S{n}", "quantity": n + 1, "price": "2.50"} for n in range(1 + i % 3)
            ],
        }
        for i in range(ROWS)
    ]
    found["nested.json"] = json.dumps(nested).encode()
    found["nested.jsonl"] = "\n".join(map(json.dumps, nested)).encode()
    found["wrapped.csv"] = "".join(
        '"' + line.replace('"', '""') + '"\n' for line in text(UCI, ",").splitlines()
    ).encode()
    # Like a report: a title above, a sum below.
    found["report.csv"] = b"Orders of 2024\n\n" + found["uci.csv"] + b"\nSum,,,140,,,,\n"
    return found


def write(folder: Path) -> None:
    """Write every seed into a folder."""
    binary = {
        "book.xlsx": _workbook(),
        "months.xlsx": _merged_workbook(),
        "shop.zip": _shop_zip(),
        "events.parquet": _events(),
        "table.parquet": _parquet(),
        "shop.sqlite": _sqlite(folder),
        "shop.duckdb": _duckdb(folder),
    }
    for name, content in (texts() | binary).items():
        (folder / f"seed-{name}").write_bytes(content)


def load(folder: Path) -> dict[str, bytes]:
    """Make the seeds in a process of its own: engines that ran before a fork do not work after."""
    child = os.fork()
    if not child:
        write(folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("The seeds cannot be made.")
    return {
        path.name.removeprefix("seed-"): path.read_bytes() for path in sorted(folder.glob("seed-*"))
    }
