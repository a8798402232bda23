"""Rows that repeat the sum of other rows are no lines."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.errors import DataError
from tests.conftest import nightly
from tests.sources.reading_csv import read_csv, revenue

HEADER = "order_id,customer_id,product_id,description,quantity,unit_price,ordered_at"
OF_ORDER = "repeats the sum of its order's lines"
OF_ROWS = "repeats the sum of other rows"
NAMED = "is named a total"


def test_a_row_without_item_that_sums_up_its_order_is_no_line(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        HEADER,
        "7,ada,T1,Tea,2,4.50,2025-05-01",
        "8,ben,,,3,31.00,2025-05-02",
        "8,ben,P1,Pot,1,19.00,2025-05-02",
        "8,ben,S1,Spoon,2,6.00,2025-05-02",
        "9,cem,C1,Can,2,50.00,2025-05-03",
    )
    # 2 × 4.50 + 19 + 2 × 6 + 2 × 50
    assert revenue(lines) == Decimal(140)
    assert left_out == [(3, OF_ORDER)]


def test_a_summary_below_the_lines_of_each_order_is_no_line(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,description,amount,ordered_at",
        "1,ada,Tea,10.00,2025-05-01",
        "1,ada,Pot,20.00,2025-05-01",
        "1,ada,,30.00,2025-05-01",
        "2,ben,Tea,10.00,2025-05-02",
        "2,ben,,10.00,2025-05-02",
        "3,cem,Tea,5.00,2025-05-03",
        "3,cem,Cup,7.50,2025-05-03",
        "3,cem,,12.50,2025-05-03",
    )
    assert revenue(lines) == Decimal("52.50")
    assert left_out == [(4, OF_ORDER), (6, OF_ORDER), (9, OF_ORDER)]


def test_order_totals_by_name_are_no_lines_even_with_shipping_in_them(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,description,amount,ordered_at",
        "1,ada,Tea,10.00,2025-05-01",
        "1,ada,Pot,20.00,2025-05-01",
        "1,ada,Gesamtsumme,34.90,2025-05-01",
        "2,ben,Cup,8.00,2025-05-02",
        "2,ben,Gesamtsumme:,12.90,2025-05-02",
    )
    assert revenue(lines) == Decimal(38)
    assert left_out == [(4, NAMED), (6, NAMED)]


@pytest.mark.parametrize(
    ("subtotal", "total"),
    [
        (",,ada Total,,,30.00,", ",,Grand Total,,,38.00,"),
        (",,,,,30.00,", ",,,,,38.00,"),
        *nightly(
            [
                ("Zwischensumme,,,,,30.00,", "Summe,,,,,38.00,"),
                (",小计,,,,30.00,", ",合计,,,,38.00,"),
            ]
        ),
    ],
)
def test_subtotals_and_the_total_of_a_sheet_are_no_lines(tmp_path, subtotal, total):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,product_id,customer_id,quantity,unit_price,amount,ordered_at",
        "1,Tea,ada,2,5.00,10.00,2025-05-01",
        "1,Pot,ada,1,20.00,20.00,2025-05-01",
        subtotal,
        "2,Cup,ben,1,8.00,8.00,2025-05-02",
        subtotal.replace("30.00", "8.00").replace("ada", "ben"),
        total,
        "# end",
    )
    assert revenue(lines) == Decimal(38)
    assert [row for row, _ in left_out][:2] == [4, 6]
    assert len(lines) == 3


def test_subtotals_of_days_that_have_their_date_are_no_lines(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "customer_id,product_id,amount,ordered_at",
        "ada,Tea,10.00,2025-05-01",
        "ben,Pot,20.00,2025-05-01",
        ",,30.00,2025-05-01",
        "ada,Cup,8.00,2025-05-02",
        "cem,Cup,8.00,2025-05-02",
        ",,16.00,2025-05-02",
    )
    assert revenue(lines) == Decimal(46)
    assert left_out == [(4, OF_ROWS), (7, OF_ROWS)]


def test_a_grand_total_above_the_lines_is_no_line(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,product_id,amount,ordered_at",
        "Total,,,38.00,",
        "1,ada,Tea,10.00,2025-05-01",
        "1,ada,Pot,20.00,2025-05-01",
        "2,ben,Cup,8.00,2025-05-02",
    )
    assert revenue(lines) == Decimal(38)
    assert left_out == [(2, OF_ROWS)]


def test_a_line_without_code_whose_amount_is_the_sum_by_chance_stays(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,description,amount,ordered_at",
        "1,ada,Tea,10.00,2025-05-01",
        "1,ada,,10.00,2025-05-01",
        "2,ben,Tea,10.00,2025-05-02",
        "2,ben,Pot,20.00,2025-05-02",
        "3,cem,Tea,10.00,2025-05-03",
        "3,cem,Cup,5.00,2025-05-03",
        "3,cem,,15.00,2025-05-03",
    )
    assert revenue(lines) == Decimal(80)
    assert left_out == []


def test_lines_for_shipping_without_item_stay(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,description,amount,ordered_at",
        "1,ada,Tea,10.00,2025-05-01",
        "1,ada,Pot,20.00,2025-05-01",
        "1,ada,,4.90,2025-05-01",
        "2,ben,Cup,8.00,2025-05-02",
        "2,ben,,4.90,2025-05-02",
    )
    assert revenue(lines) == Decimal("47.80")
    assert left_out == []


def test_a_product_called_sum_is_a_line(tmp_path):
    lines, left_out = read_csv(
        tmp_path,
        "order_id,customer_id,description,amount,ordered_at",
        "1,ada,Dim Sum,10.00,2025-05-01",
        "1,ada,Rice,4.00,2025-05-01",
        "2,,Dim Sum,10.00,2025-05-02",
    )
    assert revenue(lines) == Decimal(24)
    assert left_out == []


def test_a_row_without_date_and_item_that_sums_up_nothing_is_asked_about(tmp_path):
    with pytest.raises(DataError, match="1 of 3 values are empty"):
        read_csv(
            tmp_path,
            "order_id,customer_id,product_id,amount,ordered_at",
            "1,ada,Tea,10.00,2025-05-01",
            "1,ada,,7.00,",
            "2,ben,Cup,8.00,2025-05-02",
        )
