from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.engine.duckdb import connect
from custseg.errors import DataError, SettingsError
from custseg.settings import SourceSettings
from custseg.sources.databases.address import recorded
from custseg.sources.databases.database import DatabaseTable, open_database
from tests import postgres_server
from tests.conftest import rows
from tests.postgres_server import PASSWORD

ORDERS = """
CREATE TABLE orders (
    "InvoiceNo" text, "StockCode" text, "Description" text, "Quantity" integer,
    "InvoiceDate" timestamp, "UnitPrice" numeric(12, 4), "CustomerID" bigint, "Country" text
)
"""


@pytest.fixture(autouse=True)
def _no_account_of_the_machine(monkeypatch, tmp_path):
    """Neither this machine's variables of libpq nor its password file reach a test."""
    for name in ("PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))


@pytest.fixture(scope="session")
def shop_frame(small_shop) -> pd.DataFrame:
    """The rows of a demo store, with the types a database gives them."""
    frame = pd.read_csv(small_shop, dtype={"InvoiceNo": str, "StockCode": str})
    frame["CustomerID"] = frame["CustomerID"].astype("Int64")
    frame["InvoiceDate"] = pd.to_datetime(frame["InvoiceDate"])
    return frame


@pytest.fixture(scope="session")
def shop(postgres: postgres_server.Server, shop_frame: pd.DataFrame) -> postgres_server.Server:
    """A server whose database `shop` holds the demo store's rows."""
    postgres.run("CREATE DATABASE shop")
    postgres.run(ORDERS, "CREATE TABLE notes (id integer, text text)", database="shop")
    postgres.fill("orders", shop_frame, "shop")
    return postgres


@pytest.fixture
def own_database(postgres, request) -> str:
    """An empty database of one test."""
    name = f"d{abs(hash(request.node.nodeid))}"
    postgres.run(f"CREATE DATABASE {name}")
    return name


@pytest.fixture(scope="session")
def shop_files(shop_frame, tmp_path_factory) -> dict[str, Path]:
    """The demo store's rows as a file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    files = {kind: folder / f"shop.{kind}" for kind in ("parquet", "sqlite", "duckdb")}
    shop_frame.to_parquet(files["parquet"])
    with closing(sqlite3.connect(files["sqlite"])) as connection:
        as_text = shop_frame.assign(InvoiceDate=shop_frame["InvoiceDate"].astype(str))
        as_text.to_sql("orders", connection, index=False)
        connection.execute("CREATE TABLE notes (id INTEGER)")
        connection.commit()
    with closing(duckdb.connect(files["duckdb"])) as connection:
        path = files["parquet"]
        connection.execute(f"CREATE TABLE orders AS SELECT * FROM '{path}'")
        connection.execute("CREATE TABLE notes (id INTEGER)")
    return files


def tables(location: str | Path, name: str = "shop", **settings: Any) -> list[DatabaseTable]:
    return open_database(str(location), SourceSettings(**settings), name)


def table(location: str | Path, **settings: Any) -> DatabaseTable:
    (found,) = tables(location, **settings)
    return found


def loaded(found: DatabaseTable, scratch: Path, *columns: str) -> list[dict[str, Any]]:
    result = found.load(columns or found.header, connect(), scratch)
    return rows(result.rows.order_by("source_row"))


def artifact(workspace: Path, name: str) -> bytes:
    return (workspace / f"{name}.parquet").read_bytes()


@pytest.fixture(scope="session")
def from_parquet(shop_files, tmp_path_factory) -> Path:
    """A workspace with the demo store's rows as they are read of Parquet."""
    folder: Path = tmp_path_factory.mktemp("parquet") / "w"
    command = ["download", str(shop_files["parquet"]), "-w", str(folder), "-q"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return folder


def orders(workspace: Path) -> pa.Table:
    """What was read, in an order of its own, but for where it came from."""
    found = pq.read_table(workspace / "raw.parquet", partitioning=None)
    found = found.drop_columns(["source_file", "source_row"])
    return found.sort_by([(name, "ascending") for name in found.column_names])


def test_a_server_gives_the_same_orders_as_a_file(shop, from_parquet, custseg):
    result = custseg("download", shop.url("shop"), "--table", "orders", "-w", "w")
    assert result.exit_code == 0, result.output
    assert orders(Path("w")).equals(orders(from_parquet))


@pytest.mark.parametrize(("kind", "as_address"), [("sqlite", True), ("duckdb", False)])
def test_a_database_file_gives_the_same_orders_as_any_other(
    kind, as_address, shop_files, from_parquet, custseg
):
    location = f"{kind}://{shop_files[kind]}" if as_address else shop_files[kind]
    result = custseg("download", location, "-w", "w")
    assert result.exit_code == 0, result.output
    assert orders(Path("w")).equals(orders(from_parquet))


@pytest.mark.nightly
def test_real_orders_give_the_same_from_a_server_as_from_a_file(
    real_data, postgres, own_database, custseg
):
    whole = pd.read_parquet(real_data("online_retail/online_retail.parquet"))
    part = whole.iloc[::5]
    part.to_parquet("orders.parquet", index=False)
    postgres.run(ORDERS, database=own_database)
    columns = [column.split('"')[1] for column in ORDERS.split(",") if '"' in column]
    postgres.fill("orders", part[columns].astype({"CustomerID": "Int64"}), own_database)
    for source, folder in ((postgres.url(own_database), "server"), ("orders.parquet", "file")):
        for command in (["download", source], ["clean"], ["features"]):
            result = custseg(*command, "-w", folder)
            assert result.exit_code == 0, result.output
    for name in ("ledger", "features"):
        assert artifact(Path("server"), name) == artifact(Path("file"), name)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_password_is_in_no_byte_of_the_workspace_or_the_output(shop, custseg):
    address = f"{shop.url('shop')}&sslpassword={PASSWORD}&passfile=/{PASSWORD}"
    printed = ""
    for code, command in (
        (0, ["run-all", address, "--table", "orders", "--json", "--debug"]),
        (5, ["run-all", address, "--table", "ordes", "--debug"]),
        (5, ["run-all", address, "--query", "SELECT 1/0 AS x", "--debug"]),
        (4, ["run-all", shop.url("nowhere"), "--debug"]),
        (5, ["run-all", shop.url("nowhere"), "--debug", "--replace-source"]),
        (5, ["run-all", shop.url("shop", user="nobody"), "--debug", "--replace-source"]),
        (2, ["run-all", shop.url("shop").replace("port=", "prot="), "--debug"]),
        (2, ["download", address.replace("shop?", "shop/x?"), "--debug"]),
        (2, ["download", address, "--url", "http://localhost/x.zip"]),
        (0, ["status", "--json"]),
        (0, ["status"]),
        (0, ["report"]),
    ):
        result = custseg(*command, "-w", "w")
        assert result.exit_code == code, result.output
        printed += result.output
    assert "postgresql://shopkeeper@" in printed
    assert PASSWORD not in printed
    assert PASSWORD.encode() not in everything(Path("w"))


def test_a_recorded_source_is_read_again_with_the_password_from_elsewhere(
    shop, custseg, monkeypatch
):
    assert custseg("download", shop.url("shop"), "--table", "ORDERS", "-w", "w").exit_code == 0
    result = custseg("download", "-w", "w")
    assert result.exit_code == 5
    assert "the password is missing or wrong" in result.output
    assert "Set PGPASSWORD" in result.output
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    result = custseg("download", "-w", "w", "--json")
    assert result.exit_code == 0, result.output


def test_a_password_file_is_used(shop, monkeypatch, tmp_path):
    path = tmp_path / "pgpass"
    path.write_text(f"*:*:shop:shopkeeper:{PASSWORD}\n")
    path.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(path))
    assert table(shop.url("shop", password=None), table="orders").header[0] == "InvoiceNo"


def test_variables_of_libpq_fill_what_the_address_leaves_out(shop, monkeypatch):
    values = {"HOST": shop.folder, "PORT": shop.port, "USER": "shopkeeper", "PASSWORD": PASSWORD}
    for name, value in values.items():
        monkeypatch.setenv(f"PG{name}", str(value))
    assert table("postgresql:///shop", table="orders").header[0] == "InvoiceNo"


def test_an_address_in_the_settings_serves_with_its_password(shop, custseg):
    Path("custseg.toml").write_text(
        f'[source]\nlocation = "{shop.url("shop")}"\ntable = "orders"\n'
    )
    # Named once, without the password, it is confirmed for this workspace.
    for named in ([recorded(shop.url("shop"))], [], []):
        result = custseg("download", *named, "-w", "w", "--force")
        assert result.exit_code == 0, result.output
    assert PASSWORD.encode() not in everything(Path("w"))


def test_a_database_is_read_every_time_and_what_follows_only_if_it_changed(
    postgres, own_database, custseg, shop_frame
):
    postgres.run(ORDERS, database=own_database)
    postgres.fill("orders", shop_frame, own_database)
    address = postgres.url(own_database)

    def fresh(*arguments: str) -> bool:
        for command in (["download", *arguments], ["clean"]):
            result = custseg(*command, "-w", "w", "--json")
            assert result.exit_code == 0, result.output
        return '"fresh": true' in result.output

    assert not fresh(address)
    before = artifact(Path("w"), "raw")
    rewritten = "CREATE TABLE turned AS SELECT * FROM orders ORDER BY md5(orders::text)"
    postgres.run(
        rewritten,
        "DROP TABLE orders",
        "ALTER TABLE turned RENAME TO orders",
        database=own_database,
    )
    assert fresh(address)
    assert artifact(Path("w"), "raw") == before
    postgres.run('DELETE FROM orders WHERE "Quantity" = 1', database=own_database)
    assert not fresh(address)
    assert artifact(Path("w"), "raw") != before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "wrong"}, "the password is missing or wrong"),
        ({"password": None}, "the password is missing or wrong"),
        ({"database": "shpo"}, "there is no such database"),
        ({"host": "no-such-host.invalid"}, "there is no host of that name"),
    ],
)
def test_a_server_that_lets_nobody_in_says_why(changed, message, shop):
    with pytest.raises(DataError, match=message) as failure:
        tables(shop.url(**({"database": "shop", "host": "127.0.0.1"} | changed)))
    assert "wrong:" not in failure.value.message + failure.value.hint


def test_nothing_that_answers_is_a_clear_error():
    with pytest.raises(DataError, match="nothing answers there"):
        tables("postgresql://anna@127.0.0.1:1/shop")


def test_a_table_that_is_not_there_is_named_with_one_that_is(shop):
    with pytest.raises(DataError, match='no table "ordrs" .*; did you mean "orders"') as failure:
        tables(shop.url("shop"), table="ordrs")
    assert failure.value.hint == "There are: notes, orders."


def test_without_a_table_all_are_there_and_the_one_that_fits_is_read(shop, custseg):
    found = tables(shop.url("shop"))
    assert [each.name for each in found] == ['shop, table "notes"', 'shop, table "orders"']
    assert custseg("download", shop.url("shop"), "-w", "w").exit_code == 0


def test_several_tables_that_fit_are_asked_about(shop_files, tmp_path, custseg):
    path = tmp_path / "two.db"
    path.write_bytes(shop_files["sqlite"].read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE old_orders AS SELECT * FROM orders LIMIT 10")
        connection.commit()
    result = custseg("download", path, "-w", "w")
    assert result.exit_code == 5
    assert 'two.db, table "old_orders"; two.db, table "orders"' in result.output
    assert "--table" in result.output


def test_a_server_that_stops_midway_is_a_clear_error(postgres, tmp_path):
    own = postgres_server.launch(postgres.binaries)
    own.run("CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 300000) i")
    found = table(own.url(), table="t")
    session = found.session
    whole = session.batches

    def stopping(*arguments):
        for number, batch in enumerate(whole(*arguments)):
            yield batch
            if number == 1:
                own.stop()

    session.batches = stopping
    with pytest.raises(DataError, match="the connection to the server broke off") as failure:
        loaded(found, tmp_path)
    assert PASSWORD not in str(failure.value)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DELETE FROM orders RETURNING *", "does more than read"),
        ("WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d", "does more than read"),
        ("SELECT * INTO copy FROM orders", "does more than read"),
        ("SELECT * FROM orders FOR UPDATE", "does more than read"),
        ("SELECT 1; DROP TABLE orders", "holds 2 statements"),
        ("", "holds 0 statements"),
        ("SELEC 1", 'cannot be read: line 1 (near "1")'),
        ("SELECT 'anna", "cannot be read; is a quote"),
        ("EXPLAIN SELECT 1", "does more than read"),
        ("COPY orders TO '/tmp/x'", "does more than read"),
        ("SET TRANSACTION READ WRITE", "does more than read"),
    ],
)
def test_a_query_that_is_not_one_select_is_refused(query, message, shop, capfd):
    with pytest.raises(SettingsError) as failure:
        open_database(shop.url("shop"), SourceSettings.model_construct(query=query or ";"), "shop")
    assert message in failure.value.message
    assert capfd.readouterr() == ("", "")


def test_a_select_that_writes_is_stopped_by_the_server(postgres, own_database, tmp_path):
    postgres.run(
        "CREATE TABLE log (at integer)",
        "CREATE FUNCTION sly() RETURNS integer LANGUAGE sql AS "
        "'INSERT INTO log VALUES (1) RETURNING 1'",
        database=own_database,
    )
    found = table(postgres.url(own_database), query="SELECT sly() AS n")
    with pytest.raises(DataError, match="the query would change the database"):
        loaded(found, tmp_path)
    assert (
        rows(table(postgres.url(own_database), table="log").load(["at"], connect(), tmp_path).rows)
        == []
    )


def test_everything_is_read_as_of_one_moment(postgres, own_database, tmp_path):
    postgres.run(
        "CREATE TABLE a AS SELECT 1 AS n", "CREATE TABLE b (n integer)", database=own_database
    )
    first, second = tables(postgres.url(own_database))
    assert first.header == ("n",)
    postgres.run("INSERT INTO b VALUES (1)", database=own_database)
    assert len(loaded(first, tmp_path)) == 1
    assert loaded(second, tmp_path) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nam FROM notes", 'the query fails at character 8: column "nam" does not exist'),
        ("SELECT * FROM nots", 'the query fails at character 15: relation "nots" does not exist'),
        ("SELECT 'anna'::text::integer AS a FROM orders", "InvalidTextRepresentation"),
        ("SELECT 'infinity'::date AS a", "holds a date or time that no calendar shows"),
    ],
)
def test_a_query_that_fails_says_where_and_shows_no_value(query, message, shop, tmp_path):
    with pytest.raises(DataError) as failure:
        loaded(table(shop.url("shop"), query=query), tmp_path)
    assert message in failure.value.message
    assert "anna" not in failure.value.message


def test_a_query_that_takes_too_long_says_so(shop, tmp_path):
    address = shop.url("shop") + "&options=-c%20statement_timeout%3D100"
    found = table(address, query="SELECT pg_sleep(5)::text AS a")
    with pytest.raises(DataError, match="it took too long"):
        loaded(found, tmp_path)


def test_a_table_that_may_not_be_read_is_refused(postgres, own_database):
    postgres.run(
        "CREATE ROLE clerk LOGIN PASSWORD 'clerk'",
        "CREATE TABLE pay (a integer)",
        database=own_database,
    )
    address = postgres.url(own_database, user="clerk", password="clerk")
    with pytest.raises(DataError, match='no table "pay" that may be read'):
        tables(address, table="pay")
    with pytest.raises(DataError, match="permission denied"):
        assert table(address, query="SELECT * FROM pay").header


def test_names_are_found_as_written_or_whatever_their_capitals(postgres, own_database):
    postgres.run(
        "CREATE SCHEMA sales",
        'CREATE TABLE sales."Order Lines" (a integer)',
        "CREATE TABLE sales.orders (b integer)",
        "CREATE TABLE orders (c integer)",
        'CREATE TABLE "Orders" (d integer)',
        'CREATE TABLE "odd "" name" (e integer)',
        "CREATE VIEW seen AS SELECT 1 AS f",
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS g",
        "CREATE TABLE years (h integer) PARTITION BY LIST (h)",
        "CREATE TABLE years_1 PARTITION OF years FOR VALUES IN (1)",
        database=own_database,
    )
    address = postgres.url(own_database)
    for given, column in {
        "sales.Order Lines": "a",
        '"sales"."order lines"': "a",
        "Order Lines": "a",
        "sales.orders": "b",
        "orders": "c",
        "public.orders": "c",
        "Orders": "d",
        "SEEN": "f",
        "kept": "g",
        "years": "h",
    }.items():
        assert table(address, table=given).header == (column,)
    names = [each.name for each in tables(address, name="d")]
    assert 'd, table "sales.orders"' in names
    assert 'd, table "odd " name"' in names
    assert not [name for name in names if "years_1" in name]
    with pytest.raises(DataError, match='several tables are "ORDERS": public.Orders, public.or'):
        tables(address, table="ORDERS")


TYPES = """
SELECT 7::smallint AS whole, 8::bigint AS large, 0.5::real AS single, 2.5::float8 AS double,
    17850::numeric AS id, 1.2500::numeric AS price, true AS flag, DATE '2024-02-29' AS day,
    TIMESTAMP '2024-02-29 12:30' AS moment, TIMESTAMPTZ '2024-02-29 12:30+02' AS instant,
    '6f0d5c9e-0000-4000-8000-000000000001'::uuid AS uuid, '{"a": [1]}'::jsonb AS json,
    'x'::char(3) AS padded, ''::text AS empty, NULL::text AS missing, '\\x00'::bytea AS bytes,
    'NaN'::numeric AS odd, '{1,2}'::integer[] AS list
"""


def test_every_type_comes_as_what_it_is(shop, tmp_path):
    found = table(shop.url("shop"), query=TYPES)
    assert "bytes" not in found.header
    (row,) = loaded(found, tmp_path)
    assert row.pop("instant").astimezone(UTC) == datetime(2024, 2, 29, 10, 30, tzinfo=UTC)
    assert row == {
        "whole": 7,
        "large": 8,
        "single": 0.5,
        "double": 2.5,
        "id": 17850,
        "price": Decimal("1.25"),
        "flag": True,
        "day": date(2024, 2, 29),
        "moment": datetime(2024, 2, 29, 12, 30),  # noqa: DTZ001
        "uuid": "6f0d5c9e-0000-4000-8000-000000000001",
        "json": '{"a": [1]}',
        "padded": "x",
        "empty": "",
        "missing": None,
        "odd": "NaN",
        "list": "{1,2}",
        "source_row": 1,
    }
    assert dict(zip(found.header, found.sample[0], strict=True))["instant"].startswith(
        "2024-02-29 10"
    )


def test_numbers_keep_every_digit(shop, tmp_path):
    query = "SELECT * FROM (VALUES (0.1::numeric), (12345678901234567890.0001), (NULL)) AS t(n)"
    result = table(shop.url("shop"), query=query).load(["n"], connect(), tmp_path)
    assert str(result.rows.schema()["n"]) == "decimal(38, 4)"
    values = [row["n"] for row in rows(result.rows.order_by("source_row"))]
    assert values == [Decimal("0.1"), Decimal("12345678901234567890.0001"), None]


def test_columns_of_one_name_get_numbers(shop, tmp_path):
    query = 'SELECT 1 AS id, 2 AS "ID", 3 AS id, 4 AS "  " -- that is all\n;'
    found = table(shop.url("shop"), query=query)
    assert found.header == ("id", "ID (2)", "id (3)", "column 4")
    assert loaded(found, tmp_path, "id (3)", "id") == [{"id (3)": 3, "id": 1, "source_row": 1}]


def test_a_table_without_rows_holds_no_order_lines(postgres, own_database, custseg):
    postgres.run(ORDERS, database=own_database)
    result = custseg("download", postgres.url(own_database), "-w", "w")
    assert result.exit_code == 5
    assert "holds no order lines" in result.output


def test_a_database_without_tables_says_so(postgres, own_database):
    with pytest.raises(DataError, match="has no table that may be read"):
        tables(postgres.url(own_database))


def test_values_of_sqlite_decide_what_a_column_holds(tmp_path):
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, price TEXT, mixed, note, none)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?, NULL)",
            [(1, "2.50", 1, b"caf\xe9"), (2, "3", 2.5, None), ("C3", "4", 3, "x")],
        )
        connection.execute("UPDATE t SET note = CAST(note AS TEXT) WHERE id = 1")
        connection.commit()
    found = table(path)
    assert found.header == ("id", "price", "mixed", "note", "none")
    assert found.sample[0] == ("1", "2.50", "1", "caf\ufffd", None)
    assert [
        (row["id"], row["price"], row["mixed"], row["none"]) for row in loaded(found, tmp_path)
    ] == [("1", "2.50", 1.0, None), ("2", "3", 2.5, None), ("C3", "4", 3.0, None)]


def test_a_sqlite_query_reads_and_changes_nothing(shop_files):
    path = shop_files["sqlite"]
    before = path.read_bytes()
    assert table(path, query="SELECT count(*) AS n FROM orders").sample[0] != ("0",)
    with pytest.raises(DataError, match="the query fails: no such column: nam"):
        assert table(path, query="SELECT nam FROM orders").header
    assert path.read_bytes() == before


def test_a_schema_that_sqlite_quotes_with_bytes_of_no_text_is_a_clear_error(tmp_path):
    path = tmp_path / "orders.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders_of_a_shop (id)")
        connection.commit()
    path.write_bytes(path.read_bytes().replace(b"shop (id)", b'shop "\xd6d)'))
    with pytest.raises(DataError, match="the SQLite file cannot be read; it is damaged"):
        tables(path)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_damaged_database_file_is_a_clear_error(kind, shop_files, tmp_path, custseg):
    whole = shop_files[kind].read_bytes()
    path = tmp_path / "orders.data"
    path.write_bytes(whole[:200] + b"\x07" * 9000 + whole[9200:20_000])
    result = custseg("download", path, "-w", "w")
    assert result.exit_code == 5, result.output
    assert "cannot be read" in result.output


def test_a_duckdb_file_held_open_by_a_writer_is_a_clear_error(shop_files, tmp_path):
    path = tmp_path / "busy.duckdb"
    path.write_bytes(shop_files["duckdb"].read_bytes())
    code = (
        f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('open', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline()
        with pytest.raises(DataError, match="another program holds the DuckDB file open"):
            tables(path)
        writer.stdin.close()
    assert len(tables(path)) == 2


def test_a_duckdb_query_reads_and_changes_nothing(shop_files, tmp_path):
    path = shop_files["duckdb"]
    before = path.read_bytes()
    query = (
        'SELECT "Country" AS land, count(*) AS n, 1.50::DECIMAL(9, 2) AS d FROM orders GROUP BY 1'
    )
    (row, *_) = loaded(table(path, query=query), tmp_path)
    assert (row["d"], type(row["n"])) == (Decimal("1.5"), int)
    with pytest.raises(DataError, match="the query fails: .*nam"):
        assert table(path, query="SELECT nam FROM orders").header
    assert path.read_bytes() == before


def test_what_sqlite_wrote_to_its_log_only_is_read(tmp_path, shop_frame, custseg):
    path = tmp_path / "live.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        as_text = shop_frame.assign(InvoiceDate=shop_frame["InvoiceDate"].astype(str))
        as_text.to_sql("orders", connection, index=False)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert custseg("download", path, "-w", "w").exit_code == 0
        before = artifact(Path("w"), "raw")
        content = path.read_bytes()
        connection.execute("UPDATE orders SET Quantity = 2 WHERE Quantity = 1")
        connection.commit()
        assert path.read_bytes() == content
        assert custseg("download", "-w", "w").exit_code == 0
    assert artifact(Path("w"), "raw") != before


def test_a_table_is_for_databases_only(small_shop, custseg):
    result = custseg("download", small_shop, "--table", "orders", "-w", "w")
    assert result.exit_code == 3
    assert "table and query are for databases" in result.output


def test_a_table_and_a_query_contradict_each_other(shop):
    with pytest.raises(SettingsError, match="both set"):
        tables(shop.url("shop"), table="orders", query="SELECT 1")


def test_a_missing_driver_is_named_with_its_command(monkeypatch, custseg):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "custseg.sources.databases.postgres", raising=False)
    result = custseg("download", f"postgresql://anna:{PASSWORD}@localhost/shop", "-w", "w")
    assert result.exit_code == 7
    assert "pip install 'custseg[postgres]'" in result.output
    assert PASSWORD not in result.output
