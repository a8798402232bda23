"""The same expressions give the same rows, whichever engine computes them."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import Engine, fetch, register
from custseg.engine.duckdb import DuckDB
from custseg.engine.parquet import write
from custseg.errors import DataError
from custseg.offers.campaigns.outcome import orders_within
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.orders.lines import first_day
from custseg.report.summary.cohorts import cohorts
from custseg.report.summary.movement import windows
from custseg.report.summary.revenue_tree import revenue_tree
from custseg.report.summary.silence import Silence
from custseg.settings import CleanSettings, EngineSettings
from custseg.sources.raw import read_orders
from tests.engine import dirty_shop
from tests.engine.conftest import LITTLE, start_connect_server
from tests.report.test_cohorts import TWO_MONTHS, segments, transactions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import ibis.expr.types as ir

    from tests import postgres_server

# Spark's client leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
FLOATS = 1e-9
ENGINES = ("spark", "connect", "postgres")


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Each engine, opened as a run opens it."""
    spill = tmp_path_factory.mktemp("spill")
    with closing(_open(request, spill)) as opened:
        yield opened


def _open(request: pytest.FixtureRequest, spill: Path) -> Engine:
    if request.param == "postgres":
        from custseg.engine.postgres import PostgreSQL

        server: postgres_server.Server = request.getfixturevalue("postgres")
        # Its alphabet is not that of bytes, as on most servers.
        server.run(
            "DROP DATABASE IF EXISTS alphabet",
            "CREATE DATABASE alphabet TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
        )
        return PostgreSQL(server.url("alphabet"), "tests")
    request.getfixturevalue("java")
    from custseg.engine.spark import Spark

    if request.param == "connect":
        url = request.getfixturevalue("connect_url")
        return Spark(EngineSettings(backend="spark", url=url), spill)
    from pyspark.sql import SparkSession

    # The engine takes the session that there is.
    SparkSession.builder.config(map=LITTLE).getOrCreate()
    return Spark(EngineSettings(backend="spark", url="local[2]"), spill)


def measured(raw: ir.Table, preset: str, **settings: Any) -> dict[str, list[dict[str, Any]]]:
    """What cleaning and measuring give, in the order of their keys."""
    cleaned = clean(raw, preset, settings=CleanSettings(**settings))
    counted = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    frames = {"ledger": cleaned.ledger, "statuses": cleaned.statuses}
    tables = {
        "lines": cleaned.lines.whole.order_by(ARTIFACTS["raw"].key),
        "features": counted.order_by(ARTIFACTS["features"].key),
    }
    return {
        "notes": [{"as_of": cleaned.as_of, "notes": cleaned.cleaning_notes}],
        **{name: pa.Table.from_pandas(frame).to_pylist() for name, frame in frames.items()},
        **{name: fetch(table) for name, table in tables.items()},
    }


def require_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, rows in one.items():
        assert len(rows) == len(other[name]), name
        for row, same in zip(rows, other[name], strict=True):
            assert row.keys() == same.keys()
            for key, value in row.items():
                where = f"{name}.{key}: {row}"
                if isinstance(value, float):
                    close = pytest.approx(value, rel=FLOATS, abs=FLOATS, nan_ok=True)
                    assert same[key] == close, where
                else:
                    assert same[key] == value, where


def scanned(engine: Engine, rows: pa.Table, folder: Path, name: str) -> ir.Table:
    path = folder / f"{name}.parquet"
    pq.write_table(rows, path)
    return engine.scan(path, f"{name}_{folder.name.replace('-', '_')}")


@pytest.mark.parametrize(
    "engine",
    # Behind Connect the same plans run as in a session of our own.
    ["spark", pytest.param("connect", marks=pytest.mark.nightly), "postgres"],
    indirect=True,
)
def test_a_dirty_shop_is_cleaned_and_measured_alike(engine, tmp_path):
    rows = dirty_shop.raw()
    expected = measured(ibis.memtable(rows), "online-retail")
    removed_by = {row["rule"] for row in expected["lines"]}
    assert {"superseded", "duplicate", "status", "undone", "return_unmatched"} <= removed_by
    require_equal(expected, measured(scanned(engine, rows, tmp_path, "raw"), "online-retail"))


@pytest.mark.nightly
def test_a_spark_server_that_dies_is_a_clear_error(java, tmp_path):  # noqa: ARG001
    from custseg.engine.spark import Spark

    process, url = start_connect_server(tmp_path)
    with closing(Spark(EngineSettings(backend="spark", url=url), tmp_path)) as engine:
        rows = engine.connection.create_table("rows", pa.table({"n": [1, 2]}))
        process.kill()
        process.wait()
        with pytest.raises(DataError, match="the connection broke off"), engine.explaining():
            fetch(rows.aggregate(n=rows.n.sum()))


@pytest.mark.nightly
def test_online_retail_is_cleaned_and_measured_alike(engine, real_data, tmp_path):
    found = read_orders(real_data("online_retail/online_retail.parquet"), tmp_path)
    with (tmp_path / "raw.parquet").open("wb") as sink:
        write(found.raw, ARTIFACTS["raw"], sink)
    expected = measured(DuckDB(spill=tmp_path).scan(tmp_path / "raw.parquet", "raw"), found.preset)
    table = engine.scan(tmp_path / "raw.parquet", "retail")
    require_equal(expected, measured(table, found.preset))


def test_patterns_of_the_user_find_the_same_codes(engine, tmp_path):
    codes = ["A1", "a1\n", "é1", "x.y", "x y", "1-2", "", "A\u0663", "[b]", "&&"]
    rows = pa.table({"code": codes})
    table, here = scanned(engine, rows, tmp_path, "codes"), ibis.memtable(rows)
    for pattern in (r"^A\d$", r"\bx\b", r"^\w+$", "^.1.?$", r"(?i)^[a\d]+$", r"[\[&]", r"\x{e9}"):
        found, expected = (
            sorted(row["code"] for row in fetch(t.filter(t.code.re_search(pattern))))
            for t in (table, here)
        )
        assert found == expected, pattern


def test_halves_are_rounded_as_duckdb_rounds_them(engine, tmp_path):
    halves = [sign * (n + 0.5) / 10**4 for n in range(0, 10**9, 7 * 10**6) for sign in (1, -1)]
    rows = pa.table({"x": [*halves, 0.1 + 0.2, 1e9 / 3, 20000.00035]})
    rounded = (
        sorted(row["x"] for row in fetch(t.select(x=t.x.cast("decimal(18,4)"))))
        for t in (scanned(engine, rows, tmp_path, "halves"), ibis.memtable(rows))
    )
    assert next(rounded) == next(rounded)


def test_a_frame_is_joined_beside_a_table_and_hashed_the_same(engine, tmp_path):
    rows = pa.table({"id": ["b", "a"], "n": [2, 1]})
    table = scanned(engine, rows, tmp_path, "ids")
    beside = register(pa.table({"id": ["a"], "m": [5]}), beside=table)
    assert fetch(table.join(beside, "id").select("id", "n", "m")) == [{"id": "a", "n": 1, "m": 5}]
    again = register(rows.take([1, 0]), beside=table)
    assert engine.fingerprint(table) == engine.fingerprint(again)
    assert engine.fingerprint(table) != engine.fingerprint(beside)


@pytest.mark.parametrize(
    "engine",
    [*(pytest.param(one, marks=pytest.mark.nightly) for one in ("spark", "connect")), "postgres"],
    indirect=True,
)
def test_who_comes_back_and_what_changed_revenue_are_counted_alike(engine, tmp_path):
    bought, parts = transactions(TWO_MONTHS), segments(TWO_MONTHS, kept=2)
    there = scanned(engine, bought.to_pyarrow(), tmp_path, "bought")
    own = scanned(engine, parts.to_pyarrow(), tmp_path, "parts")
    first, as_of = date(2024, 2, 1), date(2024, 5, 1)

    def found(lines: ir.Table, members: ir.Table) -> tuple[Any, Any]:
        lately = windows(lines, as_of, 30, first)
        again = cohorts(lines, members, first, as_of, Silence(0), money=True)
        return again, revenue_tree(lines, as_of, lately, 0)

    assert found(there, own) == found(bought, parts)


@pytest.mark.parametrize(
    "engine", [pytest.param("spark", marks=pytest.mark.nightly), "postgres"], indirect=True
)
def test_orders_of_spans_of_days_are_counted_alike(engine, tmp_path):
    # That it cleans alike is tried above: here, both count what is clean.
    here = clean(ibis.memtable(dirty_shop.raw()), "online-retail").transactions.cache()
    there = scanned(engine, here.to_pyarrow(), tmp_path, "counted")
    first = first_day(here)
    spans = [(first, first + timedelta(days=days)) for days in (3, 400)]
    one, other = orders_within(here, spans), orders_within(there, spans)
    assert one is not None
    assert other is not None
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index())
    assert 0 < one["orders_0"].sum() < one["orders_1"].sum()


def test_duckdb_gives_what_an_engine_must(tmp_path):
    with closing(DuckDB(spill=tmp_path)) as engine:
        table = scanned(engine, dirty_shop.raw(), tmp_path, "raw")
        assert engine.fingerprint(engine.store(table, "kept")) == engine.fingerprint(table)
