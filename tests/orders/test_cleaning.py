from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.artifacts import ORDER_LINE_NAMES
from custseg.errors import DataError
from custseg.orders.cleaning import Cleaned, clean
from custseg.orders.rules import RULES
from custseg.settings import CleanSettings
from custseg.sources.raw import read_orders
from tests.conftest import examples, raw_lines, rows

UK = "online-retail"
PRODUCT = {"product_id": "12345"}


def removed_rules(cleaned: Cleaned) -> dict[int, str]:
    return {row["source_row"]: row["rule"] for row in rows(cleaned.removed)}


def test_each_row_rule_removes_its_line_and_no_other():
    raw = raw_lines(
        PRODUCT,
        PRODUCT,
        PRODUCT | {"order_id": "A2"},
        PRODUCT | {"order_id": "3", "customer_id": None},
        {"order_id": "4", "product_id": "POST"},
        PRODUCT | {"order_id": "5", "unit_price": "0"},
        PRODUCT | {"order_id": "6", "quantity": -1},
        PRODUCT | {"order_id": "C7", "quantity": 1},
        {"order_id": "8", "product_id": " 12345b "},
    )
    cleaned = clean(raw, UK)
    assert removed_rules(cleaned) == {
        3: "duplicate",
        4: "bad_debt",
        5: "missing_customer",
        6: "not_a_product",
        7: "non_positive_price",
        8: "sign_mismatch",
        9: "sign_mismatch",
    }
    assert {row["product_id"] for row in rows(cleaned.transactions)} == {"12345", " 12345b "}


def test_a_row_that_breaks_two_rules_is_removed_by_the_first():
    cleaned = clean(raw_lines(PRODUCT, {"customer_id": None, "product_id": "POST"}), UK)
    assert removed_rules(cleaned) == {3: "missing_customer"}


def test_the_ledger_accounts_for_rows_money_orders_and_customers():
    raw = raw_lines(
        PRODUCT | {"unit_price": "2.50"},
        PRODUCT | {"order_id": "2", "customer_id": None, "unit_price": "4.00"},
        PRODUCT | {"order_id": "3", "customer_id": "bob", "unit_price": "0"},
    )
    ledger = clean(raw, UK).ledger.set_index("rule")
    assert ledger.loc["raw", ["rows_left", "orders_left", "customers_left"]].tolist() == [3, 3, 2]
    assert ledger.loc["raw", "value_left"] == Decimal("6.50")
    entry = ledger.loc["missing_customer"]
    assert entry[["rows_removed", "rows_left", "orders_left", "customers_left"]].tolist() == [
        1,
        2,
        2,
        2,
    ]
    assert (entry["value_removed"], entry["value_left"]) == (Decimal("4.00"), Decimal("2.50"))
    assert ledger.loc["non_positive_price", "customers_left"] == 1
    assert ledger["rows_left"].iloc[-1] == 1


def test_nothing_on_or_after_a_given_as_of_date_exists():
    raw = raw_lines(
        PRODUCT | {"quantity": 5, "ordered_at": "2024-01-01 10:00"},
        PRODUCT | {"order_id": "2", "ordered_at": "2024-02-01 00:00"},
        PRODUCT | {"order_id": "C3", "quantity": -5, "ordered_at": "2024-02-02 10:00"},
    )
    cleaned = clean(raw, UK, settings=CleanSettings(as_of=date(2024, 2, 1)))
    assert removed_rules(cleaned) == {3: "after_as_of", 4: "after_as_of"}
    assert [row["quantity"] for row in rows(cleaned.transactions)] == [5]


def test_an_as_of_date_after_the_data_is_allowed():
    assert clean(raw_lines(PRODUCT), UK, settings=CleanSettings(as_of=date(2030, 1, 1))).as_of == (
        "2030-01-01"
    )


def test_an_as_of_date_before_the_first_order_is_an_error_that_names_it():
    with pytest.raises(DataError, match="first order is on 2024-01-10"):
        clean(raw_lines(PRODUCT), UK, settings=CleanSettings(as_of=date(2024, 1, 10)))


def test_when_nothing_is_left_the_error_names_the_rule_that_took_most():
    with pytest.raises(DataError, match="all 2 rows.*missing_customer"):
        clean(raw_lines({"customer_id": None}, {"customer_id": None, "order_id": "2"}))


@pytest.mark.parametrize(("mode", "kept"), [("auto", 1), ("drop", 1), ("keep", 2)])
def test_duplicates_follow_their_setting(mode, kept):
    cleaned = clean(raw_lines({}, {}), settings=CleanSettings(duplicates=mode))
    assert len(rows(cleaned.transactions)) == kept


@pytest.mark.parametrize("missing", ["order_id", "product_id"])
def test_without_order_ids_or_products_auto_keeps_equal_rows(missing):
    raw = raw_lines({missing: None}, {missing: None})
    assert len(rows(clean(raw).transactions)) == 2


def test_rows_that_differ_in_one_column_are_no_duplicates():
    raw = raw_lines(
        {}, {"description": None}, {"country": None}, {"ordered_at": "2024-01-10 12:01"}
    )
    assert len(rows(clean(raw).transactions)) == 4


def test_without_a_preset_a_negative_quantity_is_a_return_and_all_codes_are_products():
    raw = raw_lines(
        {"quantity": 3, "product_id": "POST"},
        {"quantity": -1, "order_id": "2", "product_id": "POST", "ordered_at": "2024-01-11"},
    )
    cleaned = clean(raw)
    assert [row["quantity"] for row in rows(cleaned.transactions)] == [2]


def test_settings_override_the_preset():
    raw = raw_lines({"product_id": "gift"}, {"product_id": "mug", "order_id": "2"})
    chosen = CleanSettings(not_products=("GIFT",))
    assert removed_rules(clean(raw, settings=chosen)) == {2: "not_a_product"}
    pattern = CleanSettings(product_pattern="^M")
    assert removed_rules(clean(raw, UK, settings=pattern)) == {2: "not_a_product"}


def test_dropped_returns_leave_purchases_whole():
    raw = raw_lines({"quantity": 3}, {"quantity": -3, "order_id": "C2", "ordered_at": "2024-01-11"})
    cleaned = clean(raw, settings=CleanSettings(returns="drop"))
    assert removed_rules(cleaned) == {3: "return_dropped"}
    assert [row["quantity"] for row in rows(cleaned.transactions)] == [3]


def test_subtracted_returns_stay_as_negative_lines_unless_their_customer_never_bought():
    raw = raw_lines(
        {"quantity": 3},
        {"quantity": -1, "order_id": "2", "ordered_at": "2024-02-01"},
        {"quantity": -1, "order_id": "3", "customer_id": "bob"},
    )
    cleaned = clean(raw, settings=CleanSettings(returns="subtract"))
    assert removed_rules(cleaned) == {4: "return_without_purchase"}
    assert sorted(row["quantity"] for row in rows(cleaned.transactions)) == [-1, 3]


def test_every_rule_of_a_ledger_has_a_meaning():
    for mode in ("net", "drop", "subtract"):
        ledger = clean(raw_lines({}), settings=CleanSettings(returns=mode)).ledger
        assert set(ledger["rule"]) <= set(RULES)


@st.composite
def shops(draw: st.DrawFn) -> list[dict[str, Any]]:
    line = st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["anna", "bob", None]),
            "order_id": st.sampled_from(["1", "2", "C3", "C4", "A5"]),
            "product_id": st.sampled_from(["12345", "54321", "POST"]),
            "quantity": st.integers(-4, 6),
            "unit_price": st.sampled_from(["0", "1.10", "2.35"]),
            "ordered_at": st.sampled_from([f"2024-01-{day:02d} 10:00" for day in range(1, 8)]),
        }
    )
    anchor = {"product_id": "12345", "customer_id": "zoe", "order_id": "9"}
    return [*draw(st.lists(line, max_size=25)), anchor]


def content(table: Any, *names: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[name] for name in names) for row in rows(table)), key=repr)


@given(shop=shops(), mode=st.sampled_from(["net", "drop", "subtract"]), seed=st.randoms())
@examples(2)
def test_every_row_and_penny_is_accounted_for_in_any_order_of_rows(shop, mode, seed):
    chosen = CleanSettings(returns=mode, as_of=date(2024, 1, 6))
    shop[-1]["ordered_at"] = "2024-01-02 10:00"
    cleaned = clean(raw_lines(*shop), UK, settings=chosen)
    kept, gone = rows(cleaned.transactions), rows(cleaned.removed)
    value = sum((Decimal(row["amount"]) for row in rows(raw_lines(*shop))), Decimal(0))
    assert len(kept) + len(gone) == len(shop)
    assert value == sum(r["amount"] + r["amount_undone"] for r in kept) + sum(
        r["amount"] for r in gone
    )
    shuffled = list(shop)
    seed.shuffle(shuffled)
    again = clean(raw_lines(*shuffled), UK, settings=chosen)
    for table, extra in (("transactions", "quantity_undone"), ("removed", "rule")):
        names = (*ORDER_LINE_NAMES, extra)
        assert content(getattr(cleaned, table), *names) == content(getattr(again, table), *names)
    assert cleaned.ledger.equals(again.ledger)


NO_AMOUNT = {"unit_price": None, "amount": None}


def test_lines_without_amounts_are_kept_and_the_ledger_counts_rows_only():
    cleaned = clean(raw_lines(NO_AMOUNT, NO_AMOUNT | {"order_id": "2", "customer_id": None}))
    assert removed_rules(cleaned) == {3: "missing_customer"}
    (kept,) = rows(cleaned.transactions)
    assert kept["amount"] is None
    assert kept["amount_undone"] is None
    last = cleaned.ledger.iloc[-1]
    assert last["rows_left"] == 1
    assert cleaned.ledger["value_left"].isna().all()
    assert cleaned.ledger["value_removed"].isna().all()


def test_a_return_undoes_a_purchase_without_knowing_its_amount():
    bought = NO_AMOUNT | {"quantity": 3}
    back = NO_AMOUNT | {"order_id": "2", "quantity": -1, "ordered_at": "2024-01-11 12:00"}
    cleaned = clean(raw_lines(bought, back))
    (kept,) = rows(cleaned.transactions)
    assert (kept["quantity"], kept["quantity_undone"]) == (2, 1)
    assert kept["amount"] is None
    assert removed_rules(cleaned) == {3: "return_matched"}


def test_without_order_ids_an_order_is_a_customers_day():
    without = {"order_id": None}
    cleaned = clean(
        raw_lines(
            without,
            without | {"ordered_at": "2024-01-10 18:00"},
            without | {"ordered_at": "2024-01-11 12:00"},
            without | {"customer_id": "bob"},
            without | {"customer_id": None},
        )
    )
    assert removed_rules(cleaned) == {6: "missing_customer"}
    assert sorted(row["order_id"] for row in rows(cleaned.transactions)) == [
        "anna 2024-01-10",
        "anna 2024-01-10",
        "anna 2024-01-11",
        "bob 2024-01-10",
    ]
    assert cleaned.ledger["orders_left"].iloc[-1] == 3


def test_equal_lines_without_an_order_id_are_not_copies():
    cleaned = clean(raw_lines({"order_id": None}, {"order_id": None}))
    assert len(rows(cleaned.transactions)) == 2


def test_a_zero_amount_is_removed_where_there_is_no_unit_price():
    free = {"order_id": "2", "unit_price": None, "amount": Decimal(0)}
    cleaned = clean(raw_lines({}, free))
    assert removed_rules(cleaned) == {3: "non_positive_price"}


def test_the_order_lines_of_cdnow_add_up_to_the_cent(real_data, tmp_path):
    orders = read_orders(real_data("cdnow/CDNOW_master.txt"), tmp_path)
    cleaned = clean(orders.raw.cache(), orders.preset)
    last = cleaned.ledger.set_index("rule")
    assert last.loc["non_positive_price", "rows_removed"] == 80
    assert last.loc["duplicate", "rows_removed"] == 0
    assert last["rows_left"].iloc[-1] == 69_579
    assert last["customers_left"].iloc[-1] == 23_502
    assert last["value_left"].iloc[-1] == Decimal("2500315.63")
    assert last["orders_left"].iloc[-1] == 67_511
