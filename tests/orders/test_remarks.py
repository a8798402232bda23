from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from custseg.errors import DataError
from custseg.orders.cleaning import clean
from custseg.orders.rules import HINTS, RETURN_RULES, ROW_RULES
from custseg.settings import CleanSettings
from tests.conftest import raw_lines


def orders(count: int, **same: str | None) -> list[dict[str, Any]]:
    first = same.get("customer_id") or "nobody"
    return [{"order_id": f"{first}{n}", **same} for n in range(count)]


def test_a_rule_that_removes_most_rows_is_named_with_its_own_hint():
    cleaned = clean(raw_lines({}, *orders(4, customer_id=None)))
    assert cleaned.cleaning_notes == (
        (
            "Cleaning removed 80.0 % of the rows and 80.0 % of the money by one rule: no customer. "
            f"{HINTS['missing_customer'].rstrip('.')}"
        ),
    )


def test_a_rule_that_removes_few_rows_and_most_of_the_money_is_named_too():
    cancelled = {"order_id": "8", "unit_price": "900.00", "status": "cancelled"}
    (note,) = clean(raw_lines(cancelled, *orders(3, status="paid"))).cleaning_notes
    assert note.startswith("Cleaning removed 99.3 % of the money by one rule: order cancelled")
    assert "[clean] statuses_counted" in note


def test_what_a_given_as_of_date_leaves_out_is_as_it_was_asked_for():
    late = orders(4, ordered_at="2024-02-01")
    cleaned = clean(raw_lines({}, *late), settings=CleanSettings(as_of=date(2024, 1, 20)))
    assert cleaned.cleaning_notes == ()


def test_a_clean_shop_needs_no_remark():
    assert clean(raw_lines({}, *orders(4))).cleaning_notes == ()


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        ({"status": "draft"}, r"\[clean\] statuses_counted"),
        ({"customer_id": None}, r"--column customer_id=…; \[source\] somebody"),
        ({"unit_price": "0"}, r"--column unit_price=…"),
    ],
)
def test_when_nothing_is_left_the_hint_is_the_rules_own(row, hint):
    with pytest.raises(DataError) as refused:
        clean(raw_lines(row))
    assert refused.match("all 1 row;")
    assert re.search(hint, str(refused.value.hint))


def test_every_rule_has_a_hint():
    rules = {*ROW_RULES, "refunded", *(rule for some in RETURN_RULES.values() for rule in some)}
    assert rules <= set(HINTS)


SECOND_UNIT = {"order_id": None, "unit_price": "5.00"}


def test_copies_without_order_ids_are_kept_and_told_where_they_are_much_of_the_money():
    cleaned = clean(raw_lines(SECOND_UNIT, SECOND_UNIT, SECOND_UNIT))
    assert cleaned.ledger["value_left"].iloc[-1] == 15
    assert cleaned.cleaning_notes == (
        (
            "2 rows are equal to an earlier one, 66.7 % of the money, and count: without order ids "
            'they may be second units. If they are copies: [clean] duplicates = "drop"'
        ),
    )


def test_few_copies_without_order_ids_are_kept_unsaid():
    dear = {"order_id": None, "unit_price": "990.00", "customer_id": "bob"}
    assert clean(raw_lines(SECOND_UNIT, SECOND_UNIT, dear)).cleaning_notes == ()


def test_copies_that_are_dropped_are_told_where_they_are_much_of_the_money():
    (note,) = clean(raw_lines({}, {}, *orders(8))).cleaning_notes
    assert note == (
        "1 exact copy of another row doesn't count, 10.0 % of the money. "
        '[clean] duplicates = "keep" counts them, if they are second units'
    )
