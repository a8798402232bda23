"""Customers' segments in a table of a real PostgreSQL server."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg import load
from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError, UsageError
from custseg.offers.export import database
from custseg.offers.export.tables import GIVEN, Given
from tests.postgres_server import PASSWORD


@pytest.fixture
def server(postgres, request):
    """The address of an empty database of this test."""
    name = f"p{abs(hash(request.node.nodeid))}"
    postgres.run(f"CREATE DATABASE {name}")
    return postgres.url(name)


@pytest.fixture
def workspace(secret_shop, tmp_path) -> Path:
    return Path(shutil.copytree(secret_shop, tmp_path / "w"))


def query(address: str, sql: str) -> list[Any]:
    import psycopg

    with closing(psycopg.connect(address, autocommit=True)) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def test_each_customer_is_a_row_of_each_date_however_often_it_is_published(
    server, workspace, custseg
):
    early, late = sorted(path.name for path in (workspace / "history").iterdir())
    for as_of in (early, late, late):
        done = custseg("publish", "--to", server, "-w", workspace, "--as-of", as_of, "--json")
        assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = query(server, "SELECT * FROM customer_segments ORDER BY as_of, customer_id")
    expected = []
    for as_of in (early, late):
        frame = pd.read_parquet(workspace / "history" / as_of / "segments.parquet")
        names = ["customer_id", "segment", "segment_name", "margin", "ambiguous", "fits_name"]
        rows = frame[names].itertuples(index=False)
        expected += [(pd.Timestamp(as_of).date(), *row) for row in rows]
    assert found == expected
    customers = sum(row[0].isoformat() == late for row in found)
    assert {told["customers"], told["replaced"]} == {customers}
    assert PASSWORD not in done.output + done.stderr
    assert "secret" not in done.stderr


def test_others_see_all_rows_of_a_date_or_none(server, workspace, custseg, monkeypatch):
    assert custseg("publish", "--to", server, "-w", workspace).exit_code == 0
    before = query(server, "SELECT count(*), min(as_of) FROM customer_segments")
    copied = database._copy

    def ends_midway(connection, table, rows):
        copied(connection, table, rows.slice(0, 5))
        assert query(server, "SELECT count(*), min(as_of) FROM customer_segments") == before
        query(server, f"SELECT pg_terminate_backend({connection.info.backend_pid})")
        copied(connection, table, rows.slice(5))

    monkeypatch.setattr(database, "_copy", ends_midway)
    done = custseg("publish", "--to", server, "-w", workspace)
    assert done.exit_code == 5, done.output
    assert "the connection to the server broke off; the table is as it was" in done.stderr
    assert PASSWORD not in done.stderr
    assert query(server, "SELECT count(*), min(as_of) FROM customer_segments") == before


def test_who_was_forgotten_has_no_row_of_any_date(server, workspace, custseg):
    early, late = sorted(path.name for path in (workspace / "history").iterdir())
    for as_of in (early, late):
        custseg("publish", "--to", server, "-w", workspace, "--as-of", as_of)
    customers = "SELECT DISTINCT customer_id FROM customer_segments ORDER BY 1"
    (gone,), *others = query(server, f"{customers} LIMIT 4")
    assert custseg("forget", gone, "-w", workspace).exit_code == 0
    done = custseg("publish", "--to", server, "-w", workspace)
    assert done.exit_code == 0, done.output
    left = query(server, customers)
    assert (gone,) not in left
    assert set(others) < set(left)
    assert gone not in done.output


def test_a_table_of_ones_own_may_have_more_columns_but_not_fewer(server, workspace, custseg):
    query(server, "CREATE SCHEMA marketing")
    query(
        server,
        "CREATE TABLE marketing.who (as_of date, customer_id text, segment int, "
        "segment_name text, margin numeric(6, 3), ambiguous boolean, fits_name boolean, "
        "loaded timestamp DEFAULT now())",
    )
    call = ("publish", "--to", server, "-w", workspace, "--table")
    assert custseg(*call, "marketing.who").exit_code == 0
    assert isinstance(query(server, "SELECT margin FROM marketing.who")[0][0], Decimal)
    query(server, "ALTER TABLE marketing.who DROP COLUMN margin, DROP COLUMN fits_name")
    done = custseg(*call, "marketing.who")
    assert done.exit_code == 5
    assert "lacks the columns margin, fits_name" in done.stderr


@pytest.mark.parametrize(
    ("table", "code", "said"),
    [
        ("nowhere.t", 5, "there is no such schema"),
        ("a_view", 5, "is no table that takes rows"),
        ("odd", 5, "the server refuses the rows"),
        ("a.b.c", 2, "not the name of a table"),
    ],
)
def test_a_table_that_takes_no_rows_is_named(table, code, said, server, workspace, custseg):
    names = GIVEN["segments"].column_names()
    columns = ", ".join(f"'x' AS {name}" for name in names if name != "as_of")
    query(server, f"CREATE VIEW a_view AS SELECT current_date AS as_of, {columns} LIMIT 1")
    query(server, f"CREATE TABLE odd AS SELECT current_date AS as_of, {columns}")
    query(server, "ALTER TABLE odd ADD CHECK (segment_name = 'x')")
    done = custseg("publish", "--to", server, "-w", workspace, "--table", table)
    assert done.exit_code == code, done.output
    assert said in done.stderr


def test_who_may_not_write_is_told_what_to_grant(server, workspace, custseg):
    query(server, "CREATE ROLE guest LOGIN PASSWORD 'g'")
    guest = server.replace(f"shopkeeper:{PASSWORD}", "guest:g")
    done = custseg("publish", "--to", guest, "-w", workspace)
    assert done.exit_code == 5
    assert "permission denied" in done.stderr
    assert "GRANT" in done.stderr


def test_only_a_server_is_published_to():
    with pytest.raises(UsageError, match="not the address of a PostgreSQL server"):
        database.Target("shop.duckdb")


def test_rows_are_those_of_their_copy_in_blocks(server, monkeypatch):
    monkeypatch.setattr(database, "_ROWS", 2)
    columns = {
        "as_of": [date(2011, 12, 10)] * 5,
        "customer_id": ["a,b", 'c"d', "e\nf", "", "ü"],
        "segment": [1, 2, 1, 1, 2],
        "segment_name": ["new", "old", "new", "new", "old"],
        "margin": [0.1, 1 / 3, None, 5e-324, 1.0],
        "ambiguous": [True, False, False, True, False],
        "fits_name": [True, True, False, True, True],
    }
    rows = Given("segments", pa.table(columns), "2011-12-10", frozenset(), 0)
    told = database.publish_rows(rows, database.Target(server, name="t"))
    assert (told.customers, told.replaced) == (5, 0)
    found = query(server, 'SELECT customer_id, margin FROM t ORDER BY customer_id COLLATE "C"')
    assert found == [("", 5e-324), ("a,b", 0.1), ('c"d', 1 / 3), ("e\nf", None), ("ü", 1.0)]
    with pytest.raises(DataError, match="cannot connect|no such database"):
        database.publish_rows(rows, database.Target(f"{server}x".replace("?", "x?"), name="t"))


def types_of(address: str, table: str) -> dict[str, str]:
    asked = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = "
    return dict(query(address, f"{asked}'{table}' ORDER BY ordinal_position"))


TYPES = {
    "string": ("text", "VARCHAR", "String", "str"),
    "int64": ("bigint", "BIGINT", "Int64", "int64"),
    "double": ("double precision", "DOUBLE", "Float64", "float64"),
    "bool": ("boolean", "BOOLEAN", "Boolean", "bool"),
    "timestamp": (
        "timestamp without time zone",
        "TIMESTAMP",
        "Datetime(time_unit='us', time_zone=None)",
        "datetime64[us]",
    ),
    "date": ("date", "DATE", "Date", "object"),
    "decimal(18,4)": ("numeric", "DECIMAL(18,4)", "Decimal(precision=18, scale=4)", "object"),
}
"""What each of our types is in PostgreSQL, DuckDB, Polars and pandas."""


def test_the_wide_table_is_what_every_tool_reads_in_the_file(server, workspace, custseg):
    for _ in range(2):
        done = custseg("publish", "--to", server, "-w", workspace, "--what", "customers", "--json")
        assert done.exit_code == 0, done.output
    file = workspace / "customers.parquet"
    exact = pq.read_table(file)
    told = json.loads(done.stdout)
    assert {told["rows"], told["customers"], told["replaced"]} == {len(exact)}
    duck = duckdb.sql(f"SELECT * FROM '{file}' ORDER BY customer_id")
    frame, polars = pd.read_parquet(file), pl.read_parquet(file)
    columns = ARTIFACTS["customers"].columns
    for place, found in enumerate(
        (
            types_of(server, "custseg_customers"),
            dict(zip(duck.columns, map(str, duck.types), strict=True)),
            {name: str(kind) for name, kind in polars.schema.items()},
            frame.dtypes.astype(str).to_dict(),
        )
    ):
        assert found == {column.name: TYPES[column.type][place] for column in columns}
        assert list(found) == exact.column_names
    found = query(server, 'SELECT * FROM custseg_customers ORDER BY customer_id COLLATE "C"')
    rows = [tuple(row.values()) for row in exact.to_pylist()]
    assert found == rows == duck.fetchall() == polars.rows()
    plain = frame.astype(object).where(frame.notna(), None)
    assert list(plain.itertuples(index=False, name=None)) == rows


def test_every_month_is_published_whole_and_without_who_objects(
    server, workspace, custseg, monkeypatch
):
    call = ("publish", "--to", server, "-w", workspace, "--what", "customers_by_month")
    assert custseg(*call).exit_code == 0
    everybody = "SELECT count(*), count(DISTINCT as_of) FROM custseg_customers_by_month"
    ((before, months),) = query(server, everybody)
    ((gone, theirs),) = query(
        server,
        "SELECT customer_id, count(*) FROM custseg_customers_by_month "
        "WHERE previous_segment IS NOT NULL GROUP BY 1 LIMIT 1",
    )
    objections = workspace.parent / "objections.csv"
    objections.write_text(gone)
    monkeypatch.setenv("CUSTSEG_PRIVACY__OBJECTIONS", str(objections))
    done = custseg(*call, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (months, theirs) == (2, 1)
    assert (told["replaced"], told["rows"], told["left_out"]) == (before, before - 2, 2)
    assert query(server, everybody) == [(before - 2, 2)]
    assert types_of(server, "custseg_customers_by_month") == {
        "customer_id": "text",
        "as_of": "date",
        "segment": "bigint",
        "segment_name": "text",
        "previous_segment": "bigint",
        "since": "date",
    }
    assert custseg(*call, "--as-of", "2011-11-01").exit_code == 2


def test_a_table_that_holds_something_else_keeps_its_rows(server, workspace, custseg):
    call = ("publish", "--to", server, "-w", workspace)
    assert custseg(*call, "--what", "customers").exit_code == 0
    query(server, "CREATE TABLE customers (customer_id text, city text)")
    query(server, "INSERT INTO customers VALUES ('1', 'Ulm')")
    query(server, "CREATE TABLE mine (LIKE custseg_customers)")
    query(server, "ALTER TABLE mine ADD note text")
    query(server, "INSERT INTO mine SELECT *, 'called' FROM custseg_customers")
    tables = ("custseg_customers", "customers", "mine")
    before = [query(server, f"SELECT count(*) FROM {table}") for table in tables]
    for what, table, said in (
        ("segments", "custseg_customers", "holds what custseg publishes of customers"),
        ("customers_by_month", "custseg_customers", "holds what custseg publishes of customers"),
        ("customers", "customers", "lacks the columns as_of, segment"),
        ("customers", "mine", "has other columns: note"),
    ):
        done = custseg(*call, "--what", what, "--table", table)
        assert done.exit_code == 5, done.output
        assert said in done.stderr
    assert [query(server, f"SELECT count(*) FROM {table}") for table in tables] == before


def test_a_notebook_publishes_as_the_command_does(server, workspace, custseg):
    assert custseg("publish", "--to", server, "-w", workspace).exit_code == 0
    shop = load(workspace)
    again = shop.publish(server)
    assert (again.table, again.replaced) == ("customer_segments", again.rows)
    assert PASSWORD not in repr(again)
    wide = shop.publish(server, "customers", "wide")
    assert query(server, "SELECT count(*) FROM wide") == [(wide.rows,)]
    with pytest.raises(UsageError, match="no table to publish") as refused:
        shop.publish(server, "customer")
    assert "customers" in str(refused.value)
    with pytest.raises(UsageError, match="no such dialect") as refused:
        shop.to_sql(server)
    assert PASSWORD not in str(refused.value)


def recipes(tool: str) -> list[str]:
    """The queries that the page on BI tools has for one of them."""
    page = (Path(__file__).parents[2] / "docs" / "bi.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {tool}\n")[1].split("\n## ")[0]
    return re.findall(r"```sql\n(.+?)```", section, re.DOTALL)


def test_the_queries_of_the_page_on_bi_tools_run(server, workspace, custseg, monkeypatch):
    monkeypatch.chdir(workspace.parent)
    workspace.rename("custseg-workspace")
    month = ("--table", "customers_by_month", "--output", "customers_by_month.parquet")
    assert custseg("export", *month).exit_code == 0
    for what in ("customers", "customers_by_month"):
        assert custseg("publish", "--to", server, "--what", what).exit_code == 0
    wide = pl.read_parquet("custseg-workspace/customers.parquet")
    # Between these two months nobody moved; as if one had, the last of whom both months know.
    months = pl.read_parquet("customers_by_month.parquet")
    mover = months.filter(pl.col("previous_segment").is_not_null())["customer_id"][-1]
    now = (pl.col("customer_id") == mover) & pl.col("previous_segment").is_not_null()
    other = pl.col("segment") % 3 + 1
    months = months.with_columns(
        previous_segment=pl.when(now).then(other).otherwise("previous_segment"),
        since=pl.when(now).then("as_of").otherwise("since"),
    )
    months.write_parquet("customers_by_month.parquet")
    query(
        server,
        "UPDATE custseg_customers_by_month SET previous_segment = segment % 3 + 1, since = as_of "
        f"WHERE customer_id = '{mover}' AND previous_segment IS NOT NULL",
    )
    spent, moves = (duckdb.sql(recipe).fetchall() for recipe in recipes("DuckDB"))
    assert sum(row[2] for row in spent) == wide["monetary"].sum()
    assert [row[2] for row in moves] == [1]
    (sizes,) = recipes("Metabase")
    found = query(server, sizes)
    assert sum(row[2] for row in found) == len(months)
    assert sum(row[3] for row in found) == 1
    (model,) = recipes("dbt")
    built = query(server, re.sub(r"{{ source\('custseg', '(\w+)'\) }}", r"\1", model))
    assert len(built) == len(wide)
