"""Sums of orders and of months that are named in several words, in items and among dates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import nightly

HEADER = "Order ID,Customer ID,Date,Product,Qty,Unit price,Line total"
ORDERS = [
    ("10001", "K07", "2025-01-13", [("Mug", 2, "10.00"), ("Bowl", 1, "5.50")]),
    (
        "10002",
        "K08",
        "2025-01-15",
        [("Bowl", 3, "5.50"), ("Plate", 2, "8.25"), ("Mug", 1, "10.00")],
    ),
    ("10003", "K07", "2025-02-02", [("Plate", 4, "8.25"), ("Mug", 2, "10.00")]),
]
WORTH = Decimal("121.50")
"""25.50 + 43.00 + 53.00."""


def export(name: str) -> str:
    """The lines, and after each order's a row with its sum."""
    lines = [HEADER]
    for order, customer, day, items in ORDERS:
        total = Decimal(0)
        for product, units, price in items:
            total += units * Decimal(price)
            lines.append(
                f"{order},{customer},{day},{product},{units},{price},{units * Decimal(price)}"
            )
        lines.append(f"{order},{customer},{day},{name.format(order)},,,{total}")
    return "\n".join(lines) + "\n"


def worth(text: str, folder, **settings) -> Decimal:
    path = folder / "orders.csv"
    path.write_text(text)
    raw = read_orders(path, folder, SourceSettings.model_validate(settings)).raw
    found: Decimal = fetch(raw.aggregate(worth=raw.amount.sum()))[0]["worth"]
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("TOTAL", "Summe Bestellung", "Total for order {}"),
        *nightly(["Total pedido", "Totale ordine", "Итого по заказу", "Order #{} total"]),
    ],
)
def test_a_row_named_the_total_of_its_order_is_no_line(name, tmp_path):
    assert worth(export(name), tmp_path) == WORTH


def test_a_dish_without_a_quantity_whose_name_ends_like_a_sum_is_a_line(tmp_path):
    text = (
        export("TOTAL")
        + "10004,K09,2025-02-03,Dim Sum,,,7.00\n10004,K09,2025-02-03,Mug,1,10.00,10.00\n"
    )
    assert worth(text, tmp_path) == WORTH + 17


def test_subtotals_among_the_dates_are_no_lines(tmp_path):
    lines = [HEADER]
    for month in (1, 2, 3):
        lines += [
            f"{month}{day},K{day % 3},2025-{month:02}-{day:02},Mug,2,10.00,20.00"
            for day in range(1, 11)
        ]
        lines.append(f",,Subtotal 2025-{month:02},,,,200.00")
    assert worth("\n".join(lines) + "\n", tmp_path) == 600


def test_short_years_at_the_beginning_are_asked_about(tmp_path):
    lines = [HEADER] + [
        f"{day},K{day % 3},25-01-{day:02},Mug,1,10.00,10.00" for day in range(3, 24)
    ]
    text = "\n".join(lines) + "\n"
    with pytest.raises(DataError, match="every date can be read as") as refusal:
        worth(text, tmp_path)
    assert '"%y-%m-%d"' in str(refusal.value.hint)
    assert worth(text, tmp_path, date_format="%y-%m-%d") == 210


def test_dates_that_nothing_reads_lead_to_their_format(tmp_path):
    lines = [HEADER] + [
        f"{day},K{day % 3},03.01.2025 um {day} Uhr,Mug,1,10.00,10.00" for day in range(3, 24)
    ]
    columns = {"customer_id": "Customer ID", "ordered_at": "Date", "order_id": "Order ID"}
    with pytest.raises(DataError, match="are not dates") as refusal:
        worth("\n".join(lines) + "\n", tmp_path, columns=columns)
    assert "date_format" in str(refusal.value.hint)
    assert "fill_down" not in str(refusal.value.hint)
    assert "reject" not in str(refusal.value.hint)
