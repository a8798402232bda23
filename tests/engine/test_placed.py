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
from custseg.engine.placed import constants, texts_of_file

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


def test_what_stays_as_it_is_in_the_file_is_told_from_what_is_computed(lines):
    _, table, _ = lines
    changed = table.mutate(twice=table.n * 2, old=table.name.upper()).drop("n").mutate(zero=0)
    assert texts_of_file(changed) == ("lines", ["name"])
    assert texts_of_file(table.select(n="n", old="name")) == ("", [])
    joined = table.left_join(table.view().select("n", m="name"), "n")
    assert texts_of_file(joined) == ("", [])
    zero = ibis.literal(0).cast("decimal(18,4)")
    alike = constants(table.mutate(zero=zero, half=ibis.literal(0.5), null=ibis.null("string")))
    assert {name: value.as_py() for name, value in alike.items()} == {
        "zero": 0,
        "half": 0.5,
        "null": None,
    }
    assert alike["zero"].type == pa.decimal128(18, 4)


def test_texts_come_from_the_file_and_what_is_computed_stands_beside_them(lines):
    engine, table, names = lines
    rows = table.mutate(old=table.old * 10, new=table.name.length(), rule=ibis.null("string"))
    few = rows.filter(rows.n % 1000 == 3).mutate(old=-rows.old, rule=ibis.literal("changed"))
    pieces = list(engine.in_order(Overlaid(rows, few.cache(), ("n",)), ("n",)))
    assert all(pa.types.is_dictionary(texts["name"].type) for _, (texts, _) in pieces)
    found = {
        name: [value for parts in pieces for value in _values(parts, name)] for name in rows.columns
    }
    changed = [n % 1000 == 3 for n in range(COUNT)]
    assert found["n"] == list(range(COUNT))
    assert found["name"] == names
    assert found["new"] == [None if name is None else len(name) for name in names]
    assert found["old"] == [-10 * n if is_it else 10 * n for n, is_it in enumerate(changed)]
    assert found["rule"] == ["changed" if is_it else None for is_it in changed]


def _values(parts, name):
    rows, order = next(part for part in parts if name in part[0].column_names)
    return rows[name].take(order).to_pylist()
