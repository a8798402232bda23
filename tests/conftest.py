"""Shared ways to make order lines, workspaces and calls of the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from custseg.artifacts import ARTIFACTS
from custseg.cli.app import app
from custseg.settings import DemoSettings
from custseg.sources.demo import simulate, write_csv
from tests import postgres_server
from tests.sharing import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import ibis.expr.types as ir

ROOT = Path(__file__).resolve().parents[1]

hypothesis.settings.register_profile("every-run", max_examples=100, deadline=None)
hypothesis.settings.register_profile("nightly", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("every-run")


def examples(count: int) -> hypothesis.settings:
    """So many examples of a property that is slow to try; ten times as many at night."""
    slow = hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture
    factor = hypothesis.settings().max_examples // 100
    return hypothesis.settings(max_examples=count * factor, suppress_health_check=slow)


LONGEST = (
    "pipeline/test_runner.py",
    "reference/test_retail.py",
    "pipeline/test_publishing.py",
    "pipeline/test_rebuilding.py",
    "sources/test_database.py",
    "segments/test_model_select_k.py",
    "cli/test_cli.py",
    "cli/test_signals.py",
    "segments/test_assignment.py",
    "reference/test_monthly.py",
    "pipeline/test_crash.py",
    "reference/test_recommendations.py",
    "sources/test_fuzz.py",
    "report/test_findings.py",
    "offers/test_playbook.py",
    "sources/test_privacy.py",
    "outlook/test_lifetime.py",
    "workspace/test_disk_full.py",
    "orders/test_money.py",
    "cli/test_compare.py",
    "segments/test_explanation.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first: no process then works on one when the others have ended."""
    place = {name: number for number, name in enumerate(LONGEST)}
    folder = Path(__file__).parent
    items.sort(key=lambda item: place.get(item.path.relative_to(folder).as_posix(), len(place)))


SMALL_RUN = {
    # Pictures have tests of their own, and so have side studies and how k is chosen.
    "CUSTSEG_REPORT__CHARTS": "[]",
    "CUSTSEG_RUN__THOROUGH": "false",
    "CUSTSEG_MODEL__KMAX": "3",
    "CUSTSEG_MODEL__RESAMPLES": "2",
    "CUSTSEG_INVENTORY__TESTS": "1",
    "NO_COLOR": "1",
}
"""What a run of the tests' small shop is given, so that it takes seconds."""
STUDIED = {"CUSTSEG_RUN__THOROUGH": "true"}
BY_DEFAULT = dict.fromkeys(SMALL_RUN) | {"CUSTSEG_REPORT__CHARTS": "[]", "NO_COLOR": "1"}
"""What a run is given that has all but its pictures as a user's has it."""
EARLY = "2023-10-01"
DEFAULT_LINE: dict[str, Any] = {
    "customer_id": "anna",
    "order_id": "1",
    "product_id": "mug",
    "description": "A MUG",
    "quantity": 1,
    "unit_price": "2.00",
    "ordered_at": "2024-01-10 12:00",
    "country": "Norway",
    "category": None,
}


def raw_lines(*rows: dict[str, Any]) -> ir.Table:
    """Raw order lines from what differs from DEFAULT_LINE."""
    lines = []
    for number, row in enumerate(rows, 2):
        line = DEFAULT_LINE | row
        line["quantity"] = Decimal(line["quantity"])
        line["ordered_at"] = datetime.fromisoformat(line["ordered_at"])
        if line["unit_price"] is not None:
            line["unit_price"] = Decimal(line["unit_price"])
            line.setdefault("amount", line["quantity"] * line["unit_price"])
        line.setdefault("source_file", "test.csv")
        line.setdefault("source_row", number)
        lines.append(line)
    table = pa.Table.from_pylist(lines, schema=ARTIFACTS["raw"].schema())
    return ibis.memtable(table)


def table(frame: pd.DataFrame) -> ir.Table:
    """A data frame as a table of the engine."""
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def rows(table: ir.Table) -> list[dict[str, Any]]:
    """A small table's rows."""
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


PLANTED = {
    # recency, frequency, monetary, tenure: few, well apart
    "loyal": (5.0, 30.0, 9000.0, 360.0),
    "lapsed": (300.0, 2.0, 100.0, 350.0),
    "new": (6.0, 1.0, 60.0, 8.0),
}


def planted_customers(per_group: int = 40, seed: int = 0) -> pd.DataFrame:
    """Features of customers in three groups that can be told by eye."""
    draw = np.random.default_rng(seed)
    frames = []
    for name, (recency, frequency, monetary, tenure) in PLANTED.items():
        noise = np.exp(draw.normal(0, 0.1, (per_group, 4)))
        values = np.array([recency, frequency, monetary, tenure]) * noise
        frame = pd.DataFrame(
            values, columns=["recency_days", "frequency", "monetary", "tenure_days"]
        )
        frames.append(frame.assign(group=name))
    table = pd.concat(frames, ignore_index=True)
    table["active_days"] = table["frequency"]
    table["average_order_value"] = table["monetary"] / table["frequency"]
    table["distinct_products"] = table["frequency"] * 3
    table.insert(0, "customer_id", [f"c{i:04d}" for i in draw.permutation(len(table))])
    return table.sort_values("customer_id", ignore_index=True)


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting, workspace or colour of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("CUSTSEG_") and name not in {
            "CUSTSEG_TEST_DATA",
            "CUSTSEG_REQUIRE_DATA",
            "CUSTSEG_REQUIRE_BROWSER",
            "CUSTSEG_REQUIRE_MOUNT",
            "CUSTSEG_REQUIRE_OFFICE",
            "CUSTSEG_REQUIRE_POSTGRES",
        }:
            monkeypatch.delenv(name)
    for name, value in SMALL_RUN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    # The first query opens an engine of the test's own.
    ibis.options.default_backend = None


@pytest.fixture
def thorough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side studies are part of the test's runs."""
    for name, value in STUDIED.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The path of a real data file; skips where there is none, unless one is required."""
    folder = Path(os.environ.get("CUSTSEG_TEST_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            if os.environ.get("CUSTSEG_REQUIRE_DATA") == "1":
                pytest.fail(f"{path} is required and absent")
            pytest.skip(f"no real data at {path}")
        return path

    return find


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """What is made once for all processes that the tests run in."""
    base = tmp_path_factory.getbasetemp()
    return Shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def studied_retail(real_data: Callable[[str], Path], shared: Shared) -> Path:
    """A workspace of Online Retail in which everything is studied; not to be changed."""
    source = real_data("online_retail/online_retail.parquet")

    def make(folder: Path) -> None:
        arguments = ["run-all", str(source), "-w", str(folder), "--quiet"]
        result = CliRunner().invoke(app, arguments, env=BY_DEFAULT)
        assert result.exit_code == 0, result.output

    return shared.once("studied-retail", make)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A PostgreSQL server of this session; skips where there is none, unless one is required."""
    found = postgres_server.binaries()
    if found is None:
        if os.environ.get("CUSTSEG_REQUIRE_POSTGRES") == "1":
            pytest.fail("PostgreSQL (initdb, pg_ctl) is required and absent")
        pytest.skip("no PostgreSQL (initdb, pg_ctl) on this machine")
    server = postgres_server.launch(found)
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture
def custseg() -> Callable[..., Any]:
    """Call the command line."""

    def call(*arguments: str | Path) -> Any:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


@pytest.fixture(scope="session")
def small_shop(shared: Shared) -> Path:
    """A csv of a demo store with 120 customers."""

    def make(folder: Path) -> None:
        folder.mkdir()
        with (folder / "orders.csv").open("wb") as stream:
            write_csv(simulate(DemoSettings(customers=120, seed=1)).lines, stream)

    return shared.once("small-shop", make) / "orders.csv"


def run_apart(source: Path, folder: Path, **more: str) -> None:
    """Run all in a process of its own that nothing disturbs, with as many threads as it likes."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("CUSTSEG_")}
    given.pop("OMP_NUM_THREADS", None)
    command = [sys.executable, "-m", "custseg", "run-all", str(source), "-w", str(folder), "-q"]
    subprocess.run(command, env=given | SMALL_RUN | more, cwd=source.parent, check=True)


@pytest.fixture(scope="session")
def undisturbed(small_shop: Path, shared: Shared) -> Path:
    """The workspace of a run of the small shop that nothing has disturbed; not to be changed."""
    return shared.once("undisturbed", lambda folder: run_apart(small_shop, folder))


@pytest.fixture(scope="session")
def studied(small_shop: Path, shared: Shared) -> Path:
    """A workspace of the small shop in which everything is studied; not to be changed."""
    return shared.once("studied", lambda folder: run_apart(small_shop, folder, **STUDIED))


@pytest.fixture(scope="session")
def studied_early(small_shop: Path, shared: Shared) -> Path:
    """A workspace studied as of EARLY with four segments, as options ask; not to be changed."""

    def make(folder: Path) -> None:
        arguments = ["run-all", str(small_shop), "-w", str(folder), "--as-of", EARLY, "--k", "4"]
        result = CliRunner().invoke(app, arguments, env=SMALL_RUN | STUDIED)
        assert result.exit_code == 0, result.output

    return shared.once("studied-early", make)


EVIL_NAME = '=HYPERLINK("http://evil.example")'
KEY = "a key of some length"


def _run_months(orders: Path, folder: Path, *dates: str | None, **env: str) -> None:
    for day in dates:
        call = ["run-all", str(orders), "-w", str(folder), "-q", "--k", "3"]
        options = ["--as-of", day] if day else []
        result = CliRunner().invoke(app, [*call, *options], env=SMALL_RUN | env)
        assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def secret_shop(small_shop: Path, shared: Shared) -> Path:
    """A workspace of two months, ids easily found and names an attack; not to be changed."""

    def make(folder: Path) -> None:
        folder.mkdir()
        orders = pd.read_csv(small_shop, dtype=str)
        orders["CustomerID"] = "0secret" + orders["CustomerID"]
        orders["Description"] = EVIL_NAME + orders["Description"]
        orders.to_csv(folder / "orders.csv", index=False)
        latest = pd.to_datetime(orders["InvoiceDate"]).max().date()
        _run_months(folder / "orders.csv", folder / "w", latest.replace(day=1).isoformat(), None)

    return shared.once("secret-shop", make) / "w"


@pytest.fixture(scope="session")
def hashed_shop(small_shop: Path, shared: Shared) -> Path:
    """people.csv with addresses for ids, and a workspace of it by KEY; not to be changed."""

    def make(folder: Path) -> None:
        folder.mkdir()
        orders = pd.read_csv(small_shop, dtype=str)
        orders["CustomerID"] = "P" + orders["CustomerID"] + "@example.com"
        orders.to_csv(folder / "people.csv", index=False)
        _run_months(folder / "people.csv", folder / "w", None, CUSTSEG_KEY=KEY)

    return shared.once("hashed-shop", make)


@pytest.fixture
def finished(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy, for the test to change, of a finished run of the small shop."""
    return Path(shutil.copytree(undisturbed, tmp_path / "w"))
