"""What a proposal asks where a name is unknown, or means another field than its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custseg.sources.columns.proposal.propose import propose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.sources.columns.proposal.result import Proposal

UNITS = (2, 1, 3, 1, 1, 4, 2)
COUNTS_UP = (1, 2, 3, 1, 2, 1, 1)


def lines(units: str, price: str, counted: Sequence[int] = UNITS, **given: str) -> Proposal:
    """A proposal for 60 lines, about two for each order, of 6 products."""
    header = ["Order No", "Customer ID", "Date", "SKU", units, price]
    rows = [
        [
            *(f"A{100 + n // 2}", f"C{n // 2 * 7 % 13}", f"2025-03-{1 + n // 2:02}", f"S{n % 6}"),
            *(f"{counted[n % 7]}", f"{(4.5, 7.25, 3.1, 9.0, 12.6, 5.05)[n % 6]:.2f}"),
        ]
        for n in range(60)
    ]
    return propose(header, rows, given)  # type: ignore[arg-type]


def asked(found: Proposal) -> dict[str, tuple[str, ...]]:
    return {entry.field: entry.columns for entry in found.unclear}


@pytest.mark.parametrize(
    "name",
    [
        *("Pcs", "Pcs.", "Stk", "Stk.", "Anz.", "St.", "Pz", "Szt.", "Liczba", "Ordered", "Ant"),
        *("Nb", "q", "Qt.à", "Bestellt", "No. of units", "Items", "Count"),
    ],
)
@pytest.mark.parametrize("price", ["Unit Price", "Price"])
def test_short_names_of_quantities_are_known(name, price):
    found = lines(name, price)
    assert found.mapping["quantity"] == name
    assert found.mapping["unit_price"] == price
    assert found.unambiguous


@pytest.mark.parametrize("price", ["Unit Price", "Price", "Einzelpreis"])
def test_whole_numbers_of_a_name_that_says_nothing_are_asked_about_beside_a_price(price):
    found = lines("Kolli", price)
    assert asked(found) == {"quantity": ("Kolli",)}
    assert not found.unambiguous


@pytest.mark.parametrize("name", ["Kolli", "Items", "Count", "Bestellt"])
def test_a_units_price_beside_numbers_that_count_up_is_not_taken_for_the_lines(name):
    assert asked(lines(name, "Unit Price", COUNTS_UP)) == {"quantity": (name,)}


def test_a_column_that_numbers_the_lines_is_no_quantity_beside_a_price():
    found = lines("Kolli", "Price", COUNTS_UP)
    assert found.mapping["amount"] == "Price"
    assert found.unambiguous


def test_a_mapping_can_say_what_counts_units_or_that_nothing_does():
    assert lines("Kolli", "Unit Price", quantity="Kolli").mapping["unit_price"] == "Unit Price"
    assert lines("Kolli", "Unit Price", quantity="Kolli").unambiguous
    assert lines("Kolli", "Unit Price", quantity="").mapping["amount"] == "Unit Price"


def test_the_number_of_a_store_that_each_order_has_once_is_no_quantity():
    header = ["Order No", "Customer ID", "Date", "SKU", "Store", "Price"]
    rows = [
        [
            f"A{n // 2}",
            f"C{n // 2 % 13}",
            "2025-03-01",
            f"S{n % 6}",
            f"{1 + n // 2 % 3}",
            f"{4 + n % 6}.50",
        ]
        for n in range(60)
    ]
    assert propose(header, rows, {}).mapping["amount"] == "Price"


@pytest.mark.parametrize(
    "name", ["Ticket", "Invoice", "Order", "Receipt", "Item", "Rechnung", "Beleg"]
)
def test_decimals_under_the_name_of_another_field_are_asked_about_where_no_money_is_known(name):
    header = ["txn_id", "cust_id", "tran_date", name]
    rows = [
        [f"T{n}", f"C{n % 9}", f"2025-03-{1 + n % 28:02}", f"{n * 7 + 3}.16"] for n in range(40)
    ]
    assert asked(propose(header, rows, {})) == {"amount": (name,)}
    assert propose(header, rows, {"amount": name}).unambiguous


@pytest.mark.parametrize("name", ["Latitude", "Rating", "Weight", "Cost"])
def test_decimals_of_what_is_no_revenue_by_name_are_not_asked_about(name):
    header = ["txn_id", "cust_id", "tran_date", name]
    rows = [
        [f"T{n}", f"C{n % 9}", f"2025-03-{1 + n % 28:02}", f"{n * 7 + 3}.16"] for n in range(40)
    ]
    assert propose(header, rows, {}).unambiguous


@pytest.mark.parametrize("name", ["Kunde Nr", "Kunde-Nr", "Kunden Nr.", "Kunde Nummer"])
def test_german_numbers_of_customers_and_orders_are_known(name):
    header = ["Auftrag", name, "Datum", "Betrag"]
    rows = [
        [f"{900 + n}", f"{70 + n % 9}", f"2025-03-{1 + n % 28:02}", f"{n}.50"] for n in range(40)
    ]
    found = propose(header, rows, {})
    assert (found.mapping["order_id"], found.mapping["customer_id"]) == ("Auftrag", name)
    assert found.unambiguous


def rounded_lines(price_of: Sequence[float], amount: str) -> Proposal:
    """45 lines of 20 orders and 10 products, whose totals are cut to whole numbers."""
    header = ["DATE", "ORDER_ID", "CUSTOMER_ID", "PRODUCT_ID", amount, "SALES_PRICE"]
    rows = []
    for n in range(45):
        units = (1, 2, 1, 3, 4, 1, 2)[n % 7]
        total = int(units * price_of[n % 10])
        rows.append([f"2000-11-{1 + n % 20:02}", f"{500 + n * 20 // 45}", f"{n % 20 % 8 + 1069}"])
        rows[-1] += [f"47100{n % 10}", f"{units}", f"{total}"]
    return propose(header, rows, {})


@pytest.mark.parametrize("amount", ["AMOUNT", "Quantity"])
@pytest.mark.parametrize(
    "price_of",
    [
        (12.5, 20.4, 33.7, 41.3, 18.9, 27.6, 55.2, 60.8, 14.7, 24.3),
        (8.5, 6.4, 7.7, 11.3, 9.9, 17.6, 5.2, 10.8, 14.7, 6.3),
    ],
)
def test_lines_totals_cut_to_whole_numbers_are_the_lines(amount, price_of):
    found = rounded_lines(price_of, amount)
    assert found.mapping["quantity"] == amount
    assert found.mapping["amount"] == "SALES_PRICE"
    assert "unit_price" not in found.mapping


@pytest.mark.parametrize("one", [3, 12, 250])
def test_whole_prices_of_units_stay_prices_of_units(one):
    header = ["Date", "Order ID", "Customer ID", "Product ID", "Quantity", "Price"]
    rows = [
        ["2025-03-01", f"{n // 2}", f"C{n % 9}", f"P{n % 10}", f"{UNITS[n % 7]}", f"{one + n % 10}"]
        for n in range(60)
    ]
    assert propose(header, rows, {}).mapping["unit_price"] == "Price"


def contacts(phone: str, *, every: int = 2) -> Proposal:
    """A proposal for orders of which one in so many has a telephone number instead of an e-mail."""
    header = ["Order ID", "Email", phone, "Order Date", "Amount"]
    rows = [
        [
            f"{n}",
            None if n % every == 0 else f"buyer{n % 30}@example.org",
            f"+49 170 55{1000 + n % 30}" if n % every == 0 else None,
            f"2025-03-{1 + n % 28:02}",
            f"{n}.50",
        ]
        for n in range(100)
    ]
    return propose(header, rows, {})


@pytest.mark.parametrize("name", ["Phone", "Telefon", "Customer Phone", "Teléfono", "Handynummer"])
def test_a_telephone_number_is_the_customer_where_the_email_is_empty(name):
    found = contacts(name)
    assert found.mapping["customer_id"] == ("Email", name)
    assert found.unambiguous


def test_an_email_that_one_row_in_a_hundred_lacks_stands_alone():
    assert contacts("Phone", every=100).mapping["customer_id"] == "Email"


@pytest.mark.parametrize("name", ["Phone Prefix", "Shop"])
def test_what_is_no_telephone_number_is_no_customer(name):
    header = ["Order ID", "Email", name, "Order Date", "Amount"]
    rows = [
        [f"{n}", f"b{n % 30}@example.org" if n % 2 else None, "+49", "2025-03-01", f"{n}.50"]
        for n in range(100)
    ]
    assert propose(header, rows, {}).mapping["customer_id"] == "Email"
