"""Which column of money a proposal takes, and when it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custseg.sources.columns.proposal.propose import propose
from custseg.sources.columns.proposal.relations import Price, judge_price
from custseg.sources.columns.proposal.sampling import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custseg.sources.columns.proposal.result import Proposal

QUANTITIES = (1, 1, 2, 3, 1, 2, 5)
PRICES = (4.9, 17.0, 25.5, 8.25, 99.0)

Row = tuple[int, int, float]
"""A row's number, its quantity, and the price of one unit."""


def proposed(columns: dict[str, Callable[[int, int, float], object]], **given: str) -> Proposal:
    """A proposal for 140 lines of 5 products and 47 customers."""
    ids: dict[str, Callable[[int, int, float], object]] = {
        "Order ID": lambda n, _q, _p: 1000 + n // 2,
        "Customer ID": lambda n, _q, _p: 500 + n // 2 * 7 % 47,
        "Order Date": lambda n, _q, _p: f"2024-01-{1 + n // 2 % 28:02}",
    }
    every = ids | columns
    lines = [(n, QUANTITIES[n % 7], PRICES[n % 5]) for n in range(140)]
    rows = [[str(value(*line)) for value in every.values()] for line in lines]
    return propose(list(every), rows, given)  # type: ignore[arg-type]


def asked(found: Proposal) -> dict[str, tuple[str, ...]]:
    return {entry.field: entry.columns for entry in found.unclear}


def product(n: int, _q: int, _p: float) -> str:
    return f"SKU-{n % 5}"


def quantity(_n: int, q: int, _p: float) -> int:
    return q


def price(_n: int, _q: int, p: float) -> str:
    return f"{p:.2f}"


def total(_n: int, q: int, p: float) -> str:
    return f"{q * p:.2f}"


@pytest.mark.parametrize(
    "name",
    [
        *("tran_amount", "trans_amount", "txn_amount", "transaction_amount", "tran_amt", "txn_amt"),
        *("net_amt", "amt", "sales_amt", "line_amt", "TranAmt", "NETAMT", "amount spent"),
    ],
)
def test_short_names_of_amounts_are_known(name):
    assert proposed({name: total}).mapping["amount"] == name


@pytest.mark.parametrize("name", ["price_sum", "Basket EUR", "Zahlbetrag", "what was paid"])
def test_a_column_named_like_money_is_asked_about_where_nothing_else_is_money(name):
    found = proposed({name: lambda _n, q, p: int(q * p)})
    assert asked(found) == {"amount": (name,)}


def test_a_price_that_cannot_be_read_is_asked_about_and_never_left_out():
    found = proposed({"Price": lambda _n, _q, p: f"about {p} pounds"})
    assert asked(found) == {"amount": ("Price",)}


def test_a_table_of_many_columns_still_asks_for_what_is_named_like_money():
    many = {f"x{n:02}": (lambda n, _q, _p: n * 31 % 7) for n in range(60)}
    assert asked(proposed(many | {"basket price": total})) == {"amount": ("basket price",)}


def test_coordinates_and_ratings_are_no_money():
    found = proposed({"latitude": lambda n, _q, _p: 52.5 + n / 999, "rating": lambda *_: "4.5"})
    assert found.unambiguous


def test_a_mapping_can_say_that_there_is_no_money():
    assert not proposed({"Basket EUR": total}).unambiguous
    assert proposed({"Basket EUR": total}, amount="").unambiguous


def test_an_amount_of_zeros_loses_to_one_that_is_filled():
    found = proposed(
        {"Order Total": total, "Adjusted Order Total": lambda n, *_: "9.50" if n % 20 == 0 else "0"}
    )
    assert found.mapping["amount"] == "Order Total"
    assert {entry.column: entry.reason for entry in found.unused} == {
        "Adjusted Order Total": "0 or empty on most rows"
    }


def test_the_only_amount_is_asked_about_if_it_is_mostly_zero():
    found = proposed({"Adjusted Total": lambda n, *_: "9.50" if n % 20 == 0 else ""})
    assert asked(found) == {"amount": ("Adjusted Total",)}


def test_whole_amounts_below_the_price_are_quantities():
    found = proposed({"Product ID": product, "AMOUNT": quantity, "SALES_PRICE": total})
    assert found.mapping["quantity"] == "AMOUNT"
    assert found.mapping["amount"] == "SALES_PRICE"
    assert "unit_price" not in found.mapping
    found = proposed({"Product ID": product, "Amount": quantity, "Price": price})
    assert (found.mapping["quantity"], found.mapping["unit_price"]) == ("Amount", "Price")


def test_an_amount_that_may_count_units_is_asked_about():
    found = proposed({"Product ID": product, "Amount": quantity})
    assert asked(found) == {"quantity": ("Amount",), "amount": ("Amount",)}


def category(n: int, _q: int, _p: float) -> str:
    return ("Shoes", "Books")[n % 2]


def test_a_price_that_grows_with_the_quantity_is_the_lines_whatever_is_mapped_beside_it():
    of_categories = {"Shoes": (600.17, 450.0), "Books": (15.15, 12.0)}

    def paid(n: int, q: int, _p: float) -> str:
        return f"{q * of_categories[category(n, q, 0)][n // 7 % 2]:.2f}"

    for group in ({"category": category}, {}, {"Store": lambda *_: "North"}):
        found = proposed({**group, "quantity": quantity, "price": paid})
        assert found.mapping["amount"] == "price"
        assert "unit_price" not in found.mapping


def test_a_units_price_stays_one_whatever_is_mapped_beside_it():
    for group in ({"Product ID": product}, {"category": category}, {}):
        found = proposed({**group, "quantity": quantity, "price": price})
        assert found.mapping["unit_price"] == "price"
        assert found.unambiguous


def test_a_price_of_which_the_rows_do_not_tell_is_asked_about():
    def paid(n: int, q: int, _p: float) -> str:
        return f"{q * (3 + n * 37 % 101 / 7):.2f}"

    found = proposed({"quantity": quantity, "price": paid})
    assert asked(found) == {"unit_price": ("price",), "amount": ("price",)}
    assert proposed({"quantity": quantity, "unit price": paid}).unambiguous


def test_an_amount_far_from_quantity_times_price_is_asked_about():
    found = proposed({"Qty": quantity, "Unit Price": price, "Amount": lambda n, *_: 10_000 + n})
    assert asked(found) == {"amount": ("Amount",)}
    found = proposed({"Qty": quantity, "Unit Price": price, "Amount": price})
    assert asked(found) == {"amount": ("Amount",)}


@pytest.mark.parametrize("name", ["Qty", "Quantity", "Menge", "Antal", "数量"])
def test_a_quantity_by_name_is_one_though_it_counts_up(name):
    def line(n: int, _q: int, _p: float) -> int:
        return 1 + n % 2

    found = proposed({"Product ID": product, name: line, "Unit Price": price})
    assert found.mapping["quantity"] == name


def test_a_name_that_says_little_is_a_lines_number_where_it_counts_up():
    found = proposed({"Product ID": product, "Items": lambda n, *_: 1 + n % 2, "Price": price})
    assert "quantity" not in found.mapping


def test_ids_of_products_may_count_up_and_numbers_of_items_may_not():
    rows = [["a", f"2024-01-0{n}", f"{n}", f"{n}.50"] for n in range(1, 6)]
    header = ["Customer ID", "Order Date", "Product ID", "Amount"]
    assert propose(header, rows, {}).mapping["product_id"] == "Product ID"
    header[2] = "Item Number"
    assert "product_id" not in propose(header, rows, {}).mapping


def samples(rows: Sequence[tuple[str, float, float]]) -> tuple[Sample, Sample, list[Sample]]:
    products, units, paid = (
        Sample.of(name, [str(row[i]) for row in rows])
        for i, name in enumerate(("product", "quantity", "price"))
    )
    return paid, units, [products]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", 1, 5.0), ("a", 2, 10.0), ("b", 3, 9.0)], Price.LINE),
        ([("a", 1, 5.0), ("a", 2, 5.0), ("b", 3, 9.0)], Price.UNIT),
        ([("a", 1, 5.0), ("b", 2, 10.0), ("c", 3, 9.0)], Price.UNTOLD),
        ([("a", 1, 5.0), ("a", 2, 9.0)], Price.UNTOLD),
    ],
)
def test_a_price_is_judged_by_products_at_several_quantities(rows, told):
    assert judge_price(*samples(rows), category=None) is told


def test_few_rows_of_a_category_are_in_proportion_by_chance():
    paid, units, categories = samples([("Shoes", 1, 5.0), ("Shoes", 2, 10.0), ("Hats", 3, 9.0)])
    assert judge_price(paid, units, [], categories[0]) is Price.UNTOLD


def test_an_amount_far_below_the_price_is_asked_about():
    found = proposed({"Amount": lambda n, *_: 30 + n, "Price": lambda n, *_: 400 + n})
    assert asked(found) == {"amount": ("Amount",)}


@pytest.mark.parametrize("more", [4.9, -1.0])
def test_a_total_above_a_subtotal_is_asked_about_where_nothing_says_what_is_in_it(more):
    def goods(n: int, _q: int, _p: float) -> str:
        return f"{PRICES[n // 2 % 5]:.2f}"

    def paid(n: int, _q: int, _p: float) -> str:
        return f"{PRICES[n // 2 % 5] + more:.2f}"

    def shipping(*_: float) -> str:
        return "4.90"

    found = proposed({"Subtotal": goods, "Grand Total": paid})
    if more < 0:
        assert found.mapping["order_total"] == "Grand Total"
        return
    assert asked(found) == {"order_total": ("Subtotal", "Grand Total")}
    told = proposed({"Subtotal": goods, "Shipping": shipping, "Grand Total": paid})
    assert asked(told) == {}
    assert told.mapping["order_shipping"] == "Shipping"
