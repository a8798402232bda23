from __future__ import annotations

import pytest

from custseg.orders.cleaning import clean
from tests.conftest import raw_lines, rows

LAST = {"order_id": "9", "ordered_at": "2024-03-05 10:00"}


@pytest.mark.parametrize(
    ("last", "rule"),
    [
        ({"customer_id": None}, "missing_customer"),
        ({"status": "cancelled"}, "status"),
        ({"unit_price": "0"}, "non_positive_price"),
    ],
)
def test_the_as_of_date_is_the_midnight_after_the_sources_last_row(last, rule):
    cleaned = clean(raw_lines({}, LAST | last))
    assert cleaned.as_of == "2024-03-06"
    assert [row["rule"] for row in rows(cleaned.removed)] == [rule]


def test_a_date_far_after_all_others_does_not_move_the_as_of_date_and_is_told():
    shop = [{"order_id": str(day), "ordered_at": f"2024-01-{day:02}"} for day in range(1, 6)]
    cleaned = clean(raw_lines(*shop, {"order_id": "9", "ordered_at": "2099-01-01"}))
    assert cleaned.as_of == "2024-01-06"
    assert [row["rule"] for row in rows(cleaned.removed)] == ["after_as_of"]
    (note,) = cleaned.cleaning_notes
    assert note == (
        "1 row is dated 2099-01-01 or later, 75 years after all others, and left out. If the "
        "dates are right: --as-of 2099-01-02"
    )


def test_a_shop_that_opens_again_after_years_is_segmented_as_it_is_now():
    first = [{"order_id": str(day), "ordered_at": f"2019-01-{day:02}"} for day in range(1, 6)]
    again = [{"order_id": f"b{day}", "ordered_at": f"2024-01-{day:02}"} for day in range(1, 6)]
    cleaned = clean(raw_lines(*first, *again))
    assert (cleaned.as_of, cleaned.cleaning_notes) == ("2024-01-06", ())
