"""Orders whose fields stand on their first line only."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.errors import DataError
from tests.sources.reading_csv import read_csv, revenue

HEADER = "order_id,customer_id,ordered_at,status,product_id,quantity,unit_price"


def told(lines):
    return [(line["order_id"], line["customer_id"], str(line["ordered_at"])[:10]) for line in lines]


def test_lines_below_an_orders_first_are_filled_from_it(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        HEADER,
        "1,17,2025-03-01,paid,MUG,1,30.00",
        "1,,,,CUP,2,30.00",
        "2,18,2025-03-02,paid,POT,1,40.00",
        "3,17,2025-03-20,paid,POT,1,40.00",
        "3,,,,BOX,1,10.00",
    )
    # 30 + 2 × 30 + 40 + 40 + 10
    assert revenue(lines) == Decimal(180)
    assert left_out == []
    assert told(lines)[1] == ("1", "17", "2025-03-01")
    assert told(lines)[4] == ("3", "17", "2025-03-20")


def test_a_customer_on_every_line_does_not_hide_it(tmp_path):
    lines, _ = read_csv(
        tmp_path,
        HEADER,
        "1,17,2025-03-01,paid,MUG,1,30.00",
        "1,17,,,CUP,2,30.00",
        "2,18,2025-03-02,paid,POT,1,40.00",
    )
    assert revenue(lines) == Decimal(130)
    assert [line["status"] for line in lines] == ["paid"] * 3


def test_a_customer_on_the_first_line_only_is_all_lines(tmp_path):
    lines, _ = read_csv(
        tmp_path,
        HEADER,
        "1,17,2025-03-01,paid,MUG,1,30.00",
        "1,,2025-03-01,paid,CUP,2,30.00",
        "2,,2025-03-02,paid,POT,1,40.00",
    )
    assert [line["customer_id"] for line in lines] == ["17", "17", None]


def test_without_order_id_a_line_belongs_to_the_order_above_it(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        HEADER,
        "1,17,2025-03-01,paid,MUG,1,30.00",
        ",,,,CUP,2,30.00",
        ",,,,BOX,1,5.00",
        "2,18,2025-03-02,paid,POT,1,40.00",
        "3,17,2025-03-20,paid,POT,1,40.00",
        ",,,,BOX,1,10.00",
    )
    assert revenue(lines) == Decimal(185)
    assert left_out == []
    assert told(lines)[2] == ("1", "17", "2025-03-01")
    assert told(lines)[5] == ("3", "17", "2025-03-20")


def test_orders_without_any_id_are_filled_by_position(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "customer_id,ordered_at,product_id,amount",
        "17,2025-03-01,MUG,30.00",
        ",,CUP,60.00",
        "18,2025-03-02,POT,40.00",
        ",,BOX,10.00",
    )
    assert revenue(lines) == Decimal(140)
    assert [line["customer_id"] for line in lines] == ["17", "17", "18", "18"]
    assert left_out == []


def test_a_total_below_filled_orders_is_no_line(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        HEADER,
        "1,17,2025-03-01,paid,MUG,1,30.00",
        ",,,,CUP,2,30.00",
        "2,18,2025-03-02,paid,POT,1,40.00",
        ",,,,Total,4,130.00",
    )
    assert revenue(lines) == Decimal(130)
    assert [row for row, _ in left_out] == [5]


def test_a_line_without_date_between_others_is_no_continuation(tmp_path):
    with pytest.raises(DataError) as refusal:
        read_csv(
            tmp_path,
            HEADER,
            "1,17,2025-03-01,paid,MUG,1,30.00",
            "2,18,,paid,CUP,2,30.00",
            "3,18,2025-03-02,paid,POT,1,40.00",
        )
    assert "1 of 3 values are empty (first: row 3)" in refusal.value.message


def test_the_last_line_of_an_order_is_no_remark_below_the_table(tmp_path):
    with pytest.raises(DataError) as refusal:
        read_csv(
            tmp_path,
            HEADER,
            "1,17,2025-03-01,paid,MUG,1,30.00",
            "2,18,2025-03-02,paid,POT,1,40.00",
            "2,,,,BOX,1,10.00",
            fill_down=False,
        )
    assert refusal.value.hint == (
        "If these rows continue the order above them, say so in custseg.toml: [source] "
        "fill_down = true. Correct them in the source. Only if they are no orders, leave them out: "
        "--on-bad-row reject drops 1 of 3 rows (33.3 %) and 10.00 of 80.00 in value (12.5 %)"
    )


def test_rejecting_is_proposed_where_it_costs_next_to_nothing(tmp_path):
    good = [f"{i},{i},2025-03-01,paid,MUG,1,30.00" for i in range(1, 200)]
    with pytest.raises(DataError) as refusal:
        read_csv(tmp_path, HEADER, *good, "200,7,2025-03-01,paid,MUG,one,30.00")
    assert refusal.value.hint == (
        "Correct them in the source, or leave those rows out: --on-bad-row reject drops 1 of 200 "
        "rows (0.5 %)"
    )
