"""Merged cells of a workbook are filled from the sheet's own merge ranges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["Order No", "Customer ID", "Date", "Item", "Qty", "Price"]


def read(folder: Path, lines: list[list[Any]], *merged: str, above: int = 0) -> list[Any]:
    """Write a sheet with merged cells, and read its lines."""
    book = Workbook()
    sheet = book.active
    for _ in range(above):
        sheet.append(["Orders of spring"])
    for line in [HEADER, *lines]:
        sheet.append(line)
    for cells in merged:
        sheet.merge_cells(cells)
    book.create_sheet("Notes").append(["nothing"])
    path = folder / "orders.xlsx"
    book.save(path)
    settings = SourceSettings(
        columns={
            "order_id": ("Order No",),
            "customer_id": ("Customer ID",),
            "ordered_at": ("Date",),
            "product_id": ("Item",),
            "quantity": ("Qty",),
            "unit_price": ("Price",),
        }
    )
    found = rows(read_orders(path, folder, settings).raw.order_by("source_row"))
    return [
        (r["order_id"], r["customer_id"], str(r["ordered_at"])[:10], r["product_id"], r["amount"])
        for r in found
    ]


DAY = date(2025, 3, 1)
NEXT = date(2025, 3, 14)


def test_merged_cells_hold_for_all_their_rows(tmp_path):
    found = read(
        tmp_path,
        [
            [1, "c7", DAY, "MUG", 1, 30.5],
            [None, None, None, "CUP", 2, 30],
            [None, None, None, "BOX", 1, 5],
            [2, "c8", NEXT, "POT", 1, 40],
            [3, "c7", NEXT, "POT", 1, 40],
            [None, None, None, "BOX", 1, 10],
        ],
        *("A2:A4", "B2:B4", "C2:C4", "A6:A7", "B6:B7", "C6:C7"),
    )
    assert found[2] == ("1", "c7", "2025-03-01", "BOX", Decimal(5))
    assert found[5] == ("3", "c7", "2025-03-14", "BOX", Decimal(10))
    # 30.50 + 2 × 30 + 5 + 40 + 40 + 10
    assert sum(line[-1] for line in found) == Decimal("185.50")


def test_a_day_merged_over_several_orders_is_each_ones(tmp_path):
    found = read(
        tmp_path,
        [
            [1, "c7", DAY, "MUG", 1, 30],
            [2, "c8", None, "CUP", 2, 30],
            [3, "c9", NEXT, "POT", 1, 40],
        ],
        "C2:C3",
    )
    assert [line[2] for line in found] == ["2025-03-01", "2025-03-01", "2025-03-14"]
    assert [line[1] for line in found] == ["c7", "c8", "c9"]


def test_a_title_merged_above_the_table_fills_nothing(tmp_path):
    found = read(
        tmp_path,
        [[1, "c7", DAY, "MUG", 1, 30], [2, None, NEXT, "CUP", 2, 30]],
        "A1:F2",
        above=2,
    )
    assert [line[:2] for line in found] == [("1", "c7"), ("2", None)]


def test_merges_far_below_the_first_rows_are_filled(tmp_path):
    lines = [[i, f"c{i}", DAY, "MUG", 1, 1] for i in range(1, 401)]
    lines += [[401, "c401", DAY, "MUG", 1, 1], [None, None, None, "CUP", 1, 2]]
    found = read(tmp_path, lines, "A402:A403", "B402:B403", "C402:C403")
    assert found[-1] == ("401", "c401", "2025-03-01", "CUP", Decimal(2))


def test_an_empty_cell_that_is_not_merged_stays_empty(tmp_path):
    found = read(
        tmp_path,
        [
            [1, "c7", DAY, "MUG", 1, 30],
            [2, None, DAY, "CUP", 2, 30],
            [3, None, DAY, "POT", 1, 40],
        ],
        "B3:B4",
    )
    assert [line[1] for line in found] == ["c7", None, None]
