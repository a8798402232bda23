from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.engine.base import fetch
from custseg.engine.duckdb import connect
from custseg.errors import DataError
from custseg.sources.files.parquet import ParquetTable, open_parquet

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001


def table(folder: Path, columns: dict[str, Any] | pa.Table) -> ParquetTable:
    path = folder / "orders.parquet"
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
    return open_parquet(path, "orders.parquet")


def rows(found: ParquetTable, folder: Path, *columns: str) -> list[dict[str, Any]]:
    loaded = found.load(columns or found.header, connect(None, folder), folder)
    assert loaded.rejected == ()
    return fetch(loaded.rows.order_by("source_row"))


def test_columns_keep_their_types_and_the_sample_is_text(tmp_path):
    found = table(
        tmp_path,
        {
            "Order": [536365, 536366],
            "Customer": [17850.0, None],
            "When": [MOMENT, None],
            "Price": pa.array([Decimal("2.55"), Decimal("3.10")], pa.decimal128(10, 2)),
            "SKU": pa.array(["85123A", " "]).dictionary_encode(),
            "Gift": [True, False],
        },
    )
    assert found.name == "orders.parquet"
    assert found.header == ("Order", "Customer", "When", "Price", "SKU", "Gift")
    assert found.sample == (
        ("536365", "17850", "2010-12-01 08:26:00", "2.55", "85123A", "true"),
        ("536366", None, None, "3.10", None, "false"),
    )
    assert rows(found, tmp_path)[0] == {
        "Order": 536365,
        "Customer": 17850.0,
        "When": MOMENT,
        "Price": Decimal("2.55"),
        "SKU": "85123A",
        "Gift": True,
        "source_row": 1,
    }


def test_rows_count_from_one_over_all_row_groups(tmp_path):
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"n": list(range(1, 1001))}), path, row_group_size=100)
    found = open_parquet(path, "orders.parquet")
    assert len(found.sample) == 100 + 100
    assert all(row["n"] == row["source_row"] for row in rows(found, tmp_path))


def test_only_columns_asked_for_are_read(tmp_path):
    found = table(tmp_path, {"Order": ["A"], "Email": ["anna@example.org"]})
    assert rows(found, tmp_path, "Order") == [{"Order": "A", "source_row": 1}]


def test_lists_and_bytes_are_left_out_and_fields_of_structures_named_by_their_path(tmp_path):
    found = table(
        tmp_path,
        {"tags": [["a"]], "address": [{"city": "Bonn"}], "raw": [b"x"], "Order": ["A"]},
    )
    assert found.header == ("address.city", "Order")
    assert found.sample == (("Bonn", "A"),)
    assert rows(found, tmp_path) == [{"address.city": "Bonn", "Order": "A", "source_row": 1}]


def test_each_line_of_an_order_is_a_row_beside_which_the_orders_fields_repeat(tmp_path):
    content = {
        "id": ["o1", "o2", "o3"],
        "geo": [{"country": "DE"}, {"country": "FR"}, None],
        "items": [[{"sku": "A", "n": 2}, {"sku": "B", "n": 1}], [], None],
        "params": [[{"key": "k"}]] * 3,
    }
    found = table(tmp_path, content)
    assert found.header == ("id", "geo.country", "items.sku", "items.n")
    expected = [("o1", "DE", "A", 2), ("o1", "DE", "B", 1), ("o2", "FR", None, None)]
    expected += [("o3", None, None, None)]
    assert found.sample == tuple(
        tuple(None if value is None else str(value) for value in row) for row in expected
    )
    read = sorted(rows(found, tmp_path), key=lambda row: row["source_row"])
    assert [tuple(row.values()) for row in read] == [
        (*row, number) for number, row in enumerate(expected, 1)
    ]
    # Fields of orders alone need no row for each of their lines.
    assert [row["id"] for row in rows(found, tmp_path, "id")] == ["o1", "o2", "o3"]


def test_nothing_but_lists_is_no_table(tmp_path):
    with pytest.raises(DataError, match="no column holds plain values"):
        table(tmp_path, {"tags": [["a"]]})


def test_names_that_repeat_are_told_apart(tmp_path):
    names = ["Name", "Name", "name", " Qty ", "", "file_row_number"]
    found = table(tmp_path, pa.table([pa.array([str(n)] * 2) for n in range(6)], names=names))
    header = ("Name", "Name (2)", "name (3)", "Qty", "column 5", "file_row_number")
    assert found.header == header
    assert found.sample == (("0", "1", "2", "3", "4", "5"),) * 2
    for place, name in enumerate(header):
        assert [row[name] for row in rows(found, tmp_path, name)] == [str(place)] * 2
    assert [row["source_row"] for row in rows(found, tmp_path)] == [1, 2]


def test_moments_with_a_zone_stay_moments(tmp_path):
    moment = datetime(2010, 7, 1, 12, tzinfo=UTC)
    found = table(tmp_path, {"When": pa.array([moment], pa.timestamp("us", "Europe/Berlin"))})
    (row,) = rows(found, tmp_path)
    assert row["When"] == moment
    assert found.sample == (("2010-07-01 14:00:00+0200",),)


def test_a_file_without_rows_has_a_header(tmp_path):
    found = table(tmp_path, {"Order": pa.array([], pa.string())})
    assert (found.header, found.sample, rows(found, tmp_path)) == (("Order",), (), [])


@pytest.mark.parametrize("folder", ["country=DE", "plain"])
def test_nothing_in_a_path_is_a_pattern_or_a_value(folder, tmp_path):
    (tmp_path / folder).mkdir()
    path = tmp_path / folder / "g[1]*.parquet"
    for name, order in ((path.name, "A"), ("g1.parquet", "B")):
        pq.write_table(pa.table({"Order": [order]}), path.with_name(name))
    assert rows(open_parquet(path, path.name), tmp_path) == [{"Order": "A", "source_row": 1}]


def test_an_encrypted_file_says_so(tmp_path):
    path = tmp_path / "orders.parquet"
    path.write_bytes(b"PARE" + bytes(100) + b"PARE")
    with pytest.raises(DataError, match="the Parquet file is encrypted"):
        open_parquet(path, path.name)


@pytest.mark.parametrize("size", [2, 4, 100, -100, -9, -1])
def test_a_cut_file_is_damaged(size, tmp_path):
    found = table(tmp_path, {"Order": [str(n) for n in range(1000)]})
    found.path.write_bytes(found.path.read_bytes()[:size])
    with pytest.raises(DataError, match=r"orders.parquet: the Parquet file is damaged") as failure:
        open_parquet(found.path, found.name)
    assert failure.value.hint == "Export it again."
