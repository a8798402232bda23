from __future__ import annotations

import io
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import Overlaid, fetch, register
from custseg.engine.duckdb import DuckDB, connect, scan
from custseg.engine.parquet import ROW_GROUP, read_frame, stream, write
from custseg.settings import EngineSettings
from tests.conftest import raw_lines


def written(data, name: str) -> bytes:
    sink = io.BytesIO()
    write(data, ARTIFACTS[name], sink)
    return sink.getvalue()


def test_the_same_rows_in_another_order_are_the_same_bytes():
    one, two = {"order_id": "1", "source_row": 2}, {"order_id": "2", "source_row": 3}
    assert written(raw_lines(one, two), "raw") == written(raw_lines(two, one), "raw")


def test_columns_carry_their_descriptions():
    schema = pq.read_schema(io.BytesIO(written(raw_lines({}), "raw")))
    assert schema.field("country").metadata == {b"description": b"Country of the customer"}
    assert str(schema.field("amount").type) == "decimal128(18, 4)"


def test_columns_other_than_the_artifacts_are_refused():
    with pytest.raises(ValueError, match="ledger: columns"):
        written(pd.DataFrame({"step": [1]}), "ledger")


def test_a_family_of_columns_is_written_in_the_order_of_its_numbers():
    names = [f"pc{n}" for n in range(1, 12)]
    columns = {name: [0.5] for name in ["outlook", *reversed(names)]}
    frame = pd.DataFrame({"customer_id": ["a"]} | columns)
    schema = pq.read_schema(io.BytesIO(written(frame, "components")))
    assert schema.names == ["customer_id", *names, "outlook"]


def test_long_tables_are_cut_into_row_groups_of_one_size():
    count = ROW_GROUP * 2 + 5
    frame = pd.DataFrame(
        {
            "customer_id": [f"{n:07d}" for n in range(count)],
            "segment": 1,
            "segment_name": "New",
            "distance": 0.5,
            "next_segment": 2,
            "margin": 0.3,
            "ambiguous": False,
            "silhouette": 0.2,
            "fits_name": True,
        }
    )
    table = ibis.memtable(pa.Table.from_pandas(frame))
    as_table, as_frame = written(table, "segments"), written(frame, "segments")
    assert as_table == as_frame
    groups = pq.ParquetFile(io.BytesIO(as_table)).metadata
    sizes = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
    assert sizes == [ROW_GROUP, ROW_GROUP, 5]


def test_an_empty_table_keeps_its_schema():
    table = raw_lines({}).limit(0)
    assert pq.read_table(io.BytesIO(written(table, "raw"))).num_rows == 0


def test_money_read_as_a_frame_is_a_float_and_fetched_is_exact(tmp_path):
    path = tmp_path / "raw.parquet"
    path.write_bytes(written(raw_lines({"unit_price": "0.10", "quantity": 3}), "raw"))
    assert read_frame(path)["amount"].tolist() == [pytest.approx(0.3)]
    assert fetch(scan(connect(), path, "raw"))[0]["amount"] == Decimal("0.30")


def test_the_engine_keeps_to_its_limits(tmp_path):
    connection = connect(EngineSettings(memory_limit="500MB", threads=1), tmp_path)
    found = connection.raw_sql(
        "select current_setting('memory_limit'), current_setting('threads'), "
        "current_setting('temp_directory')"
    ).fetchone()
    assert found == ("476.8 MiB", 1, str(tmp_path))


@pytest.fixture
def numbered(tmp_path):
    """An engine of four threads, and a placed table of some row groups joined with few rows."""
    path = tmp_path / "rows.parquet"
    rows = pa.table({"n": np.arange(ROW_GROUP * 5 + 3)})
    pq.write_table(rows, path, row_group_size=ROW_GROUP)
    engine = DuckDB(EngineSettings(threads=4))
    placed = engine.scan_placed(path, "rows")
    few = register(rows.take(np.arange(0, len(rows), 997)), beside=placed).mutate(found=True)
    yield engine, placed.left_join(few, "n").select(*placed.columns, "found"), len(rows)
    engine.close()


def test_rows_come_in_the_order_of_their_file_though_threads_and_joins_mix_them(numbered):
    engine, joined, count = numbered
    pieces = list(engine.in_order(Overlaid(joined, None, ("n",)), ("n",)))
    rows = pa.concat_tables([rows.take(order) for ((rows, order),) in pieces])
    assert len(pieces) > 1
    assert rows["n"].to_pylist() == list(range(count))
    assert [n % 997 == 0 for n in range(count)] == rows["found"].is_valid().to_pylist()
    setting = "SELECT current_setting('enable_caching_operators')"
    assert engine.connection.raw_sql(setting).fetchone() == (True,)


def test_a_row_that_is_missing_between_others_is_told(numbered):
    engine, joined, _ = numbered
    holed = Overlaid(joined.filter(joined.n != 70), None, ("n",))
    with pytest.raises(AssertionError, match="rows after the one at 70, which is missing"):
        list(engine.in_order(holed, ("n",)))


def test_changed_rows_take_the_place_of_others(numbered):
    engine, joined, count = numbered
    rows = joined.mutate(found=ibis.null("boolean"))
    # Too many for one piece, two at a border, and none near the end.
    changed = rows.filter((rows.n % 3 == 0) & (rows.n < ROW_GROUP * 4)).mutate(found=True)
    changed = changed.union(rows.filter(rows.n == ROW_GROUP * 2 - 2).mutate(found=True)).cache()
    pieces = engine.in_order(Overlaid(rows, changed, ("n",)), ("n",))
    placed = pa.concat_tables([rows.take(order) for ((rows, order),) in pieces])
    expected = {*range(0, ROW_GROUP * 4, 3), ROW_GROUP * 2 - 2}
    assert placed["n"].to_pylist() == list(range(count))
    assert placed.filter(placed["found"].is_valid())["n"].to_pylist() == sorted(expected)
    whole = Overlaid(rows, changed, ("n",)).whole
    assert fetch(whole.aggregate(n=whole.count(), found=whole.found.sum())) == [
        {"n": count, "found": len(expected)}
    ]


def test_who_leaves_a_stream_early_can_ask_for_something_else():
    connection = connect()
    connection.raw_sql(f"CREATE TABLE many AS SELECT unnest(range({ROW_GROUP * 9})) AS n")
    pieces = stream(connection.table("many"))
    assert next(pieces)["n"][0].as_py() == 0
    pieces.close()
    assert connection.raw_sql("SELECT 42").fetchone() == (42,)
