"""What is there twice: copies of a row, and orders that several exports hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from custseg.engine.base import fetch
from custseg.orders.cleaning import clean
from custseg.settings import CleanSettings
from tests.conftest import examples, raw_lines

JANUARY, FEBRUARY = {"source_file": "january.csv"}, {"source_file": "february.csv"}
LATER = {"order_id": "9", "ordered_at": "2024-02-20 12:00"}


def kept(*rows, **chosen):
    cleaned = clean(raw_lines(*rows), settings=CleanSettings(**chosen))
    lines = fetch(cleaned.transactions)
    rules = {row["source_row"]: row["rule"] for row in fetch(cleaned.removed)}
    return sorted((row["order_id"], row["product_id"], row["quantity"]) for row in lines), rules


def test_the_newest_export_of_an_order_wins_whole():
    lines, rules = kept(
        JANUARY | {"product_id": "mug", "quantity": 2},
        JANUARY | {"product_id": "bowl"},
        FEBRUARY | {"product_id": "mug", "quantity": 1},
        FEBRUARY | LATER,
    )
    assert lines == [("1", "mug", 1), ("9", "mug", 1)]
    assert rules == {2: "superseded", 3: "superseded"}


def test_an_order_that_exports_tell_alike_counts_once():
    lines, rules = kept(JANUARY, FEBRUARY, FEBRUARY | LATER)
    assert lines == [("1", "mug", 1), ("9", "mug", 1)]
    assert rules == {2: "superseded"}


def test_copies_within_the_newest_export_are_still_duplicates():
    _, rules = kept(JANUARY, FEBRUARY, FEBRUARY, FEBRUARY | LATER)
    assert rules == {2: "superseded", 4: "duplicate"}


def test_the_ledger_says_what_was_superseded():
    raw = raw_lines(JANUARY, FEBRUARY, FEBRUARY | LATER)
    ledger = clean(raw).ledger.set_index("rule")
    assert ledger.loc["superseded", "rows_removed"] == 1
    assert ledger.loc["superseded", "value_removed"] == Decimal(2)


def test_of_exports_that_end_with_one_moment_the_last_by_name_is_the_newest():
    rows = [{"source_file": "orders.csv", "quantity": 1}, {"source_file": "orders2.csv"}]
    assert kept(rows[0], rows[1] | {"quantity": 3})[0] == [("1", "mug", 3)]


def test_one_number_of_two_customers_is_two_orders():
    lines, rules = kept(JANUARY, FEBRUARY | {"customer_id": "bea"})
    assert lines == [("1", "mug", 1), ("1", "mug", 1)]
    assert rules == {}


def test_what_web_and_shop_tell_of_a_customers_day_counts_both():
    none = {"order_id": None, "product_id": None, "description": None}
    lines, rules = kept(
        {"source_file": "web.csv", "unit_price": None, "amount": Decimal(15)} | none,
        {"source_file": "shop.csv", "unit_price": None, "amount": Decimal(100)} | none,
    )
    assert len(lines) == 2
    assert rules == {}


def test_one_number_of_two_days_is_two_orders():
    lines, rules = kept(JANUARY, FEBRUARY | {"ordered_at": "2024-02-10 12:00"})
    assert lines == [("1", "mug", 1), ("1", "mug", 1)]
    assert rules == {}


def test_without_order_ids_a_customers_day_comes_from_one_export():
    none = {"order_id": None, "product_id": None}
    lines, rules = kept(
        JANUARY | none | {"quantity": 2},
        JANUARY | none | {"customer_id": "bea"},
        FEBRUARY | none | {"quantity": 5},
        FEBRUARY | none | LATER | {"order_id": None},
    )
    assert [quantity for *_, quantity in lines] == [5, 1, 1]
    assert rules == {2: "superseded"}


def test_an_export_cut_in_two_within_an_order_loses_nothing():
    lines, rules = kept(
        {"source_file": "part1.csv", "product_id": "mug"},
        {"source_file": "part2.csv", "product_id": "bowl"},
        {"source_file": "part2.csv"} | LATER,
    )
    assert lines == [("1", "bowl", 1), ("1", "mug", 1), ("9", "mug", 1)]
    assert rules == {}


def test_one_export_cannot_overlap_and_its_ledger_has_no_such_rule():
    assert "superseded" not in set(clean(raw_lines({}, LATER)).ledger["rule"])


NOT_COUNTED = [
    "cancelled",
    "Canceled by customer",
    "wc-pending",
    "On_Hold",
    "VOIDED",
    "Storniert",
    "annulée",
]
COUNTED = ["partially_refunded", "Partially cancelled", "paid", "closed"]


def test_orders_of_a_status_that_does_not_count_are_removed_and_those_of_others_are_not():
    orders = [{"order_id": status, "status": status} for status in (*NOT_COUNTED, *COUNTED)]
    lines, rules = kept(*orders)
    assert lines == sorted((status, "mug", 1) for status in COUNTED)
    assert rules == dict.fromkeys(range(2, 2 + len(NOT_COUNTED)), "status")


def test_settings_say_which_other_statuses_do_not_count_and_which_do():
    rows = [{"status": "pending"}, LATER | {"status": "weird"}]
    chosen = {"statuses_not_counted": ("Weird",), "statuses_counted": ("Pending",)}
    assert kept(*rows, **chosen)[0] == [("1", "mug", 1)]


def test_a_purchase_refunded_in_part_keeps_what_was_not():
    raw = raw_lines({"refunded": Decimal("0.50")}, LATER)
    cleaned = clean(raw)
    first = fetch(cleaned.transactions.order_by("order_id"))[0]
    assert (first["amount"], first["amount_undone"]) == (Decimal("1.50"), Decimal("0.50"))
    ledger = cleaned.ledger.set_index("rule")
    assert ledger.loc["undone_in_part", "value_removed"] == Decimal("0.50")
    assert ledger.loc["refunded", "rows_removed"] == 0


def test_a_purchase_refunded_wholly_is_removed_with_its_whole_value():
    lines, rules = kept({"refunded": Decimal(2)}, LATER)
    assert lines == [("9", "mug", 1)]
    assert rules == {2: "refunded"}


def test_where_returns_are_dropped_refunds_leave_purchases_whole():
    lines, _ = kept({"refunded": Decimal(2)}, LATER, returns="drop")
    assert lines == [("1", "mug", 1), ("9", "mug", 1)]


def test_rows_that_could_not_be_read_are_in_the_ledger():
    ledger = clean(raw_lines({}), rejected_rows=3).ledger.set_index("rule")
    assert ledger.loc["raw", "rows_left"] == 4
    assert ledger.loc["rejected", "rows_removed"] == 3
    assert ledger.loc["rejected", "rows_left"] == 1


line = st.fixed_dictionaries(
    {
        "source_file": st.sampled_from(["a.csv", "b.csv", "c.csv"]),
        "customer_id": st.sampled_from(["anna", "bea", None]),
        "order_id": st.sampled_from(["1", "2", None]),
        "product_id": st.sampled_from(["mug", "bowl", None]),
        "ordered_at": st.sampled_from(["2024-01-10 09:00", "2024-01-10 12:00", "2024-02-01 12:00"]),
        "quantity": st.integers(-2, 3),
        "refunded": st.sampled_from([None, Decimal(0), Decimal(1), Decimal(2)]),
        "status": st.sampled_from([None, "paid", "cancelled"]),
    }
)


@examples(2)
@given(
    st.lists(line, min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from(["net", "drop", "subtract"]),
)
def test_overlapping_exports_reconcile_whatever_the_order_of_rows(rows, random, returns):
    rows = [{"customer_id": "zoe", "order_id": "7"} | LATER, *rows]
    chosen = CleanSettings(returns=returns, as_of=date(2024, 3, 1), duplicates="keep")
    numbered = [row | {"source_row": number} for number, row in enumerate(rows)]
    shuffled = random.sample(numbered, len(numbered))
    first = clean(raw_lines(*numbered), settings=chosen)
    second = clean(raw_lines(*shuffled), settings=chosen)
    assert first.ledger.equals(second.ledger)
