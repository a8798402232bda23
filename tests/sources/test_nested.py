"""Nested records from file to lines: addressed fields, whole orders' money, chains of customers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from custseg.errors import DataError
from custseg.sources.values.identities import forms_of
from custseg.workspace.key import customer_key
from tests.sources.test_exports import read, shown

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = [
    {
        "ref": "A1",
        "placed": "2025-01-05T10:00:00Z",
        "client": {"mail": "ann@x.org", "no": 0, "tel": "+15550001"},
        "total": 25.00,
        "articles": [{"sku": "M", "qty": 2}, {"sku": "C", "qty": 1}],
    },
    {
        "ref": "A2",
        "placed": "2025-01-06T10:00:00Z",
        "client": {"mail": "", "no": "guest", "tel": "+15550002"},
        "total": 5.00,
        "articles": [{"sku": "C", "qty": 1}],
    },
    {
        "ref": "A3",
        "placed": "2025-01-07T10:00:00Z",
        "client": {"mail": None, "no": 7, "tel": None},
        "total": 10.00,
        "articles": [{"sku": "M", "qty": 1}],
    },
]
MAPPED: dict[str, Any] = {"order_id": "ref", "ordered_at": "placed", "customer_id": "client.mail"}


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "orders.json"
    made.write_text(json.dumps({"orders": ORDERS}))
    return made


@pytest.mark.parametrize("field", ["amount", "order_total"])
def test_an_orders_total_beside_its_lines_is_counted_once(field, path, tmp_path):
    mapped = MAPPED | {field: "total", "product_id": "articles.sku", "quantity": "articles.qty"}
    raw = read(path, tmp_path, columns=mapped)
    found = shown(raw, "order_id", "product_id", "amount")
    assert [(order, product) for order, product, _ in found] == [
        ("A1", "M"),
        ("A1", "C"),
        ("A2", "C"),
        ("A3", "M"),
    ]
    assert sum(float(amount) for _, _, amount in found) == 40.00


def test_without_a_field_of_the_lines_each_order_is_a_row(tmp_path):
    path = tmp_path / "orders.json"
    plain = [order | {"articles": [{"thing": 1}, {"thing": 2}]} for order in ORDERS]
    path.write_text(json.dumps(plain))
    raw = read(path, tmp_path, columns=MAPPED | {"amount": "total"})
    assert shown(raw, "order_id", "amount") == [("A1", "25"), ("A2", "5"), ("A3", "10")]


def test_an_orders_money_without_an_order_id_is_asked_about(path, tmp_path):
    mapped = {"ordered_at": "placed", "customer_id": "client.mail", "amount": "total"}
    mapped |= {"order_id": ""}
    with pytest.raises(DataError, match='"total" \\(amount\\) is the whole order') as refusal:
        read(path, tmp_path, columns=mapped | {"product_id": "articles.sku"})
    assert "Map it to order_total, and order_id, too." in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("chain", "people"),
    [
        (["client.mail", "client.tel", "client.no"], ["ann@x.org", "+15550002", "7"]),
        # "guest" is nobody, so the next one counts.
        (["client.kind", "client.mail", "client.tel"], ["ann@x.org", "+15550002", "regular"]),
        (["client.tel", "client.mail"], ["+15550001", "+15550002", ""]),
    ],
)
def test_a_chain_of_customers_takes_in_each_row_the_first_who_is_somebody(chain, people, tmp_path):
    orders = json.loads(json.dumps(ORDERS))
    for order, kind in zip(orders, ("Guest", "guest ", "regular"), strict=True):
        order["client"]["kind"] = kind
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(orders))
    raw = read(path, tmp_path, columns=MAPPED | {"customer_id": chain, "amount": "total"})
    hashes = forms_of(pd.Series(people, dtype="str"), customer_key())[1]
    found = dict(shown(raw, "order_id", "customer_id"))
    assert [customer or "" for customer in found.values()] == hashes.tolist()


def test_a_shopify_order_with_a_telephone_alone_is_somebodys(tmp_path):
    path = tmp_path / "orders_export.csv"
    path.write_text(
        "Name,Email,Financial Status,Created at,Subtotal,Lineitem quantity,Lineitem name,"
        "Lineitem price,Phone\n"
        "#1,ann@x.org,paid,2025-03-01 10:00:00 -0500,50.00,1,Mug,50.00,+15550009\n"
        "#2,,paid,2025-03-02 10:00:00 -0500,60.00,2,Lamp,20.00,'+15550001\n"
        "#2,,,2025-03-02 10:00:00 -0500,,1,Cup,20.00,\n"
        "#3,,paid,2025-03-03 10:00:00 -0500,40.00,1,Mug,40.00,+15550001\n"
    )
    found = shown(read(path, tmp_path), "order_id", "customer_id", "amount")
    people = pd.Series(["ann@x.org", *["+15550001"] * 3], dtype="str")
    ids = forms_of(people, customer_key())[1].tolist()
    orders, amounts = ["#1", "#2", "#2", "#3"], ["50", "40", "20", "40"]
    assert found == list(zip(orders, ids, amounts, strict=True))
