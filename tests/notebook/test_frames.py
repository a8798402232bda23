"""Tables of each library: written as order lines, and given back in their own kind."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.errors import DataError
from custseg.notebook.frames import kind_of, paths_of, write_orders

if TYPE_CHECKING:
    from pathlib import Path

LINES = {"order": [1, 2, 3], "customer": ["a", "b", None], "price": [1.5, 2.0, 0.25]}
TABLES = {
    "pandas": pd.DataFrame(LINES),
    "polars": pl.DataFrame(LINES),
    "polars lazy": pl.LazyFrame(LINES),
    "arrow": pa.table(LINES),
    "ibis": ibis.memtable(pa.table(LINES)),
}
NATIVE = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.Table, "ibis": ibis.Table}


@pytest.mark.parametrize("library", TABLES)
def test_a_table_of_any_library_is_written_row_by_row(library, tmp_path):
    write_orders(TABLES[library], tmp_path / "orders.parquet")
    assert pq.read_table(tmp_path / "orders.parquet").to_pydict() == LINES


@pytest.mark.parametrize("library", NATIVE)
def test_a_table_comes_back_in_the_kind_it_came_in(library):
    kind = kind_of(TABLES[library])
    assert kind is not None
    given = kind.give(pa.table({"spend": [Decimal("1.2500"), None]}))
    assert isinstance(given, NATIVE[library])
    if library != "ibis":
        first = nw.from_native(given, eager_only=True)["spend"][0]
        assert first == pytest.approx(1.25) if library == "pandas" else Decimal("1.25")


def test_numbers_beside_text_in_a_data_frame_are_read_as_they_are_written(tmp_path):
    orders = pd.DataFrame({"invoice": [536365, "C536379", None]}, dtype=object)
    write_orders(orders, tmp_path / "orders.parquet")
    found = pq.read_table(tmp_path / "orders.parquet").to_pydict()
    assert found == {"invoice": ["536365", "C536379", None]}


def test_an_index_with_a_name_is_a_column_and_one_without_is_none(tmp_path):
    orders = pd.DataFrame({"sku": ["x"]}, index=pd.Index([7], name="order"))
    write_orders(orders, tmp_path / "named.parquet")
    write_orders(orders.rename_axis(None), tmp_path / "unnamed.parquet")
    assert pq.read_table(tmp_path / "named.parquet").to_pydict() == {"order": [7], "sku": ["x"]}
    assert pq.read_table(tmp_path / "unnamed.parquet").to_pydict() == {"sku": ["x"]}


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(DataError, match="Two columns are called order"):
        kind_of(pd.DataFrame([[1, 2]], columns=["order", "order"]))
    with pytest.raises(DataError, match="Two columns are called 1"):
        write_orders(pd.DataFrame([[1, 2]], columns=[1, "1"]), tmp_path / "orders.parquet")


@pytest.mark.parametrize("given", [[["anna", 1]], {"customer": ["anna"]}, 7, [], None])
def test_what_is_neither_table_nor_path_is_refused_without_its_content(given: Any):
    assert kind_of(given) is None
    with pytest.raises(DataError, match="no table of order lines") as refused:
        paths_of(given)
    assert "anna" not in str(refused.value)


def test_paths_are_given_on(tmp_path: Path):
    assert paths_of(tmp_path) == [str(tmp_path)]
    assert paths_of(["a.csv", "b.csv"]) == ["a.csv", "b.csv"]
