from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from custseg.orders.cleaning import clean
from tests.conftest import examples, raw_lines, rows


def day(number: int) -> str:
    return f"2024-01-{number:02d} 10:00"


def settle(*lines: dict[str, Any]) -> tuple[dict[int, Decimal], dict[int, tuple[str, Decimal]]]:
    """What is kept of each purchase, and each return's rule and unmatched units, by row."""
    numbered = [line | {"description": str(row)} for row, line in enumerate(lines, 2)]
    cleaned = clean(raw_lines(*numbered))
    kept = {int(row["description"]): row["quantity"] for row in rows(cleaned.transactions)}
    gone = {
        int(row["description"]): (row["rule"], row["quantity_unmatched"])
        for row in rows(cleaned.removed)
    }
    return kept, gone


def test_a_return_undoes_the_latest_earlier_purchase():
    kept, gone = settle(
        {"quantity": 5, "ordered_at": day(1)},
        {"quantity": 5, "ordered_at": day(2)},
        {"quantity": -3, "ordered_at": day(3)},
    )
    assert kept == {2: 5, 3: 2}
    assert gone == {4: ("return_matched", 0)}


def test_a_return_that_exceeds_the_latest_purchase_goes_on_to_the_one_before():
    kept, gone = settle(
        {"quantity": 5, "ordered_at": day(1)},
        {"quantity": 2, "ordered_at": day(2)},
        {"quantity": -4, "ordered_at": day(3)},
    )
    assert kept == {2: 3}
    assert gone == {3: ("undone", 0), 4: ("return_matched", 0)}


def test_a_return_prefers_purchases_at_its_own_price():
    kept, _ = settle(
        {"quantity": 5, "ordered_at": day(1), "unit_price": "2.00"},
        {"quantity": 5, "ordered_at": day(2), "unit_price": "3.00"},
        {"quantity": -5, "ordered_at": day(3), "unit_price": "2.00"},
    )
    assert kept == {3: 5}


def test_what_its_price_does_not_cover_is_taken_at_any_price():
    kept, gone = settle(
        {"quantity": 2, "ordered_at": day(1), "unit_price": "2.00"},
        {"quantity": 5, "ordered_at": day(2), "unit_price": "3.00"},
        {"quantity": -4, "ordered_at": day(3), "unit_price": "2.00"},
    )
    assert kept == {3: 3}
    assert gone[4] == ("return_matched", 0)


def test_a_return_before_any_purchase_is_listed_as_unmatched():
    kept, gone = settle(
        {"quantity": -2, "ordered_at": day(1)}, {"quantity": 2, "ordered_at": day(2)}
    )
    assert kept == {3: 2}
    assert gone == {2: ("return_unmatched", 2)}


def test_a_return_of_more_than_was_bought_is_matched_in_part():
    cleaned = clean(
        raw_lines(
            {"quantity": 2, "ordered_at": day(1), "unit_price": "1.25"},
            {"customer_id": "bob", "ordered_at": day(1)},
            {"quantity": -5, "ordered_at": day(2), "unit_price": "1.25", "order_id": "2"},
        )
    )
    (returned,) = [row for row in rows(cleaned.removed) if row["rule"] == "return_matched"]
    assert returned["quantity_unmatched"] == 3
    assert returned["amount_unmatched"] == Decimal("-3.75")


def test_other_customers_and_products_are_left_alone():
    kept, _ = settle(
        {"quantity": 5, "ordered_at": day(1)},
        {"quantity": 5, "ordered_at": day(1), "customer_id": "bob"},
        {"quantity": 5, "ordered_at": day(1), "product_id": "cup"},
        {"quantity": -5, "ordered_at": day(2)},
    )
    assert kept == {3: 5, 4: 5}


def test_a_sale_and_its_return_at_the_same_moment_cancel():
    kept, gone = settle({"quantity": -2}, {"quantity": 2}, {"customer_id": "bob"})
    assert kept == {4: 1}
    assert gone == {2: ("return_matched", 0), 3: ("undone", 0)}


def test_fractions_of_units_are_matched_exactly():
    kept, _ = settle(
        {"quantity": "2.5", "ordered_at": day(1)}, {"quantity": "-0.7", "ordered_at": day(2)}
    )
    assert kept == {2: Decimal("1.8")}


def test_a_discounted_line_is_undone_in_proportion():
    cleaned = clean(
        raw_lines(
            {"quantity": 4, "amount": Decimal("7.00"), "ordered_at": day(1)},
            {"quantity": -1, "ordered_at": day(2)},
        )
    )
    (line,) = rows(cleaned.transactions)
    assert (line["amount"], line["amount_undone"]) == (Decimal("5.25"), Decimal("1.75"))


def brute_force(lines: list[dict[str, Any]]) -> tuple[dict[int, int], dict[int, int]]:
    """Units kept and unmatched by row, with a stack per customer and product, twice."""
    order = sorted(
        range(len(lines)),
        key=lambda i: (lines[i]["ordered_at"], lines[i]["quantity"] < 0, lines[i]["order_id"]),
    )
    left = {i: abs(lines[i]["quantity"]) for i in order}
    for keys in (("customer_id", "product_id", "unit_price"), ("customer_id", "product_id")):
        stacks: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
        for i in order:
            stack = stacks[tuple(lines[i][key] for key in keys)]
            if lines[i]["quantity"] > 0:
                stack.append(i)
                continue
            while left[i] and stack:
                taken = min(left[i], left[stack[-1]])
                left[i] -= taken
                left[stack[-1]] -= taken
                if not left[stack[-1]]:
                    stack.pop()
    sold = {i: left[i] for i in order if lines[i]["quantity"] > 0}
    return sold, {i: left[i] for i in order if lines[i]["quantity"] < 0}


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["anna", "bob", "cleo", "dora", "emil", "finn"]),
            "product_id": st.sampled_from(["cup", "mug"]),
            "quantity": st.integers(-5, 5).filter(bool),
            "unit_price": st.sampled_from(["1.00", "2.00"]),
            "ordered_at": st.sampled_from([day(n) for n in range(1, 6)]),
        }
    ),
    min_size=20,
    max_size=90,
)


@given(lines=LINES)
@examples(3)
def test_the_closed_form_equals_a_stack(lines):
    lines = [line | {"order_id": f"{i:03d}"} for i, line in enumerate(lines)]
    lines.append({"customer_id": "zoe", "order_id": "zoe", "quantity": 1, "product_id": "mug"})
    lines[-1] |= {"unit_price": "1.00", "ordered_at": day(1)}
    sold, returned = brute_force(lines)
    kept, gone = settle(*lines)
    assert {row - 2: units for row, units in kept.items()} == {i: n for i, n in sold.items() if n}
    assert {
        row - 2: units for row, (rule, units) in gone.items() if rule.startswith("return")
    } == returned
