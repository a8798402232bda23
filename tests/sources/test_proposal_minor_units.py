"""Whole cents where no known export says so: by names, by what is beside them, or by a setting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from custseg.errors import DataError
from custseg.sources.columns.proposal.names import says_minor_units
from tests.sources.test_exports import read, shown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")


LINES = [(1, "u1", "Cup", 2, 450), (1, "u1", "Pot", 1, 2999), (2, "u2", "Cup", 1, 450)]


def csv_of(folder: Path, price: str, *, currency: str = "", prices: dict[int, str] | None = None):
    """Three lines whose prices are cents."""
    more = ",Currency" if currency else ""
    text = f"Order ID,Customer ID,Order Date,SKU,Quantity,{price}{more}\n"
    for order, customer, sku, units, cents in LINES:
        written = (prices or {}).get(cents, str(cents))
        text += f"{order},{customer},2024-03-0{order},{sku},{units},{written}"
        text += f",{currency}\n" if currency else "\n"
    path = folder / "shop.csv"
    path.write_text(text, encoding="utf-8")
    return path


def payments(folder: Path, amounts: tuple[Any, ...], **more: Any) -> Path:
    records = [
        {
            "order_id": f"o{i}",
            "customer_id": f"u{i % 2}",
            "created_at": f"2024-03-0{i}T10:00:00Z",
            "amount": amount,
            "currency": "EUR",
        }
        | more
        for i, amount in enumerate(amounts, 1)
    ]
    path = folder / "payments.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "Unit Price (cents)",
        "unit_price_cents",
        "priceInPence",
        "Price in minor units",
        "Cent Price",
    ],
)
def test_prices_whose_name_says_cents_are_hundredths(name, tmp_path):
    raw = read(csv_of(tmp_path, name), tmp_path)
    assert shown(raw, "unit_price") == [("4.5",), ("29.99",), ("4.5",)]


def test_the_decimals_are_those_of_the_currency(tmp_path):
    raw = read(csv_of(tmp_path, "price_minor", currency="JPY"), tmp_path)
    assert shown(raw, "unit_price") == [("450",), ("2999",), ("450",)]


def test_a_column_that_the_user_maps_is_cents_by_its_name_too(tmp_path):
    path = csv_of(tmp_path, "Unit Price (cents)")
    raw = read(path, tmp_path, columns={"unit_price": "Unit Price (cents)"})
    assert shown(raw, "unit_price") == [("4.5",), ("29.99",), ("4.5",)]


def test_a_name_that_says_cents_beside_fractions_is_asked(tmp_path):
    path = csv_of(tmp_path, "price_cents", prices={450: "4.50"})
    with pytest.raises(DataError, match="not all values are whole") as refused:
        read(path, tmp_path)
    assert 'minor_units = ["unit_price"]' in refused.value.hint


def test_the_setting_says_that_a_field_is_in_cents_or_is_not(tmp_path):
    raw = read(csv_of(tmp_path, "Price"), tmp_path, minor_units=["unit_price"])
    assert shown(raw, "unit_price") == [("4.5",), ("29.99",), ("4.5",)]


def test_the_setting_of_none_takes_amounts_as_they_are(tmp_path):
    raw = read(csv_of(tmp_path, "price_cents"), tmp_path, minor_units=[])
    assert shown(raw, "unit_price") == [("450",), ("2999",), ("450",)]


def test_a_fraction_in_a_field_of_whole_cents_is_no_number(tmp_path):
    path = csv_of(tmp_path, "Price", prices={2999: "29.99"})
    with pytest.raises(DataError, match="not numbers"):
        read(path, tmp_path, minor_units=["unit_price"])


@pytest.mark.parametrize("name", ["Discount per cent", "Discount percent", "Center price"])
def test_percent_are_no_cents(name):
    assert not says_minor_units(name)


def test_whole_amounts_of_json_beside_a_currency_are_asked(tmp_path):
    path = payments(tmp_path, (1250, 990, 40000))
    with pytest.raises(DataError, match="whole cents, or not") as refused:
        read(path, tmp_path)
    assert 'minor_units = ["amount"]' in refused.value.hint


@pytest.mark.parametrize(
    ("said", "amounts"),
    [(["amount"], [("12.5",), ("9.9",), ("400",)]), ([], [("1250",), ("990",), ("40000",)])],
)
def test_the_setting_answers_what_is_asked(said, amounts, tmp_path):
    raw = read(payments(tmp_path, (1250, 990, 40000)), tmp_path, minor_units=said)
    assert shown(raw, "amount") == amounts


def test_whole_yen_and_amounts_with_a_fraction_are_not_asked(tmp_path):
    raw = read(payments(tmp_path, (1250, 990, 40000), currency="JPY"), tmp_path)
    assert shown(raw, "amount") == [("1250",), ("990",), ("40000",)]


def test_one_fraction_says_that_amounts_are_not_in_cents(tmp_path):
    raw = read(payments(tmp_path, (1250, 990.5, 40000)), tmp_path)
    assert shown(raw, "amount") == [("1250",), ("990.5",), ("40000",)]


def test_the_same_amount_as_it_is_shown_proves_cents(tmp_path):
    records = [
        {
            "order_id": f"o{i}",
            "customer_id": f"u{i % 2}",
            "created_at": f"2024-03-0{i}",
            "currency": "USD",
            "amount": cents,
            "amount_formatted": text,
        }
        for i, (cents, text) in enumerate([(129900, "$1,299.00"), (990, "$9.90")], 1)
    ]
    path = tmp_path / "shown.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    assert shown(read(path, tmp_path), "amount") == [("1299",), ("9.9",)]


def test_an_object_of_money_is_what_the_field_that_holds_it_is_called(tmp_path):
    def money(cents: int) -> dict[str, Any]:
        return {"centAmount": cents, "currencyCode": "EUR", "fractionDigits": 2}

    records = [
        {
            "orderNumber": f"{order}",
            "customerId": customer,
            "createdAt": f"2024-03-0{order}T09:00:00Z",
            "lineItems": [
                {
                    "sku": sku,
                    "quantity": units,
                    "price": {"value": money(cents)},
                    "totalPrice": money(units * cents),
                }
                for number, _, sku, units, cents in LINES
                if number == order
            ],
        }
        for order, customer in ((1, "u1"), (2, "u2"))
    ]
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    raw = read(path, tmp_path)
    assert shown(raw, "unit_price", "amount") == [
        ("4.5", "9"),
        ("29.99", "29.99"),
        ("4.5", "4.5"),
    ]


def test_a_divisor_is_no_money_and_tells_that_the_amount_is_in_cents(tmp_path):
    records = [
        {
            "order_id": i,
            "customer_id": f"u{i % 2}",
            "created_at": f"2024-03-0{i}",
            "total": {"amount": cents, "divisor": 100, "currency_code": "EUR"},
        }
        for i, cents in ((1, 1250), (2, 990), (3, 40000))
    ]
    path = tmp_path / "receipts.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    raw = read(path, tmp_path)
    assert shown(raw, "amount") == [("12.5",), ("9.9",), ("400",)]
