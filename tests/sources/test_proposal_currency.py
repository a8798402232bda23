"""A column of currencies counts only if it is that of the amounts."""

from __future__ import annotations

import pytest

from custseg.sources.columns.proposal.propose import propose

CODES = ("USD", "EUR", "GBP")
PRICES = (4.9, 17.0, 25.5, 8.25)


def currency_of(
    price_name: str, currency_name: str, price: str = "{:.2f}", *, converts: bool = False
) -> object:
    """The column taken for the currency, of orders in three currencies."""
    header = ["Order ID", "Customer ID", "Order Date", "SKU", "Qty", price_name, currency_name]
    rows = []
    for n in range(120):
        worth = PRICES[n % 4] * ((1, 0.9, 0.8)[n % 3] if converts else 1)
        ids = [f"{n}", f"c{n % 31}", f"2024-01-{1 + n % 28:02}", f"S{n % 4}", f"{1 + n % 2}"]
        rows.append([*ids, price.format(worth), CODES[n % 3]])
    return propose(header, rows, {}).mapping.get("currency")


@pytest.mark.parametrize("name", ["price_usd", "Price (USD)", "Unit Price EUR", "priceGBP"])
def test_a_price_that_names_its_currency_needs_no_other(name):
    assert currency_of(name, "Currency", converts=True) is None


def test_prices_written_with_one_sign_need_no_other_currency():
    assert currency_of("Price", "Currency", "€ {:.2f}") is None
    assert currency_of("Price", "Currency", "{:.2f} SEK") is None


@pytest.mark.parametrize("name", ["Presentment Currency", "Payout currency", "Base Currency Code"])
def test_a_currency_of_something_else_is_none_of_the_amounts(name):
    assert currency_of("Price", name) is None


def test_the_currency_of_the_payment_counts_only_if_prices_differ_by_it():
    assert currency_of("Unit Price", "Payment Currency") is None
    assert currency_of("Unit Price", "Payment Currency", converts=True) == "Payment Currency"


def test_a_currency_beside_prices_that_name_none_is_that_of_the_prices():
    assert currency_of("Price", "Currency", converts=True) == "Currency"
    assert currency_of("Price ($)", "Currency", converts=True) == "Currency"
