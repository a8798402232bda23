"""A run whose order lines stay in PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.engine.postgres import PostgreSQL
from custseg.errors import DataError
from custseg.offers.campaigns.register import Entry, register_campaign
from custseg.workspace.campaigns import read_register
from custseg.workspace.workspace import Workspace
from tests.postgres_server import PASSWORD
from tests.shops import SMALL_RUN

if TYPE_CHECKING:
    from tests.postgres_server import Server

PUSHED = {"CUSTSEG_ENGINE__BACKEND": "postgres"}
TYPES = {"Quantity": "integer", "UnitPrice": "numeric(10, 2)", "InvoiceDate": "timestamp"}


@pytest.fixture(scope="module")
def shop(postgres: Server, small_shop: Path) -> str:
    """The address of a database with the small shop's orders, typed."""
    orders = pd.read_csv(small_shop, dtype=str)
    postgres.run(
        "DROP DATABASE IF EXISTS pushed",
        "CREATE DATABASE pushed TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    )
    columns = ", ".join(f'"{name}" {TYPES.get(name, "text")}' for name in orders.columns)
    postgres.run(f"CREATE TABLE orders ({columns})", database="pushed")
    postgres.fill("orders", orders, "pushed")
    return postgres.url("pushed")


@pytest.fixture(scope="module")
def pushed(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose lines stayed; not to be changed."""
    folder = tmp_path_factory.mktemp("pushed") / "w"
    done = run(shop, folder)
    assert done.exit_code == 0, done.stderr
    assert "recommend" in done.stderr.partition("left out")[2].partition("\n")[0]
    return folder


def run(shop: str, folder: Path, *options: str, command: str = "run-all", **more: str) -> Any:
    """Run a command."""
    call = [command, shop, "-w", str(folder), *options]
    return CliRunner().invoke(app, call, env=SMALL_RUN | PUSHED | more)


def tables_of_runs(server: Server, patience: int = 100) -> list[Any]:
    """Temporary tables of anybody, once sessions that have ended are gone."""
    query = "SELECT relname FROM pg_class WHERE relpersistence = 't'"
    with closing(server.connect("pushed")) as connection:
        for _ in range(patience):
            found = connection.execute(query).fetchall()
            if not found:
                break
            time.sleep(0.1)
        return found


def test_lines_that_stay_give_what_lines_read_give(shop, pushed, postgres, tmp_path):
    done = run(shop, tmp_path / "read", CUSTSEG_ENGINE__BACKEND="duckdb")
    assert done.exit_code == 0, done.stderr
    compared = 0
    for name, artifact in ARTIFACTS.items():
        one, other = (folder / artifact.file for folder in (pushed, tmp_path / "read"))
        if artifact.lines:
            assert other.exists(), name
            assert not one.exists(), name
        elif artifact.storage == "table" and one.exists():
            # Bytes, whichever engine: but for floats, which may differ in their last digit.
            assert pq.read_table(one).equals(pq.read_table(other)), name
            compared += 1
    assert compared > 25
    assert tables_of_runs(postgres) == []


def started(shop: str, folder: Path, server: Server, **more: str) -> subprocess.Popen[bytes]:
    """A run that has made its first tables."""
    with (folder.parent / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "custseg", "run-all", shop, "-w", str(folder)],
            env=os.environ | SMALL_RUN | PUSHED | more,
            cwd=folder.parent,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    with closing(server.connect("pushed")) as connection:
        while not connection.execute(
            "SELECT 1 FROM pg_class WHERE relpersistence = 't' AND relname LIKE '%cached%'"
        ).fetchall():
            assert process.poll() is None, (folder.parent / "said").read_text()
            time.sleep(0.02)
    return process


def test_a_killed_run_leaves_no_table_after_the_next_start(shop, postgres, tmp_path):
    process = started(shop, tmp_path / "w", postgres)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert run(shop, tmp_path / "w", command="download").exit_code == 0
    assert tables_of_runs(postgres) == []


def test_the_next_start_ends_a_session_that_the_server_still_takes_for_alive(shop, postgres):
    with closing(PostgreSQL(shop, "token")) as killed:
        orders = killed.query('SELECT "StockCode" FROM orders LIMIT 5')
        killed.store(orders, "raw")
        with closing(PostgreSQL(shop, "another")):
            assert tables_of_runs(postgres, patience=1) != []
        with closing(PostgreSQL(shop, "token")):
            assert tables_of_runs(postgres) == []
        with pytest.raises(DataError, match="the connection broke off") as caught:
            killed.query("SELECT 1 AS one")
        assert PASSWORD not in str(caught.value)


def test_a_connection_lost_in_a_run_is_told_and_leaves_the_workspace_whole(
    shop, pushed, postgres, tmp_path
):
    folder = Path(shutil.copytree(pushed, tmp_path / "w"))
    # What is cleaned in another way is cleaned anew.
    process = started(shop, folder, postgres, CUSTSEG_CLEAN__RETURNS="drop")
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name LIKE 'custseg %'"
    )
    assert process.wait() == 5
    said = (tmp_path / "said").read_text()
    assert "the connection broke off" in said
    assert "Traceback" not in said
    assert PASSWORD not in said
    for name, artifact in ARTIFACTS.items():
        if artifact.storage == "table" and (pushed / artifact.file).exists():
            same = (folder / artifact.file).read_bytes() == (pushed / artifact.file).read_bytes()
            assert same, name


def test_orders_that_are_not_in_a_server_are_refused(small_shop, tmp_path):
    done = run(str(small_shop), tmp_path / "w")
    assert done.exit_code == 3
    assert "are in no PostgreSQL" in done.stderr


def test_what_stays_is_recorded_with_rows_and_a_digest(pushed):
    stages = json.loads((pushed / "manifest.json").read_text())["stages"]
    outputs = stages["clean"]["outputs"]
    assert outputs["transactions"]["elsewhere"]
    assert outputs["transactions"]["rows"] > 1000
    assert len(outputs["transactions"]["sha256"]) == 64
    assert not outputs["ledger"]["elsewhere"]
    assert PASSWORD not in (pushed / "manifest.json").read_text()


@pytest.mark.usefixtures("unlooked")
def test_campaigns_are_measured_where_lines_stay(shop, pushed, undisturbed, tmp_path):
    folder = Path(shutil.copytree(pushed, tmp_path / "w"))
    everybody = ("--segment", "all", "--all-members", "--holdout", "50%", "--campaign", "Now")
    more = PUSHED | {"CUSTSEG_EXPORT__PRODUCTS": "0"}
    call = ["export", "-w", str(folder), *everybody]
    done = CliRunner().invoke(app, call, env=SMALL_RUN | more)
    assert done.exit_code == 0, done.stderr
    (now,) = read_register(folder).campaigns
    members = pd.read_parquet(folder / now.file)
    # Nothing was registered that would take the lines.
    assert members[["orders_before", "spend_before"]].isna().all(axis=None)
    then = replace(now, as_of="2023-10-01", sent="2023-10-01", horizon_days=60)
    with Workspace(folder).writing():
        register_campaign(Workspace(folder), Entry(then, members, known=False))
    done = run(shop, folder)
    assert done.exit_code == 0, done.stderr
    (row,) = Workspace(folder).rows("campaigns")
    lines = pd.read_parquet(undisturbed / "transactions.parquet")
    inside = lines[(lines["ordered_at"] >= "2023-10-01") & (lines["ordered_at"] < "2023-11-30")]
    orders = inside.groupby("customer_id")["order_id"].nunique()
    counts = members.assign(orders=members["customer_id"].map(orders).fillna(0))
    means = counts.groupby("group")["orders"].mean()
    assert (row["orders_list"], row["orders_control"]) == pytest.approx(
        (means["list"], means["control"])
    )
    assert not row["adjusted"]


# Last: with its view the database has two tables of orders.
def test_a_column_of_text_where_a_date_is_due_is_refused(shop, postgres, tmp_path):
    postgres.run(
        'CREATE VIEW texts AS SELECT "InvoiceNo", "StockCode", "Quantity", "UnitPrice", '
        '"CustomerID", "InvoiceDate"::text FROM orders LIMIT 100',
        database="pushed",
    )
    done = run(shop, tmp_path / "w", "--table", "texts")
    assert done.exit_code == 5
    assert 'Column "InvoiceDate" is no date or time' in done.stderr
    assert 'backend = "duckdb"' in done.stderr
