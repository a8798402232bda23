"""Shops that tests share: each is run once for all processes, and copied to be changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from custseg.report import page
from custseg.settings import DemoSettings
from custseg.sources.files.demo import simulate, write_csv
from tests.recalling import recalling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sharing import Shared

KEY = "a key of some length"
"""The user's key: workspaces that tests share are signed with it."""
SMALL_RUN = {
    "CUSTSEG_KEY": KEY,
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
BY_DEFAULT: dict[str, Any] = dict.fromkeys(SMALL_RUN) | {
    "CUSTSEG_KEY": KEY,
    "CUSTSEG_REPORT__CHARTS": "[]",
    "NO_COLOR": "1",
}
"""What a run is given that has all but its pictures as a user's has it."""
EARLY = "2023-10-01"
EVIL_NAME = '=HYPERLINK("http://evil.example")'


@contextmanager
def unreported() -> Iterator[None]:
    """Let runs write an empty report, where neither page nor workbook nor charts are looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "write_report", lambda **_: page.Report(b"", b"", b"", {}))
        yield


def run_here(
    source: Path | str, folder: Path, *options: str, reported: bool = True, **more: str | None
) -> None:
    """Run all in this process; None takes a variable away. What was made before is recalled."""
    call = ["run-all", str(source), "-w", str(folder), "-q", *options]
    with recalling(), nullcontext() if reported else unreported():
        result = CliRunner().invoke(app, call, env=SMALL_RUN | more)
    assert result.exit_code == 0, result.output


def run_apart(source: Path, folder: Path, *options: str, **more: str) -> None:
    """Run all in a process of its own that nothing disturbs, with as many threads as it likes."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("CUSTSEG_")}
    given.pop("OMP_NUM_THREADS", None)
    command = [sys.executable, "-m", "custseg", "run-all", str(source), "-w", str(folder), "-q"]
    subprocess.run(
        [*command, *options], env=given | SMALL_RUN | more, cwd=source.parent, check=True
    )


@pytest.fixture(scope="session")
def studied_retail(real_data: Callable[[str], Path], shared: Shared) -> Path:
    """A workspace of Online Retail in which everything is studied; not to be changed."""
    source = real_data("online_retail/online_retail.parquet")

    def make(folder: Path) -> None:
        # Of 50, criteria would take longer than all else.
        run_here(source, folder, **BY_DEFAULT | {"CUSTSEG_MODEL__RESAMPLES": "15"})

    return shared.once("studied-retail", make)


@pytest.fixture(scope="session")
def small_shop(shared: Shared) -> Path:
    """A csv of a demo store with 120 customers."""

    def make(folder: Path) -> None:
        folder.mkdir()
        with (folder / "orders.csv").open("wb") as stream:
            write_csv(simulate(DemoSettings(customers=120, seed=1)).lines, stream)

    return shared.once("small-shop", make) / "orders.csv"


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
        run_apart(small_shop, folder, "--as-of", EARLY, "--k", "4", **STUDIED)

    return shared.once("studied-early", make)


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
        early = latest.replace(day=15).isoformat()
        for options in (["--as-of", early], []):
            reported = not options  # the second report would take the first one's place
            given = ("--k", "3", *options)
            run_here(folder / "orders.csv", folder / "w", *given, reported=reported)

    return shared.once("secret-shop", make) / "w"


@pytest.fixture(scope="session")
def hashed_shop(small_shop: Path, shared: Shared) -> Path:
    """people.csv with addresses for ids, and a workspace of it; not to be changed."""

    def make(folder: Path) -> None:
        folder.mkdir()
        orders = pd.read_csv(small_shop, dtype=str)
        orders["CustomerID"] = "P" + orders["CustomerID"] + "@example.com"
        orders.to_csv(folder / "people.csv", index=False)
        run_here(folder / "people.csv", folder / "w", "--k", "3", reported=False)

    return shared.once("hashed-shop", make)


@pytest.fixture
def finished(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy, for the test to change, of a finished run of the small shop."""
    return Path(shutil.copytree(undisturbed, tmp_path / "w"))
