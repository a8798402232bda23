"""Order numbers that begin again with each file."""

from __future__ import annotations

import pytest

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.orders.cleaning import clean
from custseg.settings import SourceSettings
from custseg.sources.files.places import Place
from custseg.sources.raw import read_orders

HEADER = "Order ID,Customer ID,Date,SKU,Quantity,Unit price"


def write(folder, month, rows):
    lines = [f"{order},{who},2025-{month}-{day:02},Mug,{n},4.50" for order, who, day, n in rows]
    (folder / f"2025-{month}.csv").write_text("\n".join([HEADER, *lines, ""]))


def january(folder):
    write(folder, "01", [(i, f"C{i}", 2 * i, 1) for i in range(1, 13)])


def orders(folder, **settings):
    places = [Place(path, path.name) for path in sorted(folder.glob("*.csv"))]
    raw = read_orders(places, folder, SourceSettings(**settings))
    kept = clean(raw.raw.cache(), raw.preset).transactions
    return fetch(kept.aggregate(n=kept.order_id.nunique(), worth=kept.amount.sum()))[0]


def test_ids_that_begin_again_with_each_file_are_refused_with_ways_out(tmp_path):
    january(tmp_path)
    write(tmp_path, "02", [(i, f"C{i}", i, 2) for i in range(1, 13)])
    with pytest.raises(DataError) as raised:
        orders(tmp_path)
    assert "12 orders have the id and the customer of an order in an earlier file" in str(
        raised.value
    )
    assert "put the month before the ids" in raised.value.hint
    # 12 x 4.50 + 12 x 9.00
    assert float(orders(tmp_path, columns={"order_id": ""})["worth"]) == 162.0


def test_one_customer_who_has_a_number_twice_is_enough(tmp_path):
    january(tmp_path)
    write(tmp_path, "02", [(i, "C7" if i == 7 else f"D{i}", i, 2) for i in range(1, 13)])
    with pytest.raises(DataError, match="1 order has the id"):
        orders(tmp_path)


def test_ids_of_other_customers_merge_nothing(tmp_path):
    january(tmp_path)
    write(tmp_path, "02", [(i, f"D{i}", i, 2) for i in range(1, 13)])
    assert float(orders(tmp_path)["worth"]) == 162.0


def test_exports_that_overlap_are_read(tmp_path):
    january(tmp_path)
    text = (tmp_path / "2025-01.csv").read_text()
    (tmp_path / "2025-02.csv").write_text(text + "13,C1,2025-02-03,Mug,1,4.50\n")
    # 13 x 4.50
    assert float(orders(tmp_path)["worth"]) == 58.5


def test_returns_and_orders_sent_in_two_months_are_read(tmp_path):
    january(tmp_path)
    back = [(i, f"C{i}", 5, -1) for i in range(1, 7)]
    sent = [(11, "C11", 1, 1), (12, "C12", 1, 1)]
    write(tmp_path, "02", [*back, *sent, *((i, f"C{i}", 9, 1) for i in range(13, 16))])
    # 12 of January, 5 of February, less 6 that went back, at 4.50
    assert float(orders(tmp_path)["worth"]) == 49.5
