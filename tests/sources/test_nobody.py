from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from custseg.engine.base import fetch
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from custseg.sources.values.nobody import is_nobody
from tests.conftest import rows


def nobody(*values: str, **settings: tuple[str, ...]) -> list[str]:
    table = ibis.memtable(pa.table({"place": list(range(len(values))), "person": list(values)}))
    told = table.select("place", gone=is_nobody(table.person, **settings)).order_by("place")
    return [value for value, row in zip(values, fetch(told), strict=True) if row["gone"]]


NOBODY = [
    "0",
    "00000",
    "-1",
    "0.0",
    "-",
    "--",
    "???",
    "Guest",
    "GUEST CHECKOUT",
    "walk-in",
    "Walk-in Customer",
    "Walk-In (Customer)",
    "Cash Sale",
    "cash customer",
    "(not set)",
    "No customer",
    "Unknown",
    "N/A",
    "Anonymous",
    "Default customer",
    "Counter sale",
    "Laufkunde",
    "Barverkauf",
    "Bar-Verkauf",
    "Gast",
    "Client comptoir",
    "Client de passage",
    "Invité",
    "Consumidor final",
    "Público en general",
    "Invitado",
    "cliente occasionale",
    "Ospite",
    "Privato",
    "Contant",
    "passant",
    "Paragon",
    "Klient detaliczny",
    "Gość",
    "Kontantkund",
    "Gäst",
    "Convidado",
    "Гость",
    "розничный покупатель",
    "散客",
    "游客",
    "ゲスト",
    "Misafir",
    "ضيف",
    "noemail@shop.com",
    "no-reply@shop.com",
    "none@none.com",
    "guest@shop.de",
    "na@na.com",
    "test@example.com",
    "unknown@x.de",
    "test@test.com",
    "no_email@shop.com",
    "Guest #1042",
    "GUEST ORDER #7",
    "Gast Nr. 12",
    "Retail",
    "Ladenkunde",
    "Onlinegast",
    "Ohne Kundennummer",
    "Diverser Kunde",
    "sin registro",
    "S/N",
    "Vente directe",
    "Kontantsalg",
]
SOMEBODY = [
    "10",
    "100",
    "1",
    "-10",
    "00001",
    "A0",
    "12748",
    "ann@example.org",
    "Anna Gast",
    "Johnny Cash",
    "x7k2m1h0q3@marketplace.amazon.com",
    "buyer123@members.ebay.com",
    "guest_123",
    "Guest House Ltd",
    "4711@noemail.com",
    "info@shop.com",
    "mail@mueller.de",
    "Client A",
    "Walker",
    "C0000",
    "CUST-000",
    "Kunde 00",
    "C0001",
    "CUST-100",
    "C1000",
    "Client #12",
    "guest 77",
    "Retail Concepts Ltd",
    "Sn Rao",
]


def test_what_shops_write_where_there_is_no_customer_is_nobody():
    assert nobody(*NOBODY) == NOBODY


def test_people_and_firms_are_somebody():
    assert nobody(*SOMEBODY) == []


def test_settings_add_values_and_except_some():
    chosen = {"further": ("B2C-1", "-7"), "somebody": ("0", "GUEST")}
    assert nobody("b2c 1", "-7", "7", "0", "guest", "-1", **chosen) == ["b2c 1", "-7", "-1"]


ORDERS = (
    "order_id,customer_id,ordered_at,amount\n"
    "1,0,2024-01-05,25.00\n2,0,2024-01-06,30.00\n3,7,2024-01-07,45.00\n"
)


@pytest.mark.parametrize(
    ("settings", "customers"),
    [
        ({}, [None, None, "7"]),
        ({"somebody": ["0"]}, ["0", "0", "7"]),
        ({"nobody": ["7"]}, [None] * 3),
    ],
)
def test_orders_of_nobody_have_no_customer(tmp_path, settings, customers):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    read = read_orders(path, tmp_path, SourceSettings(**settings))
    lines = sorted(rows(read.raw), key=lambda line: line["order_id"])
    assert [line["customer_id"] for line in lines] == customers


def test_a_placeholder_address_is_taken_away_before_addresses_are_hashed(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,email,ordered_at,amount\n1,noemail@shop.com,2024-01-05,25.00\n"
        "2,ann@example.org,2024-01-06,30.00\n"
    )
    columns = {"customer_id": "email", "order_id": "order_id", "amount": "amount"}
    mapped = SourceSettings(columns=columns | {"ordered_at": "ordered_at"})
    lines = sorted(rows(read_orders(path, tmp_path, mapped).raw), key=lambda line: line["order_id"])
    assert lines[0]["customer_id"] is None
    assert len(lines[1]["customer_id"]) == 24
