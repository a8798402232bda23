"""Which of a source's tables hold orders, and what is joined to them."""

from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.files.places import places
from custseg.sources.raw import Raw, read_orders
from custseg.sources.tables.choosing import choose_tables
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """order_no,customer,ordered_on,freight
A1,C7,2024-03-05,4.90
A2,C8,2024-03-06,4.90
A3,C7,2024-03-09,0
"""
ITEMS = """order_no,article,pieces,unit_price
A1,mug,2,3.50
A1,cup,1,4.25
A2,mug,1,3.50
A3,pan,3,10.00
"""
WORTH = Decimal("44.75")
"""2 × 3.50 + 4.25 + 3.50 + 3 × 10.00."""
RATES = "day,currency,rate\n2024-03-05,EUR,1.1\n2024-03-06,EUR,1.2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "export"
    path.mkdir()
    return path


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)


def read(source: Path, tmp_path: Path, **settings: Any) -> Raw:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_orders(places([str(source)]), scratch, SourceSettings(**settings))


def worth(found: Raw) -> Decimal:
    return sum((row["amount"] for row in rows(found.raw)), Decimal(0))


def refusal(source: Path, tmp_path: Path, **settings: Any) -> DataError:
    with pytest.raises(DataError) as raised:
        read(source, tmp_path, **settings)
    return raised.value


def test_lines_get_the_customer_and_the_date_of_their_order(folder, tmp_path):
    write(folder, orders=ORDERS, order_items=ITEMS)
    found = read(folder, tmp_path)
    assert worth(found) == WORTH
    assert [
        (row["order_id"], row["customer_id"], row["ordered_at"].day)
        for row in rows(found.raw.order_by("source_row"))
    ] == [("A1", "C7", 5), ("A1", "C7", 5), ("A2", "C8", 6), ("A3", "C7", 9)]
    assert found.beside == ('orders.csv (joined to order_items.csv by "order_no")',)


def test_an_orders_key_may_be_called_id_in_its_own_table(folder, tmp_path):
    write(
        folder,
        orders=ORDERS.replace("order_no", "id"),
        items=ITEMS.replace("order_no", "order_id"),
    )
    assert worth(read(folder, tmp_path)) == WORTH


def test_sheets_and_members_of_a_zip_are_joined_as_files_are(tmp_path):
    with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
        archive.writestr("orders.csv", ORDERS)
        archive.writestr("items.csv", ITEMS)
    assert worth(read(tmp_path / "shop.zip", tmp_path)) == WORTH
    book = openpyxl.Workbook()
    for name, content in (("Orders", ORDERS), ("Items", ITEMS)):
        sheet = book.create_sheet(name)
        for line in content.splitlines():
            sheet.append(line.split(","))
    book.save(tmp_path / "shop.xlsx")
    assert worth(read(tmp_path / "shop.xlsx", tmp_path)) == WORTH


def test_orders_and_lines_may_come_as_a_file_a_month_each(folder, tmp_path):
    write(
        folder,
        orders_03=ORDERS,
        items_03=ITEMS,
        orders_04="customer,order_no,freight,ordered_on\nC9,A4,0,2024-04-02\n",
        items_04="article,order_no,pieces,unit_price\nmug,A4,1,5.25\n",
    )
    assert worth(read(folder, tmp_path)) == WORTH + Decimal("5.25")


def test_a_line_without_its_order_stops_the_run_and_says_what_to_write(folder, tmp_path):
    write(folder, orders=ORDERS, items=ITEMS + "A9,mug,1,3.50\n")
    error = refusal(folder, tmp_path)
    assert '[[source.join]]\nfile = "orders.csv"\non = {order_no = "order_no"}' in error.hint
    join = {"file": str(tmp_path / "orders.csv"), "on": {"order_no": "order_no"}}
    found = read(folder, tmp_path, join=join, on_bad_row="reject")
    assert (worth(found), found.rejected_rows) == (WORTH, 1)


def test_a_line_without_its_order_far_below_stops_the_run_too(folder, tmp_path):
    orders = ORDERS + "".join(f"B{n},C{n % 9},2024-03-10,0\n" for n in range(300))
    items = ITEMS + "".join(f"B{n},mug,1,3.50\n" for n in range(300)) + "A9,mug,1,3.50\n"
    write(folder, orders=orders, items=items)
    error = refusal(folder, tmp_path)
    assert error.message == (
        'items.csv: the "order_no" of 1 rows is not in orders.csv, so they have no customer or no '
        "date."
    )
    assert "[[source.join]]" in error.hint


def test_products_give_the_lines_their_groups_and_their_prices_are_left_alone(folder, tmp_path):
    products = "article,category,unit_price\nmug,drinks,9.00\ncup,drinks,9.00\npan,stove,9.00\n"
    write(folder, orders=ORDERS, items=ITEMS, products=products)
    found = read(folder, tmp_path)
    assert worth(found) == WORTH
    named = [row["category"] for row in rows(found.raw.order_by("source_row"))]
    assert named == ["drinks", "drinks", "drinks", "stove"]


def test_prices_of_a_list_are_asked_for(folder, tmp_path):
    orders = "order_no,customer,ordered_on,article_no,pieces\n" + "".join(
        f"A{n},C{n % 5},2024-03-{n:02},{80 + n * 7 % 11},{1 + n % 3}\n" for n in range(1, 25)
    )
    prices = "article_no,unit_price\n" + "".join(f"{80 + n},{n + 1}.50\n" for n in range(11))
    write(folder, orders=orders, prices=prices)
    error = refusal(folder, tmp_path)
    assert error.message == (
        'orders.csv: lacks a column for unit_price. prices.csv may have it, by "article_no".'
    )
    join = {"file": str(tmp_path / "prices.csv"), "on": {"article_no": "article_no"}}
    assert read(folder, tmp_path, join=join).money


def test_payments_of_orders_are_asked_for_where_nothing_else_tells_of_money(folder, tmp_path):
    orders = ORDERS.replace(",freight", "").replace(",4.90", "").replace("-09,0", "-09")
    write(folder, orders=orders, payments="order_no,method,amount\nA1,card,5\nA2,card,6\nA3,x,7\n")
    error = refusal(folder, tmp_path)
    assert "payments.csv: lacks a column for customer_id and ordered_at" in error.message
    join = {"file": str(tmp_path / "orders.csv"), "on": {"order_no": "order_no"}}
    assert worth(read(folder, tmp_path, join=join)) == 18


def test_tables_beside_the_orders_are_named_with_what_they_lack(folder, tmp_path):
    flat = "order_no,customer,ordered_on,amount\nA1,C7,2024-03-05,5.50\nA2,C8,2024-03-06,4.50\n"
    write(
        folder,
        orders=flat,
        rates=RATES,
        members="customer,email,ordered_on\nC7,a@x.example,2020-01-01\nC8,b@x.example,2020-01-02\n",
    )
    (folder / "metadata.json").write_text('{"tables": ["orders"], "of": {}}')
    (folder / "2024-04.csv").write_text("")
    found = read(folder, tmp_path)
    assert worth(found) == 10
    beside = dict(one.rstrip(")").split(" (", 1) for one in found.beside)
    assert set(beside) == {"rates.csv", "members.csv", "metadata.json", "2024-04.csv"}
    assert beside["rates.csv"] == "no column for customer_id"
    assert beside["2024-04.csv"] == "the file is empty"
    assert not any("@" in why for why in beside.values())


def test_a_month_without_the_customers_column_is_refused(folder, tmp_path):
    header = "order_no,customer,ordered_on,article,amount\n"
    write(
        folder,
        may=header + "A1,C7,2024-05-05,mug,5.50\nA2,C8,2024-05-06,pan,4.50\n",
        june="order_no,ordered_on,article,amount\nA3,2024-06-05,mug,5.50\n",
    )
    assert "june.csv: lacks a column for customer_id" in refusal(folder, tmp_path).message


MONTHS = {
    "2024-01": "Order,Client,Day,Article,Qty,Price\n"
    + "".join(
        f"A{n},C{n % 7},2024-01-{n:02},X{n * 7 % 9},{1 + n * n % 5},2.50\n" for n in range(1, 29)
    ),
    "2024-02": "Order,Client,Day,Article,Qty,Price\n",
    "2024-03": "PRICE,Qty,order,Day,Client,Article\n2.50,1,B1,2024-03-01,C1,X1\n",
}
"""Quantities 2, 5, 5, 2, 1 five times and 2, 5, 5: 87 in January; 1 in March."""


def test_a_small_month_and_an_empty_one_are_read_with_the_others(folder, tmp_path):
    write(folder, **MONTHS)
    found = read(folder, tmp_path)
    assert worth(found) == Decimal("220.00")
    assert {column["field"]: column["column"] for column in found.mapping}["quantity"] == "Qty"
    assert found.beside == ("2024-02.csv (no rows)",)


def test_a_file_a_month_is_proposed_for_once(folder, tmp_path):
    write(folder, **MONTHS, rates=RATES)
    choice = choose_tables(places([str(folder)]), tmp_path, SourceSettings())
    (table,) = choice.orders
    assert table.name == "2024-01.csv and 1 more like it"
    assert len(table.sample) == 29
    assert [one.name for one in choice.beside] == ["rates.csv", "2024-02.csv"]


def test_orders_in_two_shapes_are_asked_about(folder, tmp_path):
    write(
        folder,
        a="order_no,customer,ordered_on,amount\nA1,C7,2024-03-05,5.50\nA2,C8,2024-03-06,4.50\n",
        b="client,order_date,article,pieces,price\nC7,2024-03-05,mug,1,2\nC7,2024-03-07,pan,1,3\n",
    )
    error = refusal(folder, tmp_path)
    assert "a.csv" in error.message
    assert "b.csv" in error.message


def test_a_join_may_name_a_table_of_the_source(folder, tmp_path):
    write(folder, orders=ORDERS, order_items=ITEMS)
    join = {"file": str(tmp_path / "orders.csv"), "on": {"order_no": "order_no"}}
    found = read(folder, tmp_path, join=join)
    assert worth(found) == WORTH
    assert rows(found.raw)[0]["ordered_at"] == datetime(2024, 3, 5)  # noqa: DTZ001


def test_returns_of_the_same_orders_are_no_newer_version_of_them(folder, tmp_path):
    header = "order_no,customer,{},amount\n"
    write(
        folder,
        orders=header.format("order_date") + "A1,C7,2024-03-05,5.50\nA2,C8,2024-03-06,4.50\n",
        returns=header.format("date") + "A2,C8,2024-03-16,4.50\n",
    )
    error = refusal(folder, tmp_path)
    assert error.message == (
        "orders.csv and returns.csv tell of the same orders, in columns of different names."
    )


LINES = ORDERS.replace(",freight", "").replace(",4.90", "").replace("-09,0", "-09")
PAID = """customer,cheque,payment_date,amount
C7,Q81,2024-03-06,11.25
C8,Q82,2024-03-08,3.50
C7,Q83,2024-03-10,30.00
"""


def test_payments_of_the_customers_whose_lines_are_there_count_no_second_time(folder, tmp_path):
    write(folder, orders=LINES, items=ITEMS, payments=PAID)
    found = read(folder, tmp_path)
    assert worth(found) == WORTH
    told = "payments.csv (payments of the same customers, without an order or a product)"
    assert told in found.beside


@pytest.mark.parametrize(
    "sums",
    [
        pytest.param(PAID + "C9,Q84,2024-03-09,5.00\n", id="of a customer without orders"),
        pytest.param(PAID.replace("2024", "2023"), id="of another year"),
        pytest.param(PAID.replace("payment_date", "ordered_on"), id="called something else"),
    ],
)
def test_sums_that_may_be_orders_of_their_own_are_asked_about(sums, folder, tmp_path):
    name = "sums" if "ordered_on" in sums else "payments"
    write(folder, orders=LINES, items=ITEMS, **{name: sums})
    assert f"{name}.csv: lacks a column for order_id" in refusal(folder, tmp_path).message
