"""Database files of somebody else read nothing but themselves, and stop when told to."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from custseg.errors import CustsegError, DataError
from custseg.settings import SourceSettings
from custseg.sources.databases.database import DatabaseTable, open_database

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "hush-of-this-machine"
ORDERS = "CREATE TABLE orders (customer_id VARCHAR, order_id VARCHAR)"
ENDLESS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) "
    "SELECT n AS order_id, n AS customer_id FROM numbers WHERE n < 0"
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the machine, which the database is not to show."""
    path = tmp_path / "secret.csv"
    path.write_text(f"customer_id,order_id\n{SECRET},1\n")
    return path


def duckdb_file(folder: Path, *statements: str) -> Path:
    path = folder / "evil.duckdb"
    with closing(duckdb.connect(path)) as connection:
        connection.execute(ORDERS)
        connection.execute("INSERT INTO orders VALUES ('anna', '1')")
        for statement in statements:
            connection.execute(statement)
    return path


def sqlite_file(folder: Path, *statements: str) -> Path:
    path = folder / "evil.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(ORDERS)
        connection.execute("INSERT INTO orders VALUES ('anna', '1')")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def read(path: Path, **settings: Any) -> list[tuple[str | None, ...]]:
    """All rows of what is set to be read."""
    found: list[DatabaseTable] = open_database(str(path), SourceSettings(**settings), path.name)
    (table,) = found
    return list(table.sample)


@pytest.mark.parametrize(
    "view",
    [
        "SELECT content AS customer_id, '1' AS order_id FROM read_text('{0}')",
        "SELECT content AS customer_id, '1' AS order_id FROM read_blob('{0}')",
        "SELECT * FROM read_csv('{0}')",
        "SELECT * FROM '{0}'",
        "SELECT file AS customer_id, '1' AS order_id FROM glob('{1}/*')",
        "SELECT * FROM outside()",
    ],
)
def test_a_view_of_a_duckdb_file_reads_no_other_file(view, secret, tmp_path):
    path = duckdb_file(
        tmp_path,
        f"CREATE MACRO outside() AS TABLE SELECT * FROM read_csv('{secret}')",
        f"CREATE VIEW evil AS {view.format(secret, tmp_path)}",
    )
    assert read(path, table="orders") == [("anna", "1")]
    with pytest.raises(DataError) as caught:
        read(path, table="evil")
    assert "outside of it" in caught.value.message
    assert SECRET not in str(caught.value)
    assert "secret.csv" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{0}')",
        "SELECT * FROM main.\"read_text\" /* x */ ('{0}')",
        "SELECT * FROM '{0}'",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_settings()",
        "SELECT current_setting('secret_directory')",
        "SELECT getenv('HOME')",
        "SELECT * FROM enable_logging(storage = 'file', storage_path = '{1}/log')",
        "SELECT * FROM orders, enable_profiling(save_location = '{1}/log')",
        "SELECT * FROM orders WHERE EXISTS (FROM glob('{1}/*'))",
        "SELECT * FROM 'http://127.0.0.1:1/x.csv'",
        "ATTACH '{1}/log'",
        "COPY orders TO '{1}/log'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "SELECT * FROM frame",
        "SELECT * FROM (PIVOT orders ON order_id USING count(*)), enable_logging/**/()",
    ],
)
def test_a_query_of_a_duckdb_file_reaches_nothing_else(query, secret, tmp_path):
    frame = [SECRET]
    path = duckdb_file(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CustsegError) as caught:
        read(path, query=query.format(secret, tmp_path))
    assert caught.value.exit_code in {3, 5}
    assert frame[0] not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW evil AS SELECT * FROM enable_logging(storage = 'file', storage_path = '{}')",
        "CREATE VIEW evil AS SELECT * FROM \"enable_profiling\" (save_location = '{}')",
        "CREATE MACRO evil() AS TABLE SELECT * FROM query('SELECT 1')",
        "CREATE VIEW evil AS SELECT * FROM checkpoint()",
    ],
)
def test_a_duckdb_file_with_a_view_that_acts_is_not_read(statement, tmp_path):
    log = tmp_path / "log"
    path = duckdb_file(tmp_path, statement.format(log))
    with pytest.raises(DataError, match="a view or macro in it calls"):
        read(path, table="orders")
    assert not log.exists()


def test_views_of_a_duckdb_file_on_its_own_tables_are_read(tmp_path):
    path = duckdb_file(
        tmp_path,
        "CREATE MACRO twice(a) AS a || a",
        "CREATE VIEW doubled AS SELECT twice(customer_id) AS customer_id, unnest(range(2)) AS n "
        "FROM orders ORDER BY n",
    )
    assert read(path, table="doubled") == [("annaanna", "0"), ("annaanna", "1")]
    assert read(path, query="SELECT count(*) AS n FROM doubled") == [("2",)]


def test_settings_that_a_view_can_read_tell_nothing_of_the_machine(tmp_path):
    path = duckdb_file(
        tmp_path,
        "CREATE VIEW evil AS SELECT string_agg(value, ' ') AS told FROM duckdb_settings()",
    )
    ((told,),) = read(path, table="evil")
    assert told
    assert str(Path.home()) not in told.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT load_extension('{}/x.so')",
        "SELECT readfile('{}/secret.csv')",
        "SELECT writefile('{}/log', 'x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT * FROM pragma_database_list",
        "ATTACH '{}/log' AS log",
        "VACUUM INTO '{}/log'",
        "PRAGMA query_only = off",
        "SELECT edit('x', 'sh')",
    ],
)
@pytest.mark.usefixtures("secret")
def test_a_query_of_a_sqlite_file_reaches_nothing_else(query, tmp_path):
    path = sqlite_file(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CustsegError) as caught:
        read(path, query=query.format(tmp_path))
    assert caught.value.exit_code in {3, 5}
    assert "damaged" not in caught.value.message
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "view",
    [
        "SELECT load_extension('/x.so') AS customer_id, 1 AS order_id",
        "SELECT file AS customer_id, seq AS order_id FROM pragma_database_list",
        "SELECT fts3_tokenizer('simple') AS customer_id, 1 AS order_id",
    ],
)
def test_a_view_of_a_sqlite_file_does_no_more_than_read(view, tmp_path):
    path = sqlite_file(tmp_path, f"CREATE VIEW evil AS {view}")
    with pytest.raises(DataError, match="more than read"):
        read(path, table="evil")
    assert read(path, table="orders") == [("anna", "1")]


def test_search_tables_beside_the_orders_of_a_sqlite_file_are_passed_over(tmp_path):
    path = sqlite_file(tmp_path, "CREATE VIRTUAL TABLE found USING rtree (id, low, high)")
    tables = open_database(str(path), SourceSettings(), path.name)
    assert [table.name.split('"')[1] for table in tables if "found_" not in table.name] == [
        "orders"
    ]
    assert all(table.header for table in tables)


def started(path: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "custseg", "download", str(path), "-w", "w", *more]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=path.parent
    )


def in_its_query(process: subprocess.Popen[str]) -> bool:
    """Whether a process has been computing for a while; it imports for two seconds at most."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") > 4


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("make", "number"), [(sqlite_file, signal.SIGTERM), (duckdb_file, signal.SIGINT)]
)
def test_an_endless_view_hears_signals(make: Callable[..., Path], number, tmp_path):
    path = make(tmp_path, f"CREATE VIEW endless AS {ENDLESS}")
    process = started(path, "--table", "endless")
    try:
        while process.poll() is None and not in_its_query(process):
            time.sleep(0.1)
        assert process.poll() is None, process.communicate()[1]
        process.send_signal(number)
        _, said = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert "Error" not in said
    assert not (tmp_path / "w/raw.parquet").exists()
