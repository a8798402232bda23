"""Rows as they have become, in the order of their file."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.engine.base import Overlaid
from custseg.engine.duckdb import DuckDB
from custseg.engine.parquet import ROW_GROUP
from custseg.engine.placed import columns_of_file

COUNT = ROW_GROUP * 2 + 5


@pytest.fixture
def lines(tmp_path):
    """An engine, and a placed table whose names differ from one row group to the next."""
    path = tmp_path / "lines.parquet"
    n = np.arange(COUNT)
    names = [None if i % 11 == 0 else f"{i // ROW_GROUP} {i % 7}" for i in n]
    pq.write_table(pa.table({"n": n, "name": names, "old": n}), path, row_group_size=ROW_GROUP)
    engine = DuckDB()
    yield engine, engine.scan_placed(path, "lines"), names
    engine.close()


def test_columns_that_stay_as_they_are_in_the_file_are_told_from_others(lines):
    _, table, _ = lines
    changed = table.mutate(twice=table.n * 2, old=table.old + 1).drop("name").mutate(more=1)
    assert columns_of_file(changed) == ("lines", ["n"])
    assert columns_of_file(table.select(n="old", name="name")) == ("lines", ["name"])
    joined = table.left_join(table.view().select("n", m="old"), "n")
    assert columns_of_file(joined) == ("", [])


def test_what_stays_comes_from_the_file_and_what_is_computed_stands_beside_it(lines):
    engine, table, names = lines
    rows = table.mutate(old=table.old * 10, new=table.name.length())
    few = rows.filter(rows.n % 1000 == 3).mutate(name=ibis.literal("else"), old=-rows.old)
    pieces = list(engine.in_order(Overlaid(rows, few.cache(), ("n",)), ("n",)))
    assert all(pa.types.is_dictionary(rows["name"].type) for rows, _ in pieces)
    placed = pa.concat_tables([rows.take(order) for rows, order in pieces])
    few = [n % 1000 == 3 for n in range(COUNT)]
    assert placed["n"].to_pylist() == list(range(COUNT))
    assert placed["name"].to_pylist() == [
        "else" if changed else name for name, changed in zip(names, few, strict=True)
    ]
    assert placed["old"].to_pylist() == [
        -10 * n if changed else 10 * n for n, changed in enumerate(few)
    ]
    assert placed["new"].to_pylist() == [None if name is None else len(name) for name in names]
