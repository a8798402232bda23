"""Whom a proposal takes for customers, and whom never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custseg.sources.columns.proposal.names import meanings
from custseg.sources.columns.proposal.propose import propose

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.sources.columns.proposal.result import Proposal

FIRST_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Finn", "Greta", "Hans")


def with_column(name: str, value: Callable[[int], str]) -> Proposal:
    """A proposal for orders with one more column, whose values repeat."""
    header = ["Order ID", "Order Date", "Amount", name]
    rows = [[f"{n}", f"2024-01-{1 + n % 28:02}", f"{n}.50", value(n % 30)] for n in range(120)]
    return propose(header, rows, {})


@pytest.mark.parametrize(
    "name",
    [
        *("Billing Zip", "Shipping Postal Code", "PLZ", "Lieferplz", "CAP", "Code postal", "CEP"),
        *("Kod pocztowy", "Postnr", "邮编", "郵便番号", "Posta Kodu", "PIN_CODE"),
        *("Billing City", "Ort", "Kundenort", "Ville", "Ciudad", "Città", "Stad", "Miasto"),
        *("Şehir", "城市", "المدينة", "Customer Age", "Alter", "Âge", "Edad", "Leeftijd", "Yaş"),
        *("Phone Prefix", "Telefonvorwahl", "Customer Phone 2", "Hausnummer", "House Number"),
    ],
)
def test_a_place_an_age_or_a_telephone_is_never_a_customer_by_name(name):
    found = with_column(name, lambda n: f"{10115 + n * 37}")
    assert found.missing == ("customer_id",)
    assert "customer_id" not in found.mapping


@pytest.mark.parametrize(
    "value",
    [
        lambda n: f"{10115 + n * 37}",
        lambda n: f"D-{10115 + n * 37}",
        lambda n: f"{10001 + n * 7}-{1000 + n}",
        lambda n: f"SW{1 + n % 9}A {n % 7}AA",
        lambda n: f"{1000 + n} AB",
        lambda n: f"{18 + n}",
        lambda n: f"+{30 + n}",
        lambda n: f"{n + 1}a",
        lambda n: f"{500 * (n + 1)}",
        lambda n: FIRST_NAMES[n % 8],
    ],
    ids=["zip", "german", "zip+4", "uk", "dutch", "age", "prefix", "house", "price", "words"],
)
def test_values_like_places_ages_or_prices_are_no_customers_where_the_name_says_nothing(value):
    found = with_column("xyz", value)
    assert found.missing == ("customer_id",)


def test_ids_that_repeat_are_perhaps_the_customers_and_never_taken_unasked():
    found = with_column("xyz", lambda n: f"K-{n * 7919 % 9973}")
    (customer,) = found.unsure
    assert (customer.field, customer.column) == ("customer_id", "xyz")
    assert customer in found.doubts
    assert not found.unambiguous


@pytest.mark.parametrize("name", ["Customer", "Client", "Kunde", "Customer Name", "客户"])
def test_names_of_one_word_are_a_key_that_has_to_be_wanted(name):
    found = with_column(name, lambda n: FIRST_NAMES[n % 8])
    (customer,) = found.doubts
    assert customer.columns == (name,)
    assert "namesakes" in customer.reason


def test_first_names_under_an_ids_name_are_asked_about_too():
    assert not with_column("Customer ID", lambda n: FIRST_NAMES[n % 8]).unambiguous


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Customer", lambda n: f"K{100 + n}"),
        ("Customer ID", lambda n: "abcdefghij"[n % 10]),
        ("Username", lambda n: f"annlee{'abcdefgh'[n % 8]}"),
        ("Client", lambda n: f"{1000 + n}"),
    ],
)
def test_codes_and_logins_are_ids(name, value):
    found = with_column(name, value)
    assert found.mapping["customer_id"] == name
    assert found.unambiguous


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Müşteri No", "customer_id"),
        ("رقم العميل", "customer_id"),
        ("会员号", "customer_id"),
        ("顧客コード", "customer_id"),
        ("Kod klienta", "customer_id"),
        ("Sipariş Tarihi", "ordered_at"),
        ("تاريخ الطلب", "ordered_at"),
        ("購入日", "ordered_at"),
        ("Ürün Kodu", "product_id"),
        ("Artikelkod", "product_id"),
        ("الكمية", "quantity"),
        ("Birim Fiyatı", "unit_price"),
        ("Cena za sztukę", "unit_price"),
        ("实付金额", "amount"),
        ("E-posta", "customer_id"),
        ("Valor Unit.", "unit_price"),
    ],
)
def test_headers_are_known_in_further_languages(name, field):
    assert meanings(name)[0].field == field
