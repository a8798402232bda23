"""Shared ways to make order lines, workspaces and calls of the command line."""

from __future__ import annotations

import gc
import os
import shutil
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
from custseg.report.html import vega
from tests import postgres_server
from tests.recalling import recalling
from tests.sharing import Shared
from tests.shops import (  # noqa: F401  (fixtures of every test)
    KEY,
    SMALL_RUN,
    STUDIED,
    finished,
    hashed_shop,
    secret_shop,
    small_shop,
    studied,
    studied_early,
    studied_retail,
    undisturbed,
    unreported,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


def nightly(cases: Iterable[Any]) -> list[Any]:
    """Cases of a test that are tried at night; others of their kind are in every run."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.nightly)
        for case in cases
    ]


LONGEST = (
    "reference/test_retail.py",
    "pipeline/test_runner.py",
    "engine/test_engines.py",
    "offers/test_demand.py",
    "sources/test_exports_api.py",
    "engine/test_pushed.py",
    "pipeline/test_publishing.py",
    "segments/test_assignment.py",
    "cli/test_cli.py",
    "outlook/test_lifetime.py",
    "pipeline/test_options.py",
    "engine/test_folder.py",
    "sources/test_privacy.py",
    "report/test_browser.py",
    "privacy/test_erasure.py",
    "cli/test_signals.py",
    "cli/test_small_shops.py",
    "notebook/test_segmentation.py",
    "offers/campaigns/test_campaign_command.py",
    "segments/test_segment_ids.py",
    "outlook/test_past.py",
    "outlook/test_validation.py",
    "orders/test_repeats.py",
    "sources/test_database.py",
    "pipeline/test_rebuilding.py",
    "segments/test_model_select_k.py",
    "pipeline/test_lanes.py",
    "sources/test_quirks.py",
    "sources/test_exports_marketplaces.py",
    "sources/test_files.py",
    "orders/test_cleaning.py",
    "cli/test_compare.py",
    "offers/test_backtest.py",
    "segments/test_explanation.py",
    "privacy/test_pseudonyms.py",
    "workspace/test_disk_full.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make Vega's script once, as a build does, where the checkout was never built."""
    if not hasattr(config, "workerinput") and not vega.SCRIPT.exists():
        vega.SCRIPT.write_text(vega.bundle(), encoding="utf-8")


SPARKS = ("engine/test_engines.py", "engine/test_folder.py")
"""They go to one process: a second would start Spark again, and its server."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, and one of them all of Spark's."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda test: (
        "spark" if file_of(test).endswith(SPARKS) else file_of(test)
    )
    return scheduler


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is loaded for good, and come round less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first: no process then works on one when the others have ended."""
    place = {name: number for number, name in enumerate(LONGEST)}
    folder = Path(__file__).parent
    items.sort(key=lambda item: place.get(item.path.relative_to(folder).as_posix(), len(place)))


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


@pytest.fixture(scope="session", autouse=True)
def _session_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fixtures of a session or module have the tests' key, and confirm nothing on the machine."""
    with pytest.MonkeyPatch.context() as patch:
        # No test looks at a disk after a power cut, and hundreds of runs would wait for it.
        patch.setattr(os, "fsync", lambda _: None)
        patch.setenv("CUSTSEG_KEY", KEY)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        yield


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
            "CUSTSEG_REQUIRE_SPARK",
        }:
            monkeypatch.delenv(name)
    for name, value in SMALL_RUN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    # Nor does a test's key or confirmation reach the machine.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path.with_name(f"{tmp_path.name}-configuration")))
    monkeypatch.chdir(tmp_path)
    # The first query opens an engine of the test's own.
    ibis.options.default_backend = None


@pytest.fixture
def all_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of few customers are shown: the test is about these figures."""
    monkeypatch.setenv("CUSTSEG_PRIVACY__SMALLEST_GROUP", "0")


@pytest.fixture
def unlooked() -> Iterator[None]:
    """Nothing in the test looks at reports: they are empty."""
    with unreported():
        yield


@pytest.fixture
def recalled() -> Iterator[None]:
    """Runs of the test put in place what was made of the same inputs before."""
    with recalling():
        yield


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
